//! Pure text about SQL: lexing, splitting, normalising, finding out what went
//! wrong. No database handle: what is known of a schema comes as a plain
//! [`Schema`].
//!
//! SQLite stays the judge of what is valid. Everything here reads, colours and
//! explains; nothing here decides whether a statement may run.

mod aggregates;
mod complete;
mod diagnose;
mod index_text;
mod keyword;
mod lexer;
pub mod lint;
mod normalize;
mod own_expressions;
mod schema;
mod split;
mod suggest;

pub use aggregates::AGGREGATES;
pub use complete::{Completion, complete};
pub use diagnose::{Diagnosis, diagnose};
pub use index_text::{IndexText, index_text};
pub use keyword::{KEYWORDS, is_keyword, is_reserved};
pub use lexer::{Lexer, Token, TokenKind, lex, quote_if_needed, unquote};
pub use normalize::normalize;
pub(crate) use own_expressions::own_expressions;
pub use schema::{ColumnDef, IndexDef, Schema, Table, TableKind};
pub use split::{Split, Statement, is_complete, split};
pub use suggest::nearest;
