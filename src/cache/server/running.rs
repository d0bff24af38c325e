//! Finding or starting the server that was chosen.

use std::ffi::OsString;

use super::builtin::InProcess;
#[cfg(unix)]
use super::spawned::{self, Spawned};
use super::url::{BadUrl, Endpoint, Url};
use super::{Choice, Server};
use crate::cache::connection::{Connection, Fault};
use crate::cache::resilience::Timeouts;
use crate::clock::Clock;

/// How much a server of our own may hold. A server that somebody else runs is
/// never configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// Bytes; `None`: no limit.
    pub maxmemory: Option<u64>,
    /// What to evict, in Redis's words, such as `allkeys-lru`.
    pub policy: Option<String>,
}

/// What of the environment decides which server `auto` is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// A URL, with the name of the variable that holds it.
    pub url: Option<(&'static str, String)>,
    /// The folders to look for programs in.
    pub path: Option<OsString>,
}

impl Surroundings {
    /// This process's environment: `DBDOJO_REDIS_URL`, else `REDIS_URL`, and `PATH`.
    pub fn of_process() -> Surroundings {
        let url = ["DBDOJO_REDIS_URL", "REDIS_URL"]
            .into_iter()
            .find_map(|name| {
                let value = std::env::var(name).ok().filter(|url| !url.is_empty())?;
                Some((name, value))
            });
        Surroundings {
            url,
            path: std::env::var_os("PATH"),
        }
    }
}

/// Why there is no cache server.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `--cache off`.
    #[error("the cache is off: --cache auto chooses a server")]
    Off,
    /// The URL in the environment or on the command line cannot be used.
    #[error("{from}{error}")]
    Url {
        /// `REDIS_URL: `, or nothing.
        from: String,
        /// What is wrong with it.
        #[source]
        error: BadUrl,
    },
    /// Nothing usable answers there.
    #[error("could not reach the cache server at {address}: {}", before_any_answer(.fault))]
    Unreachable {
        /// Without a password.
        address: String,
        /// What happened.
        #[source]
        fault: Fault,
    },
    /// A server program did not start.
    #[error("could not start {program}: {why}; --cache builtin needs no program")]
    Spawn {
        /// Its path.
        program: String,
        /// Its own words, if it had any.
        why: String,
    },
    /// The built-in server did not start.
    #[error("could not start the built-in cache server: {0}")]
    Builtin(String),
    /// The limits name a policy that the server does not have.
    #[error("{0}")]
    Limits(String),
    /// Limits were asked of a server that somebody else runs.
    #[error("{0} is not ours to configure: its maxmemory stays as it is")]
    NotOurs(String),
}

/// What is not there yet cannot be lost.
fn before_any_answer(fault: &Fault) -> String {
    match fault {
        Fault::Broken(why) => why.clone(),
        other => other.to_string(),
    }
}

/// A server that answers, and what keeps it running: a server of our own
/// stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    server: Server,
    endpoint: Endpoint,
    process: Process,
}

#[derive(Debug)]
enum Process {
    SomebodyElses,
    #[cfg(unix)]
    Spawned(Spawned),
    Builtin(#[expect(dead_code, reason = "dropping it stops it")] InProcess),
}

impl Running {
    /// Finds or starts the chosen server and asks it who it is.
    ///
    /// # Errors
    /// [`StartError`]; a URL that does not answer is never replaced by another
    /// server.
    pub fn start(
        choice: &Choice,
        limits: &Limits,
        surroundings: &Surroundings,
        timeouts: Timeouts,
        clock: &Clock,
    ) -> Result<Running, StartError> {
        match choice {
            Choice::Off => Err(StartError::Off),
            Choice::Builtin => Running::builtin(limits, timeouts, clock),
            Choice::Url(url) => Running::at(url, "", limits, timeouts, clock),
            Choice::Auto => {
                if let Some((variable, url)) = &surroundings.url {
                    let from = format!("{variable}: ");
                    let url: Url = url.parse().map_err(|error| StartError::Url {
                        from: from.clone(),
                        error,
                    })?;
                    return Running::at(&url, &from, limits, timeouts, clock);
                }
                #[cfg(unix)]
                if let Some(path) = &surroundings.path
                    && let Some(program) =
                        spawned::find_program(&["valkey-server", "redis-server"], path)
                {
                    let spawned = Spawned::start(&program, limits, clock)?;
                    let endpoint = spawned.endpoint();
                    return Running::identify(endpoint, Process::Spawned(spawned), timeouts, clock);
                }
                Running::builtin(limits, timeouts, clock)
            }
        }
    }

    fn builtin(limits: &Limits, timeouts: Timeouts, clock: &Clock) -> Result<Running, StartError> {
        let (process, endpoint) = InProcess::start(limits, clock)?;
        Running::identify(endpoint, Process::Builtin(process), timeouts, clock)
    }

    fn at(
        url: &Url,
        from: &str,
        limits: &Limits,
        timeouts: Timeouts,
        clock: &Clock,
    ) -> Result<Running, StartError> {
        if *limits != Limits::default() {
            return Err(StartError::NotOurs(url.to_string()));
        }
        let endpoint = url.resolve().map_err(|error| StartError::Url {
            from: from.to_owned(),
            error,
        })?;
        Running::identify(endpoint, Process::SomebodyElses, timeouts, clock)
    }

    fn identify(
        endpoint: Endpoint,
        process: Process,
        timeouts: Timeouts,
        clock: &Clock,
    ) -> Result<Running, StartError> {
        let private = !matches!(process, Process::SomebodyElses);
        let server = Connection::open(&endpoint, timeouts, clock)
            .and_then(|mut connection| Server::identify(&mut connection, &endpoint, private))
            .map_err(|fault| StartError::Unreachable {
                address: endpoint.place.to_string(),
                fault,
            })?;
        Ok(Running {
            server,
            endpoint,
            process,
        })
    }

    /// Who it is.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Where to connect.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The process id of a spawned server.
    pub fn process_id(&self) -> Option<u32> {
        match &self.process {
            #[cfg(unix)]
            Process::Spawned(spawned) => Some(spawned.process_id()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(choice: &Choice, surroundings: &Surroundings) -> Result<Running, StartError> {
        let timeouts = Timeouts::default();
        Running::start(
            choice,
            &Limits::default(),
            surroundings,
            timeouts,
            &Clock::wall(),
        )
    }

    #[test]
    fn an_unreachable_url_of_the_environment_is_an_error_and_no_fallback() {
        let surroundings = Surroundings {
            url: Some(("REDIS_URL", "redis://:s3cret@127.0.0.1:1".into())),
            path: None,
        };
        let error = start(&Choice::Auto, &surroundings).unwrap_err().to_string();
        assert!(
            error.starts_with("could not reach the cache server at 127.0.0.1:1: "),
            "{error}"
        );
        assert!(!error.contains("lost"), "it was never there: {error}");
        let surroundings = Surroundings {
            url: Some(("REDIS_URL", "http://localhost".into())),
            path: None,
        };
        let error = start(&Choice::Auto, &surroundings).unwrap_err().to_string();
        assert!(
            error.starts_with("REDIS_URL: cannot speak http://"),
            "{error}"
        );
    }

    #[test]
    fn off_is_off_and_somebody_elses_server_is_not_configured() {
        let nothing = Surroundings::default();
        assert!(matches!(
            start(&Choice::Off, &nothing),
            Err(StartError::Off)
        ));
        let limits = Limits {
            maxmemory: Some(1),
            policy: None,
        };
        let url = Choice::Url("redis://127.0.0.1:1".parse().unwrap());
        let timeouts = Timeouts::default();
        let refused = Running::start(&url, &limits, &nothing, timeouts, &Clock::wall());
        assert!(matches!(refused, Err(StartError::NotOurs(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_does_not_start_is_quoted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("redis-server");
        std::fs::write(&program, "#!/bin/sh\necho cannot bind\nexit 1\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let surroundings = Surroundings {
            url: None,
            path: Some(folder.path().as_os_str().to_owned()),
        };
        let error = start(&Choice::Auto, &surroundings).unwrap_err().to_string();
        assert!(error.contains("cannot bind; --cache builtin"), "{error}");
    }
}
