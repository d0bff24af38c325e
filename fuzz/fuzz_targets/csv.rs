//! Any bytes as a CSV file: what the first reading takes, the second reads to its
//! end, line after line.
#![no_main]

use dbdojo::dataset::import::{Layout, Records, Step, Unreadable, infer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let found = infer::<Unreadable>(bytes, Layout::default(), &mut |_| Ok(()));
    let delimiter = found.as_ref().map_or(b',', |found| found.delimiter);
    let mut records = Records::new(bytes, delimiter);
    let mut line = 0;
    let ended = loop {
        match records.step() {
            Ok(Some(step)) => {
                let here = match step {
                    Step::Row(row, _) => row.line,
                    Step::Bad(bad, _) => bad.line,
                };
                assert!(here > line, "line {here} after line {line}");
                line = here;
            }
            other => break other.map(drop),
        }
    };
    // The first reading also refuses what is no table, such as an empty file.
    assert!(found.is_err() || ended.is_ok());
});
