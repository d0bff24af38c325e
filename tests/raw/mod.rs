//! A client that shows replies as they are on the wire, and a real
//! redis-server to compare with.

#![allow(dead_code, reason = "each test crate uses its part")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dbdojo::cache::builtin::{Address, Config, Listen, MaxmemoryPolicy, Server};
use dbdojo::clock::Clock;

/// A built-in server on a free port.
pub fn builtin(clock: Clock) -> Server {
    start(None, MaxmemoryPolicy::NoEviction, None, clock)
}

/// A built-in server on a free port, with limits.
pub fn start(
    maxmemory: Option<u64>,
    policy: MaxmemoryPolicy,
    password: Option<&str>,
    clock: Clock,
) -> Server {
    let listen = Listen::Tcp {
        addr: Ipv4Addr::LOCALHOST.into(),
        port: 0,
    };
    let config = Config {
        listen,
        maxmemory,
        policy,
        password: password.map(str::to_owned),
    };
    Server::start(config, clock).unwrap()
}

/// The TCP address of a server that has one.
pub fn tcp(server: &Server) -> SocketAddr {
    match server.address() {
        Address::Tcp(address) => *address,
        Address::Unix(path) => panic!("{} is no TCP address", path.display()),
    }
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// A connection. Every read gives up after ten seconds.
pub struct Raw {
    stream: BufReader<Box<dyn Both>>,
    resp3: bool,
}

impl Raw {
    pub fn tcp(address: SocketAddr) -> Raw {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Raw::over(stream)
    }

    pub fn unix(path: &Path) -> Raw {
        let stream = UnixStream::connect(path).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        Raw::over(stream)
    }

    fn over(stream: impl Read + Write + 'static) -> Raw {
        Raw {
            stream: BufReader::new(Box::new(stream)),
            resp3: false,
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// Sends a command and shows its reply.
    pub fn call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> String {
        self.send(&request(args));
        let reply = self.reply();
        if args[0].as_ref().eq_ignore_ascii_case(b"hello") && reply.starts_with('{') {
            self.resp3 = true;
        }
        if reply == "RESET" {
            self.resp3 = false;
        }
        reply
    }

    /// Sends a line of words and shows the reply.
    pub fn line(&mut self, line: &str) -> String {
        self.call(&words(line))
    }

    /// Shows the next reply, and has redis-protocol read it, too.
    pub fn reply(&mut self) -> String {
        let mut bytes = Vec::new();
        let shown = self.element(&mut bytes);
        let length = if self.resp3 || bytes[0] == b'%' {
            let frame = redis_protocol::resp3::decode::complete::decode(&bytes).unwrap();
            frame.unwrap().1
        } else {
            redis_protocol::resp2::decode::decode(&bytes)
                .unwrap()
                .unwrap()
                .1
        };
        assert_eq!(length, bytes.len(), "{shown}");
        shown
    }

    fn element(&mut self, seen: &mut Vec<u8>) -> String {
        let start = seen.len();
        self.stream.read_until(b'\n', seen).unwrap();
        let line = String::from_utf8_lossy(&seen[start..]).into_owned();
        let line = line
            .strip_suffix("\r\n")
            .unwrap_or_else(|| panic!("half a line {line:?}"));
        let (kind, rest) = line.split_at(1);
        let mut many = |times: usize| -> Vec<String> {
            let n: usize = rest.parse().unwrap();
            (0..n * times).map(|_| self.element(seen)).collect()
        };
        match kind {
            "+" => rest.to_owned(),
            "-" => format!("(error) {rest}"),
            ":" => format!(":{rest}"),
            "," => format!(",{rest}"),
            "_" => "nil".to_owned(),
            "$" | "*" if rest == "-1" => format!("nil{kind}"),
            "$" | "=" => {
                let length: usize = rest.parse().unwrap();
                let from = seen.len();
                seen.resize(from + length + 2, 0);
                self.stream.read_exact(&mut seen[from..]).unwrap();
                let text = seen[from..from + length].escape_ascii();
                format!("{}\"{text}\"", if kind == "=" { "=" } else { "" })
            }
            "*" => format!("[{}]", many(1).join(", ")),
            "~" => format!("~[{}]", many(1).join(", ")),
            ">" => format!(">[{}]", many(1).join(", ")),
            "%" => {
                let flat = many(2);
                let pairs: Vec<String> = flat.chunks(2).map(|p| p.join(": ")).collect();
                format!("{{{}}}", pairs.join(", "))
            }
            other => panic!("a reply that starts with {other:?}"),
        }
    }

    /// Reads to the end of the connection.
    pub fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset is an end, too.
        let _ = self.stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The bytes of a request.
pub fn request<A: AsRef<[u8]>>(args: &[A]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        bytes.extend_from_slice(format!("${}\r\n", arg.as_ref().len()).as_bytes());
        bytes.extend_from_slice(arg.as_ref());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// Words parted by spaces; `"a b"` is one word, in which `\xHH` is a byte.
pub fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').expect("a closing quote"),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(unescaped(word));
        rest = after.trim_start();
    }
    words
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match rest {
            [b'x', high, low, after @ ..] if *first == b'\\' => {
                let hex = [*high, *low];
                let hex = std::str::from_utf8(&hex).unwrap();
                bytes.push(u8::from_str_radix(hex, 16).unwrap());
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    bytes
}

/// A private redis-server, killed when dropped.
pub struct Redis {
    child: Child,
    directory: tempfile::TempDir,
}

impl Redis {
    /// Starts one if there is a redis-server; says so and returns `None` if
    /// not, or panics if `DBDOJO_REQUIRE_REDIS=1`.
    pub fn start() -> Option<Redis> {
        let directory = tempfile::tempdir().unwrap();
        let spawned = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--databases", "1"])
            .args(["--enable-debug-command", "local", "--unixsocket"])
            .arg(directory.path().join("redis.sock"))
            .current_dir(directory.path())
            .stdout(Stdio::null())
            .spawn();
        match spawned {
            Ok(child) => {
                let redis = Redis { child, directory };
                redis.wait();
                Some(redis)
            }
            Err(error) if std::env::var_os("DBDOJO_REQUIRE_REDIS").is_some_and(|v| v == "1") => {
                panic!("DBDOJO_REQUIRE_REDIS=1, but redis-server does not start: {error}")
            }
            Err(error) => {
                eprintln!("skipped: redis-server does not start: {error}");
                None
            }
        }
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("redis.sock")
    }

    fn wait(&self) {
        for _ in 0..500 {
            if UnixStream::connect(self.socket()).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server started, but made no socket in five seconds");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
