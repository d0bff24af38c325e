//! Where the databases to grade on come from.

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::Variant;
use super::content::{Exercise, Lesson};
use super::grade::GradeError;
use super::stage::Stage;
use crate::dataset::{Catalog, Scale, generate_into};
use crate::interrupt::Interrupt;
use crate::progress::Watcher;
use crate::sandbox::{Guarded, Practice, Source, Surroundings};

/// The seed of every lesson's own data: a task names customers and addresses
/// that exist there.
pub const LESSON_SEED: u64 = 1;

/// Makes fresh databases of lessons, and keeps what they are copied from.
pub(super) struct Databases {
    catalog: Catalog,
    around: Surroundings,
    variants: HashMap<(String, Variant), Connection>,
}

impl Databases {
    pub(super) fn new(catalog: Catalog, around: Surroundings) -> Databases {
        Databases {
            catalog,
            around,
            variants: HashMap::new(),
        }
    }

    /// Forgets the variants.
    pub(super) fn forget(&mut self) {
        self.variants.clear();
    }

    /// What Ctrl-C raises.
    pub(super) fn interrupt(&self) -> &Interrupt {
        &self.around.interrupt
    }

    /// The lesson's own data at its own scale, built if need be.
    pub(super) fn lesson_data(
        &self,
        lesson: &Lesson,
        watcher: Watcher<'_>,
    ) -> Result<Stage, GradeError> {
        let name = &lesson.dataset;
        let spec = self.catalog.find(&name.name)?;
        let built = self.catalog.ensure(
            &spec,
            name.scale,
            LESSON_SEED,
            &self.around.interrupt,
            &mut *watcher,
        )?;
        let source = Source::Built(built.path);
        let practice = Practice::open(source, self.around.clone(), watcher)?;
        Ok(Stage::lesson(practice, self.around.interrupt.clone())?)
    }

    /// Runs `work` on the variant itself, to copy it.
    pub(super) fn with_variant<T>(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        variant: Variant,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, GradeError> {
        let key = (lesson.id_of(exercise), variant);
        if !self.variants.contains_key(&key) {
            let made = self.make(lesson, exercise, variant)?;
            self.variants.insert(key.clone(), made);
        }
        work(&self.variants[&key]).map_err(GradeError::Variant)
    }

    /// A database in a file, copied before a change.
    pub(super) fn on_file(&self, file: PathBuf) -> Result<Stage, GradeError> {
        let practice = Practice::open(
            Source::File(file),
            self.around.clone(),
            &mut crate::progress::ignore,
        )?;
        Ok(Stage::lesson(practice, self.around.interrupt.clone())?)
    }

    /// A fresh copy of a variant, which only this attempt will touch.
    pub(super) fn variant(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        variant: Variant,
    ) -> Result<Stage, GradeError> {
        let mut fresh = memory()?;
        self.with_variant(lesson, exercise, variant, |made| {
            Backup::new(made, &mut fresh).and_then(|backup| backup.step(-1))
        })?;
        let guarded = Guarded::new(
            fresh,
            self.around.clock.clone(),
            self.around.interrupt.clone(),
        )?;
        Ok(Stage::variant(guarded, self.around.interrupt.clone())?)
    }

    fn make(
        &self,
        lesson: &Lesson,
        exercise: &Exercise,
        variant: Variant,
    ) -> Result<Connection, GradeError> {
        let conn = memory()?;
        let spec = self.catalog.find(&lesson.dataset.name)?;
        generate_into(
            &conn,
            &spec,
            Scale::Tiny,
            variant.seed(),
            &self.around.interrupt,
            &mut crate::progress::ignore,
        )?;
        variant.apply(&conn).map_err(GradeError::Variant)?;
        if let Some(plant) = &exercise.plant {
            conn.execute_batch(&plant.text)
                .map_err(|error| GradeError::Broken {
                    exercise: lesson.id_of(exercise),
                    why: format!("its `sql plant` block fails: {error}"),
                })?;
        }
        Ok(conn)
    }
}

fn memory() -> Result<Connection, GradeError> {
    Connection::open_in_memory().map_err(GradeError::Variant)
}
