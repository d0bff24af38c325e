//! Any bytes from a client: the server answers or gives up, in whatever pieces
//! they arrive, and its books stay in step.
#![no_main]

use dbdojo::cache::builtin::commands::{Effect, Engine, Settings};
use dbdojo::cache::builtin::keyspace::Now;
use dbdojo::cache::builtin::wire::{Parsed, RequestParser};
use libfuzzer_sys::fuzz_target;

/// Replies to `input`, of which the parser sees `step` bytes more each time.
fn replies(input: &[u8], step: usize) -> Vec<u8> {
    let mut engine = Engine::new(Settings::default(), Now::default());
    let mut client = engine.connect("fuzz", Now::default());
    let mut parser = RequestParser::default();
    let (mut start, mut end, mut out) = (0, 0, Vec::new());
    while end < input.len() {
        end = input.len().min(end + step);
        loop {
            let seen = &input[start..end];
            match parser.next(seen, true) {
                Ok(Parsed::Partial) => break,
                Ok(Parsed::Whole(length)) => {
                    let args = parser.args(seen);
                    let effect = engine.execute(&mut client, args, Now::default(), &mut out);
                    start += length;
                    // What waits or leaves is the event loop's business.
                    if !matches!(effect, Effect::None) {
                        return out;
                    }
                }
                Err(error) => {
                    out.extend(error.to_string().bytes());
                    return out;
                }
            }
        }
    }
    let _ = engine.keyspace().used_memory();
    engine.disconnect(&mut client);
    out
}

fuzz_target!(|input: &[u8]| {
    let at_once = replies(input, usize::MAX / 2);
    // INFO and the like tell of time and counts; the rest must not differ.
    if !input.to_ascii_lowercase().windows(4).any(|word| word == b"info") {
        let in_pieces = replies(input, 3);
        assert_eq!(at_once.len(), in_pieces.len());
    }
});
