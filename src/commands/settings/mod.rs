//! What a learner sets to their taste: in `config.toml`, and for one session
//! with `.set`.

mod file;

#[cfg(test)]
mod tests;

use clap::ValueEnum;

use super::ColorChoice;
use crate::sql::nearest;

pub use file::{Problem, SaveError, read, save};

/// The keys of the line editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditorKeys {
    /// Ctrl-A, Ctrl-K and so on.
    Emacs,
    /// Modes, as in vi.
    Vi,
}

/// What shows a result that is longer than the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pager {
    /// `$PAGER`, or less.
    Auto,
    /// Nothing: the screen rolls.
    Off,
    /// This program, with its arguments.
    Command(String),
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The keys of the line editor.
    pub editor: EditorKeys,
    /// Whether Tab completes names.
    pub completion: bool,
    /// When to use colour; `--color` goes before it.
    pub color: ColorChoice,
    /// Whether boxes, bars and redraws are left out; `--plain` turns it on.
    pub plain: bool,
    /// Whether drawing is in ASCII only; `--ascii` turns it on.
    pub ascii: bool,
    /// Whether footers tell times.
    pub timer: bool,
    /// How many rows of a result the shell shows; `None` for all.
    pub rows: Option<usize>,
    /// Whether the plan is told after each statement, in a line.
    pub auto_explain: bool,
    /// What shows a result that is longer than the screen.
    pub pager: Pager,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            editor: EditorKeys::Emacs,
            completion: true,
            color: ColorChoice::Auto,
            plain: false,
            ascii: false,
            timer: true,
            rows: Some(40),
            auto_explain: false,
            pager: Pager::Auto,
        }
    }
}

/// The name of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `editor`
    Editor,
    /// `completion`
    Completion,
    /// `color`
    Color,
    /// `plain`
    Plain,
    /// `ascii`
    Ascii,
    /// `timer`
    Timer,
    /// `rows`
    Rows,
    /// `auto-explain`
    AutoExplain,
    /// `pager`
    Pager,
}

/// A setting or value that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No setting has this name.
    #[error("there is no setting {name}; {}", match nearest {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}", Setting::names().collect::<Vec<_>>().join(", ")),
    })]
    Name {
        /// What was asked for.
        name: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// The setting does not take this value.
    #[error("{} is {}, not {value}{}", setting.name(), setting.takes(),
        nearest.map_or(String::new(), |near| format!("; did you mean {near}?")))]
    Value {
        /// The setting.
        setting: Setting,
        /// What it was to be.
        value: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
}

impl Setting {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Setting; 9] = [
        Setting::Editor,
        Setting::Completion,
        Setting::Color,
        Setting::Plain,
        Setting::Ascii,
        Setting::Timer,
        Setting::Rows,
        Setting::AutoExplain,
        Setting::Pager,
    ];

    /// Its name, as in the file.
    pub fn name(self) -> &'static str {
        match self {
            Setting::Editor => "editor",
            Setting::Completion => "completion",
            Setting::Color => "color",
            Setting::Plain => "plain",
            Setting::Ascii => "ascii",
            Setting::Timer => "timer",
            Setting::Rows => "rows",
            Setting::AutoExplain => "auto-explain",
            Setting::Pager => "pager",
        }
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Setting::ALL.into_iter().map(Setting::name)
    }

    /// What it is about, in a few words.
    pub fn summary(self) -> &'static str {
        match self {
            Setting::Editor => "the keys of the line editor",
            Setting::Completion => "whether Tab completes names",
            Setting::Color => "when to use colour",
            Setting::Plain => "no boxes, bars or redraws: for screen readers",
            Setting::Ascii => "whether to draw with ASCII only",
            Setting::Timer => "whether footers tell times",
            Setting::Rows => "how many rows of a result are shown",
            Setting::AutoExplain => "whether each query is followed by its plan",
            Setting::Pager => "what shows results longer than the screen",
        }
    }

    /// The words it can be set to. [`Setting::Rows`] takes numbers, too, and
    /// [`Setting::Pager`] any command.
    pub fn values(self) -> &'static [&'static str] {
        match self {
            Setting::Editor => &["emacs", "vi"],
            Setting::Completion
            | Setting::Plain
            | Setting::Ascii
            | Setting::Timer
            | Setting::AutoExplain => &["on", "off"],
            Setting::Color => &["auto", "always", "never"],
            Setting::Rows => &["all"],
            Setting::Pager => &["auto", "off"],
        }
    }

    /// The setting called `name`.
    ///
    /// # Errors
    /// [`Unknown::Name`], with the nearest.
    pub fn find(name: &str) -> Result<Setting, Unknown> {
        Setting::ALL
            .into_iter()
            .find(|setting| setting.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| Unknown::Name {
                name: name.to_owned(),
                nearest: nearest(name, Setting::names()),
            })
    }

    fn takes(self) -> String {
        match self {
            Setting::Rows => "a number from 1 or all".to_owned(),
            Setting::Pager => "auto, off or a command".to_owned(),
            _ => match self.values() {
                [first, rest @ .., last] if !rest.is_empty() => {
                    format!("{first}, {} or {last}", rest.join(", "))
                }
                few => few.join(" or "),
            },
        }
    }

    fn no_such_value(self, value: &str) -> Unknown {
        Unknown::Value {
            setting: self,
            value: value.to_owned(),
            nearest: nearest(value, self.values().iter().copied()),
        }
    }
}

impl Settings {
    /// The value of a setting, as it is written.
    pub fn value(&self, setting: Setting) -> String {
        let on_or_off = |on| if on { "on" } else { "off" };
        match setting {
            Setting::Editor => match self.editor {
                EditorKeys::Emacs => "emacs",
                EditorKeys::Vi => "vi",
            }
            .to_owned(),
            Setting::Completion => on_or_off(self.completion).to_owned(),
            Setting::Color => self
                .color
                .to_possible_value()
                .map_or_else(String::new, |value| value.get_name().to_owned()),
            Setting::Plain => on_or_off(self.plain).to_owned(),
            Setting::Ascii => on_or_off(self.ascii).to_owned(),
            Setting::Timer => on_or_off(self.timer).to_owned(),
            Setting::Rows => self.rows.map_or("all".to_owned(), |rows| rows.to_string()),
            Setting::AutoExplain => on_or_off(self.auto_explain).to_owned(),
            Setting::Pager => match &self.pager {
                Pager::Auto => "auto".to_owned(),
                Pager::Off => "off".to_owned(),
                Pager::Command(command) => command.clone(),
            },
        }
    }

    /// Sets a setting to what `value` says.
    ///
    /// # Errors
    /// [`Unknown::Value`]; the setting stays as it was.
    pub fn set(&mut self, setting: Setting, value: &str) -> Result<(), Unknown> {
        let wrong = || setting.no_such_value(value);
        let lower = value.to_ascii_lowercase();
        match setting {
            Setting::Editor => {
                self.editor = match lower.as_str() {
                    "emacs" => EditorKeys::Emacs,
                    "vi" => EditorKeys::Vi,
                    _ => return Err(wrong()),
                }
            }
            Setting::Completion => self.completion = switch(&lower).ok_or_else(wrong)?,
            Setting::Plain => self.plain = switch(&lower).ok_or_else(wrong)?,
            Setting::Ascii => self.ascii = switch(&lower).ok_or_else(wrong)?,
            Setting::Timer => self.timer = switch(&lower).ok_or_else(wrong)?,
            Setting::AutoExplain => self.auto_explain = switch(&lower).ok_or_else(wrong)?,
            Setting::Color => {
                self.color = ColorChoice::from_str(&lower, false).map_err(|_| wrong())?;
            }
            Setting::Pager => {
                self.pager = match lower.trim() {
                    "" => return Err(wrong()),
                    "auto" => Pager::Auto,
                    "off" => Pager::Off,
                    _ => Pager::Command(unquoted(value.trim()).to_owned()),
                }
            }
            Setting::Rows if lower == "all" => self.rows = None,
            Setting::Rows => {
                let rows = lower.replace([',', '_'], "").parse().ok();
                self.rows = Some(rows.filter(|&rows| rows > 0).ok_or_else(wrong)?);
            }
        }
        Ok(())
    }
}

/// `on` and `off`, as a file writes them, too.
fn switch(word: &str) -> Option<bool> {
    match word {
        "on" | "true" => Some(true),
        "off" | "false" => Some(false),
        _ => None,
    }
}

/// A command without the quotes around all of it, as a shell's user writes them.
fn unquoted(command: &str) -> &str {
    ['\'', '"']
        .into_iter()
        .find_map(|quote| {
            let inner = command.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains(quote)).then_some(inner.trim())
        })
        .filter(|inner| !inner.is_empty())
        .unwrap_or(command)
}
