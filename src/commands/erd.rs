//! An entity-relationship diagram of the practice database, or of a dataset.

use std::io;
use std::path::Path;

use super::{Context, Failure, NewFile};
use crate::dataset::{self, Entity};
use crate::session::Session;
use crate::view::{Picture, Style, erd};

/// Draws tables as `picture` says, or as text.
///
/// # Errors
/// What `out` returns.
pub fn write(
    out: &mut dyn io::Write,
    style: &Style,
    picture: Option<Picture>,
    title: &str,
    entities: &[Entity],
) -> io::Result<()> {
    match picture {
        None => erd::write_text(out, style, entities),
        Some(Picture::Mermaid) => erd::write_mermaid(out, entities),
        Some(Picture::Svg) => erd::write_svg(out, title, entities),
        Some(Picture::Html) => erd::write_page(out, title, entities),
    }
}

/// The tables of the practice database as it is now, the learner's own
/// included. A table that cannot be counted in time has no number.
///
/// # Errors
/// What SQLite says.
pub fn entities(session: &mut Session) -> Result<Vec<Entity>, Failure> {
    let budget = session.budget();
    let practice = session.practice_mut();
    let read = practice.with_budget(budget, |connection| {
        let mut entities = dataset::read_entities(connection)?;
        for entity in &mut entities {
            match dataset::count_entity(connection, &entity.name) {
                Ok(rows) => entity.rows = Some(rows),
                // Out of time: the others would not be counted, either.
                Err(_) => break,
            }
        }
        Ok(entities)
    });
    Ok(read.map_err(|error| practice.explain_error(error))?)
}

/// Draws the practice database, into a file if one is named.
///
/// # Errors
/// What SQLite says; a usage failure for a file that exists, unless `force`.
pub fn draw(
    context: &mut Context<'_>,
    session: &mut Session,
    picture: Option<Picture>,
    file: Option<&Path>,
    force: bool,
) -> Result<(), Failure> {
    let file = file.map(|path| NewFile::begin(path, force)).transpose()?;
    let entities = entities(session)?;
    let title = session.label();
    let Some(mut file) = file else {
        return Ok(write(
            context.out,
            &context.style,
            picture,
            &title,
            &entities,
        )?);
    };
    let style = Style {
        unicode: context.style.unicode,
        plain: context.style.plain,
        ..Style::PIPED
    };
    write(&mut file, &style, picture, &title, &entities)?;
    file.finish().map(|_| ())
}
