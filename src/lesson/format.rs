//! Reads one lesson file: TOML between two `+++` lines, then Markdown. The
//! format is described for authors in `lessons/AUTHORING.md`.

use serde::Deserialize;

use super::Criterion;
use super::blocks::{Block, Numbered, blocks};
use super::content::{Example, Exercise, Lesson, Mutant, Probe, Prose, Sql};
use super::criterion::Kind;
use crate::dataset::{BadName, DatasetName};

/// What is wrong with a lesson file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct FormatError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub problem: String,
}

impl FormatError {
    pub(super) fn new(file: &str, line: usize, problem: impl Into<String>) -> FormatError {
        FormatError {
            file: file.to_owned(),
            line,
            problem: problem.into(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: String,
    title: String,
    dataset: String,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    formerly: Vec<String>,
}

/// Reads the lesson in `text`; `file` is its name for messages.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(file: &str, text: &str) -> Result<Lesson, FormatError> {
    let text = &text.replace("\r\n", "\n");
    let (front, body, body_line) = split_front_matter(file, text)?;
    let line_of = |key: &str| {
        let at = front.lines().position(|line| line.starts_with(key));
        2 + at.unwrap_or(0)
    };
    let read: FrontMatter = toml::from_str(front).map_err(|error| {
        let before = error.span().map_or("", |span| &front[..span.start]);
        let line = 2 + before.matches('\n').count();
        FormatError::new(file, line, error.message())
    })?;
    if !is_slug(&read.id) {
        let problem = format!("the id `{}` is not in lower-case-with-dashes", read.id);
        return Err(FormatError::new(file, line_of("id"), problem));
    }
    let dataset: DatasetName = read
        .dataset
        .parse()
        .map_err(|error: BadName| FormatError::new(file, line_of("dataset"), error.to_string()))?;

    let blocks = blocks(file, body, body_line)?;
    let mut sections = Sections {
        file,
        rest: &blocks,
    };
    let intro = sections.prose_until(is_exercise_heading)?;
    let mut exercises: Vec<Exercise> = Vec::new();
    while let Some((line, slug, title)) = sections.take_exercise_heading()? {
        if exercises.iter().any(|e| e.slug == slug) {
            return Err(FormatError::new(
                file,
                line,
                format!("a second exercise is called `{slug}`"),
            ));
        }
        exercises.push(sections.exercise(line, slug, title)?);
    }
    if exercises.is_empty() {
        return Err(FormatError::new(
            file,
            body_line,
            "a lesson needs an exercise: ## Exercise: title {#name}",
        ));
    }
    let closing = sections.prose_until(|_| false)?;
    Ok(Lesson {
        id: read.id,
        title: read.title,
        dataset,
        needs: read.needs,
        formerly: read.formerly,
        intro,
        exercises,
        closing,
        file: file.to_owned(),
    })
}

/// The TOML, the Markdown, and the line on which the Markdown starts.
fn split_front_matter<'a>(
    file: &str,
    text: &'a str,
) -> Result<(&'a str, &'a str, usize), FormatError> {
    let rest = text
        .strip_prefix("+++\n")
        .ok_or_else(|| FormatError::new(file, 1, "a lesson starts with a +++ line"))?;
    let (front, body) = rest
        .split_once("\n+++\n")
        .ok_or_else(|| FormatError::new(file, 1, "the second +++ line is missing"))?;
    Ok((front, body, front.lines().count() + 3))
}

fn is_slug(id: &str) -> bool {
    !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_exercise_heading(block: &Block) -> bool {
    matches!(block, Block::Heading { level: 2, text } if text.starts_with("Exercise:"))
}

/// Takes the blocks of a file from the front.
struct Sections<'a> {
    file: &'a str,
    rest: &'a [Numbered],
}

impl<'a> Sections<'a> {
    fn error(&self, line: usize, problem: impl Into<String>) -> FormatError {
        FormatError::new(self.file, line, problem)
    }

    fn next(&mut self) -> Option<&'a Numbered> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Prose as far as the first block that `ends` it.
    fn prose_until(&mut self, ends: impl Fn(&Block) -> bool) -> Result<Prose, FormatError> {
        let mut prose = Prose::default();
        let mut after_sql = false;
        while let Some((line, block)) = self.rest.first().filter(|(_, block)| !ends(block)) {
            self.next();
            match block {
                Block::Heading { level, text } => {
                    let marks = "#".repeat(usize::from(*level));
                    prose.markdown.push_str(&format!("{marks} {text}\n"));
                }
                Block::Text(text) => {
                    after_sql &= text.is_empty();
                    prose.markdown.push_str(text);
                    prose.markdown.push('\n');
                    continue;
                }
                Block::Fence { info, body } => {
                    let was_sql = std::mem::replace(&mut after_sql, info == "sql");
                    match info.as_str() {
                        "sql" => prose.examples.push(Example {
                            sql: body.clone(),
                            measured: None,
                        }),
                        "measured" if was_sql => {
                            if let Some(last) = prose.examples.last_mut() {
                                last.measured = Some(body.clone());
                            }
                        }
                        "measured" => {
                            return Err(self.error(*line, "`measured` follows a `sql` block"));
                        }
                        "text" => {}
                        other => {
                            return Err(self.error(
                                *line,
                                format!("a `{other}` block has no place in the prose"),
                            ));
                        }
                    }
                    prose
                        .markdown
                        .push_str(&format!("```{info}\n{}```\n", body.text));
                    continue;
                }
                Block::Hint(_) => {
                    return Err(self.error(*line, "a hint belongs after an exercise's solution"));
                }
            }
            after_sql = false;
        }
        prose.markdown = prose.markdown.trim().to_owned();
        Ok(prose)
    }

    /// The next block, if it is an exercise's heading: line, slug, title.
    fn take_exercise_heading(&mut self) -> Result<Option<(usize, String, String)>, FormatError> {
        let Some((line, Block::Heading { text, .. })) =
            self.rest.first().filter(|(_, b)| is_exercise_heading(b))
        else {
            return Ok(None);
        };
        self.next();
        let named = text
            .strip_prefix("Exercise:")
            .and_then(|rest| rest.trim().strip_suffix('}'))
            .and_then(|rest| rest.split_once("{#"))
            .filter(|(title, slug)| !title.trim().is_empty() && is_slug(slug));
        let Some((title, slug)) = named else {
            return Err(self.error(
                *line,
                "an exercise is named so: ## Exercise: its title {#its-name}",
            ));
        };
        Ok(Some((*line, slug.to_owned(), title.trim().to_owned())))
    }

    fn exercise(
        &mut self,
        line: usize,
        slug: String,
        title: String,
    ) -> Result<Exercise, FormatError> {
        let task = self.prose_until(
            |block| matches!(block, Block::Fence { info, .. } if info == "toml check"),
        )?;
        let mut parts = Parts::default();
        let mut why = None;
        while let Some((number, block)) = self.rest.first() {
            match block {
                Block::Heading { level: 2, .. } => break,
                Block::Heading { text, .. } if text == "Why it works" => {
                    self.next();
                    why = Some(self.prose_until(|b| matches!(b, Block::Heading { .. }))?);
                    continue;
                }
                Block::Fence { info, body } => parts
                    .take(info, body)
                    .map_err(|(line, problem)| self.error(line, problem))?,
                Block::Hint(text) => parts.hints.push(text.clone()),
                Block::Text(text) if text.trim().is_empty() => {}
                Block::Text(_) | Block::Heading { .. } => {
                    return Err(self.error(
                        *number,
                        "only fences, hints and `### Why it works` come after a task",
                    ));
                }
            }
            self.next();
        }
        let missing = |what: &str| {
            FormatError::new(self.file, line, format!("exercise `{slug}` has no {what}"))
        };
        let criterion = parts
            .criterion
            .ok_or_else(|| missing("```toml check block"))?;
        if criterion.keeps_given && parts.given.is_none() {
            return Err(missing("`sql given` to keep"));
        }
        if let Some((line, language)) = parts.language
            && language != criterion.language()
        {
            let wanted = criterion.language();
            let problem =
                format!("the blocks of this kind of exercise are `{wanted}`, not `{language}`");
            return Err(self.error(line, problem));
        }
        let is_guess = matches!(criterion.kind, Kind::Predict(_));
        let nothing = Sql {
            text: String::new(),
            line,
        };
        let needed = |block: Option<Sql>, what: &str| match block {
            Some(block) if is_guess => Err(FormatError::new(
                self.file,
                block.line - 1,
                "a guess is scored by what is measured: it takes `subject` blocks only",
            )),
            None if is_guess => Ok(nothing.clone()),
            Some(block) => Ok(block),
            None => Err(missing(what)),
        };
        Ok(Exercise {
            starter: needed(parts.starter, "```sql starter block")?,
            solution: needed(parts.solution, "```sql solution block")?,
            why: why.ok_or_else(|| missing("`### Why it works`"))?,
            criterion,
            plant: parts.plant,
            setups: parts.setups,
            given: parts.given,
            subjects: parts.subjects,
            answers: parts.answers,
            mutants: parts.mutants,
            probes: parts.probes,
            hints: parts.hints,
            slug,
            title,
            task,
            line,
        })
    }
}

/// The fences and hints of one exercise, as they come.
#[derive(Default)]
struct Parts {
    criterion: Option<Criterion>,
    plant: Option<Sql>,
    given: Option<Sql>,
    starter: Option<Sql>,
    solution: Option<Sql>,
    answers: Vec<Sql>,
    mutants: Vec<Mutant>,
    probes: Vec<Probe>,
    subjects: Vec<Sql>,
    setups: Vec<Sql>,
    /// What the answers are written in, and where that was seen.
    language: Option<(usize, &'static str)>,
    hints: Vec<String>,
}

impl Parts {
    /// Sorts in one fence; on error, the line and the problem.
    fn take(&mut self, info: &str, body: &Sql) -> Result<(), (usize, String)> {
        let fence_line = body.line - 1;
        let unknown = || {
            let problem = format!(
                "`{info}` is none of: toml check, sql plant, sql given, sql subject, sql starter, \
                 sql solution, sql answer, sql mutant: sentence, sql probe: what it tries; or redis, script, \
                 cache for sql, redis setup, and cache subject"
            );
            (fence_line, problem)
        };
        if info == "toml check" {
            let read = Criterion::from_toml(&body.text)
                .map_err(|(line, problem)| (body.line + line.unwrap_or(0), problem))?;
            if self.criterion.replace(read).is_some() {
                return Err((fence_line, "a second `toml check` block".to_owned()));
            }
            return Ok(());
        }
        let (language, role) = info.split_once(' ').ok_or_else(unknown)?;
        let languages = ["sql", "redis", "script", "cache"];
        let language = languages
            .into_iter()
            .find(|l| *l == language)
            .ok_or_else(unknown)?;
        let (role, text) = match role.split_once(':') {
            Some((role, text)) => (role, text.trim()),
            None => (role, ""),
        };
        if !matches!((language, role), ("sql", "plant" | "given" | "probe")) {
            self.language = self.language.or(Some((fence_line, language)));
        }
        let (sql, text_of) = (body.clone(), text.to_owned());
        let slot = match (language, role, text.is_empty()) {
            (_, "answer", true) => {
                self.answers.push(sql);
                return Ok(());
            }
            ("sql" | "cache", "subject", true) => {
                self.subjects.push(sql);
                return Ok(());
            }
            ("redis", "setup", true) => {
                self.setups.push(sql);
                return Ok(());
            }
            (_, "mutant", false) => {
                let sentence = text_of;
                self.mutants.push(Mutant { sql, sentence });
                return Ok(());
            }
            ("sql" | "redis", "probe", false) => {
                let tries = text_of;
                self.probes.push(Probe { sql, tries });
                return Ok(());
            }
            ("sql", "plant", true) => &mut self.plant,
            ("sql", "given", true) => &mut self.given,
            (_, "starter", true) => &mut self.starter,
            (_, "solution", true) => &mut self.solution,
            _ => return Err(unknown()),
        };
        if slot.replace(body.clone()).is_some() {
            return Err((fence_line, format!("a second `{info}` block")));
        }
        Ok(())
    }
}
