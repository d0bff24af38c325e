//! Values by their type: looked at, edited in place, stored.

use super::now::Now;
use super::space::{Keyspace, Lifetime};
use super::types::{Kind, Outcome, WrongType};

impl Keyspace {
    /// The value of `key`: counts a hit or a miss, and is a use.
    ///
    /// # Errors
    /// [`WrongType`] when the key holds another type.
    pub fn look<T: Kind>(&mut self, key: &[u8], now: Now) -> Result<Option<&T>, WrongType> {
        match self.read(key, now) {
            None => Ok(None),
            Some(value) => T::of(value).map(Some).ok_or(WrongType),
        }
    }

    /// The value of `key`, without counting, without a use, and without
    /// deleting it if its time is over.
    ///
    /// # Errors
    /// [`WrongType`] when the key holds another type.
    pub fn peek<T: Kind>(&self, key: &[u8], now: Now) -> Result<Option<&T>, WrongType> {
        match self.seen(key, now) {
            None => Ok(None),
            Some(value) => T::of(value).map(Some).ok_or(WrongType),
        }
    }

    /// Changes the value of `key` in place, if it exists, and deletes the key
    /// if nothing is left. Counts nothing, and is a use.
    ///
    /// # Errors
    /// [`WrongType`] when the key holds another type.
    pub fn edit<T: Kind, R: Outcome>(
        &mut self,
        key: &[u8],
        now: Now,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<Option<R>, WrongType> {
        let Some(slot) = self.find(key, now) else {
            return Ok(None);
        };
        self.touch(slot, now);
        let edited = self.change(slot, |entry| {
            let value = T::of_mut(&mut entry.value)?;
            let result = change(value);
            Some((result, value.is_spent()))
        });
        let Some((result, is_spent)) = edited.flatten() else {
            return Err(WrongType);
        };
        if is_spent {
            self.forget(slot);
        } else if result.changed() {
            self.changed(slot);
        }
        Ok(Some(result))
    }

    /// Changes the value of `key`, or makes one that is not empty afterwards.
    /// Counts nothing, and is a use.
    ///
    /// # Errors
    /// [`WrongType`] when the key holds another type.
    pub fn edit_or_new<T: Kind + Default, R: Outcome>(
        &mut self,
        key: &[u8],
        now: Now,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, WrongType> {
        if self.contains(key, now) {
            let edited = self.edit(key, now, change)?;
            return edited.ok_or(WrongType);
        }
        let mut value = T::default();
        let result = change(&mut value);
        if !value.is_spent() {
            self.set(key, value.into_value(), Lifetime::Forever, now);
        }
        Ok(result)
    }

    /// Puts `value` in the place of what is at `key`; an empty one deletes it.
    pub fn store<T: Kind>(&mut self, key: &[u8], value: T, now: Now) {
        if value.is_spent() {
            self.remove(key, now);
        } else {
            self.set(key, value.into_value(), Lifetime::Forever, now);
        }
    }
}
