//! Results that go into a file: `.output` and `.once`.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use super::Shell;
use crate::commands::{Failure, NewFile};
use crate::units;
use crate::view::Style;

/// The file that results go to, and how it was before.
pub(super) struct Redirect {
    file: Shared,
    once: bool,
    style: Style,
    is_terminal: bool,
}

/// The file in the hands of the outlet and of whoever finishes it.
#[derive(Clone)]
struct Shared(Rc<RefCell<Option<NewFile>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.borrow_mut() {
            Some(file) => file.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().as_mut().map_or(Ok(()), NewFile::flush)
    }
}

impl Shell<'_> {
    /// Sends what is printed into a new file: until the next call or the end
    /// of the shell; with `once`, the output of the next statement or command.
    ///
    /// # Errors
    /// Those of [`NewFile::begin`], and of the file before this one.
    pub(super) fn redirect(&mut self, path: &Path, force: bool, once: bool) -> Result<(), Failure> {
        self.end_redirect()?;
        let file = Shared(Rc::new(RefCell::new(Some(NewFile::begin(path, force)?))));
        self.context.outlet.divert(file.clone())?;
        self.redirect = Some(Redirect {
            file,
            once,
            style: self.context.style,
            is_terminal: self.context.is_terminal,
        });
        // A file is no screen: whole values, no colour.
        self.context.is_terminal = false;
        self.context.style = Style {
            color: false,
            ..self.context.style
        };
        self.has_printed = false;
        Ok(())
    }

    /// Whether only the next thing goes into the file.
    pub(super) fn redirects_once(&self) -> bool {
        self.redirect.as_ref().is_some_and(|redirect| redirect.once)
    }

    /// Puts the file in its place and says so; nothing without one.
    ///
    /// # Errors
    /// When the file could not be written.
    pub(super) fn end_redirect(&mut self) -> Result<(), Failure> {
        let Some(file) = self.leave_redirect() else {
            return Ok(());
        };
        let path = file.path().display().to_string();
        let bytes = file.finish()?;
        Ok(self.note(&format!("Wrote {path} ({}).", units::bytes(bytes)))?)
    }

    /// Gives the file up: nothing is left of it.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(super) fn drop_redirect(&mut self) -> Result<(), Failure> {
        match self.leave_redirect() {
            Some(file) => {
                let path = file.path().display().to_string();
                Ok(self.note(&format!("Nothing was written to {path}."))?)
            }
            None => Ok(()),
        }
    }

    fn leave_redirect(&mut self) -> Option<NewFile> {
        let redirect = self.redirect.take()?;
        self.context.outlet.restore();
        self.context.is_terminal = redirect.is_terminal;
        self.context.style = redirect.style;
        self.has_printed = false;
        redirect.file.0.borrow_mut().take()
    }
}
