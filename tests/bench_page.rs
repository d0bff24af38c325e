//! A benchmark's page: self-contained, and readable in a real browser, on a
//! phone and in the dark.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::Path;
use std::process::Command;

use assert_cmd::prelude::*;

fn dbdojo(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("dbdojo").unwrap();
    command
        .env("DBDOJO_HOME", home)
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["--cache", "builtin", "--data", "shop@tiny", "--quiet"])
        .args(args);
    command
}

/// A page of a short run.
fn page(home: &Path) -> std::path::PathBuf {
    let file = home.join("bench.html");
    dbdojo(
        home,
        &[
            "bench",
            "run",
            "--requests",
            "300",
            "--warmup",
            "100",
            "--cache-share",
            "50%",
        ],
    )
    .args(["--report", file.to_str().unwrap()])
    .assert()
    .success();
    file
}

fn chromium() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|program| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

#[test]
fn the_page_is_one_file_that_says_how_to_measure_again() {
    let home = tempfile::tempdir().unwrap();
    let html = std::fs::read_to_string(page(home.path())).unwrap();
    for word in [
        "<script", "<link", "url(", "@import", "src=", "http://", "https://",
    ] {
        let found = html
            .replace("http://www.w3.org/2000/svg", "")
            .contains(word);
        assert!(!found, "{word}");
    }
    for part in [
        "<html lang=\"en\">",
        "class=\"verdict\"",
        "How long reads took",
        "How many reads hit",
        "dbdojo bench run order-summary --data shop@tiny --cache builtin --seed 1 --requests 300",
        "with SQLite 3.",
    ] {
        assert!(html.contains(part), "{part}");
    }
    // The verdict comes before any chart; each chart says what it is; each
    // table names its rows and columns.
    assert!(html.find("class=\"verdict\"") < html.find("<svg"));
    assert_eq!(
        html.matches("<svg").count(),
        html.matches("</title>").count() - 1
    );
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(
        html.matches("<th").count() - html.matches("<thead").count(),
        html.matches("scope=").count()
    );
    assert!(
        !html.contains("NaN") && !html.contains("inf"),
        "a chart has a point that is no number"
    );
}

#[test]
fn an_existing_page_stays_unless_it_is_forced() {
    let home = tempfile::tempdir().unwrap();
    let file = page(home.path());
    let again = dbdojo(
        home.path(),
        &["bench", "run", "--report", file.to_str().unwrap()],
    )
    .output()
    .unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--force"));
}

#[test]
fn a_real_browser_shows_it_on_a_phone_without_scrolling_sideways() {
    let Some(program) = chromium() else {
        assert!(
            std::env::var_os("DBDOJO_REQUIRE_CHROMIUM").is_none(),
            "DBDOJO_REQUIRE_CHROMIUM is set, and there is no chromium"
        );
        eprintln!("skipped: no chromium in PATH");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let file = page(home.path());
    // A copy that measures itself: the page itself has no script. A frame has
    // the width of a phone, which a headless window has not.
    let measures = "<script>onload=()=>{const d=document,f=parent.document;\
        const out=f.createElement('pre');out.textContent='width '+d.documentElement.scrollWidth+\
        ' svgs '+[...d.querySelectorAll('svg')].filter(s=>s.getBoundingClientRect().height>100).length+\
        ' small '+[...d.querySelectorAll('svg text')].filter(t=>t.getBoundingClientRect().height<9).length+\
        ' outside '+[...d.querySelectorAll('svg')].flatMap(s=>{const b=s.getBoundingClientRect();\
        return [...s.querySelectorAll('text')].filter(t=>{const r=t.getBoundingClientRect();\
        return r.left<b.left-1||r.right>b.right+1||r.bottom>b.bottom+1})}).length;\
        f.body.append(out)}</script>";
    let html = std::fs::read_to_string(&file).unwrap();
    let inner = html.replace("</body>", &format!("{measures}</body>"));
    let escaped = inner.replace('&', "&amp;").replace('"', "&quot;");
    let outer = home.path().join("phone.html");
    std::fs::write(
        &outer,
        format!("<body><iframe width=360 height=800 srcdoc=\"{escaped}\"></iframe></body>"),
    )
    .unwrap();
    let shown = Command::new(program)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
            "--virtual-time-budget=4000",
        ])
        .arg(format!(
            "--user-data-dir={}",
            home.path().join("chromium").display()
        ))
        .arg(format!("file://{}", outer.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&shown.stdout);
    let told = dom
        .rsplit("<pre>")
        .next()
        .unwrap()
        .split("</pre>")
        .next()
        .unwrap();
    let (width, rest) = told
        .strip_prefix("width ")
        .unwrap()
        .split_once(' ')
        .unwrap();
    assert!(width.parse::<u32>().unwrap() <= 360, "{told}");
    assert_eq!(rest, "svgs 4 small 0 outside 0");
}
