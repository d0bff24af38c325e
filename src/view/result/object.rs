//! One row as a JSON object: what `json` and `jsonl` have in common.
//!
//! JSON has no bytes and no infinity: a blob is `{"$blob":"0102"}`, an
//! infinite real `{"$real":"inf"}` or `{"$real":"-inf"}`. Integers keep all
//! 64 bits; a reader that makes floats of them loses some.

use std::collections::HashSet;
use std::io::Write as _;

use crate::sandbox::{Column, ValueRef};
use crate::view::cell::hex;
use crate::view::number::NumberText;
use crate::view::sanitize;

#[derive(Default)]
pub(super) struct Object {
    /// Escape, besides what JSON wants, what a terminal would obey.
    is_terminal: bool,
    /// What stands before each value: `{"id":`, `,"name":`.
    keys: Vec<Vec<u8>>,
    numbers: NumberText,
    scratch: String,
}

impl Object {
    pub(super) fn new(is_terminal: bool) -> Object {
        Object {
            is_terminal,
            ..Object::default()
        }
    }

    pub(super) fn name_columns(&mut self, columns: &[Column]) {
        self.keys = distinct_names(columns)
            .iter()
            .enumerate()
            .map(|(i, name)| {
                let mut key = vec![if i == 0 { b'{' } else { b',' }];
                string(name, self.is_terminal, &mut key);
                key.push(b':');
                key
            })
            .collect();
    }

    pub(super) fn append(&mut self, values: &[ValueRef<'_>], line: &mut Vec<u8>) {
        for (key, value) in self.keys.iter().zip(values) {
            line.extend_from_slice(key);
            match *value {
                ValueRef::Null => line.extend_from_slice(b"null"),
                ValueRef::Integer(n) => line.extend(self.numbers.integer(n).as_bytes()),
                ValueRef::Real(x) if x.is_finite() => {
                    line.extend(self.numbers.exact(x).as_bytes());
                }
                ValueRef::Real(x) => {
                    let text: &[u8] = if x > 0.0 { b"inf" } else { b"-inf" };
                    line.extend_from_slice(b"{\"$real\":\"");
                    line.extend_from_slice(text);
                    line.extend_from_slice(b"\"}");
                }
                ValueRef::Text(text) => {
                    let text = String::from_utf8_lossy(text);
                    string(&text, self.is_terminal, line);
                }
                ValueRef::Blob(bytes) => {
                    self.scratch.clear();
                    hex(bytes, &mut self.scratch);
                    line.extend_from_slice(b"{\"$blob\":\"");
                    line.extend_from_slice(self.scratch.as_bytes());
                    line.extend_from_slice(b"\"}");
                }
            }
        }
        line.extend_from_slice(if self.keys.is_empty() { b"{}" } else { b"}" });
    }
}

/// The columns' names; a repeated one gets the first free suffix from `_2`.
fn distinct_names(columns: &[Column]) -> Vec<String> {
    let given: HashSet<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let mut used = HashSet::new();
    let mut names = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.name.clone();
        let mut suffix = 2u64;
        while !used.insert(name.clone()) {
            name = loop {
                let next = format!("{}_{suffix}", column.name);
                suffix += 1;
                if !given.contains(next.as_str()) {
                    break next;
                }
            };
        }
        names.push(name);
    }
    names
}

/// Appends `text` as a JSON string (RFC 8259, section 7).
fn string(text: &str, is_terminal: bool, line: &mut Vec<u8>) {
    line.push(b'"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        // In UTF-8, such a byte is always a character of its own.
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        unescaped(&text[written..at], is_terminal, line);
        written = at + 1;
        match byte {
            b'"' => line.extend_from_slice(b"\\\""),
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            _ => code_unit(u16::from(byte), line),
        }
    }
    unescaped(&text[written..], is_terminal, line);
    line.push(b'"');
}

/// Appends text that JSON takes as it is, but a terminal may not.
fn unescaped(text: &str, is_terminal: bool, line: &mut Vec<u8>) {
    if !is_terminal || !text.contains(sanitize::is_unsafe) {
        line.extend_from_slice(text.as_bytes());
        return;
    }
    for c in text.chars() {
        let mut units = [0; 2];
        if sanitize::is_unsafe(c) {
            for unit in c.encode_utf16(&mut units) {
                code_unit(*unit, line);
            }
        } else {
            line.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

fn code_unit(unit: u16, line: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = write!(line, "\\u{unit:04x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<String> {
        let columns: Vec<Column> = names
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                declared_type: None,
            })
            .collect();
        distinct_names(&columns)
    }

    #[test]
    fn a_suffix_never_takes_the_name_of_another_column() {
        assert_eq!(named(&["id", "id", "id"]), ["id", "id_2", "id_3"]);
        assert_eq!(named(&["id", "id", "id_2"]), ["id", "id_3", "id_2"]);
        assert_eq!(
            named(&["id_2", "id", "id", "id_2"]),
            ["id_2", "id", "id_3", "id_2_2"]
        );
    }
}
