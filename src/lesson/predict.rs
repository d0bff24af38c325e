//! A guess before the measurement: what is asked, how a guess is read, and how
//! close it came. A guess is scored and never blocks.

use std::time::Duration;

use serde::Deserialize;

use super::workload::Workload;
use super::workload_result::percent;
use crate::units::{count, counted, duration, parse_count, parse_duration};

/// What a learner guesses before it is measured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is guessed of the last statement of the subject.
    pub measure: Measure,
    /// The options of a choice, in the order they are offered.
    #[serde(default)]
    pub options: Vec<String>,
    /// The right option is the one whose subject has the least of this.
    pub least: Option<Measure>,
    /// The right option is the one whose subject has the most of this.
    pub most: Option<Measure>,
    /// The right option, from 1, where nothing can be measured.
    pub answer: Option<usize>,
    /// What is played where the guess is about a cache.
    #[serde(skip)]
    pub workload: Option<Box<Workload>>,
}

/// What can be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Rows looked at, in tables and indexes together.
    RowsVisited,
    /// Pages asked for.
    PageFetches,
    /// Steps of SQLite's virtual machine.
    VmSteps,
    /// Rows that come out.
    Rows,
    /// Sorts done.
    Sorts,
    /// The share of reads that a cache answers.
    HitRatio,
    /// Queries that a cache lets through.
    DatabaseReads,
    /// Answers that were old.
    StaleReads,
    /// How old the oldest of them was.
    Stalest,
    /// What 99 of 100 answers took at most.
    P99,
    /// What answers took on average.
    Mean,
    /// The index that the plan uses.
    Index,
    /// One of several options.
    Choice,
}

/// What a learner guessed.
#[derive(Debug, Clone, PartialEq)]
pub enum Guess {
    /// A number; of a time nanoseconds, of a ratio thousandths.
    Count(u64),
    /// The name of an index; `None` for none.
    Index(Option<String>),
    /// An option, from 0.
    Option(usize),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// A number; of a time nanoseconds, of a ratio thousandths.
    Count(u64),
    /// The indexes that the plan uses.
    Indexes(Vec<String>),
    /// The right option, from 0, and what was measured of each.
    Option(usize, Vec<u64>),
}

/// A text that is no guess, with what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no guess here: {wanted}")]
pub struct NoGuess {
    text: String,
    wanted: String,
}

impl Measure {
    /// Whether it is measured by playing a workload, not by running a
    /// statement.
    fn is_of_a_workload(self) -> bool {
        !self.of_a_workload().is_empty()
    }

    /// What it is called where a bound is on it; empty for what is measured by
    /// running a statement.
    pub(super) fn of_a_workload(self) -> &'static str {
        match self {
            Measure::HitRatio => "the hit ratio",
            Measure::DatabaseReads => "database reads",
            Measure::StaleReads => "stale reads",
            Measure::Stalest => "the stalest answer",
            Measure::P99 => "the p99",
            Measure::Mean => "the mean",
            _ => "",
        }
    }

    fn is_a_time(self) -> bool {
        matches!(self, Measure::Stalest | Measure::P99 | Measure::Mean)
    }
}

impl Question {
    /// Itself, asked of a workload where there is one.
    pub(super) fn about(mut self, workload: Option<Workload>) -> Question {
        self.workload = workload.map(Box::new);
        self
    }

    /// Itself, if it makes sense.
    pub(super) fn checked(self) -> Result<Question, String> {
        let deciders = [
            self.least.is_some(),
            self.most.is_some(),
            self.answer.is_some(),
        ];
        let deciders = deciders.iter().filter(|is| **is).count();
        let measured = match self.measure {
            Measure::Choice => self.decided_by(),
            measure => Some(measure),
        };
        if measured.is_some_and(|by| by.is_of_a_workload() != self.workload.is_some())
            || (measured.is_none() && self.workload.is_some())
        {
            return Err(
                "hit_ratio, database_reads, stale_reads, stalest, p99 and mean are measured of a \
                 `[workload]`, and nothing else is"
                    .to_owned(),
            );
        }
        match self.measure {
            Measure::Choice if self.options.len() < 2 || self.options.len() > 6 => {
                Err("a choice has from two to six `options`".to_owned())
            }
            Measure::Choice if deciders != 1 => {
                Err("a choice is decided by one of `least`, `most` and `answer`".to_owned())
            }
            Measure::Choice
                if self
                    .answer
                    .is_some_and(|n| n == 0 || n > self.options.len()) =>
            {
                Err("`answer` is the number of an option, from 1".to_owned())
            }
            _ if [self.least, self.most]
                .into_iter()
                .flatten()
                .any(|by| matches!(by, Measure::Choice | Measure::Index)) =>
            {
                Err("`least` and `most` are of something that is counted".to_owned())
            }
            Measure::Choice => Ok(self),
            _ if deciders > 0 || !self.options.is_empty() => Err(
                "`options`, `least`, `most` and `answer` are for measure = \"choice\"".to_owned(),
            ),
            _ => Ok(self),
        }
    }

    /// What decides between options, if it is measured.
    pub fn decided_by(&self) -> Option<Measure> {
        self.least.or(self.most)
    }

    /// Which of these figures, one for each option, decides: the least, or the
    /// most.
    pub(super) fn best(&self, figures: &[u64]) -> Option<usize> {
        let best = if self.least.is_some() {
            figures.iter().min()
        } else {
            figures.iter().max()
        };
        figures.iter().position(|figure| Some(figure) == best)
    }

    /// The question in a few words, for the prompt.
    pub fn asks_for(&self) -> String {
        match self.measure {
            Measure::RowsVisited => "how many rows are visited".to_owned(),
            Measure::PageFetches => "how many pages are fetched".to_owned(),
            Measure::VmSteps => "how many steps it takes".to_owned(),
            Measure::Rows => "how many rows come out".to_owned(),
            Measure::Sorts => "how many times rows are sorted".to_owned(),
            Measure::HitRatio => "what share of the reads are hits, in percent".to_owned(),
            Measure::DatabaseReads => "how many reads reach the database".to_owned(),
            Measure::StaleReads => "how many answers are stale".to_owned(),
            Measure::Stalest => "how long the stalest answer is out of date, such as 5s".to_owned(),
            Measure::P99 => "what 99 of 100 answers take at most, such as 5ms".to_owned(),
            Measure::Mean => "what an answer takes on average, such as 5ms".to_owned(),
            Measure::Index => "the name of the index it uses, or none".to_owned(),
            Measure::Choice => {
                let letters: Vec<String> = (0..self.options.len()).map(letter).collect();
                letters.join(", ")
            }
        }
    }

    /// Reads a guess out of what was typed or written. Empty is no guess, and
    /// none is needed.
    ///
    /// # Errors
    /// [`NoGuess`] with what would be one.
    pub fn read(&self, text: &str) -> Result<Option<Guess>, NoGuess> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.starts_with("--") && !line.starts_with('#'));
        let text = lines.collect::<Vec<_>>().join(" ");
        let text = text.trim().trim_end_matches(';').trim_end();
        if text.is_empty() {
            return Ok(None);
        }
        let no_guess = |wanted: String| NoGuess {
            text: text.to_owned(),
            wanted,
        };
        match self.measure {
            Measure::Choice => {
                let word = text.trim_end_matches([')', '.']).to_ascii_lowercase();
                let number = word.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                (0..self.options.len())
                    .find(|at| {
                        letter(*at) == word
                            || number == Some(*at)
                            || self.options[*at].eq_ignore_ascii_case(text)
                    })
                    .map(|at| Some(Guess::Option(at)))
                    .ok_or_else(|| no_guess(format!("type one of {}", self.asks_for())))
            }
            Measure::Index => match text.to_ascii_lowercase().as_str() {
                "none" | "no" | "no index" | "-" => Ok(Some(Guess::Index(None))),
                _ if text.split_whitespace().count() == 1 => {
                    let name = text.trim_matches(['"', '`', '\'']);
                    Ok(Some(Guess::Index(Some(name.to_owned()))))
                }
                _ => Err(no_guess("type the name of one index, or none".to_owned())),
            },
            Measure::HitRatio => ratio(text)
                .map(|thousandths| Some(Guess::Count(thousandths)))
                .ok_or_else(|| no_guess("type a share of the reads, such as 80%".to_owned())),
            measure if measure.is_a_time() => time(text)
                .map(|nanos| Some(Guess::Count(nanos)))
                .ok_or_else(|| no_guess("type a time, such as 500us, 12ms or 3s".to_owned())),
            _ => text
                .split_whitespace()
                .find_map(|word| parse_count(word.trim_start_matches(['~', '<', '>'])).ok())
                .map(|n| Some(Guess::Count(n)))
                .ok_or_else(|| no_guess("type a number, such as 500 or 20k".to_owned())),
        }
    }

    /// A number with what it counts.
    pub fn with_unit(measure: Measure, n: u64) -> String {
        match measure {
            Measure::RowsVisited => format!("{} visited", counted(n, "row", "rows")),
            Measure::PageFetches => format!("{} fetched", counted(n, "page", "pages")),
            Measure::VmSteps => counted(n, "step", "steps"),
            Measure::Rows => counted(n, "row", "rows"),
            Measure::Sorts => counted(n, "sort", "sorts"),
            Measure::HitRatio => percent(n as f64 / 1e3),
            Measure::DatabaseReads => counted(n, "database read", "database reads"),
            Measure::StaleReads => counted(n, "stale read", "stale reads"),
            Measure::Stalest | Measure::P99 | Measure::Mean => duration(Duration::from_nanos(n)),
            Measure::Index | Measure::Choice => count(n),
        }
    }
}

/// A share in thousandths: `80%`, `80` and `0.8` are the same.
fn ratio(text: &str) -> Option<u64> {
    let number = text.split_whitespace().find_map(|word| {
        let word = word.trim_start_matches(['~', '<', '>']);
        let (number, is_percent) = match word.strip_suffix('%') {
            Some(number) => (number, true),
            None => (word, false),
        };
        let number: f64 = number.parse().ok()?;
        let percent = is_percent || number > 1.0;
        Some(if percent { number / 100.0 } else { number })
    })?;
    (0.0..=1.0)
        .contains(&number)
        .then(|| (number * 1e3).round() as u64)
}

/// A time in nanoseconds: `5ms`, `5 ms`. Without a unit it is none: whoever types 5
/// below `such as 5ms` does not mean seconds.
fn time(text: &str) -> Option<u64> {
    let text = text.trim_start_matches(['~', '<', '>', ' ']);
    if !text.ends_with(char::is_alphabetic) {
        return None;
    }
    let time = parse_duration(&text.split_whitespace().collect::<String>()).ok()?;
    u64::try_from(time.as_nanos()).ok()
}

/// The letter of an option: `a` for the first.
pub fn letter(at: usize) -> String {
    u8::try_from(at).map_or_else(
        |_| "?".to_owned(),
        |at| char::from(b'a' + at % 26).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Prediction;

    fn question(toml: &str) -> Question {
        toml::from_str::<Question>(toml).unwrap().checked().unwrap()
    }

    fn told(question: &Question, typed: &str, measured: Measured) -> String {
        let prediction = Prediction {
            guess: question.read(typed).unwrap(),
            question: question.clone(),
            measured,
        };
        let closeness = prediction
            .closeness()
            .map_or("-".to_owned(), |c| c.to_string());
        let guess = prediction.guess_shown().unwrap_or_default();
        format!("{guess} | {} | {closeness}", prediction.measured_shown())
    }

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(time("~5 ms"), Some(5_000_000));
        assert_eq!(time("3s"), Some(3_000_000_000));
        assert_eq!(time("5"), None);
    }

    #[test]
    fn a_number_is_scored_by_its_factor() {
        let rows = question("measure = \"rows_visited\"");
        let told = |typed, n| told(&rows, typed, Measured::Count(n));
        insta::assert_snapshot!(told("5,000", 5000), @"5,000 rows visited | 5,000 rows visited | you were right");
        insta::assert_snapshot!(told("about 4k rows\n", 5000), @"4,000 rows visited | 5,000 rows visited | you were within a factor of 2");
        insta::assert_snapshot!(told("1;", 5000), @"1 row visited | 5,000 rows visited | you were off by a factor of 5000");
        insta::assert_snapshot!(told("0", 3), @"0 rows visited | 3 rows visited | you expected something else");
        insta::assert_snapshot!(told("-- a comment\n2", 11), @"2 rows visited | 11 rows visited | you were within a factor of 10");
        insta::assert_snapshot!(told("", 11), @" | 11 rows visited | -");
        insta::assert_snapshot!(rows.read("many").unwrap_err(), @"`many` is no guess here: type a number, such as 500 or 20k");
    }

    #[test]
    fn an_option_is_a_letter_a_number_or_its_text() {
        let choice = question(
            "measure = \"choice\"\noptions = [\"the join\", \"the loop\"]\nleast = \"page_fetches\"",
        );
        let told = |typed| told(&choice, typed, Measured::Option(1, vec![90, 4]));
        insta::assert_snapshot!(told("b"), @"b (the loop) | b (the loop); a 90 pages fetched, b 4 pages fetched | you were right");
        insta::assert_snapshot!(told("A)"), @"a (the join) | b (the loop); a 90 pages fetched, b 4 pages fetched | you expected something else");
        assert_eq!(choice.read("2").unwrap(), Some(Guess::Option(1)));
        assert_eq!(choice.read("The Loop").unwrap(), Some(Guess::Option(1)));
        insta::assert_snapshot!(choice.read("c").unwrap_err(), @"`c` is no guess here: type one of a, b");
    }

    #[test]
    fn an_index_is_guessed_by_name() {
        let index = question("measure = \"index\"");
        let told = |typed, used: &[&str]| {
            told(
                &index,
                typed,
                Measured::Indexes(used.iter().map(|i| (*i).to_owned()).collect()),
            )
        };
        insta::assert_snapshot!(told("NONE", &[]), @"no index | no index | you were right");
        insta::assert_snapshot!(told("\"a\"", &["b", "A"]), @"a | b, A | you were right");
        insta::assert_snapshot!(told("a", &[]), @"a | no index | you expected something else");
    }

    #[test]
    fn a_question_without_sense_is_refused() {
        for (toml, part) in [
            (
                "measure = \"choice\"\noptions = [\"a\"]\nanswer = 1",
                "two to six",
            ),
            (
                "measure = \"choice\"\noptions = [\"a\", \"b\"]",
                "decided by one",
            ),
            (
                "measure = \"choice\"\noptions = [\"a\", \"b\"]\nanswer = 3",
                "from 1",
            ),
            (
                "measure = \"choice\"\noptions = [\"a\", \"b\"]\nleast = \"index\"",
                "counted",
            ),
            ("measure = \"rows\"\nanswer = 3", "for measure"),
        ] {
            let read = toml::from_str::<Question>(toml).unwrap().checked();
            assert!(read.unwrap_err().contains(part), "{toml}");
        }
    }
}
