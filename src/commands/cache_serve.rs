//! `dbdojo cache serve`: the built-in cache server, by itself.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use super::{Context, Exit, Failure};
use crate::cache::builtin::{Config, Listen, MaxmemoryPolicy, Server};
use crate::units;

/// Run the built-in cache server until it is interrupted
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The TCP port; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 6380)]
    pub port: u16,
    /// The address to listen on; one that others can reach needs --password
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// Listen on a socket file instead of a port
    #[arg(long, value_name = "PATH", conflicts_with_all = ["port", "bind"])]
    pub socket: Option<PathBuf>,
    /// Evict, or refuse writes, beyond so many bytes of data (such as 64MB)
    #[arg(long, value_name = "B", value_parser = units::parse_count)]
    pub maxmemory: Option<u64>,
    /// What to evict: noeviction, or allkeys-lru, volatile-ttl and the others that Redis has
    #[arg(long, value_name = "P", default_value_t)]
    pub maxmemory_policy: MaxmemoryPolicy,
    /// What clients must say with AUTH
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "DBDOJO_CACHE_PASSWORD",
        hide_env_values = true
    )]
    pub password: Option<String>,
}

/// How often the server's thread and Ctrl-C are looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Serves until Ctrl-C.
///
/// # Errors
/// Exit 2 when others could reach it without a password, 3 when the address
/// cannot be taken, 1 when the server ends by itself.
pub fn run(context: &mut Context<'_>, args: Args) -> Result<(), Failure> {
    let listen = match args.socket {
        Some(path) => Listen::Unix(path),
        None => Listen::Tcp {
            addr: args.bind,
            port: args.port,
        },
    };
    let wanted = match &listen {
        Listen::Unix(path) => path.display().to_string(),
        Listen::Tcp { addr, port } => std::net::SocketAddr::new(*addr, *port).to_string(),
    };
    let config = Config {
        listen,
        maxmemory: args.maxmemory,
        policy: args.maxmemory_policy,
        password: args.password,
    };
    let server = Server::start(config, context.clock.clone()).map_err(|error| {
        if error.kind() == std::io::ErrorKind::InvalidInput {
            Failure::usage(error.to_string())
        } else {
            Failure::new(
                Exit::Unreachable,
                format!("could not listen on {wanted}: {error}"),
            )
        }
    })?;
    let memory = match args.maxmemory.filter(|bytes| *bytes > 0) {
        Some(bytes) => units::bytes(bytes),
        None => "unlimited".to_owned(),
    };
    writeln!(
        context.out,
        "dbdojo built-in cache server (not Redis) on {}, maxmemory {memory}, policy {}",
        server.url().trim_end_matches('/'),
        args.maxmemory_policy,
    )?;
    context.out.flush()?;
    while !context.interrupt.is_raised() {
        if server.has_ended() {
            return Err(Failure::new(
                Exit::Failed,
                "the cache server has ended by itself",
            ));
        }
        std::thread::park_timeout(GLANCE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::clock::Clock;
    use crate::dirs::Dirs;
    use crate::interrupt::Interrupt;
    use crate::view::{Format, Style};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// What a server that is interrupted at once has printed.
    fn serve(words: &[&str]) -> Result<String, Failure> {
        let line = Line::parse_from(std::iter::once(&"serve").chain(words));
        let interrupt = Interrupt::new();
        interrupt.raise();
        let mut out = Vec::new();
        let mut context = Context {
            dirs: Dirs::under(std::path::Path::new("/nowhere")),
            settings: crate::commands::Settings::default(),
            clock: Clock::wall(),
            interrupt,
            style: Style::PIPED,
            err_style: Style::PIPED,
            outlet: crate::commands::Outlet::new(std::io::sink()),
            is_terminal: false,
            format: Format::default(),
            picture: None,
            seed: 1,
            quiet: false,
            verbose: false,
            out: &mut out,
            err: &mut Vec::new(),
        };
        run(&mut context, line.args)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn it_says_what_it_is_and_where() {
        let said = serve(&[
            "--port",
            "0",
            "--maxmemory",
            "64MB",
            "--maxmemory-policy",
            "allkeys-lru",
        ]);
        let said = said.expect("a free port");
        let (before, after) = said.split_once("redis://127.0.0.1:").expect("the address");
        assert_eq!(before, "dbdojo built-in cache server (not Redis) on ");
        let (port, after) = after.split_once(',').expect("a comma");
        assert!(port.parse::<u16>().is_ok_and(|port| port > 0), "{said}");
        assert_eq!(after, " maxmemory 64 MB, policy allkeys-lru\n");
    }

    #[test]
    fn an_address_that_is_taken_or_open_to_others_is_refused() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = taken.local_addr().expect("its port").port().to_string();
        let failure = serve(&["--port", &port]).expect_err("it is taken");
        assert_eq!(failure.exit, Exit::Unreachable);
        let failure = serve(&["--port", "0", "--bind", "0.0.0.0"]).expect_err("no password");
        assert_eq!(failure.exit, Exit::Usage);
    }
}
