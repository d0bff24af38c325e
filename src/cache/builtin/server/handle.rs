//! The server as its owner sees it: started, addressed, stopped by dropping.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use mio::Waker;

use super::address::Address;
use super::event_loop::EventLoop;
use super::stream::Listener;
use crate::cache::builtin::commands::{Engine, Settings};
use crate::cache::builtin::config::{Config, Listen};
use crate::cache::builtin::keyspace::Now;
use crate::clock::Clock;

/// A running server. Dropping it closes all connections and removes its
/// socket file.
#[derive(Debug)]
pub struct Server {
    address: Address,
    stop: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Listens, and serves in a thread of its own.
    ///
    /// # Errors
    /// When the address cannot be bound, and for an address that others can
    /// reach without a password.
    pub fn start(config: Config, clock: Clock) -> io::Result<Server> {
        let password = config.password.filter(|password| !password.is_empty());
        if let Listen::Tcp { addr, .. } = &config.listen
            && !addr.is_loopback()
            && password.is_none()
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("others can reach {addr}: a server there needs a password"),
            ));
        }
        let (listener, address) = Listener::bind(&config.listen)?;
        let settings = Settings {
            maxmemory: config.maxmemory.filter(|bytes| *bytes > 0),
            policy: config.policy,
            password,
            port: match &address {
                Address::Tcp(address) => address.port(),
                Address::Unix(_) => 0,
            },
            ..Settings::default()
        };
        let stop = Arc::new(AtomicBool::new(false));
        let engine = Engine::new(settings, Now::of(&clock));
        let (event_loop, waker) = EventLoop::new(listener, engine, clock, Arc::clone(&stop))?;
        let thread = Builder::new()
            .name("cache server".into())
            .spawn(move || event_loop.run())?;
        Ok(Server {
            address,
            stop,
            waker,
            thread: Some(thread),
        })
    }

    /// Where it listens, with the port it was given.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// As the `redis` crate reads it. Never holds the password, so that it may
    /// be shown.
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// Whether the server has ended by itself: it serves no more.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // A loop that cannot be woken has ended already.
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if let Address::Unix(path) = &self.address {
            let _ = std::fs::remove_file(path);
        }
    }
}
