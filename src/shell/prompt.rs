//! The prompt: which data, and whether a transaction is open.

use crate::session::Session;

/// `shop> `, and `shop*> ` inside a transaction.
pub(super) fn of(session: &Session) -> String {
    let star = if session.practice().in_transaction() {
        "*"
    } else {
        ""
    };
    format!("{}{star}> ", session.short_label())
}
