//! What is said of writes that wait for the database.

use super::dropped_note;
use crate::session::{Behind, Flushed, NotQueued};
use crate::units;

/// Of a refused or long statement, this much is shown.
const SHOWN: usize = 40;

/// What write-behind did with a statement and with those before it, a sentence
/// or two each.
pub fn behind_notes(behind: &Behind) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(queued) = &behind.queued {
        let most = units::counted(queued.most, "write", "writes");
        let wait = if queued.waiting == 1 { "waits" } else { "wait" };
        let waiting = units::count(queued.waiting);
        notes.push(format!(
            "{waiting} of {most} {wait} in the cache server for the database."
        ));
    }
    match &behind.not_queued {
        None => {}
        Some(NotQueued::MayNot(why)) => notes.push(format!("Not queued: {why}.")),
        Some(NotQueued::Failed(why)) => notes.push(format!("Not queued: {why}.")),
    }
    if let Some(flushed) = &behind.flushed {
        let is_full = behind.queued.is_some_and(|it| it.waiting >= it.most);
        notes.extend(told(
            flushed,
            if is_full {
                "That is all it takes: the"
            } else {
                "First the"
            },
        ));
    }
    notes
}

/// What became of the writes that waited.
pub fn flushed_notes(flushed: &Flushed) -> Vec<String> {
    told(flushed, "The")
}

/// `start` begins the sentence on what the database got.
fn told(flushed: &Flushed, start: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if flushed.writes > 0 {
        let writes = units::counted(flushed.writes, "queued write", "queued writes");
        let took = units::duration(flushed.took);
        notes.push(format!("{start} database got {writes}: {took}."));
    }
    for refused in &flushed.refused {
        let sql: Vec<&str> = refused.sql.split_whitespace().collect();
        let sql = sql.join(" ");
        let start: String = sql.chars().take(SHOWN).collect();
        let more = if start.len() < sql.len() { "..." } else { "" };
        let start = start.trim_end_matches(';');
        notes.push(format!(
            "It refused one that had been acknowledged ({start}{more}): {}.",
            refused.why
        ));
    }
    if flushed.lost > 0 {
        let writes = units::counted(flushed.lost, "acknowledged write", "acknowledged writes");
        let (is, was) = match flushed.lost {
            1 => ("is", "it was"),
            _ => ("are", "they were"),
        };
        notes.push(format!(
            "{writes} {is} lost: {was} in the cache server only."
        ));
    }
    if let Some((waiting, why)) = &flushed.out_of_reach {
        let writes = units::counted(*waiting, "queued write", "queued writes");
        notes.push(format!("Without {writes}: {why}."));
    }
    if let Some((dropped, tables)) = &flushed.dropped {
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        notes.extend(dropped_note(dropped, &tables));
    }
    notes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::connection::Fault;
    use crate::cache::layer::{Degradation, Queued};
    use crate::session::RefusedWrite;

    #[test]
    fn a_write_that_waits_says_where() {
        let behind = Behind {
            queued: Some(Queued {
                waiting: 3,
                most: 100,
                took: Duration::from_micros(40),
            }),
            ..Behind::default()
        };
        insta::assert_snapshot!(behind_notes(&behind).join("\n"), @"3 of 100 writes wait in the cache server for the database.");
    }

    #[test]
    fn a_flush_says_what_came_and_what_did_not() {
        let flushed = Flushed {
            writes: 4,
            refused: vec![RefusedWrite {
                sql: "insert into orders (id,\n customer_id) values (1, 2);".into(),
                why: "UNIQUE constraint failed: orders.id".into(),
            }],
            lost: 1,
            out_of_reach: Some((
                2,
                Degradation::Failed(Fault::TimedOut(Duration::from_millis(500))),
            )),
            took: Duration::from_micros(2100),
            dropped: None,
        };
        insta::assert_snapshot!(flushed_notes(&flushed).join("\n"), @r"
        The database got 4 queued writes: 2.10 ms.
        It refused one that had been acknowledged (insert into orders (id, customer_id) val...): UNIQUE constraint failed: orders.id.
        1 acknowledged write is lost: it was in the cache server only.
        Without 2 queued writes: no answer from the cache server within 500 ms.
        ");
        assert!(flushed_notes(&Flushed::default()).is_empty());
    }
}
