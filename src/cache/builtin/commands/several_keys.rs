//! Commands that are told how many keys follow: `LMPOP 2 a b LEFT`.

use super::call::Call;
use super::error::CommandError;
use crate::cache::builtin::wire::Args;

/// Where the keys are.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeveralKeys {
    first: usize,
    /// Where the arguments go on after the keys.
    pub(super) after: usize,
}

impl SeveralKeys {
    /// The number of keys is at `at`, and they follow.
    pub(super) fn read(call: &Call<'_>, at: usize) -> Result<SeveralKeys, CommandError> {
        let few = || CommandError::other("numkeys should be greater than 0");
        let number = call.integer(at).map_err(|_| few())?;
        let number = usize::try_from(number)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(few)?;
        let after = (at + 1).saturating_add(number);
        if after > call.args.len() {
            return Err(CommandError::Syntax);
        }
        Ok(SeveralKeys {
            first: at + 1,
            after,
        })
    }

    /// Where the keys are among the arguments.
    pub(super) fn places(&self) -> std::ops::Range<usize> {
        self.first..self.after
    }

    pub(super) fn iter<'a>(&self, args: Args<'a>) -> impl ExactSizeIterator<Item = &'a [u8]> {
        args.from(self.first).take(self.after - self.first)
    }

    /// `COUNT n` at `at`, the last option; 1 without it.
    pub(super) fn count_option(&self, call: &Call<'_>, at: usize) -> Result<usize, CommandError> {
        let few = || CommandError::other("count should be greater than 0");
        match call.args.len() - at.min(call.args.len()) {
            0 => Ok(1),
            2 if call.args.at(at).eq_ignore_ascii_case(b"count") => {
                let count = call.integer(at + 1).map_err(|_| few())?;
                usize::try_from(count)
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or_else(few)
            }
            _ => Err(CommandError::Syntax),
        }
    }
}
