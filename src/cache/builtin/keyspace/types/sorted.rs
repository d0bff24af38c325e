//! Sorted sets.

use std::sync::Arc;

use super::members::{Map, SMALL_ELEMENT, scan, table};
use super::ranked::Ranked;
use crate::cache::builtin::keyspace::memory::allocation;

/// The most members of a small sorted set, as Redis sets it by default.
const SMALL: usize = 128;
/// What an `Arc` adds to its bytes: two counts.
const COUNTS: usize = 16;

/// Members, each with a score, in the order of the scores.
#[derive(Debug, Clone, Default)]
pub struct SortedSet {
    scores: Map<Arc<[u8]>, f64>,
    ranked: Ranked,
    /// Bytes that the members take on the heap.
    payload: usize,
    /// It was once too large for Redis's small form, which it does not go back to.
    large: bool,
}

impl SortedSet {
    /// How many members there are.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The score of a member.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// The place of a member, from the lowest score.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        Some(self.ranked.rank(score, member))
    }

    /// How many members come before a place that `is_before` tells.
    pub fn count_before(&self, is_before: impl Fn(f64, &[u8]) -> bool) -> usize {
        self.ranked.count_before(is_before)
    }

    /// Members with scores from a place on, upwards.
    pub fn from(&self, place: usize) -> impl Iterator<Item = (&[u8], f64)> {
        self.ranked
            .from(place)
            .map(|(score, member)| (&**member, *score))
    }

    /// Members with scores before a place, downwards.
    pub fn back_from(&self, place: usize) -> impl Iterator<Item = (&[u8], f64)> {
        let items = self.ranked.back_from(place);
        items.map(|(score, member)| (&**member, *score))
    }

    /// The member at a place of the table, in no order that means anything.
    pub fn at(&self, place: usize) -> Option<(&[u8], f64)> {
        self.scores
            .get_index(place)
            .map(|(member, score)| (&**member, *score))
    }

    /// Gives a member a score; what it had before.
    pub fn set(&mut self, member: &[u8], score: f64) -> Option<f64> {
        // Makes -0 a 0, as Redis's small form does.
        let score = score + 0.0;
        if let Some((_, kept, old)) = self.scores.get_full_mut(member) {
            let before = std::mem::replace(old, score);
            let kept = Arc::clone(kept);
            if before != score {
                self.ranked.remove(before, member);
                self.ranked.insert(score, kept);
            }
            return Some(before);
        }
        let kept: Arc<[u8]> = member.into();
        self.payload += allocation(member.len() + COUNTS);
        self.scores.insert(Arc::clone(&kept), score);
        self.ranked.insert(score, kept);
        self.large |= self.len() > SMALL || member.len() > SMALL_ELEMENT;
        None
    }

    /// Removes a member; the score it had.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let score = self.scores.swap_remove(member)?;
        self.ranked.remove(score, member);
        self.payload -= allocation(member.len() + COUNTS);
        if self.scores.len() < self.scores.capacity() / 4 {
            self.scores.shrink_to(self.scores.len() * 2);
        }
        Some(score)
    }

    /// The members of one step of a scan, and the next cursor. A small set is
    /// come by as a whole, in order.
    pub fn scan(&self, cursor: u64, count: u64) -> (u64, Vec<(&[u8], f64)>) {
        if !self.large {
            return (0, self.from(0).collect());
        }
        let (next, range) = scan(self.len(), cursor, count);
        (next, range.filter_map(|place| self.at(place)).collect())
    }

    /// Redis's name of how it is stored.
    pub fn encoding(&self) -> &'static str {
        if self.large { "skiplist" } else { "listpack" }
    }

    /// Bytes on the heap.
    pub fn heap(&self) -> usize {
        let bucket = size_of::<(u64, Arc<[u8]>, f64)>();
        self.payload + table(self.scores.capacity(), bucket) + self.ranked.heap()
    }
}
