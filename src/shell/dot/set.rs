//! `.set`: the learner's settings, for this session or for good.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::{Failure, Setting, settings};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".set",
    aliases: &[],
    arguments: "[NAME VALUE]",
    completes: Argument::Setting,
    summary: "your settings, for this session or for good",
    details: ".set                      lists them, and where they are kept\n\
              .set editor vi            from the next line on, vi's keys\n\
              .set rows 100 --save      in every session from now on",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (save, words): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| **word == "--save");
    match (words.as_slice(), save.is_empty()) {
        ([], true) => list(shell)?,
        ([name], true) => {
            let setting = find(name)?;
            let value = shell.context.settings.value(setting);
            writeln!(shell.context.out, "{value}")?;
        }
        ([name, value @ ..], is_for_now) => {
            let setting = find(name)?;
            // Only a pager's command has blanks in it.
            shell.set(setting, &value.join(" "))?;
            if !is_for_now {
                let path = shell.context.dirs.config();
                settings::save(&path, &shell.context.settings, setting)?;
                writeln!(shell.context.out, "Saved in {}.", path.display())?;
            }
        }
        _ => return Err(misused(&COMMAND)),
    }
    Ok(Flow::GoOn)
}

fn find(name: &str) -> Result<Setting, Failure> {
    Ok(Setting::find(name)?)
}

fn list(shell: &mut Shell<'_>) -> Result<(), Failure> {
    let style = shell.context.style;
    for setting in Setting::ALL {
        let value = shell.context.settings.value(setting);
        writeln!(
            shell.context.out,
            "{}  {value:<7} {}",
            style.accent(&format!("{:<13}", setting.name())),
            style.dim(setting.summary())
        )?;
    }
    let path = shell.context.dirs.config();
    Ok(writeln!(
        shell.context.out,
        "{}",
        style.dim(&format!(
            ".set NAME VALUE --save keeps one in {}",
            path.display()
        ))
    )?)
}

impl Shell<'_> {
    /// Changes a setting for this session.
    ///
    /// # Errors
    /// A usage failure for a value that it does not take.
    pub(super) fn set(&mut self, setting: Setting, value: &str) -> Result<(), Failure> {
        self.context.settings.set(setting, value)?;
        let context = &mut self.context;
        match setting {
            Setting::Color => context.set_color(context.settings.color),
            Setting::Plain => context.set_plain(context.settings.plain),
            Setting::Ascii => context.set_ascii(context.settings.ascii),
            _ => {}
        }
        Ok(())
    }
}
