//! Any text as a line of a plan is read, if only as unknown.
#![no_main]

use dbdojo::plan::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let operation = parse(text);
    assert!(!operation.kind().is_empty());
    let _ = operation.is_correlated();
});
