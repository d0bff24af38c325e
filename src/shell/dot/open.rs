//! `.open` and `.scale`: other data in the same shell.

use super::{Argument, DotCommand, Flow, misused, words};
use crate::commands::{Failure, Options, open, rescale};
use crate::dataset::Scale;
use crate::session::{About, Session};
use crate::shell::{Shell, ask};

pub(super) const OPEN: DotCommand = DotCommand {
    name: ".open",
    aliases: &[],
    arguments: "DATASET|FILE",
    completes: Argument::Dataset,
    summary: "practise on other data",
    details: ".open flights@tiny    a dataset; dbdojo data list names them\n\
              .open mine.db         a file of your own, read only until you change it\n\
              .save FILE            before it: keeps what you changed here",
    run: run_open,
};

pub(super) const SCALE: DotCommand = DotCommand {
    name: ".scale",
    aliases: &[],
    arguments: "[SCALE]",
    completes: Argument::Words(&[
        ("tiny", &[]),
        ("small", &[]),
        ("medium", &[]),
        ("large", &[]),
    ]),
    summary: "the same work on a larger or smaller dataset",
    details: ".scale medium    your tables, indexes, views and triggers come along\n\
              .scale           tells the present one: tiny, small, medium or large\n\
              Rows that you changed in the dataset's own tables stay behind. What\n\
              cannot come along is listed.",
    run: run_scale,
};

fn run_open(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (words, _) = words::all(&OPEN, rest, "--")?;
    let [name] = words.as_slice() else {
        return Err(misused(&OPEN));
    };
    let options = match open::data_named(&shell.context, name)? {
        open::Named::Dataset(name) => Options {
            data: name,
            db: None,
            ..shell.options.clone()
        },
        open::Named::File => Options {
            db: Some(words::path(name)),
            ..shell.options.clone()
        },
    };
    if !shell.may_lose_copy(true)? {
        return Ok(Flow::GoOn);
    }
    let session = open::session(&mut shell.context, &options)?;
    shell.adopt(session)?;
    shell.options = options;
    let (label, kind) = match shell.session.about() {
        About::Dataset(_) | About::Imported(_) => {
            (shell.session.label(), "your own copy (.reset restores it)")
        }
        About::File { .. } => (
            shell.session.label(),
            "read only; the first change makes your own copy",
        ),
    };
    shell.note(&format!("On {label} now: {kind}."))?;
    Ok(Flow::GoOn)
}

fn run_scale(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let About::Dataset(built) = shell.session.about().clone() else {
        return Err(Failure::usage(
            "a file of your own has one size only; .open shop opens a dataset, which has four",
        ));
    };
    if rest.is_empty() {
        writeln!(shell.context.out, "{}", built.name.scale)?;
        return Ok(Flow::GoOn);
    }
    let scale: Scale = rest
        .parse()
        .map_err(|unknown: crate::dataset::UnknownScale| Failure::usage(unknown.to_string()))?;
    if shell.play.is_some() {
        return Err(Failure::usage(
            "a lesson is played on its own data; .open another dataset to leave it",
        ));
    }
    if scale == built.name.scale {
        let label = shell.session.label();
        shell.note(&format!("You are on {label} already."))?;
        return Ok(Flow::GoOn);
    }
    let options = shell.options.clone();
    let (session, carried) = rescale::rescale(
        &mut shell.context,
        &options,
        &mut shell.session,
        &built,
        scale,
    )?;
    let lines = carried.lines();
    if shell.interactive && carried.leaves_something() {
        for line in &lines {
            shell.note(line)?;
        }
        shell.context.out.flush()?;
        if !ask::agrees("Go on without that? [y/N] ")? {
            return Ok(shell
                .note("Still here, with everything.")
                .map(|()| Flow::GoOn)?);
        }
    }
    shell.adopt(session)?;
    let label = shell.session.label();
    shell.options.data.clone_from(&label);
    shell.options.db = None;
    shell.note(&format!("On {label} now."))?;
    if !(shell.interactive && carried.leaves_something()) {
        for line in &lines {
            shell.note(line)?;
        }
    }
    Ok(Flow::GoOn)
}

impl Shell<'_> {
    /// Works in another session from now on: with its names, without the last
    /// query, the lesson and the cache of the one before.
    fn adopt(&mut self, session: Session) -> Result<(), Failure> {
        let had_cache = self.session.cache().is_some();
        // What its server does not give goes with the data.
        super::cache::finish(self)?;
        self.work_in(session);
        self.last_query = None;
        if self.play.take().is_some() {
            self.note("The lesson is left; .learn goes on with it.")?;
        }
        if had_cache {
            self.note("The cache is off; .cache on starts it for this data.")?;
        }
        Ok(())
    }

    /// Works in another session from now on. Values of parameters are about
    /// statements, not about data: they come along.
    pub(in crate::shell) fn work_in(&mut self, mut session: Session) {
        let bindings = self.session.practice().bindings().clone();
        *session.practice_mut().bindings_mut() = bindings;
        self.session = session;
        self.refresh_schema();
    }
}
