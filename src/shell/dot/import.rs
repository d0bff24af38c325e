//! `.import`: a CSV file into the practice database.

use std::path::PathBuf;

use clap::Parser;

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::{Failure, import};
use crate::shell::Shell;
use crate::units;
use crate::view::imported;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".import",
    aliases: &[],
    arguments: "FILE [TABLE]",
    completes: Argument::Nothing,
    summary: "a CSV file into a table of your copy",
    details: ".import orders.csv                    into orders, all of it or nothing\n\
              .import 'my file.csv' sales           into sales, which is made if need be\n\
              .import --skip-bad-rows o.csv t       bad rows go to o.csv.bad\n\
              .import --delimiter tab --no-header o.txt t\n\
              Types come from the data, and so does the header: a first row of names.\n\
              A table that is there must have as many columns; for it, a header is a\n\
              first row with the name of one of them, and says which is which.\n\
              An empty field is NULL, \"\" the empty text (NULL among numbers).",
    run,
};

/// What follows the name, read as the command line is.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Words {
    #[command(flatten)]
    reading: import::Reading,
    file: PathBuf,
    table: Option<String>,
}

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let Some(words) = words(rest).filter(|words| !words.is_empty()) else {
        return Err(misused(&COMMAND));
    };
    let words = Words::try_parse_from(words).map_err(|_| misused(&COMMAND))?;
    let (context, session) = (&mut shell.context, &mut shell.session);
    let table = words.table.as_deref();
    let loaded = import::into_practice(context, session, &words.file, table, words.reading)?;
    shell.refresh_schema();
    let (context, told) = (&mut shell.context, &loaded.told);
    if loaded.created && shell.interactive {
        imported::write_told(context.out, &context.style, told)?;
        return Ok(Flow::GoOn);
    }
    let how = if loaded.created {
        "the new table"
    } else {
        "the table"
    };
    let rows = units::counted(told.rows, "row", "rows");
    let mut note = format!("{rows} into {how} {}", told.table);
    if told.has_header && !loaded.created {
        note.push_str("; the first row was taken for a header");
    }
    shell.note(&note)?;
    if let (Some(bad), Some(aside)) = (&loaded.told.first_bad, &loaded.told.aside) {
        let many = units::counted(loaded.told.skipped, "bad row", "bad rows");
        shell.note(&format!("{many} set aside in {}; {bad}", aside.display()))?;
    }
    Ok(Flow::GoOn)
}

/// Words as a shell splits them: quotes of both kinds hold spaces together.
/// `None` if one is left open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' | '"' => {
                let end = rest[1..].find(first)? + 1;
                (&rest[1..end], &rest[end + 1..])
            }
            _ => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_hold_a_name_together() {
        let split = |text| words(text).map(|words| words.join("|"));
        assert_eq!(split(" a.csv  t ").as_deref(), Some("a.csv|t"));
        assert_eq!(split("'a b.csv' \"c d\"").as_deref(), Some("a b.csv|c d"));
        assert_eq!(split("'a b.csv"), None);
        assert_eq!(split("").as_deref(), Some(""));
    }
}
