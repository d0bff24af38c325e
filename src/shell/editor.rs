//! Reads what the learner types: whole statements, recalled and edited whole.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use rustyline::completion::Completer;
use rustyline::config::{BellStyle, CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{DefaultEditor, Editor, Helper};

use super::dot;
use crate::sql::{self, Schema, TokenKind};
use crate::view::{Style, highlight};

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
            words: Vec::new(),
            hinter: HistoryHinter::new(),
        }));
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
    pub fn offer(&mut self, schema: &Schema) {
        if let Some(helper) = self.editor.helper_mut() {
            helper.words = completion_words(schema);
        }
    }

    /// Reads one input. It is in the history file before it runs, so a crash
    /// does not lose it.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn read(&mut self, prompt: &str) -> Result<Line, ReadlineError> {
        match self.editor.readline(prompt) {
            Ok(input) => {
                if !input.trim().is_empty() {
                    self.editor.add_history_entry(input.as_str())?;
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

/// Asks a question that `y` or `yes` agrees to; anything else, Ctrl-C and the
/// end of the input do not.
///
/// # Errors
/// When the terminal fails.
pub fn agrees(question: &str) -> Result<bool, ReadlineError> {
    // An editor of its own: an answer is no SQL, and no history.
    match DefaultEditor::new()?.readline(question) {
        Ok(answer) => Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        )),
        Err(ReadlineError::Interrupted | ReadlineError::Eof) => Ok(false),
        Err(error) => Err(error),
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

struct SqlHelper {
    style: Style,
    words: Vec<String>,
    hinter: HistoryHinter,
}

impl Helper for SqlHelper {}

impl Validator for SqlHelper {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let start = input.trim_start();
        let whole = start.is_empty()
            || start.starts_with('.')
            || is_bare_word(start)
            || sql::is_complete(input);
        Ok(if whole {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Highlighter for SqlHelper {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        if self.style.color && !line.starts_with('.') {
            Cow::Owned(highlight::highlight(line, &self.style))
        } else {
            Cow::Borrowed(line)
        }
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

impl Hinter for SqlHelper {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &rustyline::Context<'_>) -> Option<String> {
        // A hint without colour cannot be told from typed text.
        if !self.style.color || line.is_empty() {
            return None;
        }
        self.hinter
            .hint(line, pos, context)
            .filter(|hint| !hint.contains('\n'))
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
        let typed = &line[..pos];
        if typed.starts_with('.') && !typed.contains(' ') {
            let names = dot::names().filter(|name| name.starts_with(typed));
            return Ok((0, names.map(str::to_owned).collect()));
        }
        if in_comment_or_string(typed) {
            return Ok((pos, Vec::new()));
        }
        let start = typed
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |i| {
                i + typed[i..].chars().next().map_or(1, char::len_utf8)
            });
        let word = &typed[start..];
        if word.is_empty() {
            return Ok((pos, Vec::new()));
        }
        let found = self
            .words
            .iter()
            .filter(|candidate| {
                candidate.len() > word.len()
                    && candidate
                        .get(..word.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(word))
            })
            .cloned()
            .collect();
        Ok((start, found))
    }
}

/// Whether the cursor, at the end of `typed`, is where names mean nothing.
fn in_comment_or_string(typed: &str) -> bool {
    sql::lex(typed)
        .last()
        .is_some_and(|token| match token.kind {
            TokenKind::Comment => !typed.ends_with("*/") && !typed.ends_with('\n'),
            TokenKind::String => token.unterminated,
            _ => false,
        })
}

fn completion_words(schema: &Schema) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for table in &schema.tables {
        words.push(table.name.clone());
        words.extend(table.columns.iter().map(|column| column.name.clone()));
    }
    words.extend(sql::KEYWORDS.iter().map(|word| word.to_ascii_lowercase()));
    words.sort();
    words.dedup();
    words
}
