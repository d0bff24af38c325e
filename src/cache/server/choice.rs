//! `--cache`: the word that chooses the server.

use std::fmt;
use std::str::FromStr;

use super::url::{BadUrl, Url};
use crate::sql::nearest;

/// Which cache server to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// The one that the environment names, else one from PATH, else the
    /// built-in one.
    #[default]
    Auto,
    /// The one in this process.
    Builtin,
    /// None.
    Off,
    /// Somebody's own.
    Url(Url),
}

const WORDS: [&str; 3] = ["auto", "builtin", "off"];

/// The word chooses nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownChoice {
    /// It looks like a word.
    #[error("no cache server is called {word:?}: {}", hint(.nearest.as_deref()))]
    Word {
        /// What was written.
        word: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// It looks like a URL.
    #[error(transparent)]
    Url(#[from] BadUrl),
}

fn hint(nearest: Option<&str>) -> String {
    match nearest {
        Some(word) => format!("did you mean {word}?"),
        None => "write auto, builtin, off or a URL such as redis://localhost".to_owned(),
    }
}

impl FromStr for Choice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Choice, UnknownChoice> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Choice::Auto),
            "builtin" | "built-in" => Ok(Choice::Builtin),
            "off" => Ok(Choice::Off),
            _ if text.contains("://") => Ok(Choice::Url(text.parse()?)),
            word => Err(UnknownChoice::Word {
                nearest: nearest(word, WORDS).map(str::to_owned),
                word: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Choice {
    /// As it is written, without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choice::Auto => f.write_str("auto"),
            Choice::Builtin => f.write_str("builtin"),
            Choice::Off => f.write_str("off"),
            Choice::Url(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_urls_choose() {
        assert_eq!("auto".parse(), Ok(Choice::Auto));
        assert_eq!("Builtin".parse(), Ok(Choice::Builtin));
        assert_eq!("off".parse(), Ok(Choice::Off));
        let url: Choice = "redis://localhost:1".parse().unwrap();
        assert!(matches!(url, Choice::Url(_)));
        assert_eq!(url.to_string(), "redis://localhost:1");
    }

    #[test]
    fn the_nearest_word_is_named() {
        let message = |text: &str| text.parse::<Choice>().unwrap_err().to_string();
        assert_eq!(
            message("biultin"),
            "no cache server is called \"biultin\": did you mean builtin?"
        );
        assert_eq!(
            message("memcached"),
            "no cache server is called \"memcached\": write auto, builtin, off or a URL such as redis://localhost"
        );
        assert!(message("http://localhost").contains("cannot speak http://"));
    }
}
