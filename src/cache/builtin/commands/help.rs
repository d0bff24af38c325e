//! `CLIENT HELP` and its kin: what a container's subcommands are.

use super::call::Call;
use super::command::{Command, Flags};
use super::docs;
use super::error::CommandError;

/// The row of a container's `HELP`.
pub(super) const fn of(container: &'static str) -> Command {
    let anytime = Flags::LOADING.and(Flags::STALE);
    Command::new("help", 2, anytime, help).of(container)
}

/// In Redis's form, in our words.
fn help(call: &mut Call<'_>) -> Result<(), CommandError> {
    let container = String::from_utf8_lossy(call.args.at(0)).to_ascii_lowercase();
    let mut lines = vec![format!(
        "{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        container.to_ascii_uppercase()
    )];
    for doc in docs::subcommands().filter(|doc| doc.container == container) {
        let line = format!("{} {}", doc.name.to_ascii_uppercase(), doc.arguments);
        lines.push(line.trim_end().to_owned());
        lines.push(format!("    {}.", doc.summary));
    }
    call.reply.array(lines.len());
    for line in lines {
        call.reply.simple(&line);
    }
    Ok(())
}
