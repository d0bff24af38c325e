//! What the terminal in front of the learner can show.

/// How to draw. Nothing is told by colour alone, so all of it can be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours and weights are wanted.
    pub color: bool,
    /// Whether box-drawing and block characters can be shown.
    pub unicode: bool,
    /// No boxes, bars or redraws: for screen readers and simple consoles.
    pub plain: bool,
    /// Columns of the screen; output aims to stay within it.
    pub width: usize,
}

impl Style {
    /// What goes to a file or a pipe: 80 columns, no colour.
    pub const PIPED: Style = Style {
        color: false,
        unicode: true,
        plain: false,
        width: 80,
    };

    /// Context that may be overlooked.
    pub fn dim(&self, text: &str) -> String {
        self.ansi("2", text)
    }

    /// The one thing on the line that matters.
    pub fn accent(&self, text: &str) -> String {
        self.ansi("36", text)
    }

    /// Headings and verdicts.
    pub fn bold(&self, text: &str) -> String {
        self.ansi("1", text)
    }

    /// What went wrong.
    pub fn error(&self, text: &str) -> String {
        self.ansi("31", text)
    }

    fn ansi(&self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
