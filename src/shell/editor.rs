//! Reads what the learner types: whole statements, recalled and edited whole.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustyline::completion::Completer;
use rustyline::config::{BellStyle, CompletionType, Config, Configurer, EditMode};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter, HistoryHinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Editor, Helper};

use super::completer::ShellCompleter;
use super::continuation;
use crate::cache::raw;
use crate::commands::Settings;
use crate::commands::settings::EditorKeys;
use crate::lesson::Course;
use crate::sql::{self, Schema};
use crate::view::{Style, cell, highlight};

/// What came from the keyboard.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// One or more whole statements, or a dot command.
    Input(String),
    /// Ctrl-C at the prompt: what was typed is given up.
    GivenUp,
    /// Ctrl-D, or the end of the input.
    End,
}

/// The line editor with its history.
pub struct LineEditor {
    editor: Editor<SqlHelper, FileHistory>,
    history: PathBuf,
}

impl LineEditor {
    /// An editor that remembers in `history`. A history that cannot be read
    /// starts empty.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub fn new(history: &Path, style: Style) -> Result<LineEditor, ReadlineError> {
        let config = Config::builder()
            .max_history_size(10_000)?
            .history_ignore_dups(true)?
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .bell_style(BellStyle::None)
            .bracketed_paste(true)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(SqlHelper {
            style,
            completer: ShellCompleter::default(),
            completes: true,
            hinter: HistoryHinter::new(),
            prompt: 0,
        }));
        for (key, does) in continuation::bindings() {
            editor.bind_sequence(key, does);
        }
        if let Some(folder) = history.parent() {
            // Without the folder, appending fails below and is ignored, too:
            // a shell without memory beats no shell.
            let _ = fs::create_dir_all(folder);
        }
        let _ = editor.load_history(history);
        Ok(LineEditor {
            editor,
            history: history.to_owned(),
        })
    }

    /// Offers the names of `schema` for completion.
    pub fn offer(&mut self, schema: Rc<Schema>) {
        if let Some(helper) = self.editor.helper_mut() {
            helper.completer.schema = schema;
        }
    }

    /// Offers these datasets for completion.
    pub fn offer_datasets(&mut self, names: Vec<String>) {
        if let Some(helper) = self.editor.helper_mut() {
            helper.completer.datasets = names;
        }
    }

    /// Offers the lessons of this course, not those in the binary.
    pub fn offer_lessons(&mut self, course: &Course) {
        if let Some(helper) = self.editor.helper_mut() {
            helper.completer.offer_lessons(course);
        }
    }

    /// Follows the learner's settings from the next line on.
    pub fn adopt(&mut self, settings: &Settings, style: Style) {
        self.editor.set_edit_mode(match settings.editor {
            EditorKeys::Emacs => EditMode::Emacs,
            EditorKeys::Vi => EditMode::Vi,
        });
        if let Some(helper) = self.editor.helper_mut() {
            helper.style = style;
            helper.completes = settings.completion;
        }
    }

    /// Reads one input. It is in the history file before it runs, so a crash
    /// does not lose it.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn read(&mut self, prompt: &str) -> Result<Line, ReadlineError> {
        let width = cell::width(prompt);
        let marks = continuation::width(width);
        self.editor
            .set_tab_stop(u8::try_from(marks).unwrap_or(u8::MAX));
        if let Some(helper) = self.editor.helper_mut() {
            helper.prompt = width;
        }
        match self.editor.readline(prompt) {
            Ok(input) => {
                let input = continuation::without_marks(&input);
                if !input.trim().is_empty()
                    && let Some(kept) = raw::without_secrets(&input)
                {
                    let remembered = continuation::with_marks(&kept);
                    self.editor.add_history_entry(remembered)?;
                    let _ = self.editor.append_history(&self.history);
                }
                Ok(Line::Input(input))
            }
            Err(ReadlineError::Interrupted) => Ok(Line::GivenUp),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(error),
        }
    }
}

/// Words that leave or ask for help without a dot, because everybody tries
/// them first.
pub fn is_bare_word(input: &str) -> bool {
    matches!(
        input
            .trim()
            .trim_end_matches(';')
            .to_ascii_lowercase()
            .as_str(),
        "help" | "exit" | "quit"
    )
}

/// Whether Enter runs `input`; otherwise it begins the next line.
pub(super) fn is_whole(input: &str) -> bool {
    let start = input.trim_start();
    start.is_empty() || start.starts_with('.') || is_bare_word(start) || sql::is_complete(input)
}

struct SqlHelper {
    style: Style,
    completer: ShellCompleter,
    completes: bool,
    hinter: HistoryHinter,
    /// The width of the prompt.
    prompt: usize,
}

impl Helper for SqlHelper {}

impl Validator for SqlHelper {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(if is_whole(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Highlighter for SqlHelper {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        let colored = if self.style.color && !line.starts_with('.') {
            Cow::Owned(highlight::highlight(line, &self.style))
        } else {
            Cow::Borrowed(line)
        };
        if !line.contains('\t') {
            return colored;
        }
        let screen = self.style.width;
        Cow::Owned(continuation::drawn(
            &colored,
            self.prompt,
            screen,
            &self.style,
        ))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(self.style.accent(prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.style.dim(hint))
    }

    fn highlight_char(&self, _line: &str, _pos: usize, _kind: CmdKind) -> bool {
        self.style.color
    }
}

/// Dimmed text after the cursor.
enum AfterCursor {
    /// The rest of an earlier input; the right arrow takes it.
    Earlier(String),
    /// What the shell waits for.
    Waiting,
}

impl Hint for AfterCursor {
    fn display(&self) -> &str {
        match self {
            AfterCursor::Earlier(text) => text,
            AfterCursor::Waiting => "  ; ends the statement, Ctrl-C gives it up",
        }
    }

    fn completion(&self) -> Option<&str> {
        match self {
            AfterCursor::Earlier(text) => Some(text),
            AfterCursor::Waiting => None,
        }
    }
}

impl Hinter for SqlHelper {
    type Hint = AfterCursor;

    fn hint(
        &self,
        line: &str,
        pos: usize,
        context: &rustyline::Context<'_>,
    ) -> Option<AfterCursor> {
        // A hint without colour cannot be told from typed text, and a screen
        // reader reads it out as if it were typed.
        if !self.style.color || self.style.plain || line.is_empty() {
            return None;
        }
        // Enter did not run it: whoever forgot the semicolon is told why.
        if line.ends_with(['\n', '\t'])
            && line.contains('\n')
            && pos == line.len()
            && !sql::is_complete(line)
        {
            return Some(AfterCursor::Waiting);
        }
        self.hinter
            .hint(line, pos, context)
            .filter(|hint| !hint.contains('\n'))
            .map(AfterCursor::Earlier)
    }
}

impl Completer for SqlHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _context: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        if !self.completes {
            return Ok((pos, Vec::new()));
        }
        Ok(self.completer.complete(line, pos))
    }
}
