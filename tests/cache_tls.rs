//! A cache server behind TLS and a password: real redis-server, certificates
//! made here.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::CommandCargoExt as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

const PASSWORD: &str = "s3cret-word";

/// Certificates in a folder: `ca.pem`, and a pair for each name.
struct Certificates {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Certificates {
    fn new() -> Certificates {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Certificates { folder, issuer }
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Paths of a certificate for `name` and of its key.
    fn issue(&self, name: &str, expired: bool) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let path = |end: &str| self.folder.path().join(format!("{name}-{expired}.{end}"));
        fs::write(path("pem"), certificate.pem()).unwrap();
        fs::write(path("key"), key.serialize_pem()).unwrap();
        (path("pem"), path("key"))
    }
}

struct Redis {
    process: Child,
    tls: u16,
    plain: u16,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    free.local_addr().unwrap().port()
}

/// redis-server with this certificate; `None`, and a line that says so, where
/// there is none.
fn start(certificates: &Certificates, pair: &(PathBuf, PathBuf)) -> Option<Redis> {
    let (tls, plain) = (free_port(), free_port());
    let folder = certificates.folder.path();
    let spawned = Command::new("redis-server")
        .args(["--port", &plain.to_string(), "--tls-port", &tls.to_string()])
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--tls-auth-clients", "no", "--requirepass", PASSWORD])
        .arg("--tls-cert-file")
        .arg(&pair.0)
        .arg("--tls-key-file")
        .arg(&pair.1)
        .arg("--tls-ca-cert-file")
        .arg(certificates.ca())
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .spawn();
    let Ok(process) = spawned else {
        assert!(std::env::var_os("DBDOJO_REQUIRE_REDIS").is_none());
        eprintln!("skipped: no redis-server");
        return None;
    };
    let mut redis = Redis {
        process,
        tls,
        plain,
    };
    while TcpStream::connect((Ipv4Addr::LOCALHOST, tls)).is_err() {
        assert!(redis.process.try_wait().unwrap().is_none(), "it has ended");
        std::thread::yield_now();
    }
    Some(redis)
}

/// Standard output and error together, and the exit code, of a session that
/// reads twice through the cache at `url` and looks at everything.
fn session(url: &str, ca: Option<&Path>) -> (String, i32) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("dbdojo").unwrap();
    command
        .env("DBDOJO_HOME", home.path())
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .env_remove("SSL_CERT_DIR")
        // Nobody's certificates, unless the test names some.
        .env("SSL_CERT_FILE", ca.unwrap_or(Path::new("/dev/null")))
        .args(["-d", "shop@tiny", "-v", "--cache", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have ended before it reads this.
    let _ = child.stdin.take().unwrap().write_all(
        b".cache\n.cache trace on\nselect count(*) from orders;\nselect count(*) from orders;\n\
          .cache show\n.cache stats\n.redis CLIENT INFO\n.redis PING\n",
    );
    let output = child.wait_with_output().unwrap();
    let mut said = String::from_utf8(output.stdout).unwrap();
    said.push_str(&String::from_utf8(output.stderr).unwrap());
    assert!(!said.contains(PASSWORD), "the password was printed: {said}");
    (said, output.status.code().unwrap())
}

#[test]
fn a_session_runs_over_tls_and_never_prints_the_password() {
    let certificates = Certificates::new();
    let Some(redis) = start(&certificates, &certificates.issue("localhost", false)) else {
        return;
    };
    let ca = certificates.ca();
    let url = format!("rediss://:{PASSWORD}@localhost:{}", redis.tls);
    let (said, code) = session(&url, Some(&ca));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("MISS") && said.contains("HIT"), "{said}");
    assert!(said.contains("PONG"), "{said}");
    let (said, code) = session(&format!("{url}#insecure"), None);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("HIT"), "{said}");

    let port = redis.tls;
    for (url, ca, complaint) in [
        (
            url.clone(),
            None,
            "this machine has no certificates to check the server's with",
        ),
        (
            format!("rediss://:{PASSWORD}@127.0.0.1:{port}"),
            Some(&*ca),
            "its certificate is not for 127.0.0.1, but for localhost",
        ),
        (
            format!("rediss://:{PASSWORD}@localhost:{}", redis.plain),
            Some(&*ca),
            "no answer in TLS within 1.00 s; redis:// is without",
        ),
        (
            format!("rediss://:wrong{PASSWORD}@localhost:{port}"),
            Some(&*ca),
            "WRONGPASS",
        ),
        (format!("rediss://localhost:{port}"), Some(&*ca), "NOAUTH"),
        (
            format!("redis://:{PASSWORD}@localhost:{port}"),
            Some(&*ca),
            "could not reach the cache server",
        ),
        (
            format!("rediss://:{PASSWORD}@localhost:{port}/99"),
            Some(&*ca),
            "DB index is out of range",
        ),
    ] {
        let (said, code) = session(&url, ca);
        assert_eq!(code, 3, "{url}: {said}");
        assert!(said.contains(complaint), "{url}: {said}");
    }
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_in_a_sentence() {
    let certificates = Certificates::new();
    let strangers = Certificates::new();
    let Some(redis) = start(&certificates, &certificates.issue("localhost", true)) else {
        return;
    };
    let url = format!("rediss://:{PASSWORD}@localhost:{}", redis.tls);
    let (said, code) = session(&url, Some(&certificates.ca()));
    assert_eq!(code, 3);
    assert!(said.contains("its certificate has expired"), "{said}");
    let valid = certificates.issue("localhost", false);
    let Some(redis) = start(&certificates, &valid) else {
        return;
    };
    let url = format!("rediss://:{PASSWORD}@localhost:{}", redis.tls);
    let (said, code) = session(&url, Some(&strangers.ca()));
    assert_eq!(code, 3);
    assert!(
        said.contains("signed by nobody that this machine trusts"),
        "{said}"
    );
    assert!(said.contains("#insecure at the end of the URL"), "{said}");
}
