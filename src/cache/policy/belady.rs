//! Belady's optimum: evict what will not be asked for again for the longest
//! time. Nobody can do better that must keep what it has just read; nobody can
//! do it, either, as it needs the future.
//!
//! L. A. Belady, "A study of replacement algorithms for a virtual-storage
//! computer", IBM Systems Journal 5(2), 1966 (MIN); proved optimal by R. L.
//! Mattson et al., "Evaluation techniques for storage hierarchies", 1970.

use std::collections::BinaryHeap;

/// The next request for an object that is never asked for again.
const NEVER: usize = usize::MAX;

/// Which of `requests` hit a cache of `capacity` objects that always evicts
/// what is asked for again last. Requests name objects by dense numbers. It
/// takes 8 bytes a request and O(log capacity) time for each.
pub fn hits(requests: &[u32], capacity: usize) -> Vec<bool> {
    let next = next_requests(requests);
    let objects = requests.iter().max().map_or(0, |most| *most as usize + 1);
    // The request that will hit what is held; none if it is not held.
    let mut due: Vec<Option<usize>> = vec![None; objects];
    let mut held = 0;
    // The furthest first. An entry is void once its object was asked for again.
    let mut furthest: BinaryHeap<(usize, u32)> = BinaryHeap::new();
    let mut outcome = Vec::with_capacity(requests.len());
    for (n, &object) in requests.iter().enumerate() {
        let hit = due[object as usize].is_some();
        if !hit {
            if held == capacity.max(1) {
                while let Some((when, other)) = furthest.pop() {
                    if due[other as usize] == Some(when) {
                        due[other as usize] = None;
                        break;
                    }
                }
            } else {
                held += 1;
            }
        }
        due[object as usize] = Some(next[n]);
        furthest.push((next[n], object));
        outcome.push(hit);
        // Void entries are those of the past: without them the heap would grow
        // with the requests.
        if furthest.len() > 2 * held + 1024 {
            furthest = furthest
                .drain()
                .filter(|(when, other)| due[*other as usize] == Some(*when))
                .collect();
        }
    }
    outcome
}

fn next_requests(requests: &[u32]) -> Vec<usize> {
    let objects = requests.iter().max().map_or(0, |most| *most as usize + 1);
    let mut seen = vec![NEVER; objects];
    let mut next = vec![NEVER; requests.len()];
    for (n, &object) in requests.iter().enumerate().rev() {
        next[n] = seen[object as usize];
        seen[object as usize] = n;
    }
    next
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_textbook_sequence() {
        // Silberschatz, Galvin, Gagne, "Operating System Concepts", 9.4.3: 9
        // faults with three frames.
        let requests = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
        let faults = hits(&requests, 3).iter().filter(|hit| !**hit).count();
        assert_eq!(faults, 9);
    }

    /// The most hits by trying every choice of victim.
    fn best(requests: &[u32], held: &mut Vec<u32>, capacity: usize) -> usize {
        let Some((object, rest)) = requests.split_first() else {
            return 0;
        };
        if held.contains(object) {
            return 1 + best(rest, held, capacity);
        }
        if held.len() < capacity {
            held.push(*object);
            let hits = best(rest, held, capacity);
            held.pop();
            return hits;
        }
        (0..capacity)
            .map(|victim| {
                let evicted = std::mem::replace(&mut held[victim], *object);
                let hits = best(rest, held, capacity);
                held[victim] = evicted;
                hits
            })
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_choice_of_victims_hits_more(
            requests in prop::collection::vec(0u32..5, 0..14),
            capacity in 1usize..4,
        ) {
            let got = hits(&requests, capacity).iter().filter(|hit| **hit).count();
            prop_assert_eq!(got, best(&requests, &mut Vec::new(), capacity));
        }
    }
}
