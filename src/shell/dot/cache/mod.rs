//! `.cache`: reads through a cache server, as a backend would do it.

mod flags;

use super::{Argument, DotCommand, Flow, misused, on_or_off};
use crate::cache::{Choice, Options};
use crate::commands::Failure;
use crate::shell::Shell;
use crate::units;
use crate::view::cache as view;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".cache",
    aliases: &[],
    arguments: "on|off|stats|...",
    completes: Argument::Flags(
        &[
            (
                "on",
                &[
                    "--beta",
                    "--delay",
                    "--encoding",
                    "--invalidation",
                    "--jitter",
                    "--lease",
                    "--negative",
                    "--protect",
                    "--queue",
                    "--sliding",
                    "--stale",
                    "--strategy",
                    "--ttl",
                    "auto",
                    "builtin",
                ],
            ),
            ("off", &[]),
            ("stats", &[]),
            ("show", &[]),
            ("clear", &[]),
            ("trace", &["on", "off"]),
        ],
        flags::FLAGS,
    ),
    summary: "answer repeated queries from a cache server",
    details: ".cache on --ttl 30s     from now on SELECTs go through the cache (cache-aside)\n\
              .cache on redis://...   on a server of your own; or auto, or builtin\n\
              .cache stats            hit ratio, what each part costs, does it pay\n\
              .cache show [PATTERN]   what is cached, for how much longer: orders, *join*\n\
              .cache trace on         each command to the server, with its time\n\
              .cache clear            forget what is cached\n\
              .cache off              the database answers again\n\
              Flags of .cache on, each with its page (.what TTL, .what protection):\n\
              --ttl 30s --jitter 10% --sliding --negative 5s   how long results live\n\
              --invalidation none|ttl|delete-on-write|versioned   what a write does\n\
              --protect none|single-flight|lock|xfetch|stale-while-revalidate\n\
              --strategy cache-aside|read-through|write-through|write-behind\n\
              --queue 100 --delay 1s   how many writes wait in write-behind, how long\n\
              --encoding json|msgpack",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.as_slice() {
        [] => tell(shell)?,
        ["on", flags @ ..] => turn_on(shell, flags)?,
        ["off"] => {
            finish(shell)?;
            shell.note("cache-aside off: the database answers.")?;
        }
        ["stats"] => {
            let layer = started(shell)?;
            let (stats, memory) = (layer.stats(), layer.memory());
            view::write_stats(shell.context.out, &shell.context.style, &stats)?;
            if let Some(memory) = memory {
                view::write_memory(shell.context.out, &memory, stats.stored)?;
            }
        }
        ["trace", word] => {
            let on = on_or_off(&COMMAND, word)?;
            started(shell)?.trace(on);
        }
        ["show"] => show(shell, "")?,
        ["show", pattern] => show(shell, pattern)?,
        ["clear"] => {
            super::flush(shell)?;
            let cleared = started(shell)?.clear().map_err(failed)?;
            let results = units::counted(cleared, "result", "results");
            shell.note(&format!("{results} dropped from the cache."))?;
        }
        _ => return Err(misused(&COMMAND)),
    }
    Ok(Flow::GoOn)
}

fn tell(shell: &mut Shell<'_>) -> Result<(), Failure> {
    let style = shell.context.style;
    match shell.session.cache() {
        Some(layer) => {
            let (server, options) = (layer.server().clone(), layer.options().clone());
            Ok(view::write_opened(
                shell.context.out,
                &style,
                &server,
                &options,
            )?)
        }
        None => Ok(writeln!(
            shell.context.out,
            "cache-aside off: .cache on starts it."
        )?),
    }
}

fn turn_on(shell: &mut Shell<'_>, words: &[&str]) -> Result<(), Failure> {
    let (server, options) = flags::read(words)?;
    let choice = server.unwrap_or_else(|| shell.options.cache.clone());
    // `--cache off` on the command line is about the start; `.cache on` is later.
    let choice = match choice {
        Choice::Off => Choice::Auto,
        chosen => chosen,
    };
    super::flush(shell)?;
    if shell.session.queued_writes() > 0 {
        // What its server does not give is lost with the queue.
        finish(shell)?;
    }
    // What its server has counted goes with it.
    note_lacking(shell);
    start(shell, &choice, options)
}

/// Turns the cache on and says which server answers.
fn start(shell: &mut Shell<'_>, choice: &Choice, options: Options) -> Result<(), Failure> {
    let mut bar = shell.context.progress_bar();
    shell
        .session
        .start_cache(choice, options, &mut |p| bar.watch(p))?;
    drop(bar);
    let style = shell.context.style;
    let mut told = Vec::new();
    if let Some(layer) = shell.session.cache() {
        let (server, options) = (layer.server().clone(), layer.options().clone());
        view::write_opened(&mut told, &style, &server, &options)?;
    }
    Ok(shell.note(String::from_utf8_lossy(&told).trim_end())?)
}

/// Turns off what is on, once the database has what waits in its queue. The
/// shell remembers whether it has all that was acknowledged.
pub(in crate::shell) fn finish(shell: &mut Shell<'_>) -> Result<(), Failure> {
    note_lacking(shell);
    let mut bar = shell.context.progress_bar();
    let finished = shell.session.finish_cache(&mut |p| bar.watch(p));
    drop(bar);
    tell_stopped_flush(shell)?;
    let flushed = finished?;
    shell.lacks_writes |= flushed.lost > 0 || !flushed.refused.is_empty();
    for note in view::flushed_notes(&flushed) {
        shell.note(&note)?;
    }
    Ok(())
}

/// Says what a flush had done when it stopped, if one did.
pub(in crate::shell) fn tell_stopped_flush(shell: &mut Shell<'_>) -> Result<(), Failure> {
    let Some(flushed) = shell.session.take_stopped_flush() else {
        return Ok(());
    };
    for note in view::flushed_notes(&flushed) {
        shell.note(&note)?;
    }
    Ok(())
}

/// Remembers whether acknowledged writes were lost or refused so far.
fn note_lacking(shell: &mut Shell<'_>) {
    let queue = shell.session.cache().and_then(|layer| layer.stats().queue);
    shell.lacks_writes |= queue.is_some_and(|queue| queue.refused + queue.lost > 0);
}

fn show(shell: &mut Shell<'_>, pattern: &str) -> Result<(), Failure> {
    let layer = started(shell)?;
    let entries = layer.entries(pattern).map_err(failed)?;
    if entries.is_empty() && !pattern.is_empty() {
        let all = layer.entries("").map_err(failed)?.len();
        return Ok(view::write_no_match(shell.context.out, all)?);
    }
    Ok(view::write_entries(
        shell.context.out,
        &shell.context.style,
        &entries,
    )?)
}

fn started<'s>(shell: &'s mut Shell<'_>) -> Result<&'s mut crate::cache::Layer, Failure> {
    shell
        .session
        .cache()
        .ok_or_else(|| Failure::usage("the cache is off: .cache on starts it"))
}

fn failed(fault: crate::cache::connection::Fault) -> Failure {
    Failure::new(
        crate::commands::Exit::Failed,
        format!("the cache server did not do it: {fault}"),
    )
}
