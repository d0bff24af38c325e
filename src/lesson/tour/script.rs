//! The script of the tour, as it is written in `tour/tour.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::lesson::LESSON_SEED;

/// The dataset that the tour is played on.
pub const DATA: &str = "shop@small";

/// Its seed: the script names a customer who is there.
pub const SEED: u64 = LESSON_SEED;

static TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tour/tour.toml"));

/// The whole tour.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// Whose page is slow.
    pub(super) customer: i64,
    #[serde(rename = "step")]
    pub(super) steps: Vec<Step>,
    /// The lines at the end; of those with one name, the first that holds.
    pub(super) told: Vec<Line>,
}

/// One screen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) does: Does,
    pub(super) title: String,
    /// What we want to know.
    #[serde(default)]
    pub(super) asks: String,
    /// What is typed for the learner.
    #[serde(default)]
    pub(super) types: Vec<String>,
    /// What to notice: the first that holds.
    #[serde(default)]
    pub(super) notices: Vec<Notice>,
    /// What the learner is to guess before the next step shows it.
    pub(super) question: Option<String>,
}

/// What a step runs and measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Does {
    Query,
    Plan,
    Index,
    Cache,
    Against,
    Stale,
    End,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notice {
    pub(super) when: Option<When>,
    pub(super) says: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) when: Option<When>,
    pub(super) says: String,
}

/// What a sentence supposes of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum When {
    GuessRight,
    GuessLow,
    GuessHigh,
    IndexPays,
    IndexPaysAndSlowsInserts,
    HitIsFaster,
    IndexBeatsHit,
    HitBeatsIndex,
    TtlWasStaleAndCured,
}

/// The script in the binary.
pub(super) fn script() -> &'static Script {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    SCRIPT.get_or_init(|| toml::from_str(TEXT).expect("it is embedded, and a test reads it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_a_sentence_for_every_run() {
        let script = script();
        assert_eq!(script.steps.last().unwrap().does, Does::End);
        for step in &script.steps {
            let (last, others) = match step.notices.split_last() {
                Some(split) => split,
                None => {
                    assert_eq!(step.does, Does::End);
                    continue;
                }
            };
            assert!(last.when.is_none(), "{}", step.title);
            assert!(others.iter().all(|it| it.when.is_some()), "{}", step.title);
        }
        for line in &script.told {
            let mut same = script.told.iter().filter(|it| it.name == line.name);
            assert!(same.next_back().unwrap().when.is_none(), "{}", line.name);
        }
    }

    #[test]
    fn no_number_is_written_into_the_prose() {
        for step in &script().steps {
            let prose = step.notices.iter().map(|it| &it.says).chain([&step.asks]);
            let told = script().told.iter().map(|it| &it.says);
            for text in prose.chain(&step.question).chain(told) {
                assert!(!text.chars().any(|c| c.is_ascii_digit()), "{text}");
                // It must reach a terminal without Unicode, too.
                assert!(text.is_ascii(), "{text}");
            }
        }
    }
}
