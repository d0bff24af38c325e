//! Reads through the cache as a learner sees them: the sentence first, then
//! the numbers.

mod behind;
mod commands;
mod note;
mod opened;
mod reply;
mod stats;

pub use behind::{behind_notes, flushed_notes};
pub use commands::{write_entries, write_no_match, write_trace};
pub use note::{dropped_note, served_note, served_word};
pub use opened::{whereabouts, write_opened};
pub use reply::{write_error_reply, write_reply, write_text_reply};
pub use stats::{write_memory, write_stats};

use std::time::Duration;

/// `30 s`, `500 ms`: durations that people chose, without digits that say nothing.
pub(in crate::view) fn plain_duration(time: Duration) -> String {
    if time.subsec_millis() == 0 || time.as_secs() >= 10 {
        let seconds = time.as_secs_f64().ceil() as u64;
        match seconds {
            0..120 => format!("{seconds} s"),
            120..7200 => format!("{} min", seconds.div_ceil(60)),
            _ => format!("{} h", seconds.div_ceil(3600)),
        }
    } else if time.as_secs() > 0 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} ms", time.as_millis())
    }
}
