//! How much a cache holds, as people say it.

use std::fmt;
use std::str::FromStr;

use crate::units;

/// How many objects a cache holds, absolutely or as a share of the keys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Capacity {
    /// So many objects.
    Objects(u64),
    /// So many percent of the keys.
    Percent(f64),
}

/// A text that is no capacity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no capacity: write objects like 10k, or a share of the keys like 10%")]
pub struct BadCapacity(String);

impl Capacity {
    /// How many of `keys` objects that is, to the nearest.
    pub fn objects(self, keys: u64) -> u64 {
        match self {
            Capacity::Objects(objects) => objects,
            Capacity::Percent(percent) => (keys as f64 * percent / 100.0).round() as u64,
        }
    }
}

impl FromStr for Capacity {
    type Err = BadCapacity;

    fn from_str(text: &str) -> Result<Capacity, BadCapacity> {
        let bad = || BadCapacity(text.to_owned());
        match text.trim().strip_suffix('%') {
            Some(number) => {
                let percent: f64 = number.trim().parse().map_err(|_| bad())?;
                if percent >= 0.0 && percent.is_finite() {
                    Ok(Capacity::Percent(percent))
                } else {
                    Err(bad())
                }
            }
            None => units::parse_count(text)
                .map(Capacity::Objects)
                .map_err(|_| bad()),
        }
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Capacity::Objects(objects) => f.write_str(&units::count(*objects)),
            Capacity::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_shares() {
        assert_eq!("10%".parse::<Capacity>().unwrap().objects(100_000), 10_000);
        assert_eq!("0.5 %".parse::<Capacity>().unwrap().objects(1_000), 5);
        assert_eq!("10k".parse::<Capacity>().unwrap().objects(7), 10_000);
        for wrong in ["-1%", "inf%", "%", "half", "1.5", ""] {
            assert!(wrong.parse::<Capacity>().is_err(), "{wrong}");
        }
    }
}
