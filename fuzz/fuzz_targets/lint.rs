//! Any text is linted, and drawn in colour without a change.
#![no_main]

use dbdojo::sql::Schema;
use dbdojo::sql::lint::{lint, whole_table};
use dbdojo::view::{Style, highlight::highlight};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for finding in lint(text, &Schema::default(), true) {
        assert!(!finding.message.is_empty());
    }
    let _ = whole_table(text);
    assert_eq!(highlight(text, &Style::PIPED), text);
});
