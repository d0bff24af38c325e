//! Where reads of several threads leave what comes of one another.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::cache::aside::{Action, ReadId};
use crate::cache::key::Key;
use crate::sandbox::ResultSet;

/// What another read's thread has for one that waits.
pub(super) struct Mail {
    pub(super) action: Action<Key>,
    /// The rows of the read that loaded, if that is what the action gives.
    pub(super) rows: Option<Arc<ResultSet>>,
}

/// Mail by the read that it is for.
#[derive(Default)]
pub(super) struct Board {
    mail: Mutex<HashMap<ReadId, VecDeque<Mail>>>,
    arrived: Condvar,
}

impl Board {
    pub(super) fn post(&self, read: ReadId, mail: Mail) {
        self.lock().entry(read).or_default().push_back(mail);
        self.arrived.notify_all();
    }

    /// Waits until there is something for `read`, and takes it. The read that
    /// loads ends within its own time limits, and then posts.
    pub(super) fn wait_for(&self, read: ReadId) -> Mail {
        let mut mail = self.lock();
        loop {
            if let Some(letters) = mail.get_mut(&read)
                && let Some(letter) = letters.pop_front()
            {
                if letters.is_empty() {
                    mail.remove(&read);
                }
                return letter;
            }
            mail = self
                .arrived
                .wait(mail)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ReadId, VecDeque<Mail>>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
