//! The interactive shell: editor, prompt, one small file per dot command.

mod banner;
mod completer;
mod dot;
mod editor;
mod input;
mod play;
mod prompt;
mod script;

use std::rc::Rc;

use rustyline::error::ReadlineError;

use crate::cache::{self, Choice};
use crate::commands::{Context, Exit, Failure, Options, report};
use crate::session::Session;
use crate::sql::Schema;

pub use dot::Flow;
pub use script::{run_script, run_statements};

/// One learner at one keyboard, or one script.
pub struct Shell<'a> {
    context: Context<'a>,
    options: Options,
    session: Session,
    /// The last statement that gave rows, for `.explain` and its friends.
    last_query: Option<String>,
    /// The lesson that is being played.
    play: Option<play::Play>,
    /// Tables and columns, for completion and suggestions.
    schema: Rc<Schema>,
    /// Whether a person is typing.
    interactive: bool,
}

impl<'a> Shell<'a> {
    /// A shell on `session`.
    pub fn new(
        context: Context<'a>,
        options: Options,
        session: Session,
        interactive: bool,
    ) -> Shell<'a> {
        let schema = session.schema().unwrap_or_default();
        Shell {
            context,
            options,
            session,
            last_query: None,
            play: None,
            schema: Rc::new(schema),
            interactive,
        }
    }

    /// Turns the cache on at once when the command line names a server, so that
    /// one that cannot be reached is told before anything else.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn start_named_cache(&mut self) -> Result<(), Failure> {
        let choice = self.options.cache.clone();
        if matches!(choice, Choice::Url(_) | Choice::Builtin) {
            dot::start_cache(self, &choice, cache::Options::default())?;
        }
        Ok(())
    }

    /// Reads and answers until the learner leaves.
    ///
    /// # Errors
    /// When the terminal fails or the output is closed. A statement that fails
    /// is told and does not end the shell.
    pub fn interact(&mut self) -> Result<(), Failure> {
        let history = self.context.dirs.history();
        let mut editor =
            editor::LineEditor::new(&history, self.context.style).map_err(terminal_failed)?;
        if !self.context.quiet {
            banner::write(&mut self.context, &self.session)?;
        }
        loop {
            // The editor writes to the terminal past our buffer.
            self.context.out.flush()?;
            editor.adopt(&self.context.settings, self.context.style);
            editor.offer(Rc::clone(&self.schema));
            let prompt = prompt::of(&self.session);
            let input = match editor.read(&prompt).map_err(terminal_failed)? {
                editor::Line::Input(input) => input,
                editor::Line::GivenUp => continue,
                editor::Line::End => break,
            };
            self.context.interrupt.lower();
            match self.feed(&input) {
                Ok(Flow::GoOn) => {}
                Ok(Flow::Leave) => break,
                Err(failure) if failure.is_closed_pipe() => return Err(failure),
                Err(failure) => report(&mut self.context, &failure)?,
            }
        }
        Ok(())
    }

    /// Learns the names again, after the schema may have changed.
    fn refresh_schema(&mut self) {
        if let Ok(schema) = self.session.schema() {
            self.schema = Rc::new(schema);
        }
    }
}

fn terminal_failed(error: ReadlineError) -> Failure {
    Failure::new(Exit::Failed, format!("the terminal failed: {error}"))
}
