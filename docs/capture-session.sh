#!/usr/bin/env bash
# Types a session into the real shell, in a terminal of 80 columns, and prints
# what the screen showed: the session in the README. Needs tmux and a built
# target/release/dbdojo.
#
#   docs/capture-session.sh [FILE]     FILE: lines to type, docs/session.txt
set -euo pipefail
cd "$(dirname "$0")/.."
lines=${1:-docs/session.txt}

DBDOJO_HOME=$(mktemp -d)
export DBDOJO_HOME
trap 'rm -rf "$DBDOJO_HOME"; tmux -L capture kill-server 2>/dev/null || true' EXIT
# The first build is no part of the session.
target/release/dbdojo data build shop@small >/dev/null

tmux -L capture -f /dev/null new-session -d -s shell -x 80 -y 400 \
    "env TERM=xterm target/release/dbdojo --color never; sleep 100"

# The screen ends with a prompt or a question, and nothing behind it.
wait_for_prompt() {
    local last
    for _ in $(seq 300); do
        last=$(tmux -L capture capture-pane -p -t shell | sed -e '/^[[:space:]]*$/d' -e 's/[[:space:]]*$//' | tail -n 1)
        [[ $last =~ ^shop\*?\>[[:space:]]*$ || $last == *"skip):" || $last == *"[y/N]" ]] && return
        sleep 0.1
    done
    echo "no prompt came back after: $line" >&2
    exit 1
}

line="the start"
wait_for_prompt
while IFS= read -r line; do
    # A semicolon at the end would end the command of tmux.
    [[ $line == *\; ]] && typed="${line%;}\;" || typed=$line
    tmux -L capture send-keys -t shell -l -- "$typed"
    tmux -L capture send-keys -t shell Enter
    # Inside a statement there is no prompt to wait for.
    if [[ $line == .quit ]]; then
        sleep 0.5
    elif [[ $line == *\; || $line == .* || $line =~ ^[0-9y]+$ ]]; then
        # The answer must have begun before the prompt above it counts.
        sleep 0.2
        wait_for_prompt
    else
        sleep 0.3
    fi
done <"$lines"
tmux -L capture capture-pane -p -t shell | sed -e 's/[[:space:]]*$//' -e :a -e '/^\n*$/{$d;N;ba' -e '}'
