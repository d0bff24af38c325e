//! The race between a reader and a writer, one fixed interleaving of it, for
//! whoever wants to show it.
//!
//! A reader misses and loads; before it stores what it loaded, a writer commits
//! and invalidates; then the reader stores the old result. With
//! delete-on-write the old result stays. With versions it is stored under the
//! old version's key, where nobody looks any more.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use super::{Action, Aside, Cached, Event, ReadId, Rules, Source};
use crate::cache::invalidation::{Invalidation, Tables};
use crate::clock::Time;

/// Who does a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The reader that is too slow.
    Reader,
    /// The writer that comes between.
    Writer,
    /// A reader after both.
    Later,
}

/// One step of the race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Who.
    pub actor: Actor,
    /// What, such as `GET k -> (nil)`.
    pub does: String,
}

/// The whole race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Race {
    /// How results are invalidated in it.
    pub invalidation: Invalidation,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What the database says in the end.
    pub truth: u64,
    /// What the later reader was answered.
    pub answer: u64,
}

impl Race {
    /// Whether a read after the commit was answered with older data.
    pub fn is_stale(&self) -> bool {
        self.answer != self.truth
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Actor::Reader => "reader",
            Actor::Writer => "writer",
            Actor::Later => "later reader",
        })
    }
}

/// Key `k` at a version of its table, as in `k:v1`.
type Key = u64;

struct Stage {
    aside: Aside<Key>,
    versioned: bool,
    value: u64,
    cache: BTreeMap<Key, u64>,
    steps: Vec<Step>,
}

impl Stage {
    fn name(&self, key: Key) -> String {
        match self.versioned {
            true => format!("k:v{key}"),
            false => "k".to_owned(),
        }
    }

    fn note(&mut self, actor: Actor, does: String) {
        self.steps.push(Step { actor, does });
    }

    /// Tells the state machine, and carries out what it wants until it wants
    /// the actor to `pause` before doing something.
    fn play(
        &mut self,
        actor: Actor,
        event: Event<Key>,
        loaded: &mut Option<u64>,
        pause: impl Fn(&Action<Key>) -> bool,
    ) -> Option<Action<Key>> {
        let mut actions = VecDeque::new();
        self.aside.step(event, Time::ZERO, &mut actions);
        while let Some(action) = actions.pop_front() {
            if pause(&action) {
                return Some(action);
            }
            let event = self.carry_out(actor, action, loaded);
            if let Some(event) = event {
                self.aside.step(event, Time::ZERO, &mut actions);
            }
        }
        None
    }

    fn carry_out(
        &mut self,
        actor: Actor,
        action: Action<Key>,
        loaded: &mut Option<u64>,
    ) -> Option<Event<Key>> {
        match action {
            Action::Get { read, key, .. } => {
                let found = self.cache.get(&key).copied();
                let shown = found.map_or("(nil)".to_owned(), |value| value.to_string());
                self.note(actor, format!("GET {} -> {shown}", self.name(key)));
                let entry = found.map(|_| Cached {
                    age: Duration::ZERO,
                    fresh_for: None,
                    delta: Duration::ZERO,
                });
                *loaded = found;
                Some(Event::Found { read, entry })
            }
            Action::Query { read } => {
                *loaded = Some(self.value);
                self.note(actor, format!("select v from t -> {}", self.value));
                Some(Event::Loaded {
                    read,
                    tables: tables(),
                    empty: false,
                })
            }
            Action::Set { read, key, .. } => {
                let value = loaded.unwrap_or_default();
                self.cache.insert(key, value);
                self.note(actor, format!("SET {} {value}", self.name(key)));
                Some(Event::Stored { read })
            }
            Action::Delete { keys } => {
                for key in &keys {
                    self.cache.remove(key);
                    self.note(actor, format!("DEL {}", self.name(*key)));
                }
                Some(Event::Deleted { keys })
            }
            Action::Answer { source, .. } => {
                let from = match source {
                    Source::Hit { .. } => "a hit",
                    _ => "a miss",
                };
                let value = loaded.unwrap_or_default();
                self.note(actor, format!("answers {value}, {from}"));
                None
            }
            // Nothing else comes of these rules.
            _ => None,
        }
    }

    fn asked(&self, read: ReadId) -> Event<Key> {
        let key = match self.versioned {
            true => self.aside.version_of(&tables()),
            false => 0,
        };
        Event::Asked { read, key }
    }
}

fn tables() -> Tables {
    Tables::new(["t"])
}

/// Plays the race under `invalidation`: the same steps each time.
pub fn replay(invalidation: Invalidation) -> Race {
    let aside = Aside::new(Rules {
        invalidation,
        ..Rules::default()
    });
    let mut stage = Stage {
        versioned: aside.is_versioned(),
        aside,
        value: 1,
        cache: BTreeMap::new(),
        steps: Vec::new(),
    };
    let mut loaded = None;
    let asked = stage.asked(1);
    let set = stage.play(Actor::Reader, asked, &mut loaded, |action| {
        matches!(action, Action::Set { .. })
    });

    stage.value = 2;
    stage.note(Actor::Writer, "update t set v = 2; commit".to_owned());
    let written = Event::Written { tables: tables() };
    stage.play(Actor::Writer, written, &mut None, |_| false);

    if let Some(set) = set
        && let Some(stored) = stage.carry_out(Actor::Reader, set, &mut loaded)
    {
        stage.play(Actor::Reader, stored, &mut loaded, |_| false);
    }

    let mut answer = None;
    let asked = stage.asked(2);
    stage.play(Actor::Later, asked, &mut answer, |_| false);
    Race {
        invalidation,
        truth: stage.value,
        answer: answer.unwrap_or_default(),
        steps: stage.steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(race: &Race) -> String {
        let line = |step: &Step| format!("{:<12} {}", step.actor.to_string(), step.does);
        race.steps.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn deleting_on_write_loses_the_race() {
        let race = replay(Invalidation::DeleteOnWrite);
        assert!(race.is_stale());
        insta::assert_snapshot!(told(&race), @r"
        reader       GET k -> (nil)
        reader       select v from t -> 1
        writer       update t set v = 2; commit
        writer       DEL k
        reader       SET k 1
        reader       answers 1, a miss
        later reader GET k -> 1
        later reader answers 1, a hit
        ");
    }

    #[test]
    fn versions_do_not() {
        let race = replay(Invalidation::Versioned);
        assert!(!race.is_stale());
        insta::assert_snapshot!(told(&race), @r"
        reader       GET k:v0 -> (nil)
        reader       select v from t -> 1
        writer       update t set v = 2; commit
        writer       DEL k:v0
        reader       SET k:v0 1
        reader       answers 1, a miss
        later reader GET k:v1 -> (nil)
        later reader select v from t -> 2
        later reader SET k:v1 2
        later reader answers 2, a miss
        ");
    }

    #[test]
    fn the_weaker_ways_lose_it_too() {
        assert!(replay(Invalidation::None).is_stale());
        assert!(replay(Invalidation::Ttl).is_stale());
    }
}
