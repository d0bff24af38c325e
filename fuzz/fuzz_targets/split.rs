//! Any text is taken apart into statements, all of it, in order.
#![no_main]

use dbdojo::sql::{is_complete, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut end = 0;
    for statement in split(text) {
        assert!(statement.range.start >= end && statement.range.end <= text.len());
        assert!(text[statement.range.clone()].contains(statement.text));
        end = statement.range.end;
    }
    let _ = is_complete(text);
});
