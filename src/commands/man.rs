//! `dbdojo man`.

use std::io;

use clap::CommandFactory;

use super::{Cli, Context, Failure};

/// Arguments of `man`: none.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the manual page in roff: the program, then each subcommand.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut context.out)?;
    Ok(write_subcommands(&mut context.out, &command, "dbdojo")?)
}

/// A section for each subcommand of `command`, and for each of theirs.
fn write_subcommands(
    out: &mut dyn io::Write,
    command: &clap::Command,
    path: &str,
) -> io::Result<()> {
    for subcommand in command.get_subcommands().filter(|c| c.get_name() != "help") {
        let name = format!("{path} {}", subcommand.get_name());
        let page = clap_mangen::Man::new(subcommand.clone().bin_name(&name).display_name(&name));
        writeln!(out, ".SH \"{}\"", name.to_uppercase())?;
        page.render_description_section(out)?;
        page.render_options_section(out)?;
        write_subcommands(out, subcommand, &name)?;
    }
    Ok(())
}
