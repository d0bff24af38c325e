//! When things happen: more over the years, by season, weekday and hour.

use crate::dataset::calendar::{DAY, date_of, weekday_of};

/// How busy the months, weekdays (from Monday) and hours are.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    months: [f64; 12],
    weekdays: [f64; 7],
    hours: [f64; 24],
}

impl Season {
    /// Whether all weights are above zero, so that no day is impossible.
    pub fn is_sound(&self) -> bool {
        self.months
            .iter()
            .chain(&self.weekdays)
            .chain(&self.hours)
            .all(|weight| *weight > 0.0 && weight.is_finite())
    }
}

/// The quantile function of moments between two days.
#[derive(Debug, Clone)]
pub struct Moments {
    first_day: i64,
    /// The share of all moments that lie before each day, and 1 at the end.
    days: Vec<f64>,
    hours: [f64; 25],
}

impl Moments {
    /// Moments from the start of one day to the start of another, a later one.
    /// The last days are `growth` times as busy as the first.
    pub fn new(from: i64, until: i64, growth: f64, season: Option<&Season>) -> Moments {
        let span = (until - from).max(1) as f64;
        let weight_of = |day: i64| {
            let trend = libm::pow(growth, (day - from) as f64 / span);
            season.map_or(trend, |season| {
                let month = usize::try_from(date_of(day).1 - 1).unwrap_or(0);
                trend * season.months[month] * season.weekdays[weekday_of(day)]
            })
        };
        let mut hours = [0.0; 25];
        let weights = season.map_or([1.0; 24], |season| season.hours);
        hours.copy_from_slice(&shares_before(&weights));
        Moments {
            first_day: from,
            days: shares_before(&(from..until).map(weight_of).collect::<Vec<_>>()),
            hours,
        }
    }

    /// The moment before which the share `u` in [0, 1) of all moments lies, in
    /// seconds since 1970.
    pub fn at(&self, u: f64) -> i64 {
        let (day, u) = descend(&self.days, u);
        let (hour, u) = descend(&self.hours, u);
        (self.first_day + day as i64) * DAY + hour as i64 * 3600 + ((u * 3600.0) as i64).min(3599)
    }
}

/// The share of the sum that lies before each weight, and 1 at the end.
fn shares_before(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    let mut so_far = 0.0;
    let mut shares = vec![0.0];
    for weight in weights {
        so_far += weight;
        shares.push(so_far / sum);
    }
    shares
}

/// The step in which `u` lies, and where within it.
fn descend(shares: &[f64], u: f64) -> (usize, f64) {
    let inner = &shares[1..shares.len() - 1];
    let step = inner.partition_point(|share| *share <= u);
    let (low, high) = (shares[step], shares[step + 1]);
    (step, ((u - low) / (high - low)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::calendar::parse_date;

    fn season() -> Season {
        Season {
            months: [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0],
            weekdays: [1.0; 7],
            hours: std::array::from_fn(|hour| if hour < 12 { 1.0 } else { 3.0 }),
        }
    }

    #[test]
    fn quantiles_rise_and_stay_within() {
        let (from, until) = (
            parse_date("2023-01-01").unwrap(),
            parse_date("2026-01-01").unwrap(),
        );
        let moments = Moments::new(from, until, 2.5, Some(&season()));
        let all: Vec<i64> = (0..100_000)
            .map(|i| moments.at(f64::from(i) / 1e5))
            .collect();
        assert!(all.is_sorted());
        assert_eq!(all[0], from * DAY);
        assert!(moments.at(1.0 - 1e-16) < until * DAY);
        let november = all.iter().filter(|at| date_of(*at / DAY).1 == 11).count();
        let october = all.iter().filter(|at| date_of(*at / DAY).1 == 10).count();
        let ratio = november as f64 / october as f64;
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
        let mornings = all.iter().filter(|at| *at % DAY < DAY / 2).count();
        assert!((24_000..26_000).contains(&mornings), "{mornings}");
    }
}
