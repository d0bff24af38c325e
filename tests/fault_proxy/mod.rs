//! A proxy between a layer and a built-in server that does to replies whatever
//! can happen to them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use dbdojo::cache::server::Surroundings;
use dbdojo::cache::{Choice, Ids, Layer, Options};
use dbdojo::clock::Clock;

/// How long a layer behind it should wait for a reply.
pub const TIMEOUT: Duration = Duration::from_millis(150);
/// How late a time-out may be noticed on a busy machine.
pub const SLACK: Duration = Duration::from_millis(600);

/// What the proxy does with what the server answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mood {
    Honest,
    /// Takes commands, and answers nothing.
    Hangs,
    /// Sends the reply a byte at a time, slower than anyone wants to wait.
    Trickles,
    /// Sends something that is not the protocol.
    Babbles,
    /// Sends a reply of the right form to another question.
    Mistakes,
    /// Hangs up in mid-reply.
    HangsUp,
    /// Hangs up at once.
    Gone,
}

pub const MOODS: [Mood; 7] = [
    Mood::Honest,
    Mood::Hangs,
    Mood::Trickles,
    Mood::Babbles,
    Mood::Mistakes,
    Mood::HangsUp,
    Mood::Gone,
];

/// A TCP proxy before a built-in server, with moods.
pub struct Proxy {
    mood: Arc<AtomicU8>,
    pub port: u16,
    /// Ends the threads that hang when the test is over.
    open: Arc<Mutex<Vec<TcpStream>>>,
    _owner: Layer,
}

impl Proxy {
    pub fn new() -> Proxy {
        let nowhere = Surroundings::default();
        let owner = Layer::open_in(
            &Choice::Builtin,
            Options::default(),
            Clock::wall(),
            Ids {
                dataset: "proxy".into(),
                practice: 0,
                schema_version: 0,
            },
            &nowhere,
        )
        .unwrap();
        let upstream = owner.server().address.clone();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mood = Arc::new(AtomicU8::new(0));
        let open = Arc::new(Mutex::new(Vec::new()));
        let (moods, opened) = (mood.clone(), open.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                opened.lock().unwrap().push(client.try_clone().unwrap());
                let upstream = UnixStream::connect(&upstream).unwrap();
                let moods = moods.clone();
                thread::spawn(move || carry(client, upstream, &moods));
            }
        });
        Proxy {
            mood,
            port,
            open,
            _owner: owner,
        }
    }

    /// Where a layer reaches it.
    pub fn url(&self) -> Choice {
        format!("redis://127.0.0.1:{}", self.port).parse().unwrap()
    }

    /// From now on, it does this.
    pub fn set(&self, mood: Mood) {
        let index = MOODS.iter().position(|m| *m == mood).unwrap();
        self.mood
            .store(u8::try_from(index).unwrap(), Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for stream in self.open.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// One request, one reply, until somebody hangs up.
fn carry(mut client: TcpStream, mut upstream: UnixStream, moods: &AtomicU8) -> Option<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = client.read(&mut buffer).ok().filter(|n| *n > 0)?;
        let mood = MOODS[usize::from(moods.load(Ordering::SeqCst))];
        if mood == Mood::Gone {
            return None;
        }
        upstream.write_all(&buffer[..n]).ok()?;
        let n = upstream.read(&mut buffer).ok().filter(|n| *n > 0)?;
        let reply = &buffer[..n];
        match mood {
            Mood::Honest => client.write_all(reply).ok()?,
            Mood::Hangs => {}
            Mood::Trickles => {
                // Each byte comes well within the time-out, the whole never.
                let (_hold, wait) = mpsc::channel::<()>();
                for byte in reply.iter().chain(std::iter::repeat(&b'x')) {
                    client.write_all(&[*byte]).ok()?;
                    let _ = wait.recv_timeout(TIMEOUT / 5);
                }
            }
            Mood::Babbles => client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").ok()?,
            Mood::Mistakes => client.write_all(b":7\r\n").ok()?,
            Mood::HangsUp => {
                client.write_all(&reply[..n / 2]).ok()?;
                return None;
            }
            Mood::Gone => return None,
        }
    }
}
