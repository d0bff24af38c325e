//! Looking at what is in the cache, and emptying it: only ever under this
//! practice database's prefix.

use std::time::Duration;

use redis::Value as Reply;

use super::{DELETE_AT_ONCE, Layer};
use crate::cache::aside::Event;
use crate::cache::builtin::glob;
use crate::cache::codec;
use crate::cache::connection::Fault;

/// One cached result.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Where it is.
    pub key: String,
    /// How much longer reads are answered with it, by the server's TTL and by
    /// what it says of itself, the time when it is stale included; zero: it has
    /// expired, and waits for the server to drop it. `None`: no TTL.
    pub ttl_left: Option<Duration>,
    /// The size of its value.
    pub bytes: usize,
    /// What it holds; `None` if it cannot be read.
    pub entry: Option<codec::Entry>,
}

impl Layer {
    /// The cached results whose key or statement matches `pattern`, whatever
    /// the case, in the order of their statements: as a whole, if it has a `*`
    /// or `?` ([Redis's glob](https://redis.io/docs/latest/commands/keys/));
    /// else it is enough that they contain it. All for an empty pattern.
    /// Walks with SCAN, and so never stops the server for others.
    ///
    /// # Errors
    /// The [`Fault`] of the first command that failed.
    pub fn entries(&mut self, pattern: &str) -> Result<Vec<Listed>, Fault> {
        let wanted = pattern.to_lowercase();
        let matches = |text: &str| match wanted.contains(['*', '?']) {
            true => glob::matches(wanted.as_bytes(), text.as_bytes()),
            false => text.contains(&wanted),
        };
        let mut found = Vec::new();
        for key in self.scan()? {
            let Reply::BulkString(bytes) = self.channel.ask(redis::cmd("GET").arg(&key))? else {
                continue; // it expired meanwhile
            };
            let entry = codec::decode(&bytes).ok();
            let statement = entry.as_ref().map_or("", |entry| &entry.sql);
            if !matches(&key.to_lowercase()) && !matches(&statement.to_lowercase()) {
                continue;
            }
            let kept = match self.channel.ask(redis::cmd("PTTL").arg(&key))? {
                Reply::Int(ms) => u64::try_from(ms).ok().map(Duration::from_millis),
                _ => None,
            };
            let answered = entry.as_ref().and_then(|entry| self.answered_for(entry));
            let ttl_left = [kept, answered].into_iter().flatten().min();
            found.push(Listed {
                key,
                ttl_left,
                bytes: bytes.len(),
                entry,
            });
        }
        let statement = |listed: &Listed| listed.entry.as_ref().map(|entry| entry.sql.clone());
        found.sort_by_cached_key(|listed| (statement(listed), listed.key.clone()));
        Ok(found)
    }

    /// How much longer an entry is answered by what it says of itself.
    fn answered_for(&self, entry: &codec::Entry) -> Option<Duration> {
        let rules = &self.options.rules;
        let lifetime = rules.lifetime(entry.stamp.fresh_for)?;
        let age = self.age_of(&entry.stamp);
        Some((lifetime + rules.stale_window()).saturating_sub(age))
    }

    /// Deletes all of this practice database's results, and nothing else.
    /// Returns how many there were.
    ///
    /// # Errors
    /// The [`Fault`] of the first command that failed.
    pub fn clear(&mut self) -> Result<u64, Fault> {
        self.tell(Event::Clear);
        let mut deleted = match self.carry_out_deletions() {
            Some(Ok(deleted)) => deleted,
            Some(Err(fault)) => return Err(fault),
            None => 0,
        };
        // Those that an earlier layer put there.
        for keys in self.scan()?.chunks(DELETE_AT_ONCE) {
            if let Reply::Int(n) = self.channel.ask(redis::cmd("DEL").arg(keys))? {
                deleted += u64::try_from(n).unwrap_or(0);
            }
        }
        Ok(deleted)
    }

    /// The keys of all results under the prefix, each once.
    fn scan(&mut self) -> Result<Vec<String>, Fault> {
        let pattern = format!("{}*", self.keys.prefix());
        let mut keys = Vec::new();
        for node in 0..self.channel.nodes()? {
            let mut cursor = b"0".to_vec();
            loop {
                let mut command = redis::cmd("SCAN");
                command.arg(cursor.as_slice());
                command.arg("MATCH").arg(&pattern).arg("COUNT").arg(500);
                let (next, page) = match scan_page(self.channel.ask_node(node, &command)?) {
                    Some(page) => page,
                    None => return Err(self.channel.nonsense("SCAN")),
                };
                keys.extend(page);
                if next == b"0" {
                    break;
                }
                cursor = next;
            }
        }
        // Writes that wait are no results.
        keys.retain(|key| !self.keys.is_queue(key));
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

/// The next cursor and the keys of a SCAN reply.
fn scan_page(reply: Reply) -> Option<(Vec<u8>, Vec<String>)> {
    let Reply::Array(parts) = reply else {
        return None;
    };
    let [Reply::BulkString(next), Reply::Array(keys)] = <[Reply; 2]>::try_from(parts).ok()? else {
        return None;
    };
    let keys = keys.into_iter().filter_map(|key| match key {
        Reply::BulkString(key) => String::from_utf8(key).ok(),
        _ => None,
    });
    Some((next, keys.collect()))
}
