//! Moments after other moments.

use super::super::calendar::DAY;
use super::super::chance::{inverse_normal, unit};
use super::super::spec::After;
use super::cells::{Cells, NULL};

impl Cells<'_> {
    /// A moment after the latest of some; NULL after a NULL.
    pub(super) fn after(&mut self, table: usize, place: u64, slot: u64, rule: &After) -> i64 {
        let mut moment = NULL;
        for path in &rule.of {
            match self.follow(table, place, path) {
                NULL => return NULL,
                other => moment = moment.max(other),
            }
        }
        moment += if rule.in_order {
            self.delay_in_order(table, place, slot, rule)
        } else {
            self.delay(table, place, slot, rule)
        };
        moment += rule.shift;
        for (path, seconds) in &rule.each {
            match self.follow(table, place, path) {
                NULL => return NULL,
                units => moment += libm::round(units as f64 * seconds) as i64,
            }
        }
        match floor(moment, rule.step) {
            moment if rule.until.is_some_and(|until| moment >= until) => NULL,
            moment => moment,
        }
    }

    fn delay(&mut self, table: usize, place: u64, slot: u64, rule: &After) -> i64 {
        let z = inverse_normal(unit(self.word(table, place, slot)));
        let delay = (rule.median_seconds * libm::exp(rule.sigma * z)) as i64;
        // Nothing takes longer than three months, nor no time.
        delay.clamp(1, 90 * DAY)
    }

    /// The delays of all rows of the parent, this row's by its number among
    /// them.
    fn delay_in_order(&mut self, table: usize, place: u64, slot: u64, rule: &After) -> i64 {
        let most = self.most(table);
        let (parent, number) = (place / most, (place % most) as usize);
        self.delay_among(table, (parent, slot), number, |cells| {
            let rows = cells.number(table, parent);
            let mut delays: Vec<i64> = (parent * most..parent * most + rows)
                .map(|row| cells.delay(table, row, slot, rule))
                .collect();
            delays.sort_unstable();
            delays
        })
    }
}

/// The last multiple of `step` seconds that is not after a moment.
pub fn floor(moment: i64, step: i64) -> i64 {
    moment - moment.rem_euclid(step)
}
