//! Results as people and programs read them.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sandbox::{Column, ResultSet, Value};
use crate::view::cell;

fn columns(names: &[&str]) -> Vec<Column> {
    names
        .iter()
        .map(|name| Column {
            name: (*name).to_owned(),
            declared_type: None,
        })
        .collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Everything that has ever gone wrong in a shell.
fn nasty() -> ResultSet {
    let row = |id: i64, text: Value, value: Value| vec![Value::Integer(id), text, value];
    ResultSet {
        columns: columns(&["id", "text | more", "value"]),
        rows: vec![
            row(1, Value::Null, Value::Null),
            row(2, text(""), Value::Real(1.0)),
            row(3, text("NULL"), Value::Real(0.1 + 0.2)),
            row(4, text("東京 Ada Kovács"), Value::Integer(i64::MIN)),
            row(5, text("👩‍👩‍👧 ❤️ e\u{301}"), Value::Integer(i64::MAX)),
            row(6, text("\x1b[31mred\x1b[0m"), Value::Real(f64::INFINITY)),
            row(7, text("abc\u{202e}fdp.exe"), Value::Real(-1.5e300)),
            row(8, text("two\nlines\tand a tab\r\n"), Value::Real(1e-7)),
            row(9, text("say \"hi\", a|b \\ *c* <d>"), text("text")),
            row(10, Value::Blob(vec![0, 255]), Value::Blob(vec![7; 12])),
        ],
    }
}

const TERMINAL: Options = Options {
    max_rows: None,
    after_result: false,
    is_terminal: true,
    no_headers: false,
};

const COLOR: Style = Style {
    color: true,
    ..Style::PIPED
};

fn drawn(format: Format, style: Style, options: Options, result: &ResultSet) -> String {
    let mut out = Vec::new();
    result
        .replay(&mut *writer(format, &mut out, style, options))
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn piped(format: Format, result: &ResultSet) -> String {
    drawn(format, Style::PIPED, Options::default(), result)
}

/// `n` rows of a number, a text and a NULL now and then.
fn many(n: i64) -> ResultSet {
    ResultSet {
        columns: columns(&["id", "name", "note"]),
        rows: (1..=n)
            .map(|i| {
                let note = if i % 3 == 0 { Value::Null } else { text("x") };
                vec![Value::Integer(i), text(&format!("名前 {i}")), note]
            })
            .collect(),
    }
}

#[test]
fn each_format_of_a_nasty_result() {
    for format in [
        Format::Table,
        Format::Csv,
        Format::Json,
        Format::Jsonl,
        Format::Markdown,
        Format::Line,
    ] {
        let name = format!("{format:?}").to_lowercase();
        // Debug, where bytes matter that an editor would not show.
        insta::assert_snapshot!(format!("piped-{name}"), visible(&piped(format, &nasty())));
        insta::assert_snapshot!(
            format!("terminal-{name}"),
            visible(&drawn(format, COLOR, TERMINAL, &nasty()))
        );
    }
}

/// Marks in a snapshot the characters that a reader of it would not see.
fn visible(text: &str) -> String {
    text.replace('\x1b', "«ESC»")
        .replace('\u{202e}', "«RLO»")
        .replace('\r', "«CR»")
        .replace('\t', "«TAB»")
}

#[test]
fn a_terminal_is_never_steered_by_data() {
    for format in [
        Format::Table,
        Format::Csv,
        Format::Json,
        Format::Jsonl,
        Format::Markdown,
        Format::Line,
    ] {
        let all = drawn(format, Style::PIPED, TERMINAL, &nasty());
        let unsafe_left: Vec<char> = all
            .chars()
            .filter(|c| crate::view::sanitize::is_unsafe(*c))
            .filter(|c| !matches!(c, '\n' | '\t'))
            .collect();
        assert!(unsafe_left.is_empty(), "{format:?}");
    }
}

#[test]
fn plain_and_ascii() {
    let two = ResultSet {
        columns: columns(&["id", "name"]),
        rows: vec![
            vec![Value::Integer(1), text("Ada")],
            vec![Value::Integer(20), Value::Null],
        ],
    };
    let ascii = Style {
        unicode: false,
        ..Style::PIPED
    };
    insta::assert_snapshot!(drawn(Format::Table, ascii, TERMINAL, &two), @r"
    +----+------+
    | id | name |
    +====+======+
    |  1 | Ada  |
    | 20 | NULL |
    +----+------+
    ");
    let plain = Style {
        plain: true,
        ..Style::PIPED
    };
    insta::assert_snapshot!(drawn(Format::Table, plain, TERMINAL, &two), @r"
    id: 1
    name: Ada

    id: 20
    name: NULL
    ");
}

#[test]
fn nothing_is_something_too() {
    let empty = ResultSet {
        columns: columns(&["id", "name"]),
        rows: vec![],
    };
    insta::assert_snapshot!(piped(Format::Table, &empty), @r"
    ┌────┬──────┐
    │ id │ name │
    ╞════╪══════╡
    └────┴──────┘
    ");
    assert_eq!(piped(Format::Csv, &empty), "id,name\n");
    assert_eq!(piped(Format::Json, &empty), "[]\n");
    assert_eq!(piped(Format::Jsonl, &empty), "");
    assert_eq!(piped(Format::Line, &empty), "");
    let no_columns = ResultSet::default();
    assert_eq!(piped(Format::Table, &no_columns), "");
}

#[test]
fn the_window_shows_some_and_counts_all() {
    let options = Options {
        max_rows: Some(40),
        is_terminal: true,
        after_result: false,
        no_headers: false,
    };
    let mut out = Vec::new();
    let mut sink = writer(Format::Table, &mut out, Style::PIPED, options);
    many(100).replay(&mut *sink).unwrap();
    let counts = Counts {
        rows: 100,
        shown: 40,
    };
    assert_eq!(sink.counts(), counts);
    many(3).replay(&mut *sink).unwrap();
    assert_eq!(sink.counts(), Counts { rows: 3, shown: 3 });
    drop(sink);
    let lines = String::from_utf8(out).unwrap().lines().count();
    assert_eq!(lines, (40 + 4) + (3 + 4));
}

/// comfy-table draws 1,000 rows; more of them stream.
#[test]
fn large_tables_look_like_small_ones() {
    for style in [Style::PIPED, COLOR] {
        for options in [Options::default(), TERMINAL] {
            let small = drawn(Format::Table, style, options, &many(1000));
            let large = drawn(Format::Table, style, options, &many(1001));
            let small: Vec<&str> = small.lines().collect();
            let large: Vec<&str> = large.lines().collect();
            assert_eq!(large.len(), small.len() + 1);
            assert_eq!(large[..1003], small[..1003]);
            assert_eq!(large.last(), small.last());
            assert!(large[1003].contains("1001"));
        }
    }
}

/// `select '' as ""`.
#[test]
fn a_column_without_a_name_has_room() {
    for rows in [0, 1001] {
        let nameless = ResultSet {
            columns: columns(&["", "b"]),
            rows: vec![vec![text(""), text("b")]; rows],
        };
        let all = piped(Format::Table, &nameless);
        assert!(all.starts_with("┌───┬───┐\n│   │ b │\n"), "{all}");
    }
}

#[test]
fn a_later_wider_cell_is_never_cut() {
    let mut result = many(1001);
    let long = "long ".repeat(30);
    result.rows[1000][1] = text(&long);
    let all = piped(Format::Table, &result);
    assert!(all.lines().nth(1003).unwrap().contains(&long));
}

#[test]
fn documents_do_not_pile_up_in_memory() {
    let document = "d".repeat(100_000);
    let result = ResultSet {
        columns: columns(&["document"]),
        rows: vec![vec![text(&document)]; 40],
    };
    // Wider than comfy-table can count, and more than is gathered at once.
    let all = piped(Format::Table, &result);
    assert_eq!(all.matches(&document).count(), 40);
    let note = {
        let mut out = Vec::new();
        let mut sink = writer(Format::Table, &mut out, Style::PIPED, TERMINAL);
        result.replay(&mut *sink).unwrap();
        sink.note()
    };
    assert_eq!(note, Some("Long text is shortened; .mode line shows all."));
}

#[test]
fn what_does_not_fit_the_screen_is_shortened_or_turned() {
    let style = Style {
        width: 40,
        ..Style::PIPED
    };
    let review = ResultSet {
        columns: columns(&["id", "body", "customer_with_a_long_name", "at"]),
        rows: vec![vec![
            Value::Integer(1_234_567),
            text("It works, and the parcel came a day early."),
            Value::Integer(12),
            text("now"),
        ]],
    };
    insta::assert_snapshot!(drawn(Format::Table, style, TERMINAL, &review), @r"
    ┌─────────┬──────────┬──────────┬─────┐
    │      id │ body     │ custome… │ at  │
    ╞═════════╪══════════╪══════════╪═════╡
    │ 1234567 │ It work… │       12 │ now │
    └─────────┴──────────┴──────────┴─────┘
    ");
    let narrow = Style {
        width: 30,
        ..Style::PIPED
    };
    insta::assert_snapshot!(drawn(Format::Table, narrow, TERMINAL, &review), @r"
    id:                        1234567
    body:                      It works, and the parcel came a day early.
    customer_with_a_long_name: 12
    at:                        now
    ");
    // A file has no width.
    let whole = drawn(Format::Table, narrow, Options::default(), &review);
    assert!(whole.contains("came a day early."));
}

#[test]
fn a_number_is_never_shortened() {
    let style = Style {
        width: 30,
        ..Style::PIPED
    };
    for rows in [1, 1001] {
        let mixed = ResultSet {
            columns: columns(&["value"]),
            rows: (0..rows)
                .flat_map(|_| [Value::Integer(i64::MIN), text(&"long ".repeat(9))])
                .map(|value| vec![value])
                .collect(),
        };
        let all = drawn(Format::Table, style, TERMINAL, &mixed);
        assert!(all.contains("-9223372036854775808 "));
        assert!(all.contains("…"));
        assert!(all.lines().all(|line| cell::width(line) <= 30));
    }
}

#[test]
fn machines_tell_the_columns_apart() {
    let joined = ResultSet {
        columns: columns(&["id", "id", "id_2"]),
        rows: vec![vec![
            Value::Integer(1),
            Value::Integer(2),
            Value::Integer(3),
        ]],
    };
    assert_eq!(
        piped(Format::Json, &joined),
        "[{\"id\":1,\"id_3\":2,\"id_2\":3}]\n"
    );
}

#[test]
fn json_that_was_never_opened_is_not_closed() {
    let mut out = Vec::new();
    writer(Format::Json, &mut out, Style::PIPED, Options::default())
        .end()
        .unwrap();
    assert!(out.is_empty());
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        // SQLite turns NaN into NULL.
        any::<f64>()
            .prop_filter("a number", |x| !x.is_nan())
            .prop_map(Value::Real),
        any::<String>().prop_map(Value::Text),
        "[\"',|\\\\\n\r\t a-c\u{1b}\u{202e}東\u{301}\u{200d}]{0,12}".prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Blob),
    ]
}

fn any_result() -> impl Strategy<Value = ResultSet> {
    (2usize..5)
        .prop_flat_map(|width| {
            (
                prop::collection::vec(any::<String>(), width),
                prop::collection::vec(prop::collection::vec(any_value(), width), 0..6),
            )
        })
        .prop_map(|(names, rows)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            ResultSet {
                columns: columns(&names),
                rows,
            }
        })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn as_csv(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) if x.is_infinite() => if *x > 0.0 { "Inf" } else { "-Inf" }.to_owned(),
        Value::Real(x) => format!("{x:?}"),
        Value::Text(t) => t.clone(),
        Value::Blob(b) => format!("x'{}'", hex(b)),
    }
}

fn as_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => json!(null),
        Value::Integer(n) => json!(n),
        Value::Real(x) if x.is_infinite() => {
            json!({"$real": if *x > 0.0 { "inf" } else { "-inf" }})
        }
        Value::Real(x) => json!(x),
        Value::Text(t) => json!(t),
        Value::Blob(b) => json!({"$blob": hex(b)}),
    }
}

proptest! {
    #[test]
    fn csv_reads_back(result in any_result()) {
        let all = piped(Format::Csv, &result);
        let mut reader = csv_reader(&all);
        let header: Vec<String> = result.columns.iter().map(|c| c.name.clone()).collect();
        let read: Vec<Vec<String>> = reader
            .records()
            .map(|r| r.unwrap().iter().map(str::to_owned).collect())
            .collect();
        prop_assert_eq!(read.len(), result.rows.len() + 1);
        prop_assert_eq!(&read[0], &header);
        for (read, row) in read[1..].iter().zip(&result.rows) {
            for (read, value) in read.iter().zip(row) {
                match value {
                    // The digits are those of another writer; the number is not.
                    Value::Real(x) if x.is_finite() => {
                        prop_assert_eq!(read.parse::<f64>().unwrap(), *x);
                    }
                    _ => prop_assert_eq!(read, &as_csv(value)),
                }
            }
        }
    }

    #[test]
    fn json_reads_back(result in any_result(), is_terminal in any::<bool>()) {
        let options = Options { is_terminal, ..Options::default() };
        let all = drawn(Format::Json, Style::PIPED, options, &result);
        let read: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&all).unwrap();
        prop_assert_eq!(read.len(), result.rows.len());
        for (read, row) in read.iter().zip(&result.rows) {
            let values: Vec<_> = read.values().cloned().collect();
            let expected: Vec<_> = row.iter().map(as_json).collect();
            prop_assert_eq!(values, expected);
        }
        let lines = drawn(Format::Jsonl, Style::PIPED, options, &result);
        prop_assert_eq!(lines.lines().count(), result.rows.len());
        for (line, whole) in lines.lines().zip(read) {
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap(), serde_json::Value::Object(whole));
        }
    }

    #[test]
    fn every_line_of_a_table_is_equally_wide(
        result in any_result(),
        is_terminal in any::<bool>(),
        screen in 30usize..200,
    ) {
        let style = Style { width: screen, ..Style::PIPED };
        let options = Options { is_terminal, ..Options::default() };
        let all = drawn(Format::Table, style, options, &result);
        if !all.starts_with('┌') {
            // Turned, because it would not fit.
            prop_assert!(is_terminal);
            return Ok(());
        }
        let widths: Vec<usize> = all.lines().map(cell::width).collect();
        prop_assert!(widths.iter().all(|w| *w == widths[0]), "{widths:?}\n{all}");
        prop_assert_eq!(widths.len(), result.rows.len() + 4);
        prop_assert!(!is_terminal || widths[0] <= screen, "{}\n{}", widths[0], all);
    }

    #[test]
    fn markdown_keeps_its_columns(result in any_result()) {
        let all = piped(Format::Markdown, &result);
        prop_assert_eq!(all.split('\n').count(), result.rows.len() + 3);
        for line in all.split('\n').filter(|line| !line.is_empty()) {
            let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
            prop_assert_eq!(bars, result.columns.len() + 1, "{}", line);
        }
    }
}

fn csv_reader(text: &str) -> ::csv::Reader<&[u8]> {
    ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
}
