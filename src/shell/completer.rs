//! What Tab offers: SQL, or the dot commands and what follows them.

use std::cell::OnceCell;
use std::rc::Rc;

use super::dot::{self, Argument};
use crate::commands::Setting;
use crate::dataset::Scale;
use crate::lesson::{Course, Lesson};
use crate::sql::{self, Schema};
use crate::words;

/// Completes lines of the shell.
#[derive(Default)]
pub(super) struct ShellCompleter {
    /// What SQL can name.
    pub schema: Rc<Schema>,
    /// The datasets that can be opened.
    pub datasets: Vec<String>,
    /// What lessons can be called by: read when it is first wanted.
    lessons: OnceCell<Lessons>,
}

/// What lessons can be called by.
#[derive(Default)]
struct Lessons {
    tracks: Vec<String>,
    lessons: Vec<String>,
    /// Each `lesson/exercise`.
    exercises: Vec<String>,
}

impl Lessons {
    fn of(course: &Course) -> Lessons {
        let of_lesson = |lesson: &Lesson| -> Vec<String> {
            lesson.exercises.iter().map(|e| lesson.id_of(e)).collect()
        };
        Lessons {
            tracks: course.tracks.iter().map(|track| track.id.clone()).collect(),
            lessons: course.lessons().map(|lesson| lesson.id.clone()).collect(),
            exercises: course.lessons().flat_map(of_lesson).collect(),
        }
    }
}

impl ShellCompleter {
    /// Where the word before `pos` starts, and what it can become.
    pub fn complete(&self, line: &str, pos: usize) -> (usize, Vec<String>) {
        let typed = &line[..pos];
        if typed.starts_with('.') && !typed.contains('\n') {
            return self.complete_dot(line, pos);
        }
        let completion = sql::complete(line, pos, &self.schema);
        (completion.start, completion.candidates)
    }

    fn complete_dot(&self, line: &str, pos: usize) -> (usize, Vec<String>) {
        let typed = &line[..pos];
        let start = typed.rfind(char::is_whitespace).map_or(0, |at| {
            at + typed[at..].chars().next().map_or(1, char::len_utf8)
        });
        let word = &typed[start..];
        let mut words = typed[..start].split_whitespace();
        let Some(name) = words.next() else {
            return (start, beginning_with(word, dot::names()));
        };
        let Ok(command) = dot::find(name) else {
            return (start, Vec::new());
        };
        if matches!(command.completes, Argument::Term) {
            let from = statement_start(typed, name, &[]);
            return (from, beginning_with(&typed[from..], words::names()));
        }
        let before: Vec<&str> = words.collect();
        let found = match (&command.completes, before.as_slice()) {
            (Argument::Command, []) => {
                let dotted = format!(".{}", word.trim_start_matches('.'));
                let names = beginning_with(&dotted, dot::names());
                let cut = usize::from(!word.starts_with('.'));
                names.iter().map(|name| name[cut..].to_owned()).collect()
            }
            (Argument::Table, []) => {
                beginning_with(word, self.schema.tables.iter().map(|t| t.name.as_str()))
            }
            (Argument::Lesson, []) => self.lessons(word),
            (Argument::Track, []) => {
                beginning_with(word, self.known_lessons().tracks.iter().map(String::as_str))
            }
            (Argument::Dataset, []) => self.datasets(word),
            (Argument::Setting, []) => beginning_with(word, Setting::names()),
            (Argument::Setting, [name]) => match Setting::find(name) {
                Ok(setting) => beginning_with(word, setting.values().iter().copied()),
                Err(_) => Vec::new(),
            },
            (Argument::Setting, [_, _]) => beginning_with(word, ["--save"]),
            (Argument::Words(words), []) => {
                beginning_with(word, words.iter().map(|(word, _)| *word))
            }
            (Argument::Words(words), [first]) => words
                .iter()
                .filter(|(word, _)| word == first)
                .flat_map(|(_, next)| beginning_with(word, next.iter().copied()))
                .collect(),
            (Argument::Flags(words, flags), before) => following(words, flags, before)
                .map_or_else(Vec::new, |next| beginning_with(word, next)),
            (Argument::Statement(flags), _) if word.starts_with('-') => {
                beginning_with(word, flags.iter().copied())
            }
            (Argument::Statement(flags), _) => {
                let from = statement_start(typed, name, flags);
                let completion = sql::complete(&line[from..], pos - from, &self.schema);
                return (from + completion.start, completion.candidates);
            }
            _ => Vec::new(),
        };
        (start, found)
    }

    /// Datasets; once one is named, its scales.
    fn datasets(&self, word: &str) -> Vec<String> {
        let Some((name, _)) = word.split_once('@') else {
            return beginning_with(word, self.datasets.iter().map(String::as_str));
        };
        let scaled = Scale::ALL.map(|scale| format!("{name}@{scale}"));
        beginning_with(word, scaled.iter().map(String::as_str))
    }

    /// Offers the lessons of a course of one's own.
    pub fn offer_lessons(&mut self, course: &Course) {
        self.lessons = OnceCell::from(Lessons::of(course));
    }

    fn known_lessons(&self) -> &Lessons {
        let embedded = || Lessons::of(&Course::embedded());
        self.lessons.get_or_init(embedded)
    }

    /// Tracks and lessons; once a lesson is named, its exercises.
    fn lessons(&self, word: &str) -> Vec<String> {
        let known = self.known_lessons();
        if word.contains('/') {
            return beginning_with(word, known.exercises.iter().map(String::as_str));
        }
        let names = known.tracks.iter().chain(&known.lessons);
        beginning_with(word, names.map(String::as_str).chain(["review"]))
    }
}

/// Where the SQL starts behind a dot command and its flags, which SQL would
/// take for a comment.
fn statement_start(typed: &str, name: &str, flags: &[&str]) -> usize {
    let mut at = name.len();
    loop {
        let rest = &typed[at..];
        at += rest.len() - rest.trim_start().len();
        match flags.iter().find(|flag| typed[at..].starts_with(**flag)) {
            Some(flag) => at += flag.len(),
            None => return at,
        }
    }
}

fn beginning_with<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names
        .into_iter()
        .filter(|name| {
            name.get(..word.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(word))
        })
        .map(str::to_owned)
        .collect()
}

/// What may follow `before`: a word first, after it flags, after a flag one of
/// its values.
fn following(
    words: &[(&'static str, &[&'static str])],
    flags: &[(&'static str, &'static [&'static str])],
    before: &[&str],
) -> Option<Vec<&'static str>> {
    let Some(last) = before.last() else {
        return Some(words.iter().map(|(word, _)| *word).collect());
    };
    let values = flags.iter().find(|(flag, _)| flag == last);
    if let Some((_, values)) = values.filter(|(_, values)| !values.is_empty()) {
        return Some(values.to_vec());
    }
    let (first, next) = words
        .iter()
        .find(|(word, _)| word == before.first().unwrap_or(last))?;
    if before.len() == 1 || *first == "on" {
        return Some(next.to_vec());
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sql::{ColumnDef, Table, TableKind};

    fn completer() -> ShellCompleter {
        let table = Table {
            name: "orders".to_owned(),
            kind: TableKind::Table,
            columns: vec![ColumnDef {
                name: "status".to_owned(),
                declared_type: "TEXT".to_owned(),
                ..ColumnDef::default()
            }],
            ..Table::default()
        };
        ShellCompleter {
            schema: Rc::new(Schema {
                tables: vec![table],
                functions: Vec::new(),
            }),
            datasets: vec!["library".to_owned(), "shop".to_owned()],
            ..ShellCompleter::default()
        }
    }

    /// The candidates at the end of `line`.
    fn at_end(line: &str) -> String {
        completer().complete(line, line.len()).1.join(" ")
    }

    #[test]
    fn dot_commands_and_their_arguments_are_completed() {
        assert_eq!(at_end(".ta"), ".tables .task");
        assert_eq!(at_end(".help ca"), "cache");
        assert_eq!(at_end(".help .ca"), ".cache");
        assert_eq!(at_end(".mode js"), "json jsonl");
        assert_eq!(at_end(".schema O"), "orders");
        assert_eq!(at_end(".indexes "), "orders");
        assert_eq!(at_end(".cache o"), "on off");
        assert_eq!(at_end(".cache trace o"), "on off");
        assert_eq!(at_end(".cache trace on o"), "");
        assert_eq!(at_end(".rows a"), "all");
        assert_eq!(at_end(".set ed"), "editor");
        assert_eq!(at_end(".set editor "), "emacs vi");
        assert_eq!(at_end(".set editor vi --"), "--save");
        assert_eq!(at_end(".what tem"), "temp b-tree temp-b-tree");
        assert_eq!(at_end(".what temp b"), "temp b-tree");
        assert_eq!(at_end(".open l"), "library");
        assert_eq!(at_end(".open shop@m"), "shop@medium");
        assert_eq!(at_end(".scale "), "tiny small medium large");
        assert_eq!(at_end(".quit "), "");
        assert_eq!(at_end(".nothing o"), "");
    }

    #[test]
    fn tracks_and_lessons_come_before_exercises() {
        assert_eq!(at_end(".learn index-f"), "index-first");
        assert_eq!(at_end(".learn joins-a"), "joins-and-indexes");
        assert_eq!(at_end(".learn rev"), "review");
        assert!(!at_end(".learn ").contains('/'));
        assert!(at_end(".learn index-first/").starts_with("index-first/"));
        assert_eq!(at_end(".placement joins"), "joins-and-indexes");
        assert_eq!(at_end(".test-out joins"), "joins-and-indexes");
        assert_eq!(at_end(".placement index-f"), "");
    }

    #[test]
    fn lessons_of_ones_own_take_the_place_of_others() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/course");
        let mut completer = completer();
        completer.offer_lessons(&Course::read(std::path::Path::new(folder)).unwrap());
        let at_end = |line: &str| completer.complete(line, line.len()).1.join(" ");
        assert_eq!(at_end(".learn k"), "kinds");
        assert_eq!(at_end(".learn index-f"), "");
        assert_eq!(at_end(".learn settings/f"), "settings/fresh");
    }

    #[test]
    fn explain_is_followed_by_sql() {
        assert_eq!(at_end(".explain --r"), "--run");
        assert_eq!(at_end(".explain select * from o"), "orders");
        let line = ".explain --run  select st from orders";
        let cursor = line.find("st ").unwrap() + 2;
        let (start, candidates) = completer().complete(line, cursor);
        assert_eq!((start, candidates), (cursor - 2, vec!["status".to_owned()]));
    }

    #[test]
    fn sql_is_completed_on_later_lines_too() {
        assert_eq!(at_end("select *\nfrom o"), "orders");
        assert_eq!(at_end(".mode csv\nselect * from o"), "orders");
        assert_eq!(at_end("select 'o"), "");
    }

    proptest! {
        #[test]
        fn any_line_is_answered(line in "\\.(\\PC| |--run|explain |learn |set |help |cache on ){0,9}", at in 0usize..40) {
            let mut at = at.min(line.len());
            while !line.is_char_boundary(at) {
                at -= 1;
            }
            let (start, _) = completer().complete(&line, at);
            prop_assert!(start <= at && line.is_char_boundary(start));
        }
    }
}
