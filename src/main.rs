//! Arguments in, exit code out.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use dbdojo::clock::Clock;
use dbdojo::commands::{
    self, CacheCommand, Cli, ColorChoice, Command, Context, Exit, Failure, Outlet, Settings,
    advise, bench, cache_serve, completions, data, explain, learn, lesson, man, open, settings,
    simulate, worth,
};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::shell::{self, Shell};

fn main() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way, too, with a code of their own.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let interrupt = Interrupt::new();
    let raised = interrupt.clone();
    let mut unanswered = 0;
    // Without the handler Ctrl-C still ends the program: nothing is lost by it.
    let _ = ctrlc::set_handler(move || {
        unanswered = if raised.is_raised() {
            unanswered + 1
        } else {
            0
        };
        raised.raise();
        insist(unanswered);
    });

    let stdout = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut out = Outlet::new(stdout);
    let mut err = io::stderr();
    let done = Dirs::from_environment()
        .map_err(|e| Failure::new(Exit::Unreachable, e.to_string()))
        .and_then(|dirs| {
            let mut settings = read_settings(&dirs, &mut err)?;
            if cli.options.color == ColorChoice::Auto {
                cli.options.color = settings.color;
            }
            cli.options.plain |= settings.plain;
            cli.options.ascii |= settings.ascii;
            (settings.plain, settings.ascii) = (cli.options.plain, cli.options.ascii);
            dispatch(&cli, dirs, settings, interrupt, &mut out, &mut err)
        });
    let flushed = out.flush().map_err(Failure::from);
    let exit = match done.and(flushed) {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            let style = commands::error_style(&cli.options);
            let _ = commands::write_failure(&mut err, &style, &failure);
            failure.exit
        }
    };
    exit.into()
}

/// What Ctrl-C does when it was pressed before and nothing has stopped: one
/// step of SQLite's machine can take long, and nothing interrupts it.
fn insist(unanswered: u32) {
    match unanswered {
        0 => {}
        1 => {
            let text =
                "\nnot stopped yet; one more Ctrl-C ends dbdojo, and your copy of the data\n";
            let _ = io::stderr().write_all(text.as_bytes());
        }
        _ => std::process::exit(Exit::Interrupted as i32),
    }
}

/// The learner's settings. What is wrong with them is told, and no reason not
/// to start.
fn read_settings(dirs: &Dirs, err: &mut dyn Write) -> io::Result<Settings> {
    let (settings, problems) = settings::read(&dirs.config());
    for problem in problems {
        writeln!(err, "warning: {problem}")?;
    }
    Ok(settings)
}

fn dispatch(
    cli: &Cli,
    dirs: Dirs,
    settings: Settings,
    interrupt: Interrupt,
    out: &mut Outlet,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let options = &cli.options;
    let mut context = Context::new(dirs, settings, Clock::wall(), interrupt, options, out, err);
    if context.picture.is_some() && matches!(cli.command, Some(Command::Bench(_))) {
        return Err(Failure::usage(
            "a benchmark is drawn into files: --charts FOLDER for SVG, --report FILE.html",
        ));
    }
    if let Some(picture) = context.picture
        && !matches!(cli.command, Some(Command::Explain(_)))
        && !matches!(&cli.command, Some(Command::Data(args)) if args.draws())
    {
        return Err(Failure::usage(format!(
            "--format {} draws a plan: write dbdojo explain --format {} SQL",
            picture.word(),
            picture.word()
        )));
    }
    match &cli.command {
        None => start_shell(cli, context),
        Some(Command::Explain(args)) => explain::run(&mut context, options, args),
        Some(Command::Advise(args)) => advise::run(&mut context, options, args),
        Some(Command::Worth(args)) => worth::run(&mut context, options, args),
        Some(Command::Data(args)) => data::run(&mut context, options, args.clone()),
        Some(Command::Tour) => shell::tour(context, options),
        Some(Command::Learn(args)) if args.is_interactive() => {
            let session = open::session(&mut context, options)?;
            let mut shell = Shell::new(context, options.clone(), session, true);
            shell.teach(args.course()?);
            shell.start_lesson(args.lesson())?;
            shell.interact()
        }
        Some(Command::Learn(args)) => learn::run(&mut context, args.clone()),
        Some(Command::Lesson(args)) => lesson::run(&mut context, args.clone()),
        Some(Command::Bench(args)) => bench::run(&mut context, options, (**args).clone()),
        Some(Command::Simulate(args)) => simulate::run(&mut context, options, (**args).clone()),
        Some(Command::Cache(CacheCommand::Serve(args))) => {
            cache_serve::run(&mut context, args.clone())
        }
        Some(Command::Completions(args)) => completions::run(&mut context, args),
        Some(Command::Man(_)) => man::run(&mut context),
    }
}

fn start_shell(cli: &Cli, mut context: Context<'_>) -> Result<(), Failure> {
    let typed_at = io::stdin().is_terminal();
    let session = open::session(&mut context, &cli.options)?;
    let interactive = cli.statements.is_empty() && typed_at;
    let mut shell = Shell::new(context, cli.options.clone(), session, interactive);
    if cli.keep_going {
        shell.keep_going();
    }
    shell.start_named_cache()?;
    if !cli.statements.is_empty() {
        shell::run_statements(&mut shell, &cli.statements)
    } else if typed_at {
        shell.interact()
    } else {
        shell::run_script(&mut shell, &mut io::stdin().lock())
    }
}
