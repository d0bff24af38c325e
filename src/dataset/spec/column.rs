//! The rows and columns of one table, out of what is written.

use std::collections::BTreeMap;

use super::resolve::{Names, unknown};
use super::rule::{By, Column, Meaning, RowRule, Rule};
use super::template;
use super::written::{WrittenRows, WrittenRule};
use crate::dataset::calendar::parse_date;
use crate::dataset::chance::Weights;

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
                    .map(|weights| Weights::new(weights))
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
        let null = named.null.map(|share| {
            // Saturates at the top: a share of 1 leaves one word in 2^64.
            (slot, (share * 2f64.powi(64)) as u64)
        });
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
            WrittenRule::Line {} => {
                words = 0;
                meaning = Meaning::Text;
                Rule::Line(self.own_list(table)?)
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
            WrittenRule::Lognormal {
                median,
                sigma,
                decimals,
                at_least,
                at_most,
            } => {
                let unit = match decimals {
                    0 => 1.0,
                    2 => 100.0,
                    _ => return Err("decimals are 0 or 2".to_owned()),
                };
                if !is_spread(*median, *sigma) {
                    return Err("the median is above 0, and sigma not below it".to_owned());
                }
                meaning = if unit > 1.0 {
                    Meaning::Cents
                } else {
                    Meaning::Whole
                };
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
            WrittenRule::Moment {
                from,
                until,
                growth,
                season,
                disorder,
            } => {
                let date = |text: &str| {
                    parse_date(text).ok_or_else(|| format!("{text} is no date like 2023-01-31"))
                };
                let (from, until) = (date(from)?, date(until)?);
                if from >= until || !growth.is_finite() || *growth <= 0.0 {
                    return Err("until is after from, and growth above 0".to_owned());
                }
                if disorder.is_some() && !is_flat {
                    return Err("rows for each of others have no order in time".to_owned());
                }
                let season = season
                    .as_ref()
                    .map(|name| {
                        let found = self.seasons.get(name);
                        found.cloned().ok_or_else(|| {
                            unknown("season", name, self.seasons.keys().map(String::as_str))
                        })
                    })
                    .transpose()?;
                meaning = Meaning::Moment;
                Rule::Moment {
                    from,
                    until,
                    growth: *growth,
                    season: season.map(Box::new),
                    disorder: *disorder,
                }
            }
            WrittenRule::After {
                of,
                median_hours,
                sigma,
            } => {
                if !is_spread(*median_hours, *sigma) {
                    return Err("median_hours is above 0, and sigma not below it".to_owned());
                }
                meaning = Meaning::Moment;
                Rule::After {
                    path: self.path(table, of)?,
                    median_seconds: median_hours * 3600.0,
                    sigma: *sigma,
                }
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

/// Whether these describe a lognormal distribution.
fn is_spread(median: f64, sigma: f64) -> bool {
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
