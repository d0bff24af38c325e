//! What can be typed is told wherever people look: the flags of every
//! subcommand in its help, the manual page and the completions, every dot
//! command in `.help`. All come from one definition; this holds them to it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use assert_cmd::Command;
use clap::CommandFactory;
use dbdojo::commands::Cli;

fn printed(args: &[&str], stdin: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let run = Command::cargo_bin("dbdojo")
        .unwrap()
        .env("DBDOJO_HOME", home.path())
        .args(["-d", "shop@tiny"])
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap();
    assert!(run.status.success(), "{args:?}");
    String::from_utf8(run.stdout).unwrap()
}

/// The words of each subcommand, and its long flags.
fn subcommands() -> Vec<(Vec<String>, BTreeSet<String>)> {
    fn gather(
        command: &clap::Command,
        path: &[String],
        found: &mut Vec<(Vec<String>, BTreeSet<String>)>,
    ) {
        let flags = command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
            .filter_map(|argument| argument.get_long())
            .map(str::to_owned);
        found.push((path.to_vec(), flags.collect()));
        for subcommand in command.get_subcommands().filter(|c| c.get_name() != "help") {
            let mut path = path.to_vec();
            path.push(subcommand.get_name().to_owned());
            gather(subcommand, &path, found);
        }
    }
    let mut command = Cli::command();
    command.build();
    let mut found = Vec::new();
    gather(&command, &[], &mut found);
    assert!(found.len() > 12, "{found:?}");
    found
}

/// The long flags in a text: `--name`.
fn flags_in(text: &str) -> BTreeSet<String> {
    text.match_indices("--")
        .filter(|(at, _)| !text[..*at].ends_with('-'))
        .map(|(at, _)| {
            let rest = &text[at + 2..];
            let end =
                rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            rest[..end.unwrap_or(rest.len())]
                .trim_end_matches('-')
                .to_owned()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// The flags that begin a line of help or an entry of the manual: those that
/// are explained there, not only named.
fn explained_in_help(help: &str) -> BTreeSet<String> {
    help.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .flat_map(|line| {
            let head = line.split("  ").next().unwrap();
            flags_in(head)
        })
        .collect()
}

#[test]
fn help_explains_the_flags_of_each_subcommand() {
    for (path, flags) in subcommands() {
        let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
        args.push("--help");
        let explained = explained_in_help(&printed(&args, ""));
        assert_eq!(explained, flags, "dbdojo {}", path.join(" "));
    }
}

#[test]
fn the_manual_explains_the_same() {
    let manual = printed(&["man"], "")
        .replace("\\-", "-")
        .replace("\\fB", "")
        .replace("\\fR", "");
    for (path, flags) in subcommands().into_iter().skip(1) {
        let heading = format!(".SH \"DBDOJO {}\"\n", path.join(" ").to_uppercase());
        let (_, section) = manual
            .split_once(&heading)
            .unwrap_or_else(|| panic!("{heading}"));
        let section = section.split(".SH \"DBDOJO ").next().unwrap();
        let entries = section.split(".TP\n").skip(1);
        let explained: BTreeSet<String> = entries
            .flat_map(|entry| flags_in(entry.lines().next().unwrap_or_default()))
            .collect();
        assert_eq!(explained, flags, "dbdojo {}", path.join(" "));
    }
}

#[test]
fn completions_offer_the_same() {
    let script = printed(&["completions", "bash"], "");
    for (path, flags) in subcommands() {
        let mut label = "dbdojo".to_owned();
        for word in &path {
            label += &format!("__subcmd__{word}");
        }
        let case = [
            format!("\n        {label})\n"),
            format!("\n        {})\n", label.replace("__subcmd__", "__")),
        ];
        let section = case
            .iter()
            .find_map(|case| script.split_once(case.as_str()))
            .unwrap_or_else(|| panic!("no case for {label}"))
            .1;
        let options = section.split("opts=\"").nth(1).unwrap();
        let options = options.split('"').next().unwrap();
        assert_eq!(flags_in(options), flags, "dbdojo {}", path.join(" "));
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell], "");
        for (_, flags) in subcommands() {
            for flag in flags {
                assert!(script.contains(&flag), "{shell}: --{flag}");
            }
        }
    }
}

#[test]
fn every_dot_command_is_told_in_80_columns() {
    let list = printed(&[], ".help\n");
    let commands: Vec<&str> = list
        .lines()
        .filter_map(|line| line.trim().split(' ').next())
        .filter(|word| word.starts_with('.'))
        .collect();
    assert!(commands.len() > 15, "{list}");
    for line in list.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for command in commands {
        let told = printed(&[], &format!(".help {command}\n"));
        assert!(told.lines().count() >= 2, "{told}");
        let example = told
            .lines()
            .skip(1)
            .any(|line| line.trim_start().starts_with(command));
        assert!(example, "no example: {told}");
        for line in told.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
