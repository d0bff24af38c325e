//! The shapes an answer can be printed in.

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Drawn with boxes, for people.
    #[default]
    Table,
    /// RFC 4180 with a header line and LF.
    Csv,
    /// One array of row objects a result.
    Json,
    /// One row object a line.
    Jsonl,
    /// A table for Markdown.
    Markdown,
    /// One `name: value` a line.
    Line,
}

impl Format {
    /// Whether a program reads it, so that nothing else may be mixed in.
    pub fn is_for_machines(self) -> bool {
        matches!(self, Format::Csv | Format::Json | Format::Jsonl)
    }
}
