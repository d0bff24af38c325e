//! What a cached result is found by.
//!
//! `dojo:shop:1f3a9c2e:4be0…` says whose it is in front and hides the rest in
//! a hash: the practice database's full id, the schema's version, the versions
//! of the tables read, the statement, and its typed parameters.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::sandbox::Value;
use crate::sql::normalize;

/// What the results of one practice database are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The dataset's name, such as `shop`: the readable part.
    pub dataset: String,
    /// The practice database: random, renewed whenever other data takes its
    /// place (`.reset`, `.open`), so that two learners on one Redis share nothing.
    pub practice: u64,
    /// `PRAGMA schema_version`: an index or a column changes it.
    pub schema_version: u64,
}

impl Ids {
    /// What all keys of this practice database start with. The dataset's name
    /// is cut down to characters that mean nothing to SCAN's patterns.
    pub fn prefix(&self) -> String {
        let mut name: String = self.dataset.to_ascii_lowercase();
        name.retain(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '@');
        name.truncate(32);
        format!("dojo:{name}:{:08x}:", self.practice >> 32)
    }
}

/// A key, as the server sees it. Clones are cheap.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<str>);

impl Key {
    /// The text sent to the server.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A statement as keys name it. Clones are cheap.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Without what does not matter to SQLite: comments, white space, the case
    /// of keywords.
    pub normal_form: Arc<str>,
    /// The hash over whose it is and what it says: the part of every key that
    /// its values and the versions of its tables do not change.
    begun: Sha256,
}

/// Makes keys, and remembers each statement by its text.
#[derive(Debug, Clone)]
pub struct KeyMaker {
    ids: Ids,
    /// Whether keys are spread over the nodes of a cluster.
    spread: bool,
    prefix: String,
    statements: HashMap<Box<str>, Statement, foldhash::fast::RandomState>,
}

/// What follows the prefix in the keys of queues of writes.
const QUEUE: &str = "queue:";

/// Beyond this many texts, all are forgotten: a script of a million different
/// statements must not fill the memory.
const MEMO_LIMIT: usize = 4096;

impl KeyMaker {
    /// Makes keys for the practice database with these ids.
    pub fn new(ids: Ids) -> KeyMaker {
        KeyMaker {
            prefix: ids.prefix(),
            spread: false,
            ids,
            statements: HashMap::default(),
        }
    }

    /// The same for a cluster: `dojo:shop:{1f3a9c2e:4}:…`. What stands in
    /// braces chooses the node, so a practice database's results are in 16
    /// groups, each on one node, where they can be deleted together.
    pub fn spread(mut self) -> KeyMaker {
        self.spread = true;
        self.prefix = tagged(&self.prefix);
        self
    }

    /// From now on, keys name these ids.
    pub fn set_ids(&mut self, ids: Ids) {
        self.prefix = ids.prefix();
        if self.spread {
            self.prefix = tagged(&self.prefix);
        }
        self.ids = ids;
        self.statements.clear();
    }

    /// The ids that its keys name.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// What all its keys start with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Where the writes wait that the database does not have yet, in the queue
    /// of this id. A queue that was given up may stay in a server that did not
    /// answer then: the next one, which counts its writes from 1 again, must
    /// not take that one's for its own.
    pub fn queue(&self, id: u64) -> String {
        format!("{}{id:016x}", self.queues())
    }

    /// Whether a key is of a queue of this practice database, old or new.
    pub fn is_queue(&self, key: &str) -> bool {
        key.starts_with(&self.queues())
    }

    /// What the keys of all its queues start with.
    fn queues(&self) -> String {
        // In a cluster, they belong to the first of the groups.
        let group = if self.spread { "0}:" } else { "" };
        format!("{}{group}{QUEUE}", self.prefix)
    }

    /// The statement of this text; a text that was asked for before costs a
    /// look into a table.
    pub fn statement(&mut self, sql: &str) -> Statement {
        if let Some(known) = self.statements.get(sql) {
            return known.clone();
        }
        if self.statements.len() >= MEMO_LIMIT {
            self.statements.clear();
        }
        let normal_form: Arc<str> = normalize(sql).into();
        let mut begun = Sha256::new();
        // Each part has a fixed length or comes after its length, so that no
        // two different lists of parts are the same bytes.
        begun.update(self.ids.practice.to_le_bytes());
        begun.update(self.ids.schema_version.to_le_bytes());
        begun.update((normal_form.len() as u64).to_le_bytes());
        begun.update(&*normal_form);
        let statement = Statement { normal_form, begun };
        self.statements.insert(sql.into(), statement.clone());
        statement
    }

    /// The key of a statement with these parameters, over tables of this
    /// version.
    pub fn key(&self, statement: &Statement, params: &[Value], tables_version: u64) -> Key {
        let mut hash = statement.begun.clone();
        hash.update(tables_version.to_le_bytes());
        for value in params {
            match value {
                Value::Null => hash.update([0]),
                Value::Integer(i) => {
                    hash.update([1]);
                    hash.update(i.to_le_bytes());
                }
                Value::Real(r) => {
                    hash.update([2]);
                    hash.update(r.to_bits().to_le_bytes());
                }
                Value::Text(text) => {
                    hash.update([3]);
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text);
                }
                Value::Blob(bytes) => {
                    hash.update([4]);
                    hash.update((bytes.len() as u64).to_le_bytes());
                    hash.update(bytes);
                }
            }
        }
        let digest = hash.finalize();
        let mut key = String::with_capacity(self.prefix.len() + 35);
        key.push_str(&self.prefix);
        if self.spread {
            let group = char::from_digit(u32::from(digest[0] >> 4), 16);
            key.push(group.expect("four bits are one hex digit"));
            key.push_str("}:");
        }
        crate::cache::codec::push_hex(&mut key, &digest[..16]);
        Key(key.into())
    }
}

/// `dojo:shop:1f3a9c2e:` with its last part opened as a hash tag.
fn tagged(prefix: &str) -> String {
    let (readable, practice) = prefix[..prefix.len() - 1]
        .rsplit_once(':')
        .expect("a prefix has three parts");
    format!("{readable}:{{{practice}:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Ids {
        Ids {
            dataset: "shop".into(),
            practice: 0x1f3a_9c2e_0000_0001,
            schema_version: 7,
        }
    }

    fn key_of(ids: Ids, sql: &str, params: &[Value], version: u64) -> Key {
        let mut maker = KeyMaker::new(ids);
        let statement = maker.statement(sql);
        maker.key(&statement, params, version)
    }

    const SQL: &str = "select * from orders where id = ?";

    #[test]
    fn the_front_is_readable_and_the_tail_a_hash() {
        let key = key_of(ids(), SQL, &[Value::Integer(1)], 0);
        assert!(key.as_str().starts_with("dojo:shop:1f3a9c2e:"), "{key}");
        let tail = key.as_str().rsplit(':').next().unwrap();
        assert_eq!(tail.len(), 32);
        assert!(tail.bytes().all(|b| b.is_ascii_hexdigit()));
    }

    #[test]
    fn a_strange_dataset_name_means_nothing_to_scan() {
        let strange = Ids {
            dataset: "My *[shop]? data:base".into(),
            ..ids()
        };
        assert_eq!(strange.prefix(), "dojo:myshopdatabase:1f3a9c2e:");
    }

    #[test]
    fn learners_share_nothing() {
        let other = Ids {
            practice: ids().practice + 1,
            ..ids()
        };
        assert_ne!(key_of(ids(), SQL, &[], 0), key_of(other, SQL, &[], 0));
    }

    #[test]
    fn a_new_schema_or_table_version_is_another_key() {
        let newer = Ids {
            schema_version: 8,
            ..ids()
        };
        assert_ne!(key_of(ids(), SQL, &[], 0), key_of(newer, SQL, &[], 0));
        assert_ne!(key_of(ids(), SQL, &[], 0), key_of(ids(), SQL, &[], 1));
    }

    #[test]
    fn what_sqlite_does_not_see_does_not_matter() {
        let one = key_of(ids(), "select * from orders where id = 1", &[], 0);
        let spaced = "SELECT *\n  FROM orders -- mine\n where id=1 ;";
        assert_eq!(one, key_of(ids(), spaced, &[], 0));
        assert_ne!(
            key_of(ids(), "select 'a  b' from orders", &[], 0),
            key_of(ids(), "select 'a b' from orders", &[], 0)
        );
    }

    #[test]
    fn parameters_are_typed_and_do_not_run_together() {
        let key = |params: &[Value]| key_of(ids(), SQL, params, 0);
        let text = |t: &str| Value::Text(t.into());
        let different = [
            key(&[]),
            key(&[Value::Null]),
            key(&[Value::Integer(1)]),
            key(&[Value::Real(1.0)]),
            key(&[text("1")]),
            key(&[Value::Blob(b"1".to_vec())]),
            key(&[text("ab"), text("c")]),
            key(&[text("a"), text("bc")]),
            key(&[text("abc")]),
            key(&[Value::Real(0.0)]),
            key(&[Value::Real(-0.0)]),
        ];
        for (i, a) in different.iter().enumerate() {
            for b in &different[i + 1..] {
                assert_ne!(a, b);
            }
        }
    }
}
