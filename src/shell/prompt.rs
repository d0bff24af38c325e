//! The prompt: which data, which connection, and whether a transaction is open.

use crate::session::Session;

/// `shop> `, and `shop*> ` inside a transaction; `shop a> ` and `shop b*> `
/// while several connections are open.
pub(super) fn of(session: &Session) -> String {
    let connections = session.practice().connections();
    let mut prompt = session.short_label().to_owned();
    if connections.len() > 1 {
        prompt.push(' ');
        prompt.push_str(connections.current());
    }
    if session.practice().in_transaction() {
        prompt.push('*');
    }
    prompt + "> "
}
