//! The tokens of any text are the text; its normal form is normal.
#![no_main]

use dbdojo::sql::{lex, normalize, quote_if_needed, unquote};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut end = 0;
    for token in lex(text) {
        assert_eq!(token.range.start, end, "a gap or an overlap");
        assert!(token.range.end > end, "an empty token");
        end = token.range.end;
        let _ = unquote(token.text(text));
    }
    assert_eq!(end, text.len());

    let normal = normalize(text);
    assert_eq!(normalize(&normal), normal);

    assert_eq!(unquote(&quote_if_needed(text)), text);
});
