//! The same work on another scale of a dataset: what a learner has made is
//! made again there, and what cannot be is told.

use super::{Context, Failure, Options, open};
use crate::dataset::{Built, DatasetName, Scale};
use crate::progress;
use crate::sandbox::{Error, OwnWork, ResultSet, SchemaObject};
use crate::session::Session;

/// What came along, and what did not.
#[derive(Debug, Default)]
pub struct Carried {
    done: Vec<String>,
    left: Vec<String>,
}

impl Carried {
    /// Whether something of the learner's would be gone.
    pub fn leaves_something(&self) -> bool {
        !self.left.is_empty()
    }

    /// A sentence for what came, and one for each thing that did not.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.done.is_empty() {
            lines.push(format!("Came along: {}.", self.done.join(", ")));
        }
        lines.extend(self.left.iter().map(|left| format!("Left behind: {left}.")));
        lines
    }
}

/// Opens the dataset of `session` on another scale and does the learner's
/// work there again: own tables with their rows, indexes, views, triggers, and
/// what was dropped. The session before is as it was.
///
/// # Errors
/// Inside a transaction; when the data cannot be built; Ctrl-C. What does not
/// fit the other data (a unique index over values that repeat there) is no
/// error but told in [`Carried`].
pub fn rescale(
    context: &mut Context<'_>,
    options: &Options,
    session: &mut Session,
    built: &Built,
    scale: Scale,
) -> Result<(Session, Carried), Failure> {
    if session.practice().in_transaction() {
        return Err(Error::InTransaction.into());
    }
    let mut on = |scale| {
        let name = DatasetName {
            scale,
            ..built.name.clone()
        };
        let options = Options {
            data: name.to_string(),
            db: None,
            ..options.clone()
        };
        open::session(context, &options)
    };
    let before = on(built.name.scale)?.practice().objects()?;
    let mut larger = on(scale)?;
    let work = OwnWork::between(&before, &session.practice().objects()?);
    let mut carried = Carried::default();
    if !work.is_empty() {
        let mut bar = context.progress_bar();
        larger.practice_mut().make_private(&mut |p| bar.watch(p))?;
        drop(bar);
        run(&mut larger, "BEGIN")?;
        for object in &work.dropped {
            let done = format!("without {}", told(object));
            carried.attempt(&mut larger, object, done, |larger| {
                run(larger, &object.drop_statement())
            })?;
        }
        for object in &work.changed {
            change(session, &mut larger, object, &mut carried)?;
        }
        for object in &work.made {
            make(session, &mut larger, object, &mut carried)?;
        }
        run(&mut larger, "COMMIT")?;
    }
    let datasets_own = |table: &&String| {
        let is = |o: &SchemaObject| o.kind == "table" && o.name.eq_ignore_ascii_case(table);
        before.iter().any(is)
    };
    let written: Vec<&str> = session
        .practice()
        .written()
        .iter()
        .filter(datasets_own)
        .map(String::as_str)
        .collect();
    if !written.is_empty() {
        let left = format!("what you changed in the rows of {}", written.join(", "));
        carried.left.push(left);
    }
    match session.practice().marks() {
        [] => {}
        [mark] => carried.left.push(format!("the mark {}", mark.name)),
        marks => {
            let names: Vec<&str> = marks.iter().map(|mark| mark.name.as_str()).collect();
            carried.left.push(format!("the marks {}", names.join(", ")));
        }
    }
    for name in session.practice().temporary()? {
        carried.left.push(format!("temporary {name}"));
    }
    Ok((larger, carried))
}

/// An index, view or trigger with another definition is replaced. A table of
/// the dataset that was altered is not: its new rows know nothing of that.
fn change(
    session: &mut Session,
    larger: &mut Session,
    object: &SchemaObject,
    carried: &mut Carried,
) -> Result<(), Failure> {
    if object.kind == "table" {
        let left = format!("what ALTER TABLE did to {}", object.name);
        carried.left.push(left);
        return Ok(());
    }
    run(larger, &object.drop_statement())?;
    make(session, larger, object, carried)
}

fn make(
    session: &mut Session,
    larger: &mut Session,
    object: &SchemaObject,
    carried: &mut Carried,
) -> Result<(), Failure> {
    let mut done = told(object);
    if object.kind == "table" {
        done.push_str(" with its rows");
    }
    carried.attempt(larger, object, done, |larger| {
        run(larger, &object.sql)?;
        if object.kind != "table" {
            return Ok(());
        }
        // The reason of a row that does not fit, past the dump's own error.
        let mut refused = None;
        let dumped = session.practice_mut().dump_rows(&object.name, &mut |row| {
            run(larger, row).map_err(|error| {
                refused = Some(error);
                std::io::Error::other("refused")
            })
        });
        match refused {
            Some(error) => Err(error),
            None => dumped.map(|_| ()),
        }
    })
}

impl Carried {
    /// Does `work` wholly or not at all, and takes note.
    fn attempt(
        &mut self,
        larger: &mut Session,
        object: &SchemaObject,
        done: String,
        work: impl FnOnce(&mut Session) -> Result<(), Error>,
    ) -> Result<(), Failure> {
        run(larger, "SAVEPOINT carried")?;
        match work(larger) {
            Ok(()) => self.done.push(done),
            Err(error @ (Error::Interrupted | Error::Full)) => return Err(error.into()),
            Err(error) => {
                run(larger, "ROLLBACK TO carried")?;
                self.left.push(format!("{} ({error})", told(object)));
            }
        }
        Ok(run(larger, "RELEASE carried")?)
    }
}

fn told(object: &SchemaObject) -> String {
    format!("{} {}", object.kind, object.name)
}

fn run(session: &mut Session, sql: &str) -> Result<(), Error> {
    let mut rows = ResultSet::default();
    session.run(sql, &mut rows, &mut progress::ignore)?;
    Ok(())
}
