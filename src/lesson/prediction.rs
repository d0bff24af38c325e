//! A guess beside the measurement, and how close it came.

use std::fmt;

use super::predict::{Guess, Measure, Measured, Question, letter};

/// A guess beside the measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// What was asked.
    pub question: Question,
    /// What was guessed; `None` where the learner just wanted to see.
    pub guess: Option<Guess>,
    /// What came of it.
    pub measured: Measured,
}

/// How close a guess came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Closeness {
    /// Right.
    Exact,
    /// Off by this factor, above 1; infinite where one of the two is 0.
    Factor(f64),
    /// A ratio that is off by so many percentage points, above 0.
    Points(f64),
    /// Another index, another option.
    Another,
}

impl Prediction {
    /// How close the guess came; nothing without one.
    pub fn closeness(&self) -> Option<Closeness> {
        let guess = self.guess.as_ref()?;
        Some(match (guess, &self.measured) {
            (Guess::Count(guess), Measured::Count(n)) if guess == n => Closeness::Exact,
            (Guess::Count(guess), Measured::Count(n))
                if self.question.measure == Measure::HitRatio =>
            {
                Closeness::Points(guess.abs_diff(*n) as f64 / 10.0)
            }
            #[expect(clippy::cast_precision_loss, reason = "a factor is told to two digits")]
            (Guess::Count(guess), Measured::Count(n)) => {
                let (small, large) = (*guess.min(n) as f64, *guess.max(n) as f64);
                Closeness::Factor(large / small)
            }
            (Guess::Index(None), Measured::Indexes(used)) if used.is_empty() => Closeness::Exact,
            (Guess::Index(Some(name)), Measured::Indexes(used))
                if used.iter().any(|index| index.eq_ignore_ascii_case(name)) =>
            {
                Closeness::Exact
            }
            (Guess::Option(guess), Measured::Option(right, _)) if guess == right => {
                Closeness::Exact
            }
            _ => Closeness::Another,
        })
    }

    /// Whether the guess was right, within a factor of 2, or, of a ratio,
    /// within 10 points.
    pub fn is_close(&self) -> bool {
        match self.closeness() {
            Some(Closeness::Exact) => true,
            Some(Closeness::Factor(factor)) => factor <= 2.0,
            Some(Closeness::Points(points)) => points <= 10.0,
            Some(Closeness::Another) | None => false,
        }
    }

    /// The guess, as it is shown beside the measurement.
    pub fn guess_shown(&self) -> Option<String> {
        Some(match self.guess.as_ref()? {
            Guess::Count(n) => Question::with_unit(self.question.measure, *n),
            Guess::Index(name) => name.clone().unwrap_or_else(|| "no index".to_owned()),
            Guess::Option(at) => self.option_shown(*at),
        })
    }

    /// The measurement.
    pub fn measured_shown(&self) -> String {
        match &self.measured {
            Measured::Count(n) => Question::with_unit(self.question.measure, *n),
            Measured::Indexes(used) if used.is_empty() => "no index".to_owned(),
            Measured::Indexes(used) => used.join(", "),
            Measured::Option(right, figures) => {
                let mut shown = self.option_shown(*right);
                if let Some(measure) = self.question.decided_by() {
                    let each = figures.iter().enumerate();
                    let each: Vec<String> = each
                        .map(|(at, n)| {
                            format!("{} {}", letter(at), Question::with_unit(measure, *n))
                        })
                        .collect();
                    shown.push_str(&format!("; {}", each.join(", ")));
                }
                shown
            }
        }
    }

    fn option_shown(&self, at: usize) -> String {
        let text = self.question.options.get(at);
        format!("{} ({})", letter(at), text.map_or("", String::as_str))
    }
}

impl fmt::Display for Closeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Closeness::Exact => write!(f, "you were right"),
            Closeness::Factor(factor) if *factor <= 1.1 => write!(f, "you were within 10%"),
            Closeness::Factor(factor) if *factor <= 2.0 => {
                write!(f, "you were within a factor of 2")
            }
            Closeness::Factor(factor) if *factor <= 10.0 => {
                write!(f, "you were within a factor of 10")
            }
            Closeness::Factor(factor) if factor.is_finite() => {
                write!(f, "you were off by a factor of {factor:.0}")
            }
            Closeness::Points(points) if *points <= 1.0 => write!(f, "you were within a point"),
            Closeness::Points(points) => write!(f, "you were off by {points:.0} points"),
            Closeness::Factor(_) | Closeness::Another => write!(f, "you expected something else"),
        }
    }
}
