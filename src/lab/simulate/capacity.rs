//! How much a cache holds, as people say it.

use std::fmt;
use std::str::FromStr;

use super::Unit;
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

/// A cache that would hold nothing, or more than there is.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum UnusableCapacity {
    /// It holds no byte.
    #[error("a cache of {capacity} holds 0 of {}", units::bytes(*bytes))]
    NoBytes {
        /// As it was asked for.
        capacity: Capacity,
        /// All objects together.
        bytes: u64,
    },
    /// It is larger than all objects together.
    #[error(
        "a capacity of {} is more than the {} of all objects: everything would hit",
        units::bytes(*capacity),
        units::bytes(*bytes)
    )]
    OversizedBytes {
        /// In bytes.
        capacity: u64,
        /// All objects together.
        bytes: u64,
    },
    /// It holds nothing.
    #[error("a cache of {capacity} holds 0 of {}", units::counted(*keys, "key", "keys"))]
    Nothing {
        /// As it was asked for.
        capacity: Capacity,
        /// The keys there are.
        keys: u64,
    },
    /// It is larger than its keys.
    #[error(
        "a capacity of {capacity} is more than the {}: everything would hit",
        units::counted(*keys, "key", "keys")
    )]
    Oversized {
        /// As it was asked for.
        capacity: Capacity,
        /// The keys there are.
        keys: u64,
    },
}

impl Capacity {
    /// What that is of all there is: `there` objects, or bytes.
    ///
    /// # Errors
    /// [`UnusableCapacity`] when that is none, or more than all.
    pub fn of(self, there: u64, unit: Unit) -> Result<u64, UnusableCapacity> {
        match (unit, self.objects(there)) {
            (Unit::Objects, objects) => objects,
            (Unit::Bytes, Ok(bytes)) => Ok(bytes),
            (Unit::Bytes, Err(UnusableCapacity::Nothing { capacity, keys })) => {
                let bytes = keys;
                Err(UnusableCapacity::NoBytes { capacity, bytes })
            }
            (Unit::Bytes, Err(_)) => {
                let capacity = match self {
                    Capacity::Objects(bytes) => bytes,
                    Capacity::Percent(percent) => (there as f64 * percent / 100.0) as u64,
                };
                let bytes = there;
                Err(UnusableCapacity::OversizedBytes { capacity, bytes })
            }
        }
    }

    /// How many of `keys` objects that is, to the nearest.
    ///
    /// # Errors
    /// [`UnusableCapacity`] when that is none, or more than all.
    pub fn objects(self, keys: u64) -> Result<u64, UnusableCapacity> {
        let capacity = self;
        let objects = match self {
            Capacity::Objects(objects) => objects,
            Capacity::Percent(percent) => (keys as f64 * percent / 100.0).round() as u64,
        };
        if objects == 0 {
            Err(UnusableCapacity::Nothing { capacity, keys })
        } else if objects > keys {
            Err(UnusableCapacity::Oversized { capacity, keys })
        } else {
            Ok(objects)
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
        let objects = |text: &str, keys| text.parse::<Capacity>().unwrap().objects(keys);
        assert_eq!(objects("10%", 100_000), Ok(10_000));
        assert_eq!(objects("0.5 %", 1_000), Ok(5));
        assert_eq!(objects("100%", 7), Ok(7));
        assert_eq!(
            objects("10k", 7).unwrap_err().to_string(),
            "a capacity of 10,000 is more than the 7 keys: everything would hit"
        );
        assert_eq!(
            objects("1%", 7).unwrap_err().to_string(),
            "a cache of 1% holds 0 of 7 keys"
        );
        for wrong in ["-1%", "inf%", "%", "half", "1.5", ""] {
            assert!(wrong.parse::<Capacity>().is_err(), "{wrong}");
        }
    }
}
