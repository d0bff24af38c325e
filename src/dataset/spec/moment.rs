//! The rules that make moments, out of what is written.

use super::column::is_spread;
use super::resolve::{Names, unknown};
use super::rule::{After, Rule};
use super::written::{WrittenPaths, WrittenRule};
use crate::dataset::calendar::{DAY, parse_date};

impl Names<'_> {
    /// The rule of a column that holds moments.
    pub fn moment_rule(&self, table: usize, written: &WrittenRule) -> Result<Rule, String> {
        let is_flat = self.parent_of(table).is_none();
        match written {
            WrittenRule::Moment {
                from,
                until,
                growth,
                season,
                disorder,
                step_minutes,
            } => {
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
                Ok(Rule::Moment {
                    from,
                    until,
                    growth: *growth,
                    season: season.map(Box::new),
                    disorder: *disorder,
                    step: step(*step_minutes),
                })
            }
            WrittenRule::Rhythm { from, hours } => {
                let step = (hours * 3600.0) as i64;
                if is_flat || step < 1 {
                    return Err(
                        "rhythm is for tables with rows for each of others, its hours above 0"
                            .to_owned(),
                    );
                }
                let from = date(from)? * DAY;
                Ok(Rule::Rhythm { from, step })
            }
            WrittenRule::After {
                of,
                median_hours,
                sigma,
                shift_hours,
                hours_each,
                until,
                in_order,
                step_minutes,
            } => {
                if !is_spread(*median_hours, *sigma) {
                    return Err("median_hours is above 0, and sigma not below it".to_owned());
                }
                if *in_order && is_flat {
                    return Err("in_order is for tables with rows for each of others".to_owned());
                }
                let of = match of {
                    WrittenPaths::One(path) => std::slice::from_ref(path),
                    WrittenPaths::Some(paths) => paths,
                };
                if of.is_empty() {
                    return Err("of names at least one moment".to_owned());
                }
                let of = of.iter().map(|path| self.path(table, path));
                let each = hours_each
                    .iter()
                    .map(|(path, hours)| Ok((self.path(table, path)?, hours * 3600.0)));
                let until = until.as_ref().map(|day| Ok::<_, String>(date(day)? * DAY));
                Ok(Rule::After(Box::new(After {
                    of: of.collect::<Result<_, _>>()?,
                    median_seconds: median_hours * 3600.0,
                    sigma: *sigma,
                    shift: (shift_hours * 3600.0) as i64,
                    each: each.collect::<Result<_, String>>()?,
                    until: until.transpose()?,
                    in_order: *in_order,
                    step: step(*step_minutes),
                })))
            }
            _ => Err("no rule for moments".to_owned()),
        }
    }
}

fn date(text: &str) -> Result<i64, String> {
    parse_date(text).ok_or_else(|| format!("{text} is no date like 2023-01-31"))
}

/// In seconds; without one, a second.
fn step(minutes: u32) -> i64 {
    (i64::from(minutes) * 60).max(1)
}
