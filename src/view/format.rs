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

/// What `--format` names: a shape for rows, or a kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Rows and text.
    Rows(Format),
    /// A picture of a plan.
    Picture(Picture),
}

/// The kinds of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Picture {
    /// Mermaid text, for Markdown that draws it.
    Mermaid,
    /// An SVG file.
    Svg,
    /// A web page in one file.
    Html,
}

impl Picture {
    /// The word of the command line.
    pub fn word(self) -> &'static str {
        match self {
            Picture::Mermaid => "mermaid",
            Picture::Svg => "svg",
            Picture::Html => "html",
        }
    }
}

impl Wanted {
    /// How rows are printed, and everything that is no picture.
    pub fn rows(self) -> Format {
        match self {
            Wanted::Rows(format) => format,
            Wanted::Picture(_) => Format::default(),
        }
    }

    /// The picture, if it is one.
    pub fn picture(self) -> Option<Picture> {
        match self {
            Wanted::Rows(_) => None,
            Wanted::Picture(picture) => Some(picture),
        }
    }
}

impl Default for Wanted {
    fn default() -> Wanted {
        Wanted::Rows(Format::default())
    }
}

impl clap::ValueEnum for Wanted {
    fn value_variants<'a>() -> &'a [Wanted] {
        &[
            Wanted::Rows(Format::Table),
            Wanted::Rows(Format::Csv),
            Wanted::Rows(Format::Json),
            Wanted::Rows(Format::Jsonl),
            Wanted::Rows(Format::Markdown),
            Wanted::Rows(Format::Line),
            Wanted::Picture(Picture::Mermaid),
            Wanted::Picture(Picture::Svg),
            Wanted::Picture(Picture::Html),
        ]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        match self {
            Wanted::Rows(format) => format.to_possible_value(),
            Wanted::Picture(picture) => picture.to_possible_value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_format_and_every_picture_can_be_asked_for() {
        for format in Format::value_variants() {
            assert!(Wanted::value_variants().contains(&Wanted::Rows(*format)));
        }
        for picture in Picture::value_variants() {
            assert!(Wanted::value_variants().contains(&Wanted::Picture(*picture)));
            let named = picture.to_possible_value().unwrap();
            assert_eq!(named.get_name(), picture.word());
        }
    }
}
