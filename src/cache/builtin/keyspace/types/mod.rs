//! Values by type. Each type keeps its own encodings and its own books of the
//! memory it takes, so that asking costs the same for one element and a million.

mod hash;
mod list;
mod members;
mod ranked;
mod set;
mod sorted;
mod stream;
mod text;
mod value;

pub use hash::Hash;
pub use list::{End, List};
pub use set::Set;
pub use sorted::SortedSet;
pub use stream::{Consumer, Group, Pending, Stream, StreamId, Threshold, Trim};
pub use text::Text;
pub use value::{Kind, Outcome, Value, WrongType};
