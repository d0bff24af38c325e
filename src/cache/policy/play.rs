//! Sequences worked out by hand, as text.

use super::{Arrival, Id, Policy, Slot};
use crate::clock::Time;

impl<P: Policy> Policy for &mut P {
    fn name(&self) -> &'static str {
        P::name(self)
    }
    fn announce(&mut self, arrival: Arrival) {
        P::announce(self, arrival);
    }
    fn insert(&mut self, slot: Slot, now: Time) {
        P::insert(self, slot, now);
    }
    fn touch(&mut self, slot: Slot, now: Time) {
        P::touch(self, slot, now);
    }
    fn remove(&mut self, slot: Slot) {
        P::remove(self, slot);
    }
    fn victim(&mut self, now: Time) -> Option<Slot> {
        P::victim(self, now)
    }
}

/// Asks for each letter of `requests` in turn, in a cache of `capacity`
/// objects. `+a`: a hit; `d:b`: d came and b went; `a:1`: a came and there was
/// room.
pub(super) fn played(mut policy: impl Policy, capacity: usize, requests: &str) -> String {
    let mut held: Vec<char> = Vec::new();
    let mut told = Vec::new();
    for (n, object) in requests.chars().enumerate() {
        let now = Time::from_nanos(n as u64);
        if let Some(slot) = held.iter().position(|other| *other == object) {
            policy.touch(slot as Slot, now);
            told.push(format!("+{object}"));
            continue;
        }
        policy.announce(Arrival {
            id: Id(u64::from(u32::from(object))),
            weight: 1,
        });
        let slot = if held.len() < capacity {
            held.push(object);
            told.push(format!("{object}:1"));
            held.len() - 1
        } else {
            let victim = policy.victim(now).unwrap();
            policy.remove(victim);
            told.push(format!("{object}:{}", held[victim as usize]));
            held[victim as usize] = object;
            victim as usize
        };
        policy.insert(slot as Slot, now);
    }
    told.join(" ")
}
