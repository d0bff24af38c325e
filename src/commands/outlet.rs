//! Standard output, and where it leads for a while: a file, a pager.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// Where data goes. Clones lead to the same place.
#[derive(Clone)]
pub struct Outlet(Rc<RefCell<Places>>);

struct Places {
    usual: Box<dyn Write>,
    diverted: Option<Box<dyn Write>>,
}

impl Outlet {
    /// An outlet that leads to `usual`.
    pub fn new(usual: impl Write + 'static) -> Outlet {
        Outlet(Rc::new(RefCell::new(Places {
            usual: Box::new(usual),
            diverted: None,
        })))
    }

    /// Leads to `to` from now on. What was written before is on its way.
    ///
    /// # Errors
    /// When what was written before cannot be flushed.
    pub fn divert(&self, to: impl Write + 'static) -> io::Result<()> {
        let mut places = self.0.borrow_mut();
        places.usual.flush()?;
        places.diverted = Some(Box::new(to));
        Ok(())
    }

    /// Leads to the usual place again.
    pub fn restore(&self) {
        self.0.borrow_mut().diverted = None;
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let places = &mut *self.0.borrow_mut();
        places
            .diverted
            .as_mut()
            .unwrap_or(&mut places.usual)
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let places = &mut *self.0.borrow_mut();
        places
            .diverted
            .as_mut()
            .unwrap_or(&mut places.usual)
            .flush()
    }
}
