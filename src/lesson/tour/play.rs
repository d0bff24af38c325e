//! Plays the script: runs what it types, and keeps what came out.

use std::time::Duration;

use super::error::Error;
use super::measured::{Measured, TTL};
use super::scene::{Against, Read, Scene, Shown, Side, Told};
use super::script::{Does, Step, When, script};
use crate::cache::aside::Rules;
use crate::cache::{self, Choice, Invalidation};
use crate::clock::Clock;
use crate::plan::{self, Elapsed, Repeat, what_if};
use crate::progress::Watcher;
use crate::sandbox::{ResultSet, Value};
use crate::session::{Answer, Session};

/// Hits that are read for their median.
const HITS: u32 = 9;

/// A tour under way, on a session of its own.
pub struct Tour {
    session: Session,
    clock: Clock,
    played: usize,
    measured: Measured,
    /// The query that the tour is about.
    query: String,
}

impl Tour {
    /// A tour on `session`, which nobody else uses: its data is to be as it was
    /// built, and will not be so afterwards.
    ///
    /// # Errors
    /// When the copy cannot be made, or the data is not what the script was
    /// written for.
    pub fn new(mut session: Session, clock: Clock, watcher: Watcher<'_>) -> Result<Tour, Error> {
        // At once, so that no step pays for it.
        session.practice_mut().make_private(watcher)?;
        let mut tour = Tour {
            session,
            clock,
            played: 0,
            measured: Measured {
                customer_id: script().customer,
                ..Measured::default()
            },
            query: String::new(),
        };
        tour.meet_the_customer()?;
        Ok(tour)
    }

    /// How many rows the table has that the guess is about.
    pub fn total(&self) -> u64 {
        self.measured.orders
    }

    /// Takes note of what the learner guessed.
    pub fn guess(&mut self, rows: u64) {
        self.measured.guess = Some(rows);
    }

    /// Plays the next step; `None` after the last.
    ///
    /// # Errors
    /// When a statement does not run or the cache server does not answer;
    /// Ctrl-C. The tour is over then.
    pub fn next(&mut self, watcher: Watcher<'_>) -> Result<Option<Scene>, Error> {
        let steps = &script().steps;
        let Some(step) = steps.get(self.played) else {
            return Ok(None);
        };
        self.played += 1;
        let shown = match step.does {
            Does::Query => self.query(step),
            Does::Plan => self.plan(step),
            Does::Index => self.index(step),
            Does::Cache => self.cache(step, watcher),
            Does::Against => self.against(step),
            Does::Stale => self.stale(step, watcher),
            Does::End => Ok(vec![Shown::Told(self.told())]),
        }?;
        let told = |when: Option<When>| when.is_none_or(|when| self.measured.holds(when));
        let notice = step.notices.iter().find(|notice| told(notice.when));
        let fill = |text: &str| self.measured.fill(text);
        Ok(Some(Scene {
            number: self.played,
            of: steps.len(),
            title: step.title.clone(),
            asks: fill(&step.asks),
            shown,
            notice: notice.map_or_else(String::new, |notice| fill(&notice.says)),
            question: step.question.as_deref().map(fill),
            next: steps.get(self.played).map(|next| next.title.clone()),
        }))
    }

    /// Who they are, and what there is; the pages that the query needs are in
    /// memory afterwards, so that what is measured is work and not the disk.
    fn meet_the_customer(&mut self) -> Result<(), Error> {
        let id = script().customer;
        let asked = format!(
            "select c.name, count(o.id), max(o.id), (select count(*) from orders)
             from customers c join orders o on o.customer_id = c.id
             where c.id = {id} group by c.id"
        );
        let (rows, _) = self.ask_the_database(&asked)?;
        let Some(
            [
                Value::Text(name),
                Value::Integer(kept),
                Value::Integer(newest),
                Value::Integer(orders),
            ],
        ) = rows.rows.first().map(Vec::as_slice)
        else {
            return Err(Error::OtherData(id));
        };
        self.measured.customer = name.clone();
        self.measured.kept = kept.unsigned_abs();
        self.measured.order = *newest;
        self.measured.orders = orders.unsigned_abs();
        Ok(())
    }

    fn query(&mut self, step: &Step) -> Result<Vec<Shown>, Error> {
        let typed = self.typed(step, 0);
        typed.trim_end_matches(';').clone_into(&mut self.query);
        let query = self.query.clone();
        let (rows, elapsed) = self.ask_the_database(&query)?;
        self.measured.first_time = elapsed;
        self.measured.kept = rows.rows.len() as u64;
        Ok(vec![Shown::Typed(typed), Shown::Rows { rows, elapsed }])
    }

    fn plan(&mut self, step: &Step) -> Result<Vec<Shown>, Error> {
        let (budget, clock) = (self.session.budget(), self.clock.clone());
        let sql = &self.query;
        let explained = self.session.practice_mut().with_budget(budget, |conn| {
            plan::explain_run(conn, sql, &clock, Repeat::default())
        });
        let explained = explained.map_err(|error| self.plan_failed(error))?;
        self.measured.plan = Some(explained.clone());
        Ok(vec![
            Shown::Typed(self.typed(step, 0)),
            Shown::Plan(Box::new(explained)),
        ])
    }

    fn index(&mut self, step: &Step) -> Result<Vec<Shown>, Error> {
        let typed = self.typed(step, 0);
        let ddl = typed.trim_start_matches(".try ");
        let (budget, clock) = (self.session.budget(), self.clock.clone());
        let sql = &self.query;
        let weighed = self
            .session
            .practice_mut()
            .with_budget(budget, |conn| what_if::what_if(conn, ddl, sql, &clock));
        let weighed = weighed.map_err(|error| self.index_failed(error))?;
        self.measured.weighed = Some(weighed.clone());
        Ok(vec![Shown::Typed(typed), Shown::Weighed(Box::new(weighed))])
    }

    fn cache(&mut self, step: &Step, watcher: Watcher<'_>) -> Result<Vec<Shown>, Error> {
        let mut shown = vec![Shown::Typed(self.typed(step, 0))];
        self.start_cache(Invalidation::DeleteOnWrite, watcher)?;
        if let Some(layer) = self.session.cache() {
            shown.push(Shown::CacheOn {
                server: layer.server().clone(),
                options: layer.options().clone(),
            });
        }
        let mut both = Vec::new();
        for at in 1..step.types.len() {
            let (rows, answer) = self.run(&self.query.clone())?;
            let served = answer.served.ok_or(Error::NoHit)?;
            both.push(served.times);
            shown.push(Shown::Typed(self.typed(step, at)));
            shown.push(Shown::Served {
                rows: rows.rows.len() as u64,
                outcome: served.outcome,
                times: served.times,
            });
        }
        self.measured.cached = <[_; 2]>::try_from(both).ok();
        Ok(shown)
    }

    fn against(&mut self, step: &Step) -> Result<Vec<Shown>, Error> {
        let hit_without = self.hit_time()?;
        let typed = self.typed(step, 0);
        let (_, built) = self.run(typed.trim_end_matches(';'))?;
        let hit_with = self.hit_time()?;
        let mut shown = vec![
            Shown::Typed(typed),
            Shown::Done {
                elapsed: built.elapsed,
            },
        ];
        if let Some(weighed) = &self.measured.weighed
            && let (Some(now), Some(with)) = (weighed.before.elapsed, weighed.after.elapsed)
        {
            let against = Against {
                database: [now.median, with.median],
                hit: [hit_without, hit_with],
                runs: now.runs.min(with.runs).min(HITS),
            };
            self.measured.against = Some(against);
            shown.push(Shown::Against(against));
        }
        Ok(shown)
    }

    fn stale(&mut self, step: &Step, watcher: Watcher<'_>) -> Result<Vec<Shown>, Error> {
        let write = self.typed(step, 1);
        let write = write.trim_end_matches(';');
        self.session.stop_cache();
        let ttl = self.side("a TTL alone", Invalidation::Ttl, write, watcher)?;
        self.session.stop_cache();
        let (old, order) = (&ttl.before.status, self.measured.order);
        let undo = format!("update orders set status = '{old}' where id = {order}");
        self.run(&undo)?;
        let delete = self.side(
            "delete on write",
            Invalidation::DeleteOnWrite,
            write,
            watcher,
        )?;
        self.session.stop_cache();
        let sides = [ttl, delete];
        self.measured.stale = Some(sides.clone());
        let typed = (0..step.types.len()).map(|at| Shown::Typed(self.typed(step, at)));
        Ok(typed.chain([Shown::Stale(sides)]).collect())
    }

    /// A read, the write and a read, through one kind of cache.
    fn side(
        &mut self,
        name: &str,
        invalidation: Invalidation,
        write: &str,
        watcher: Watcher<'_>,
    ) -> Result<Side, Error> {
        self.start_cache(invalidation, watcher)?;
        let before = self.read()?;
        let (_, written) = self.run(write)?;
        let after = self.read()?;
        let (rows, _) = self.ask_the_database(&self.query.clone())?;
        Ok(Side {
            name: name.to_owned(),
            before,
            changed: written.changed,
            dropped: written.dropped.map_or(0, |(dropped, _)| dropped.results()),
            after,
            truth: newest_status(&rows),
        })
    }

    fn read(&mut self) -> Result<Read, Error> {
        let (rows, answer) = self.run(&self.query.clone())?;
        Ok(Read {
            status: newest_status(&rows),
            hit: is_hit(&answer),
        })
    }

    /// The median of some hits, after a read that stores the result.
    fn hit_time(&mut self) -> Result<Duration, Error> {
        let query = self.query.clone();
        self.run(&query)?;
        let mut times = Vec::new();
        for _ in 0..HITS {
            let (_, answer) = self.run(&query)?;
            if is_hit(&answer) {
                times.push(answer.elapsed);
            }
        }
        if times.is_empty() {
            return Err(Error::NoHit);
        }
        Ok(Elapsed::of(times).median)
    }

    fn start_cache(
        &mut self,
        invalidation: Invalidation,
        watcher: Watcher<'_>,
    ) -> Result<(), Error> {
        let options = cache::Options {
            rules: Rules {
                ttl: Some(TTL),
                invalidation,
                ..Rules::default()
            },
            ..cache::Options::default()
        };
        Ok(self
            .session
            .start_cache(&Choice::Builtin, options, watcher)?)
    }

    fn run(&mut self, sql: &str) -> Result<(ResultSet, Answer), Error> {
        let mut rows = ResultSet::default();
        let answer = self
            .session
            .run(sql, &mut rows, &mut crate::progress::ignore)?;
        Ok((rows, answer))
    }

    /// Runs `sql` past the cache.
    fn ask_the_database(&mut self, sql: &str) -> Result<(ResultSet, Duration), Error> {
        let (budget, mut rows) = (self.session.budget(), ResultSet::default());
        let outcome = self.session.practice_mut().run(
            sql,
            budget,
            &self.clock,
            &mut rows,
            &mut crate::progress::ignore,
        )?;
        Ok((rows, outcome.elapsed))
    }

    /// Tells Ctrl-C and the time limit from what SQLite says.
    fn plan_failed(&self, error: plan::Error) -> Error {
        match error {
            plan::Error::Sqlite(error) => {
                Error::Sandbox(self.session.practice().explain_error(error))
            }
            other => Error::Plan(other),
        }
    }

    fn index_failed(&self, error: what_if::Error) -> Error {
        use what_if::Error as E;
        match error {
            E::Statement(error) => self.plan_failed(error),
            E::Index(error) | E::Sqlite(error) => {
                Error::Sandbox(self.session.practice().explain_error(error))
            }
            other => Error::WhatIf(other),
        }
    }

    fn typed(&self, step: &Step, at: usize) -> String {
        let typed = step.types.get(at);
        typed.map_or_else(String::new, |typed| self.measured.fill(typed))
    }

    fn told(&self) -> Vec<Told> {
        let mut told: Vec<Told> = Vec::new();
        for line in &script().told {
            let is_new = told.iter().all(|it| it.name != line.name);
            if is_new && line.when.is_none_or(|when| self.measured.holds(when)) {
                told.push(Told {
                    name: line.name.clone(),
                    says: self.measured.fill(&line.says),
                });
            }
        }
        told
    }
}

fn is_hit(answer: &Answer) -> bool {
    let served = answer.served.as_ref();
    served.is_some_and(|it| matches!(it.outcome, cache::Outcome::Hit { .. }))
}

/// The status in the last row: the newest order's.
fn newest_status(rows: &ResultSet) -> String {
    let column = rows.columns.iter().position(|it| it.name == "status");
    let value = column
        .zip(rows.rows.last())
        .and_then(|(at, row)| row.get(at));
    match value {
        Some(Value::Text(status)) => status.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::{Catalog, Scale};
    use crate::dirs::Dirs;
    use crate::interrupt::Interrupt;
    use crate::lesson::tour::{DATA, SEED};
    use crate::progress::ignore;
    use crate::sandbox::{Source, Surroundings};
    use crate::session::About;

    fn tour(home: &Path) -> Tour {
        let (catalog, clock) = (Catalog::new(&Dirs::under(home)), Clock::wall());
        let spec = catalog.find("shop").unwrap();
        let interrupt = Interrupt::new();
        let built = catalog
            .ensure(&spec, Scale::Small, SEED, &interrupt, &mut ignore)
            .unwrap();
        assert_eq!(built.name.to_string(), DATA);
        let around = Surroundings {
            sessions: home.join("sessions"),
            clock: clock.clone(),
            interrupt,
        };
        let source = Source::Built(built.path.clone());
        let about = About::Dataset(built);
        let session = Session::open(source, about, around, &mut ignore).unwrap();
        Tour::new(session, clock, &mut ignore).unwrap()
    }

    #[test]
    fn the_story_is_true_of_the_data_and_every_figure_is_known() {
        let home = tempfile::tempdir().unwrap();
        let mut tour = tour(home.path());
        tour.guess(40);
        let mut scenes = 0;
        while let Some(scene) = tour.next(&mut ignore).unwrap() {
            scenes += 1;
            assert_eq!((scene.number, scene.of), (scenes, script().steps.len()));
        }
        assert_eq!(scenes, script().steps.len());

        let sides = tour.measured.stale.clone().unwrap();
        for side in &sides {
            assert_eq!(side.before.status, "pending", "{}", side.name);
            assert_eq!((side.changed, side.truth.as_str()), (1, "paid"));
        }
        assert_eq!(sides.each_ref().map(Side::is_stale), [true, false]);
        assert_eq!(sides.each_ref().map(|side| side.dropped), [0, 1]);
        assert!(tour.measured.holds(When::GuessLow));
        let proposed = &tour.measured.plan.as_ref().unwrap().findings[0].try_;
        assert_eq!(proposed[..], [script().steps[4].types[0].clone()]);

        let told = script().told.iter().map(|line| &line.says);
        let notices = script().steps.iter().flat_map(|step| &step.notices);
        for text in told.chain(notices.map(|notice| &notice.says)) {
            let filled = tour.measured.fill(text);
            assert!(!filled.contains(['{', '}']), "{filled}");
        }
    }

    #[test]
    fn what_is_typed_is_what_the_steps_do() {
        let typed = |does: Does| {
            let step = script().steps.iter().find(|step| step.does == does);
            &step.unwrap().types
        };
        let query = &typed(Does::Query)[0];
        assert_eq!(typed(Does::Cache)[1..], [query.clone(), query.clone()]);
        let stale = typed(Does::Stale);
        assert_eq!([&stale[0], &stale[2]], [query, query]);
        let ttl = typed(Does::Cache)[0].rsplit(' ').next().unwrap();
        assert_eq!(crate::units::parse_duration(ttl), Ok(TTL));
        let index = typed(Does::Index)[0].strip_prefix(".try ").unwrap();
        assert_eq!(typed(Does::Against)[0], format!("{index};"));
    }
}
