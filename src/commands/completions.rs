//! `dbdojo completions SHELL`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Context, Failure};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completion script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(context: &mut Context<'_>, args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dbdojo", &mut script);
    Ok(context.out.write_all(&script)?)
}
