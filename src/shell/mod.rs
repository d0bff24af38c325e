//! The interactive shell: editor, prompt, one small file per dot command.

mod ask;
mod banner;
mod completer;
mod continuation;
mod dot;
mod editor;
mod input;
mod pager;
mod play;
mod prompt;
mod redirect;
mod script;
mod tour;

use std::io;
use std::rc::Rc;

use rustyline::error::ReadlineError;

use crate::cache::{self, Choice};
use crate::commands::worth::Weighed;
use crate::commands::{Context, Exit, Failure, Options};
use crate::dataset::Catalog;
use crate::lesson::Course;
use crate::sandbox;
use crate::session::Session;
use crate::sql::Schema;

pub use dot::Flow;
pub use script::{run_script, run_statements};
pub use tour::tour;

/// One learner at one keyboard, or one script.
pub struct Shell<'a> {
    context: Context<'a>,
    options: Options,
    session: Session,
    /// The last statement that gave rows, for `.explain` and its friends.
    last_query: Option<String>,
    /// All of them, for `.advise history`.
    asked: Vec<String>,
    /// The last answer of `.worth`, for `.share`.
    weighed: Option<Weighed>,
    /// The lesson that is being played.
    play: Option<play::Play>,
    /// Lessons of one's own, in place of those in the binary.
    course: Option<Course>,
    /// The questions of a placement.
    placing: play::Placing,
    /// Whether a result has been printed.
    has_printed: bool,
    /// Tables and columns, for completion and suggestions.
    schema: Rc<Schema>,
    /// Whether a person is typing.
    interactive: bool,
    /// Whether results begin with the columns' names.
    headers: bool,
    /// The file that results go to.
    redirect: Option<redirect::Redirect>,
    /// Whether a script goes on after what fails.
    keep_going: bool,
    /// How many scripts are being read, one from within the other.
    scripts: usize,
    /// Whether a database lacks writes that were acknowledged.
    lacks_writes: bool,
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
            asked: Vec::new(),
            weighed: None,
            play: None,
            course: None,
            placing: play::Placing::default(),
            has_printed: false,
            schema: Rc::new(schema),
            interactive,
            headers: true,
            redirect: None,
            keep_going: false,
            scripts: 0,
            lacks_writes: false,
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
            let mut bar = self.context.progress_bar();
            self.session
                .start_cache(&choice, cache::Options::default(), &mut |p| bar.watch(p))?;
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
        editor.offer_datasets(Catalog::new(&self.context.dirs).names());
        if let Some(course) = &self.course {
            editor.offer_lessons(course);
        }
        // A lesson that was asked for on the command line is a welcome of its own.
        if !self.context.quiet && self.play.is_none() {
            banner::write(&mut self.context, &mut self.session)?;
        }
        self.context.out.flush()?;
        loop {
            // The editor writes to the terminal past our buffer.
            self.context.out.flush()?;
            self.context.measure();
            editor.adopt(&self.context.settings, self.context.style);
            editor.offer(Rc::clone(&self.schema));
            let prompt = prompt::of(&self.session);
            let input = match editor.read(&prompt).map_err(terminal_failed)? {
                editor::Line::Input(input) => input,
                editor::Line::GivenUp => continue,
                editor::Line::End => break,
            };
            self.context.interrupt.lower();
            if self.feed_typed(&input)? == Flow::Leave {
                break;
            }
        }
        dot::cache::finish(self)?;
        self.end_redirect()
    }

    /// Makes scripts go on after what fails; the exit code tells all the same.
    pub fn keep_going(&mut self) {
        self.keep_going = true;
    }

    /// Says what a command did: beside the data, so that a script's output
    /// holds data only.
    fn note(&mut self, text: &str) -> io::Result<()> {
        let context = &mut self.context;
        if self.interactive && self.redirect.is_none() {
            writeln!(context.out, "{text}")
        } else if !self.interactive && (context.quiet || context.format.is_for_machines()) {
            Ok(())
        } else {
            context.out.flush()?;
            writeln!(context.err, "{text}")
        }
    }

    /// `sql` with the values of its parameters in their place.
    fn with_values(&self, sql: &str) -> Result<String, Failure> {
        match self.session.practice().with_values(sql) {
            // What is wrong with it is told where it is used.
            Err(sandbox::Error::Sql { .. }) => Ok(sql.to_owned()),
            other => Ok(other?),
        }
    }

    /// Learns the names again, after the schema may have changed.
    fn refresh_schema(&mut self) {
        if self.session.practice().connections().has_yet_to_read() {
            // To look now would fix the state of the data that the open
            // transaction reads, before its first statement does.
            return;
        }
        if let Ok(schema) = self.session.schema() {
            self.schema = Rc::new(schema);
        }
    }
}

fn terminal_failed(error: ReadlineError) -> Failure {
    Failure::new(Exit::Failed, format!("the terminal failed: {error}"))
}
