//! What came out, for each combination of settings.

use super::{Rehearsal, Setting};
use crate::lab::simulate::{CurvePoint, Simulation, Stopped};
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

/// What was played.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// A workload through the cache layer.
    Workload {
        /// With what holds for all combinations.
        rehearsal: Box<Rehearsal>,
        /// How many results there are, where that is the same for all.
        keys: u64,
        /// The label of the data; `None`: there is none.
        data: Option<String>,
        /// The share of the requests that write, unless a trace says which do.
        written: f64,
        /// Whether requests come when a trace says.
        at_times_of_trace: bool,
        /// Whether the time of a query was measured on the data.
        is_measured: bool,
    },
    /// Requests for objects, against eviction alone.
    Requests(Box<Simulation>),
}

/// What came of all combinations.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepReport {
    /// What was played.
    pub asked: Asked,
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
}

impl SweepReport {
    /// The combinations that were played, in full or in part.
    pub fn played(&self) -> impl Iterator<Item = (&Point, &Played)> {
        let points = self.points.iter();
        points.filter_map(|it| Some((it, it.played.as_ref()?)))
    }
}
