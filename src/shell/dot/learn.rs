//! `.learn` and its companions: lessons in the shell.

use super::{Argument, DotCommand, Flow, misused, words};
use crate::commands::NewFile;

pub(super) const LEARN: DotCommand = DotCommand {
    name: ".learn",
    aliases: &[],
    arguments: "[LESSON|TRACK]",
    completes: Argument::Lesson,
    summary: "the next exercise, graded as you type",
    details: ".learn                the next that you have not passed\n\
              .learn index-first    a lesson, or a track; .progress lists them\n\
              .learn review         what was hard and is due again\n\
              It is played on the dataset as it was built. Where you have made\n\
              something of your own in your copy, it asks first.",
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

pub(super) const SKIP: DotCommand = DotCommand {
    name: ".skip",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "put this exercise off and go to the next",
    details: ".skip    it comes again after all others",
    run: |shell, _| {
        shell.skip_exercise()?;
        Ok(Flow::GoOn)
    },
};

pub(super) const PROGRESS: DotCommand = DotCommand {
    name: ".progress",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "the tracks: what is passed, open, due again",
    details: ".progress    also: dbdojo learn",
    run: |shell, _| {
        shell.show_progress()?;
        Ok(Flow::GoOn)
    },
};

pub(super) const PLACEMENT: DotCommand = DotCommand {
    name: ".placement",
    aliases: &[],
    arguments: "TRACK",
    completes: Argument::Track,
    summary: "five questions: where in a track to begin",
    details: ".placement joins-and-indexes    what a right answer takes for known is passed",
    run: |shell, rest| {
        shell.place(rest)?;
        Ok(Flow::GoOn)
    },
};

pub(super) const TEST_OUT: DotCommand = DotCommand {
    name: ".test-out",
    aliases: &[],
    arguments: "TRACK",
    completes: Argument::Track,
    summary: "the end of a track, to spare you the rest of it",
    details: ".test-out joins-and-indexes    three exercises; all without a hint, and\n\
              the whole track is known. .placement asks where in it to begin.",
    run: |shell, rest| {
        shell.test_out(rest)?;
        Ok(Flow::GoOn)
    },
};

pub(super) const RECAP: DotCommand = DotCommand {
    name: ".recap",
    aliases: &[],
    arguments: "[FILE]",
    completes: Argument::Nothing,
    summary: "what you wrote in lessons, as a script",
    details: ".recap my.sql    every answer that passed, with its task's name;\n\
              .read my.sql runs them. --force writes over the file.",
    run: |shell, rest| {
        let (words, force) = words::all(&RECAP, rest, "--force")?;
        let text = shell.recap()?;
        match words.as_slice() {
            [] if !force => write!(shell.context.out, "{text}")?,
            [file] => {
                let mut written = NewFile::begin(&words::path(file), force)?;
                std::io::Write::write_all(&mut written, text.as_bytes())?;
                written.finish()?;
                shell.note(&format!(
                    "Your answers are in {file}; .read {file} runs them."
                ))?;
            }
            _ => return Err(misused(&RECAP)),
        }
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
