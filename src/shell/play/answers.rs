//! Answers that are not one statement: commands to a cache server, settings of
//! a cache, turns on several connections.

use super::Shell;
use crate::commands::Failure;
use crate::lesson::{Attempt, Kind as Answer, RedisStage};

impl Shell<'_> {
    /// Gives an exercise on commands its keyspace, as it is at the start.
    pub(super) fn fill_keyspace(&mut self) {
        let Some(play) = &mut self.play else {
            return;
        };
        play.keyspace = RedisStage::new();
        let setup = play.course.find_exercise(&play.id).ok();
        let setup = setup.and_then(|(_, exercise)| exercise.setups.first());
        for line in setup.iter().flat_map(|setup| setup.text.lines()) {
            // `lesson check` has run it.
            let _ = play.keyspace.run(line);
        }
    }

    /// Runs a command in the keyspace of the exercise, and grades. False where
    /// no exercise on commands is being played.
    fn redis_command(&mut self, command: &str) -> Result<bool, Failure> {
        let Some(play) = self.play.as_mut() else {
            return Ok(false);
        };
        let (_, _, exercise) = play.exercise()?;
        let Answer::Redis(counts) = &exercise.criterion.kind else {
            return Ok(false);
        };
        let asks_for_reply = counts.reply;
        let reply = play.keyspace.run(command);
        let reply = reply.map_err(|error| Failure::usage(error.to_string()))?;
        writeln!(self.context.out, "{reply}")?;
        let is_look = !asks_for_reply && reply != "QUEUED" && RedisStage::only_reads(command);
        if !play.done && !reply.starts_with("(error)") && !is_wait(command) && !is_look {
            play.attempt.add(command);
            self.judge()?;
        }
        Ok(true)
    }

    /// Takes a dot command as an answer, where it is one: `.redis ..` where
    /// commands are asked for, `.cache on ..` where settings are. Tells whether
    /// it was.
    ///
    /// # Errors
    /// A command that cannot be read; the output is closed.
    pub(in crate::shell) fn take_dot(&mut self, line: &str) -> Result<bool, Failure> {
        if let Some(command) = line.strip_prefix(".redis ")
            && self.redis_command(command.trim())?
        {
            return Ok(true);
        }
        let Some(play) = self.play.as_mut().filter(|play| !play.done) else {
            return Ok(false);
        };
        let asks = {
            let (_, _, exercise) = play.exercise()?;
            matches!(exercise.criterion.kind, Answer::Cache(_))
        };
        let mut words = line.split_whitespace();
        let is_answer =
            words.next() == Some(".cache") && matches!(words.next(), Some("on" | "off"));
        if !asks || !is_answer {
            return Ok(false);
        }
        play.attempt = Attempt::from_text(line);
        self.judge()?;
        Ok(true)
    }

    /// Adds a statement as a turn of the current connection, refused or not,
    /// and grades when no transaction is open. False where no turns are asked
    /// for.
    ///
    /// # Errors
    /// As [`grade`](Shell::grade).
    pub(in crate::shell) fn take_turn(&mut self, sql: &str) -> Result<bool, Failure> {
        let name = self.session.practice().connections().current().to_owned();
        let Some(play) = self.play.as_mut().filter(|play| !play.done) else {
            return Ok(false);
        };
        let (_, _, exercise) = play.exercise()?;
        if !matches!(exercise.criterion.kind, Answer::Transaction(_)) {
            return Ok(false);
        }
        play.attempt.add(format!("{name}: {sql};"));
        if self
            .session
            .practice()
            .connections()
            .in_transaction()
            .is_none()
        {
            self.judge()?;
        }
        Ok(true)
    }
}

fn is_wait(command: &str) -> bool {
    let first = command.split_whitespace().next();
    first.is_some_and(|word| word.eq_ignore_ascii_case("wait"))
}
