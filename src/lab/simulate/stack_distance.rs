//! LRU stack distances: how large an LRU cache would have had to be for a
//! request to hit. One pass gives the hit ratio of every size at once.
//!
//! R. L. Mattson, J. Gecsei, D. R. Slutz, I. L. Traiger, "Evaluation
//! techniques for storage hierarchies", 1970. The distance is the number of
//! keys whose latest use is not older than this key's, itself included. The
//! latest uses are marked on a line of bits, and counted with a Fenwick tree
//! over blocks of 512 bits (after F. Olken, 1981, who used a search tree).

/// A key by a dense number.
type Key = u32;

const WORDS: usize = 8;
const BLOCK: usize = 64 * WORDS;
const FIRST_LENGTH: usize = 1 << 16;

/// Latest uses in order. It takes 4 bytes a key, and 8.3 to 17 for each that was
/// asked for; a request costs O(log n).
#[derive(Debug, Clone)]
pub struct StackDistances {
    /// One more than the position of each key's latest use; 0: never used.
    latest: Vec<u32>,
    /// Who was used at a position.
    used_at: Vec<Key>,
    /// Whether a position is its key's latest use.
    marks: Vec<u64>,
    /// Marks a block, as a Fenwick tree; the block that is being filled is
    /// counted apart, as most changes and questions are about it.
    sums: Vec<u32>,
    in_last_block: u32,
    next: usize,
    distinct: u32,
}

impl StackDistances {
    /// Nothing was used yet. Keys may have any number; those below `keys` are
    /// provided for.
    pub fn new(keys: usize) -> StackDistances {
        StackDistances {
            latest: vec![0; keys],
            used_at: vec![0; FIRST_LENGTH],
            marks: vec![0; FIRST_LENGTH / 64],
            sums: vec![0; FIRST_LENGTH / BLOCK + 1],
            in_last_block: 0,
            next: 0,
            distinct: 0,
        }
    }

    /// How many keys were used.
    pub fn distinct(&self) -> u32 {
        self.distinct
    }

    /// Uses `key`. The smallest number of objects with which an LRU cache hits;
    /// `None`: none does, the key was never used.
    #[inline]
    pub fn request(&mut self, key: Key) -> Option<u32> {
        if self.next == self.used_at.len() {
            self.compact();
        }
        if key as usize >= self.latest.len() {
            self.latest
                .resize((key as usize + 1).next_power_of_two(), 0);
        }
        let position = self.next;
        let before = std::mem::replace(&mut self.latest[key as usize], position as u32 + 1);
        let distance = match before {
            0 => {
                self.distinct += 1;
                None
            }
            before => {
                let at = before as usize - 1;
                let distance = self.distinct - self.marks_before(at);
                self.marks[at / 64] &= !(1 << (at % 64));
                if at / BLOCK == position / BLOCK {
                    self.in_last_block -= 1;
                } else {
                    self.add(at / BLOCK, u32::MAX);
                }
                Some(distance)
            }
        };
        self.used_at[position] = key;
        self.marks[position / 64] |= 1 << (position % 64);
        self.in_last_block += 1;
        self.next += 1;
        if self.next.is_multiple_of(BLOCK) {
            self.add(position / BLOCK, self.in_last_block);
            self.in_last_block = 0;
        }
        distance
    }

    /// Marks on positions below `at`.
    #[inline]
    fn marks_before(&self, at: usize) -> u32 {
        let block = at / BLOCK;
        let mut sum = if block == self.next / BLOCK {
            // All other marks are on blocks before it, but the key's own is
            // not counted as distinct twice: `distinct` counts marks.
            self.distinct - self.in_last_block
        } else {
            self.sum_before(block)
        };
        let words = &self.marks[block * WORDS..=at / 64];
        if let Some((last, whole)) = words.split_last() {
            sum += whole.iter().map(|word| word.count_ones()).sum::<u32>();
            sum += (last & ((1 << (at % 64)) - 1)).count_ones();
        }
        sum
    }

    #[inline]
    fn sum_before(&self, block: usize) -> u32 {
        let (mut node, mut sum) = (block, 0_u32);
        while node > 0 {
            sum = sum.wrapping_add(self.sums[node]);
            node &= node - 1;
        }
        sum
    }

    /// Adds to a block; `u32::MAX` takes one away.
    #[inline]
    fn add(&mut self, block: usize, marks: u32) {
        let mut node = block + 1;
        while node < self.sums.len() {
            self.sums[node] = self.sums[node].wrapping_add(marks);
            node += node & node.wrapping_neg();
        }
    }

    /// Moves the marks together, so that positions are free again: at least as
    /// many as there are marks.
    fn compact(&mut self) {
        let mut order = Vec::with_capacity(self.distinct as usize);
        for (word, &marks) in self.marks.iter().enumerate() {
            let mut left = marks;
            while left != 0 {
                order.push(self.used_at[word * 64 + left.trailing_zeros() as usize]);
                left &= left - 1;
            }
        }
        let length = (2 * order.len()).next_power_of_two().max(FIRST_LENGTH);
        self.used_at = vec![0; length];
        self.marks = vec![0; length / 64];
        self.sums = vec![0; length / BLOCK + 1];
        for (position, &key) in order.iter().enumerate() {
            self.used_at[position] = key;
            self.marks[position / 64] |= 1 << (position % 64);
            self.latest[key as usize] = position as u32 + 1;
        }
        self.next = order.len();
        for block in 0..order.len() / BLOCK {
            self.add(block, BLOCK as u32);
        }
        self.in_last_block = (order.len() % BLOCK) as u32;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::policy::Lru;
    use crate::clock::Time;
    use crate::lab::simulate::ObjectCache;

    #[test]
    fn the_sequence_of_the_paper_by_hand() {
        let mut stack = StackDistances::new(0);
        let distances: Vec<Option<u32>> = [0, 1, 2, 0, 0, 2, 1, 3, 0]
            .into_iter()
            .map(|key| stack.request(key))
            .collect();
        let expected = [
            None,
            None,
            None,
            Some(3),
            Some(1),
            Some(2),
            Some(3),
            None,
            Some(4),
        ];
        assert_eq!(distances, expected);
        assert_eq!(stack.distinct(), 4);
    }

    /// Two implementations of LRU that share no line agree on each request,
    /// across several compactions.
    #[test]
    fn lru_hits_exactly_where_the_distance_says() {
        for (keys, seed) in [(40_u64, 1_u64), (3_000, 2), (60_000, 3)] {
            let capacity = keys as usize / 7;
            let mut lru = ObjectCache::new(Lru::new(), keys as usize, capacity);
            let mut stack = StackDistances::new(0);
            let mut state = seed;
            for _ in 0..200_000 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                // Skewed: the product of two even draws.
                let (a, b) = (state >> 48, (state >> 32) & 0xFFFF);
                let key = ((a * b * keys) >> 32) as u32;
                let fits = stack.request(key).is_some_and(|it| it as usize <= capacity);
                assert_eq!(lru.request(key, Time::ZERO), fits);
            }
        }
    }

    proptest! {
        #[test]
        fn a_search_through_the_past_agrees(
            trace in prop::collection::vec(0u32..30, 0..300),
        ) {
            let mut stack = StackDistances::new(30);
            for (n, &key) in trace.iter().enumerate() {
                let naive = trace[..n].iter().rposition(|other| *other == key).map(|at| {
                    let since: std::collections::BTreeSet<u32> =
                        trace[at..n].iter().copied().collect();
                    since.len() as u32
                });
                prop_assert_eq!(stack.request(key), naive);
            }
        }

        /// The inclusion property of a stack algorithm: what a smaller LRU
        /// cache holds, a larger one holds, so a larger one hits whenever a
        /// smaller one does.
        #[test]
        fn a_larger_lru_cache_hits_whenever_a_smaller_one_does(
            trace in prop::collection::vec(0u32..30, 0..300),
            small in 1usize..15,
            more in 1usize..15,
        ) {
            let mut small_cache = ObjectCache::new(Lru::new(), 30, small);
            let mut large_cache = ObjectCache::new(Lru::new(), 30, small + more);
            for key in trace {
                let small_hits = small_cache.request(key, Time::ZERO);
                let large_hits = large_cache.request(key, Time::ZERO);
                prop_assert!(large_hits || !small_hits);
            }
        }
    }
}
