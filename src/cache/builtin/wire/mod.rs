//! The Redis protocol: requests are found in the bytes in place, replies are
//! appended to a buffer.
//!
//! Both are our own rather than `redis-protocol`'s, because this is what the
//! server spends its time on: a request is nothing but an array of bulk
//! strings, whose arguments can be borrowed from the read buffer, and a reply
//! need not exist as a tree of frames before it is bytes. The tests read the
//! replies with `redis-protocol`.

mod inline;
mod number;
mod quote;
mod reply;
mod request;

pub use inline::words;
pub use number::{parse_float, parse_integer, shortest_of_17};
pub use quote::quote;
pub use reply::{OUTPUT_LIMIT, Protocol, Reply};
pub use request::{Args, OwnedArgs, Parsed, ProtocolError, RequestParser};
