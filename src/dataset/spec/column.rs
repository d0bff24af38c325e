//! The rows and columns of one table, out of what is written.

use std::collections::BTreeMap;

use super::per_rows;
use super::resolve::Names;
use super::rule::{By, Column, Meaning, Null, RowRule, Rule};
use super::template;
use super::written::{WrittenNull, WrittenNumber, WrittenRows, WrittenRule};
use crate::dataset::chance::{Weights, zipf_weights};
use crate::dataset::name::Scale;

impl Names<'_> {
    /// How many rows a table has.
    pub fn row_rule(&self, table: usize) -> Result<RowRule, String> {
        match self.tables[table].rows {
            WrittenRows {
                list: Some(list),
                per: None,
                at_least: None,
                each: None,
                number: None,
                by: None,
                numbers: None,
            } => Ok(RowRule::Lines(self.list(list)?)),
            WrittenRows {
                list: None,
                per: Some(share),
                at_least,
                each: None,
                number: None,
                by: None,
                numbers: None,
            } if (0.0..=100.0).contains(share) => Ok(RowRule::Per {
                share: *share,
                at_least: at_least.unwrap_or(1).max(1),
            }),
            WrittenRows {
                list: None,
                per: None,
                at_least: None,
                each: Some(of),
                number,
                by,
                numbers,
            } => {
                let of = self.table(of)?;
                if of >= table {
                    return Err("each has to name a table above this one".to_owned());
                }
                let (by, numbers) = match (number, by, numbers) {
                    (Some(number), None, None) => (None, vec![number]),
                    (None, Some(by), Some(numbers)) => {
                        let (by, numbers) = self.by(of, by, numbers)?;
                        (Some(by), numbers)
                    }
                    _ => return Err("each needs either number, or by and numbers".to_owned()),
                };
                let numbers = numbers
                    .into_iter()
                    .map(number_of_rows)
                    .collect::<Option<Vec<_>>>()
                    .ok_or("the weights of no row, one row, .. have to add up to more than 0")?;
                let most = numbers.iter().map(Weights::largest).max().unwrap_or(0);
                Ok(RowRule::Each {
                    of,
                    by,
                    numbers,
                    most: most.max(1) as u64,
                })
            }
            _ => Err("write one of list, per (up to 100, with at_least) or each".to_owned()),
        }
    }

    /// A column whose first random word is `slot`, and the slot after its last.
    pub fn column(&self, table: usize, at: usize, slot: u64) -> Result<(Column, u64), String> {
        let named = &self.tables[table].columns[at];
        let null = named.null.as_ref();
        let null = null.map(|null| self.null(table, null, slot)).transpose()?;
        let slot = slot + u64::from(null.is_some());
        let mut words = 1;
        let is_flat = self.parent_of(table).is_none();
        let mut meaning = Meaning::Row;
        let rule = match &named.rule {
            WrittenRule::Key {} => {
                words = 0;
                Rule::Key
            }
            WrittenRule::Parent {} => {
                words = 0;
                let parent = self.parent_of(table);
                let parent = parent.ok_or("this table's rows are not made for each of others")?;
                if at < self.tables[table].held && self.parent_of(parent).is_some() {
                    return Err(
                        "the key of a parent that has a parent itself is not known: draw it"
                            .to_owned(),
                    );
                }
                Rule::Parent
            }
            WrittenRule::Line { word } => {
                words = 0;
                meaning = Meaning::Text;
                let list = self.own_list(table)?;
                let word = word.map(|word| self.word(list, word)).transpose()?;
                Rule::Line { list, word }
            }
            WrittenRule::Above {} => {
                words = 0;
                Rule::Above(self.own_list(table)?)
            }
            WrittenRule::Choice { of } => {
                meaning = Meaning::Label { table, column: at };
                Rule::Choice {
                    labels: of.keys().cloned().collect(),
                    weights: weights_of(of)?,
                }
            }
            WrittenRule::Number { of } => {
                meaning = Meaning::Whole;
                Rule::Number {
                    values: whole_numbers(of)?,
                    weights: weights_of(of)?,
                }
            }
            WrittenRule::Between {
                from,
                to,
                decimals,
                plus,
            } => {
                let unit;
                (unit, meaning) = number_unit(*decimals)?;
                let (from, to) = ((from * unit) as i64, (to * unit) as i64);
                if from > to {
                    return Err("from is not above to".to_owned());
                }
                let plus = plus.as_ref().map(|path| self.path(table, path));
                Rule::Between {
                    from,
                    to,
                    plus: plus.transpose()?,
                }
            }
            WrittenRule::Lognormal {
                median,
                sigma,
                decimals,
                at_least,
                at_most,
            } => {
                let unit;
                (unit, meaning) = number_unit(*decimals)?;
                if !is_spread(*median, *sigma) {
                    return Err("the median is above 0, and sigma not below it".to_owned());
                }
                Rule::Lognormal {
                    median: median * unit,
                    sigma: *sigma,
                    at_least: (at_least.unwrap_or(0.0) * unit) as i64,
                    at_most: (at_most.unwrap_or(1e12) * unit) as i64,
                }
            }
            WrittenRule::Reference {
                to,
                zipf,
                leaves,
                exists_from,
                at,
                distinct,
                except,
            } => {
                let to = self.table(to)?;
                if self.parent_of(to).is_some() {
                    return Err(format!(
                        "{} has rows for each of another table: refer to that one",
                        self.tables[to].name
                    ));
                }
                if !(0.0..=5.0).contains(zipf) {
                    return Err("zipf is an exponent from 0 to 5".to_owned());
                }
                if *distinct && is_flat {
                    return Err("distinct is for tables with rows for each of others".to_owned());
                }
                let other = except.as_ref().map(|name| self.column_of(table, name));
                let other = other.transpose()?;
                if *leaves && *distinct || other.is_some() && (*leaves || exists_from.is_some()) {
                    return Err(
                        "leaves stands without distinct, except without leaves and exists_from"
                            .to_owned(),
                    );
                }
                if *distinct || other.is_some() {
                    self.has_enough_rows(table, to, *distinct, other.is_some())?;
                }
                let since = match (exists_from, at) {
                    (None, None) => None,
                    (Some(theirs), Some(ours)) => {
                        Some((self.column_of(to, theirs)?, self.column_of(table, ours)?))
                    }
                    _ => return Err("exists_from and at go together".to_owned()),
                };
                Rule::Reference {
                    to,
                    zipf: *zipf,
                    leaves: leaves.then(|| self.own_list(to)).transpose()?,
                    since,
                    distinct: *distinct,
                    except: other,
                }
            }
            WrittenRule::Earlier {} => {
                meaning = Meaning::Back;
                if is_flat {
                    return Err("earlier is for tables with rows for each of others".to_owned());
                }
                Rule::Earlier
            }
            WrittenRule::Distance {
                between: [from, to],
                words: [latitude, longitude],
            } => {
                words = 0;
                meaning = Meaning::Whole;
                Rule::Distance {
                    places: self.places(table, from, [*latitude, *longitude])?,
                    between: [self.path(table, from)?, self.path(table, to)?],
                }
            }
            WrittenRule::Copy { of } => {
                words = 0;
                Rule::Copy(self.path(table, of)?)
            }
            WrittenRule::Sum { of, times } => {
                words = 0;
                let of = self.table(of)?;
                if self.parent_of(of) != Some(table) {
                    return Err(format!(
                        "{} has no rows for each of this table",
                        self.tables[of].name
                    ));
                }
                let [left, right] = times;
                Rule::Sum {
                    of,
                    times: [self.column_of(of, left)?, self.column_of(of, right)?],
                }
            }
            WrittenRule::Share { of } => {
                words = 0;
                if is_flat {
                    return Err("share is for tables with rows for each of others".to_owned());
                }
                Rule::Share(self.path(table, of)?)
            }
            WrittenRule::Moment { .. } | WrittenRule::Rhythm { .. } | WrittenRule::After { .. } => {
                meaning = Meaning::Moment;
                words = u64::from(!matches!(named.rule, WrittenRule::Rhythm { .. }));
                self.moment_rule(table, &named.rule)?
            }
            WrittenRule::Combination { of } => {
                words = 0;
                meaning = Meaning::Combination;
                if at < self.tables[table].held || !is_flat {
                    return Err("a combination is drawn, in a table with per".to_owned());
                }
                let lists = of.iter().map(|list| self.list(list));
                Rule::Combination(lists.collect::<Result<_, _>>()?)
            }
            WrittenRule::Template { text, by, texts } => {
                meaning = Meaning::Text;
                let (by, texts) = match (text, by, texts) {
                    (Some(text), None, None) => (None, vec![text]),
                    (None, Some(by), Some(texts)) => {
                        let (by, texts) = self.by(table, by, texts)?;
                        (Some(by), texts)
                    }
                    _ => return Err("a template needs either text, or by and texts".to_owned()),
                };
                words = 0;
                let mut pieces = Vec::new();
                for text in texts {
                    let (parts, taken) = template::parse(self, table, text, slot)?;
                    words = words.max(taken);
                    pieces.push(parts);
                }
                Rule::Template { by, texts: pieces }
            }
        };
        let column = Column {
            name: named.name.clone(),
            null,
            slot,
            rule,
            meaning,
        };
        Ok((column, slot + words))
    }

    /// How often a cell is NULL, by the random word of `slot`.
    fn null(&self, table: usize, written: &WrittenNull, slot: u64) -> Result<Null, String> {
        // Saturates at the top: a share of 1 leaves one word in 2^64.
        let bound = |share: &f64| (share * 2f64.powi(64)) as u64;
        let (by, bounds) = match written {
            WrittenNull::Share(share) => (None, vec![bound(share)]),
            WrittenNull::By { by, of } => {
                let (by, shares) = self.by(table, by, of)?;
                (Some(by), shares.into_iter().map(bound).collect())
            }
        };
        Ok(Null { slot, by, bounds })
    }

    /// The index of a word, counted from 1, that all entries of a list have.
    fn word(&self, list: usize, word: usize) -> Result<usize, String> {
        let list = &self.lists[list];
        match list.entries.iter().find(|e| e.words.len() < word) {
            _ if word == 0 => Err("words are counted from 1".to_owned()),
            Some(entry) => Err(format!(
                "{} of {} has no word {word}",
                entry.text, list.name
            )),
            None => Ok(word - 1),
        }
    }

    /// Latitude and longitude of the entries to which a column refers.
    fn places(&self, table: usize, path: &str, words: [usize; 2]) -> Result<Vec<[f64; 2]>, String> {
        let steps = self.path(table, path)?.steps;
        let last = steps[steps.len() - 1];
        let list = self.list_behind(last.table, last.column)?;
        let [latitude, longitude] = words;
        let at = [self.word(list, latitude)?, self.word(list, longitude)?];
        let entries = self.lists[list].entries.iter();
        let place = entries.map(|entry| {
            let degrees = at.map(|at| entry.words[at].parse::<f64>().ok());
            let [Some(latitude), Some(longitude)] = degrees else {
                return Err(format!(
                    "{} has no latitude and longitude there",
                    entry.text
                ));
            };
            Ok([latitude, longitude])
        });
        place.collect()
    }

    /// Whether a reference can avoid all rows that it has to, at every scale.
    fn has_enough_rows(
        &self,
        table: usize,
        to: usize,
        distinct: bool,
        except: bool,
    ) -> Result<(), String> {
        // What is wrong with the rows themselves is told of the rows.
        let (Ok(ours), Ok(theirs)) = (self.row_rule(table), self.row_rule(to)) else {
            return Ok(());
        };
        let taken = match ours {
            RowRule::Each { most, .. } if distinct => most,
            _ => 1,
        };
        let rows = match theirs {
            RowRule::Lines(list) => self.lists[list].entries.len() as u64,
            RowRule::Per { share, at_least } => per_rows(share, at_least, Scale::Tiny),
            RowRule::Each { .. } => 0,
        };
        let needed = taken + u64::from(except);
        if rows >= needed {
            return Ok(());
        }
        let name = self.tables[to].name;
        Err(format!(
            "{name} has {rows} rows at @tiny, and up to {needed} different ones are needed"
        ))
    }

    /// Whether a column is a key that is known only by counting.
    pub fn is_uncounted_key(&self, table: usize, column: usize) -> bool {
        let rule = &self.tables[table].columns[column].rule;
        matches!(rule, WrittenRule::Key {}) && self.parent_of(table).is_some()
    }

    /// What depends on a column: the column, and for each of its cells what
    /// `cases` has for it.
    fn by<'c, T>(
        &self,
        table: usize,
        path: &str,
        cases: &'c BTreeMap<String, T>,
    ) -> Result<(By, Vec<&'c T>), String> {
        let resolved = self.path(table, path)?;
        let last = resolved.steps[resolved.steps.len() - 1];
        let named = &self.tables[last.table].columns[last.column];
        if named.null.is_some() {
            return Err(format!("{path} can be NULL"));
        }
        let (cells, labels) = match &named.rule {
            WrittenRule::Choice { of } => (
                (0..of.len() as i64).collect(),
                of.keys().collect::<Vec<_>>(),
            ),
            WrittenRule::Number { of } => (whole_numbers(of)?, of.keys().collect()),
            _ => return Err(format!("{path} is neither a choice nor a number")),
        };
        if let Some(case) = cases.keys().find(|case| !labels.contains(case)) {
            return Err(format!("{path} is never {case}"));
        }
        let cases = labels.into_iter().map(|label| {
            let case = cases.get(label);
            case.ok_or_else(|| format!("there is nothing for {path} = {label}"))
        });
        let by = By {
            path: resolved,
            cells,
        };
        Ok((by, cases.collect::<Result<_, _>>()?))
    }
}

/// How many rows a table has for a row of another, by weight.
fn number_of_rows(written: &WrittenNumber) -> Option<Weights> {
    /// More would be made for a row of @tiny, too.
    const MOST: usize = 10_000;
    match written {
        WrittenNumber::Weights(weights) => Weights::new(weights),
        WrittenNumber::Exactly(n) if *n <= MOST => {
            let mut weights = vec![0.0; n + 1];
            weights[*n] = 1.0;
            Weights::new(&weights)
        }
        WrittenNumber::Power { power, at_most } if *at_most <= MOST && power.is_finite() => {
            Weights::new(&zipf_weights(*at_most as u64 + 1, *power))
        }
        _ => None,
    }
}

/// Units of a cell for each unit of a number, and what such a cell is.
fn number_unit(decimals: u32) -> Result<(f64, Meaning), String> {
    match decimals {
        0 => Ok((1.0, Meaning::Whole)),
        2 => Ok((100.0, Meaning::Cents)),
        _ => Err("decimals are 0 or 2".to_owned()),
    }
}

/// Whether these describe a lognormal distribution.
pub fn is_spread(median: f64, sigma: f64) -> bool {
    median.is_finite() && sigma.is_finite() && median > 0.0 && sigma >= 0.0
}

fn weights_of(of: &BTreeMap<String, f64>) -> Result<Weights, String> {
    Weights::new(&of.values().copied().collect::<Vec<_>>())
        .ok_or_else(|| "no weight is below 0, and together they are above it".to_owned())
}

fn whole_numbers(of: &BTreeMap<String, f64>) -> Result<Vec<i64>, String> {
    let number = |text: &String| {
        let parsed = text.parse();
        parsed.map_err(|_| format!("{text} is no whole number"))
    };
    of.keys().map(number).collect()
}
