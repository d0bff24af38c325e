//! `dbdojo man`.

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
    for subcommand in command.get_subcommands().filter(|c| c.get_name() != "help") {
        let name = format!("dbdojo {}", subcommand.get_name());
        let page = clap_mangen::Man::new(subcommand.clone().bin_name(&name).display_name(&name));
        writeln!(context.out, ".SH \"{}\"", name.to_uppercase())?;
        page.render_description_section(&mut context.out)?;
        page.render_options_section(&mut context.out)?;
    }
    Ok(())
}
