//! What SQLite chose to do with a statement, what it cost, and what that means.
