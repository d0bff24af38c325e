//! `.parameter`: values for `?`, `:id`, `@x` and `$y`, as in the `sqlite3`
//! shell.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::Failure;
use crate::sandbox::bindings::{Binding, literal, written};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".parameter",
    aliases: &[".param"],
    arguments: "[set|...]",
    completes: Argument::Words(&[("list", &[]), ("set", &[]), ("unset", &[]), ("clear", &[])]),
    summary: "values for ? and :name",
    details: ".parameter set id 42      :id, @id and $id are 42 from now on\n\
              .parameter set 1 'Ada'    so is the first ?, a text\n\
              .parameter list           those that are set\n\
              .parameter unset id       one of them no longer; clear forgets all",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (word, rest) = rest
        .split_once(char::is_whitespace)
        .map_or((rest, ""), |(word, rest)| (word, rest.trim()));
    match (word.to_ascii_lowercase().as_str(), rest) {
        ("" | "list", "") => list(shell)?,
        ("set", rest) => {
            let (name, value) = rest
                .split_once(char::is_whitespace)
                .ok_or_else(|| misused(&COMMAND))?;
            // The sqlite3 shell takes double quotes off before it reads SQL.
            let value = value.trim();
            let value = value
                .strip_prefix('"')
                .and_then(|it| it.strip_suffix('"'))
                .unwrap_or(value);
            shell.session.practice_mut().bindings_mut().set(Binding {
                name: name.to_owned(),
                value: literal(value),
            });
        }
        ("unset", name) if !name.is_empty() => {
            if !shell.session.practice_mut().bindings_mut().unset(name) {
                return Err(Failure::usage(format!(
                    "there is no value for {name}; .parameter list shows those that are set"
                )));
            }
        }
        ("clear", "") => shell.session.practice_mut().bindings_mut().clear(),
        // There is no table to make here.
        ("init", "") => {}
        _ => return Err(misused(&COMMAND)),
    }
    Ok(Flow::GoOn)
}

fn list(shell: &mut Shell<'_>) -> Result<(), Failure> {
    let bindings = shell.session.practice().bindings();
    let widest = bindings.iter().map(|it| it.name.len()).max().unwrap_or(0);
    for it in bindings.iter() {
        let value = written(&it.value);
        writeln!(shell.context.out, "{:widest$}  {value}", it.name)?;
    }
    Ok(())
}
