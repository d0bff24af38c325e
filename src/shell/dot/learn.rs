//! `.learn` and its companions: lessons in the shell.

use super::{Argument, DotCommand, Flow};

pub(super) const LEARN: DotCommand = DotCommand {
    name: ".learn",
    aliases: &[],
    arguments: "[LESSON]",
    completes: Argument::Lesson,
    summary: "the next exercise, graded as you type",
    details: ".learn                the next that you have not passed\n\
              .learn index-first    a lesson; dbdojo lesson list names them",
    run: |shell, rest| {
        shell.start_lesson((!rest.is_empty()).then_some(rest))?;
        Ok(Flow::GoOn)
    },
};

pub(super) const TASK: DotCommand = DotCommand {
    name: ".task",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "the task of this exercise again",
    details: ".task    what is asked for",
    run: |shell, _| {
        shell.show_task(false)?;
        Ok(Flow::GoOn)
    },
};

pub(super) const GUESS: DotCommand = DotCommand {
    name: ".guess",
    aliases: &[],
    arguments: "[ANSWER]",
    completes: Argument::Nothing,
    summary: "a guess, where one is asked for",
    details: ".guess 500    measures, and sets both beside each other",
    run: |shell, rest| {
        shell.take_guess(rest)?;
        Ok(Flow::GoOn)
    },
};

pub(super) const HINT: DotCommand = DotCommand {
    name: ".hint",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "one more hint for this exercise",
    details: ".hint    and again for the next one",
    run: |shell, _| {
        shell.show_hint()?;
        Ok(Flow::GoOn)
    },
};

pub(super) const SOLUTION: DotCommand = DotCommand {
    name: ".solution",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "give up on this exercise and see an answer",
    details: ".solution    after passing it is only to compare",
    run: |shell, _| {
        shell.show_solution()?;
        Ok(Flow::GoOn)
    },
};
