//! Which other connection refused a statement.

use super::super::Error;
use super::super::source::sidecar;
use super::conflict::Refused;
use super::{Conflict, Connections, Hold, Named};

impl Connections {
    /// SQLite's error as ours: who is in the way, why it stopped.
    pub fn explain(&self, error: rusqlite::Error) -> Error {
        let error = self.here().guarded.explain(error);
        self.who_is_in_the_way(error, true, false)
    }

    pub(super) fn who_is_in_the_way(&self, error: Error, writes: bool, is_pragma: bool) -> Error {
        self.in_the_way_of(Some(self.current), error, writes, is_pragma)
    }

    /// Says which other connection refused what `refused` asked for; `None` for
    /// one that is not open yet.
    pub(super) fn in_the_way_of(
        &self,
        refused: Option<usize>,
        error: Error,
        writes: bool,
        is_pragma: bool,
    ) -> Error {
        let Error::Busy { snapshot } = error else {
            return error;
        };
        let others: Vec<&Named> = (0..self.named.len())
            .filter(|at| Some(*at) != refused)
            .map(|at| &self.named[at])
            .collect();
        let nothing = Hold::default();
        let holds: Vec<(&str, &Hold)> = others
            .iter()
            .map(|named| (named.name.as_str(), &named.hold))
            .collect();
        let refused = Refused {
            snapshot,
            writes,
            sets_journal: is_pragma,
            wal: self.has_wal(),
            own: refused.map_or(&nothing, |at| &self.named[at].hold),
        };
        let mut conflict = Conflict::between(refused, &holds, self.last_commit.as_ref());
        if conflict == Conflict::Elsewhere
            && let Some(named) = others.iter().find(|named| named.is_exclusive())
        {
            conflict = Conflict::Exclusive {
                connection: named.name.clone(),
            };
        }
        Error::Locked(Box::new(conflict))
    }

    fn has_wal(&self) -> bool {
        self.file
            .as_ref()
            .is_some_and(|home| sidecar(&home.path, "-wal").exists())
    }
}

impl Named {
    fn is_exclusive(&self) -> bool {
        self.guarded
            .connection()
            .query_row("PRAGMA main.locking_mode", [], |row| {
                row.get::<_, String>(0)
            })
            .is_ok_and(|mode| mode.eq_ignore_ascii_case("exclusive"))
    }
}
