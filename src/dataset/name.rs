//! What a learner calls a dataset: `shop`, `shop@medium`.

use std::fmt;
use std::str::FromStr;

use super::nearest::{did_you_mean, nearest};

/// How much data: a number of orders, or of whatever a dataset counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Scale {
    /// 200 orders: read it whole.
    Tiny,
    /// 20,000 orders: an index shows.
    #[default]
    Small,
    /// 200,000 orders: a missing index hurts.
    Medium,
    /// 2,000,000 orders: a missing index is no longer funny.
    Large,
}

impl Scale {
    /// All scales, the smallest first.
    pub const ALL: [Scale; 4] = [Scale::Tiny, Scale::Small, Scale::Medium, Scale::Large];

    /// The number of orders, to which all other row counts are in proportion.
    pub fn orders(self) -> u64 {
        match self {
            Scale::Tiny => 200,
            Scale::Small => 20_000,
            Scale::Medium => 200_000,
            Scale::Large => 2_000_000,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Scale::Tiny => "tiny",
            Scale::Small => "small",
            Scale::Medium => "medium",
            Scale::Large => "large",
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no scale.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown scale @{word}; there are @tiny, @small, @medium and @large{}",
    did_you_mean(nearest.as_deref())
)]
pub struct UnknownScale {
    /// What was asked for.
    pub word: String,
    /// The scale it is most like, as in `@small`.
    pub nearest: Option<String>,
}

impl FromStr for Scale {
    type Err = UnknownScale;

    fn from_str(word: &str) -> Result<Scale, UnknownScale> {
        Scale::ALL
            .into_iter()
            .find(|scale| scale.word().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownScale {
                word: word.to_owned(),
                nearest: nearest(word, Scale::ALL.map(Scale::word)).map(|word| format!("@{word}")),
            })
    }
}

/// A dataset at a scale. Whether it exists is the catalog's to say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DatasetName {
    /// The dataset, such as `shop`: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// How much of it.
    pub scale: Scale,
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.name, self.scale))
    }
}

/// A text that cannot name a dataset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// The part after the `@`.
    #[error(transparent)]
    Scale(#[from] UnknownScale),
    /// The part before the `@`.
    #[error("{0:?} cannot name a dataset: write it like shop or shop@small")]
    Dataset(String),
}

impl FromStr for DatasetName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<DatasetName, BadName> {
        let (name, scale) = match text.split_once('@') {
            Some((name, scale)) => (name, scale.parse()?),
            None => (text, Scale::default()),
        };
        if !is_plain_word(name) {
            return Err(BadName::Dataset(text.to_owned()));
        }
        Ok(DatasetName {
            name: name.to_owned(),
            scale,
        })
    }
}

/// Whether a text is fit to be a part of a file name everywhere.
pub(super) fn is_plain_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_scale_is_small() {
        let name: DatasetName = "shop".parse().unwrap();
        assert_eq!(name.to_string(), "shop@small");
        let name: DatasetName = "shop@Tiny".parse().unwrap();
        assert_eq!(name.scale, Scale::Tiny);
    }

    #[test]
    fn a_mistyped_scale_is_told_the_nearest() {
        let message = "shop@smal".parse::<DatasetName>().unwrap_err().to_string();
        insta::assert_snapshot!(message, @"unknown scale @smal; there are @tiny, @small, @medium and @large; did you mean @small?");
        let message = "shop@9".parse::<DatasetName>().unwrap_err().to_string();
        insta::assert_snapshot!(message, @"unknown scale @9; there are @tiny, @small, @medium and @large");
    }

    #[test]
    fn a_name_is_safe_in_a_path() {
        for bad in ["", "@small", "../shop", "a/b", "Shop Two", "a.b"] {
            assert!(bad.parse::<DatasetName>().is_err(), "{bad:?}");
        }
    }
}
