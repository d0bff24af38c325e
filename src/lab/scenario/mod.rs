//! Scenes from the life of a cache with known answers: each is played in
//! virtual time, and what is found stands beside what a published formula
//! expects.

mod eviction;
mod expiry;
mod failure;
mod writes;

use crate::interrupt::Interrupt;
use crate::lab::virtual_time::Impossible;

/// One scene.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// The word on the command line.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub shows: &'static str,
    /// The known answer, and where it comes from.
    pub source: &'static str,
    play: fn(u64, &Interrupt) -> Result<Vec<Finding>, Impossible>,
}

/// One figure of a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was measured, and under which settings.
    pub what: String,
    /// In virtual time.
    pub found: f64,
    /// By the formula.
    pub expected: f64,
    /// How far they may lie apart by chance.
    pub tolerance: f64,
}

impl Finding {
    fn new(what: impl Into<String>, found: f64, expected: f64, tolerance: f64) -> Finding {
        Finding {
            what: what.into(),
            found,
            expected,
            tolerance,
        }
    }

    /// Whether the formula holds here.
    pub fn agrees(&self) -> bool {
        (self.found - self.expected).abs() <= self.tolerance
    }
}

/// A scene that was played.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub shows: &'static str,
    /// The known answer.
    pub source: &'static str,
    /// Of all that was drawn.
    pub seed: u64,
    /// The figures.
    pub findings: Vec<Finding>,
    /// Whether Ctrl-C cut it short: the figures are partial.
    pub interrupted: bool,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Scenario; 11] = [
        expiry::STAMPEDE,
        expiry::XFETCH,
        expiry::JITTER,
        expiry::NEGATIVE,
        writes::RACE,
        writes::BEHIND,
        failure::SURVIVAL,
        expiry::HOT_KEY,
        eviction::SCAN,
        eviction::COLD_START,
        failure::CACHE_DOWN,
    ];

    /// The one with this name.
    ///
    /// # Errors
    /// [`NoScenario`] with the nearest right name.
    pub fn find(name: &str) -> Result<Scenario, NoScenario> {
        let found = Scenario::ALL.into_iter().find(|it| it.name == name);
        found.ok_or_else(|| {
            let names = Scenario::ALL.iter().map(|it| it.name);
            NoScenario {
                name: name.to_owned(),
                nearest: crate::sql::nearest(name, names).map(str::to_owned),
            }
        })
    }

    /// Plays it. One seed gives one course of events.
    ///
    /// # Errors
    /// None that the scenes here could run into.
    pub fn play(&self, seed: u64, interrupt: &Interrupt) -> Result<Played, Impossible> {
        Ok(Played {
            name: self.name,
            shows: self.shows,
            source: self.source,
            seed,
            findings: (self.play)(seed, interrupt)?,
            interrupted: interrupt.is_raised(),
        })
    }
}

/// No scene has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no scenario {name:?}{}; --scenario list tells them all",
    nearest.as_ref().map(|it| format!(", did you mean {it}?")).unwrap_or_default())]
pub struct NoScenario {
    name: String,
    nearest: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_agrees_with_its_formula() {
        let mut wrong = Vec::new();
        for scenario in Scenario::ALL {
            let played = scenario.play(1, &Interrupt::new()).unwrap();
            assert!(!played.findings.is_empty(), "{}", scenario.name);
            let off = played.findings.into_iter().filter(|it| !it.agrees());
            wrong.extend(off.map(|it| format!("{}: {it:?}", scenario.name)));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_misspelt_scene_finds_its_neighbour() {
        assert_eq!(
            Scenario::find("stampde").unwrap_err().to_string(),
            "there is no scenario \"stampde\", did you mean stampede?; --scenario list tells them \
             all"
        );
    }
}
