//! What came out, for each combination of settings.

use std::time::Duration;

use super::Setting;
use crate::lab::simulate::{CurvePoint, Stopped};
use crate::lab::virtual_time::Outcome;

/// A setting that has several values.
pub type Axis = Vec<Setting>;

/// One combination.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// One of each axis.
    pub settings: Vec<Setting>,
    /// What came of it; `None`: it was not played.
    pub played: Option<Played>,
}

/// What came of one combination.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// How many objects, or bytes, there was room for.
    pub room: u64,
    /// Reads that counted.
    pub reads: u64,
    /// The share of these that hit.
    pub hit_ratio: f64,
    /// What theory expects, where there is a theory.
    pub expected: Option<f64>,
    /// All else that happened, if the whole layer was played.
    pub outcome: Option<Box<Outcome>>,
    /// Whether it was cut short.
    pub partial: bool,
}

/// What came of all combinations.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepReport {
    /// What was asked for, in a few words.
    pub title: String,
    /// What holds for all combinations, a line each.
    pub settings: Vec<String>,
    /// The settings that have several values, in the order of the points.
    pub axes: Vec<Axis>,
    /// Every combination, the last axis changing fastest.
    pub points: Vec<Point>,
    /// The hit ratio of LRU at every size, if it was wanted: alone, without
    /// TTLs and writes.
    pub curve: Vec<CurvePoint>,
    /// What theory says for the points of the curve, where there is a theory.
    pub curve_theory: Vec<f64>,
    /// One seed gives one sequence of requests.
    pub seed: u64,
    /// Whether it was cut short.
    pub stopped: Option<Stopped>,
    /// What a query was measured to take on the data, if it was.
    pub measured: Option<Duration>,
}

impl SweepReport {
    /// How many combinations were played, in full or in part.
    pub fn played(&self) -> usize {
        self.points.iter().filter(|it| it.played.is_some()).count()
    }
}
