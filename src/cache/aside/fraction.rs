//! Small exact numbers that people type: a beta of `1.5`, a jitter of `10%`.
//! Whole thousandths, so that rules compare and print as they were typed.

use std::fmt;
use std::str::FromStr;

/// How far a TTL is spread to both sides, as a part of it: 0 to 0.9.
///
/// Results that are stored together expire together, and are then loaded
/// together. With a jitter of j, the TTL of each is drawn evenly from
/// `T(1-j)..T(1+j)`: K of them come due at K/(2jT) a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Jitter(u32);

impl Jitter {
    /// No jitter: each TTL is exact.
    pub const NONE: Jitter = Jitter(0);

    /// This many thousandths, 0 to 900.
    pub fn from_thousandths(thousandths: u32) -> Option<Jitter> {
        (thousandths <= 900).then_some(Jitter(thousandths))
    }

    /// As a part of the TTL, 0 to 0.9.
    pub fn part(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl FromStr for Jitter {
    type Err = BadFraction;

    /// Reads `10%` or `0.1`.
    fn from_str(text: &str) -> Result<Jitter, BadFraction> {
        let bad = || BadFraction::Jitter(text.to_owned());
        let thousandths = match text.strip_suffix('%') {
            Some(percent) => thousandths(percent).map(|n| n / 100),
            None => thousandths(text),
        };
        thousandths
            .and_then(Jitter::from_thousandths)
            .ok_or_else(bad)
    }
}

impl fmt::Display for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / 10.0)
    }
}

/// The eagerness of XFetch: 0.05 to 100. At 1, the optimum of the paper for
/// loading times that vary little; above 1 it recomputes earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Beta(u32);

impl Beta {
    /// The paper's choice.
    pub const ONE: Beta = Beta(1000);

    /// This many thousandths, 50 to 100,000.
    pub fn from_thousandths(thousandths: u32) -> Option<Beta> {
        (50..=100_000)
            .contains(&thousandths)
            .then_some(Beta(thousandths))
    }

    /// The number itself.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl Default for Beta {
    /// One.
    fn default() -> Beta {
        Beta::ONE
    }
}

impl FromStr for Beta {
    type Err = BadFraction;

    fn from_str(text: &str) -> Result<Beta, BadFraction> {
        thousandths(text)
            .and_then(Beta::from_thousandths)
            .ok_or_else(|| BadFraction::Beta(text.to_owned()))
    }
}

impl fmt::Display for Beta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

/// The text is no such number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFraction {
    /// A jitter.
    #[error("{0:?} is no jitter: write a part of the TTL from 0% to 90%, such as 10%")]
    Jitter(String),
    /// A beta.
    #[error("{0:?} is no beta: write a number from 0.05 to 100, such as 1")]
    Beta(String),
}

/// A decimal number of at most three places as thousandths.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(places) || whole.len() + places.len() == 0 || places.len() > 3 {
        return None;
    }
    let whole: u32 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let places: u32 = format!("{places:0<3}").parse().ok()?;
    whole.checked_mul(1000)?.checked_add(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jitter_is_a_percentage_or_a_part() {
        for (text, shown) in [
            ("10%", "10%"),
            ("0.1", "10%"),
            (".25", "25%"),
            ("0%", "0%"),
            ("2.5%", "2.5%"),
        ] {
            assert_eq!(text.parse::<Jitter>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "%",
            ".",
            "-1%",
            "91%",
            "10",
            "1e1%",
            "0.1234",
            "99999999999999%",
        ] {
            assert!(text.parse::<Jitter>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_beta_is_a_plain_number() {
        for text in ["1", "0.5", "2", "100", "0.05"] {
            assert_eq!(text.parse::<Beta>().unwrap().to_string(), text);
        }
        for text in ["0", "-1", "101", "0.04", "one", "1e2", "NaN"] {
            assert!(text.parse::<Beta>().is_err(), "{text}");
        }
        assert_eq!(Beta::default().value(), 1.0);
    }
}
