//! What will happen.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::clock::Time;

/// Things to come, and now. What is due at the same moment comes in the order
/// in which it was planned.
#[derive(Debug)]
pub(super) struct Queue<T> {
    now: Time,
    planned: u64,
    heap: BinaryHeap<Due<T>>,
}

#[derive(Debug)]
struct Due<T> {
    at: Time,
    order: u64,
    what: T,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Queue<T> {
        Queue {
            now: Time::ZERO,
            planned: 0,
            heap: BinaryHeap::new(),
        }
    }

    pub(super) fn now(&self) -> Time {
        self.now
    }

    pub(super) fn after(&mut self, wait: Duration, what: T) {
        let order = self.planned;
        self.planned += 1;
        let at = self.now + wait;
        self.heap.push(Due { at, order, what });
    }

    /// The next thing; it is now.
    pub(super) fn next(&mut self) -> Option<T> {
        let due = self.heap.pop()?;
        self.now = due.at;
        Some(due.what)
    }
}

impl<T> Ord for Due<T> {
    /// The heap gives its greatest: the earliest.
    fn cmp(&self, other: &Due<T>) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl<T> PartialOrd for Due<T> {
    fn partial_cmp(&self, other: &Due<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Due<T> {
    fn eq(&self, other: &Due<T>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Due<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_orders_and_then_the_plan() {
        let mut queue = Queue::new();
        let ms = Duration::from_millis;
        queue.after(ms(2), 'c');
        queue.after(ms(1), 'a');
        queue.after(ms(1), 'b');
        let all: String = std::iter::from_fn(|| queue.next()).collect();
        assert_eq!(all, "abc");
        assert_eq!(queue.now(), Time::ZERO + ms(2));
    }
}
