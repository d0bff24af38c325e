//! Which column of a trace is what.

use std::fmt;
use std::str::FromStr;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    Key,
    Size,
    Op,
}

impl Role {
    pub(super) const ALL: [(&'static str, Role); 4] = [
        ("time", Role::Time),
        ("key", Role::Key),
        ("size", Role::Size),
        ("op", Role::Op),
    ];

    /// By its name here, or one that published traces have.
    pub(super) fn of(name: &str) -> Option<Role> {
        Some(match name.to_ascii_lowercase().as_str() {
            "time" | "timestamp" | "ts" => Role::Time,
            "key" | "id" | "obj_id" => Role::Key,
            "size" | "obj_size" => Role::Size,
            "op" | "operation" => Role::Op,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Role::Time => "time",
            Role::Key => "key",
            Role::Size => "size",
            Role::Op => "op",
        }
    }
}

/// Which column is what: `key,size` in the order of the file (`-` for one that
/// does not matter), or `key=obj_id,size=bytes` by the names in its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// In the file's order.
    InOrder(Vec<String>),
    /// By the file's names.
    Named(Vec<(String, String)>),
}

/// The text does not say which column is what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} does not say which column is what: write time,key,size,op in the order of the file \
     (- for others), or key=NAME,time=NAME by its first line; there must be a key"
)]
pub struct BadColumns(String);

impl FromStr for Columns {
    type Err = BadColumns;

    fn from_str(text: &str) -> Result<Columns, BadColumns> {
        let bad = || BadColumns(text.to_owned());
        let items: Vec<&str> = text.split(',').map(str::trim).collect();
        let mut roles: Vec<Role> = Vec::new();
        let mut note = |name: &str| -> Result<(), BadColumns> {
            let role = Role::of(name).ok_or_else(bad)?;
            if roles.contains(&role) {
                return Err(bad());
            }
            roles.push(role);
            Ok(())
        };
        let columns = if text.contains('=') {
            let mut named = Vec::new();
            for item in &items {
                let (role, name) = item.split_once('=').ok_or_else(bad)?;
                note(role.trim())?;
                named.push((role.trim().to_owned(), name.trim().to_owned()));
            }
            Columns::Named(named)
        } else {
            for item in items.iter().filter(|item| **item != "-") {
                note(item)?;
            }
            Columns::InOrder(items.iter().map(|item| (*item).to_owned()).collect())
        };
        if roles.contains(&Role::Key) {
            Ok(columns)
        } else {
            Err(bad())
        }
    }
}

impl fmt::Display for Columns {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Columns::InOrder(names) => f.write_str(&names.join(",")),
            Columns::Named(named) => {
                let pairs = named.iter().map(|(role, name)| format!("{role}={name}"));
                f.write_str(&pairs.collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// Where each column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    pub(super) time: Option<usize>,
    pub(super) key: usize,
    pub(super) size: Option<usize>,
    pub(super) op: Option<usize>,
}

impl Places {
    pub(super) fn of(roles: impl Iterator<Item = (Role, usize)>) -> Places {
        let mut places = Places::default();
        for (role, at) in roles {
            match role {
                Role::Time => places.time = Some(at),
                Role::Key => places.key = at,
                Role::Size => places.size = Some(at),
                Role::Op => places.op = Some(at),
            }
        }
        places
    }
}
