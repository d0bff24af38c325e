//! The candidates that sampling has found so far: Redis's eviction pool.

use super::Slot;
use super::held::Held;

/// As many as Redis keeps (`EVPOOL_SIZE` in its `evict.c`).
const SIZE: usize = 16;

/// Up to sixteen candidates, the best last. A score is never looked at again
/// once it stands here, as in Redis.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool(Vec<(u64, Slot)>);

impl Pool {
    /// Draws `samples` of `held` and keeps the best seen so far; the best of
    /// all. High scores go first.
    pub(super) fn victim(
        &mut self,
        held: &mut Held,
        samples: usize,
        score: impl Fn(Slot) -> u64,
    ) -> Option<Slot> {
        if held.len() <= samples {
            for slot in held.all() {
                self.offer(score(*slot), *slot);
            }
        } else {
            for _ in 0..samples {
                let slot = held.draw()?;
                self.offer(score(slot), slot);
            }
        }
        self.0.last().map(|(_, slot)| *slot)
    }

    fn offer(&mut self, score: u64, slot: Slot) {
        if self.0.iter().any(|(_, known)| *known == slot) {
            return;
        }
        let better = self.0.partition_point(|(other, _)| *other < score);
        if self.0.len() < SIZE {
            self.0.insert(better, (score, slot));
        } else if better > 0 {
            self.0.remove(0);
            self.0.insert(better - 1, (score, slot));
        }
    }

    /// `slot` is gone.
    pub(super) fn forget(&mut self, slot: Slot) {
        self.0.retain(|(_, known)| *known != slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_leaves_a_full_pool() {
        let mut pool = Pool::default();
        for slot in 0..16 {
            pool.offer(u64::from(slot) * 10, slot);
        }
        pool.offer(0, 20);
        assert_eq!(pool.0[0], (0, 0), "no better than the worst");
        pool.offer(55, 21);
        assert_eq!(pool.0[0], (10, 1));
        assert_eq!(pool.0[5], (55, 21));
        pool.forget(15);
        assert_eq!(pool.0.last(), Some(&(140, 14)));
    }
}
