//! Grading commands to a cache server: they run after the setup, on a clock
//! that only the exercise moves, and what they leave is asked for.

use super::Attempt;
use super::cache_settings::CacheSettings;
use super::content::Exercise;
use super::criterion::{CacheTask, Redis};
use super::grade::GradeError;
use super::observed::Observed;
use super::played::{Ground, Played};
use super::predict::Measure;
use super::redis_stage::RedisStage;
use super::stop::Stop;
use super::workload::SEEDS;
use crate::interrupt::Interrupt;

/// Runs the commands of `attempt` after each setup.
pub(super) fn play_commands(
    exercise: &Exercise,
    redis: &Redis,
    attempt: &Attempt,
    mut played: Played,
) -> Result<Played, GradeError> {
    let answer = attempt.text();
    let setups = exercise.setups.iter().map(|setup| setup.text.as_str());
    let setups: Vec<&str> = if exercise.setups.is_empty() {
        vec![""]
    } else {
        setups.collect()
    };
    for (at, setup) in setups.into_iter().enumerate() {
        let observed = observe(exercise, redis, setup, &answer);
        let ground = match at {
            0 => Ground::Lesson,
            n => Ground::Keyspace(n + 1),
        };
        match observed {
            Err(stop) if at == 0 => return played.ended(stop),
            other => played.add(ground, other)?,
        }
    }
    Ok(played)
}

fn observe(
    exercise: &Exercise,
    redis: &Redis,
    setup: &str,
    answer: &str,
) -> Result<Observed, Stop> {
    let mut facts = Vec::new();
    let (mut keyspace, reply) = after(setup, answer)?;
    if redis.reply {
        facts.push(("the last reply".to_owned(), one_line(&reply)));
    }
    for pattern in &redis.keys {
        let found = keyspace.keys(pattern).into_iter();
        facts.extend(found.map(|(name, holds)| (format!("the key {name}"), holds)));
    }
    for probe in &exercise.probes {
        // Each on a keyspace of its own: a probe may change it.
        let (mut keyspace, _) = after(setup, answer)?;
        for line in lines(&probe.sql.text) {
            if line == "answer" {
                run_answer(&mut keyspace, answer)?;
                continue;
            }
            let reply = keyspace
                .run(line)
                .map_err(|e| Stop::Failed(e.to_string()))?;
            if !reply.is_empty() {
                let what = format!("{}, {line}", probe.tries);
                let before = facts.iter().filter(|(of, _)| of.starts_with(&what)).count();
                let again = if before == 0 {
                    String::new()
                } else {
                    format!(" ({})", before + 1)
                };
                facts.push((what + &again, one_line(&reply)));
            }
        }
    }
    Ok(Observed {
        facts,
        ..Observed::default()
    })
}

/// A reply of several lines in one.
fn one_line(reply: &str) -> String {
    reply.replace('\n', " ")
}

/// The keyspace that the answer leaves after `setup`, and its last reply.
fn after(setup: &str, answer: &str) -> Result<(RedisStage, String), Stop> {
    let mut keyspace = RedisStage::new();
    for line in lines(setup) {
        keyspace
            .run(line)
            .map_err(|e| Stop::Failed(e.to_string()))?;
    }
    match run_answer(&mut keyspace, answer)? {
        None => Err(Stop::NoChange),
        Some(reply) => Ok((keyspace, reply)),
    }
}

/// Runs the learner's commands and returns the last reply; nothing where there
/// were none.
fn run_answer(keyspace: &mut RedisStage, answer: &str) -> Result<Option<String>, Stop> {
    let mut last = None;
    for line in lines(answer) {
        let line = line.strip_prefix(".redis ").unwrap_or(line).trim();
        if line
            .split_whitespace()
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("wait"))
        {
            return Err(Stop::Failed(
                "time passes in the task, not in an answer".to_owned(),
            ));
        }
        let reply = keyspace
            .run(line)
            .map_err(|e| Stop::Failed(e.to_string()))?;
        if let Some(error) = reply.strip_prefix("(error) ERR ") {
            return Err(Stop::Failed(format!("{line}: {}", error.trim_end())));
        }
        last = Some(reply);
    }
    Ok(last)
}

/// Lines that hold something; those that start with `#` or `--` are for people.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("--"))
}

/// What is expected of settings: each bound kept, whatever the readers. Nothing
/// is played for it; that the solution does so, the check of lessons proves.
pub(super) fn bounds_kept(task: &CacheTask, mut played: Played) -> Played {
    let facts = task.bounds.wanted();
    let observed = Observed {
        facts: facts.into_iter().map(fact).collect(),
        ..Observed::default()
    };
    let each = SEEDS.into_iter().map(ground_of);
    played.results = each.map(|ground| (ground, Ok(observed.clone()))).collect();
    played
}

/// Plays the settings of `attempt` with each of these seeds.
pub(super) fn play_settings(
    task: &CacheTask,
    attempt: &Attempt,
    seeds: &[u64],
    interrupt: &Interrupt,
    mut played: Played,
) -> Result<Played, GradeError> {
    // The last settings are those that hold.
    let text = attempt.text();
    let Some(last) = lines(&text).last() else {
        return played.ended(Stop::NoChange);
    };
    let settings: CacheSettings = match last.parse() {
        Ok(settings) => settings,
        Err(problem) => return played.ended(Stop::Failed(problem)),
    };
    for &seed in seeds {
        let result = match task.workload.play(&settings, seed, interrupt) {
            Ok(result) => result,
            Err(problem) => return played.ended(Stop::Failed(problem)),
        };
        played.workload = played.workload.or(Some(result));
        let facts = task.bounds.facts(&result).into_iter();
        let facts = facts.map(|(what, wanted, got)| fact((what, got.unwrap_or(wanted))));
        let observed = Observed {
            facts: facts.collect(),
            ..Observed::default()
        };
        played.add(ground_of(seed), Ok(observed))?;
    }
    if interrupt.is_raised() {
        return Err(GradeError::Interrupted);
    }
    Ok(played)
}

/// The first seed's readers are those whose figures a learner sees.
fn ground_of(seed: u64) -> Ground {
    if seed == SEEDS[0] {
        Ground::Lesson
    } else {
        Ground::Readers(seed)
    }
}

fn fact((what, is): (Measure, String)) -> (String, String) {
    (what.of_a_workload().to_owned(), is)
}
