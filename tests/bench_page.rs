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
    let dom = shown(program, home.path(), &outer, &[]);
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

/// The page's elements once `page` is loaded.
fn shown(program: &str, home: &Path, page: &Path, flags: &[&str]) -> String {
    let output = Command::new(program)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
            "--virtual-time-budget=4000",
        ])
        .args(flags)
        .arg(format!(
            "--user-data-dir={}",
            home.join("chromium").display()
        ))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What automatic checkers look for (WCAG 2.1): contrast, names, headings,
/// tables, what scrolls. Each fault is a word and the text that it is about.
const CHECKS: &str = "<script>onload=()=>{const d=document,bad=[];\
    const rgb=c=>(c.match(/[\\d.]+/g)||[]).map(Number);\
    const lum=c=>{const[r,g,b]=c.slice(0,3).map(v=>{v/=255;return v<=.03928?v/12.92:((v+.055)/1.055)**2.4});\
    return .2126*r+.7152*g+.0722*b};\
    const back=e=>{for(;e;e=e.parentElement){const c=rgb(getComputedStyle(e).backgroundColor);\
    if(c.length&&(c.length<4||c[3]>0))return c}return[255,255,255]};\
    const texts=[...d.querySelectorAll('body *')].filter(e=>[...e.childNodes].some(n=>n.nodeType==3&&n.data.trim())\
    &&!['SCRIPT','STYLE','title'].includes(e.tagName));\
    for(const e of texts){const s=getComputedStyle(e),svg=e.ownerSVGElement;\
    const f=lum(rgb(svg?s.fill:s.color)),g=lum(back(svg?e.ownerSVGElement.parentElement:e));\
    const ratio=(Math.max(f,g)+.05)/(Math.min(f,g)+.05);if(ratio<4.5)bad.push('contrast '+e.textContent)}\
    let level=0;for(const h of d.querySelectorAll('h1,h2,h3,h4')){const n=+h.tagName[1];\
    if(n>level+1)bad.push('heading '+h.textContent);level=n}\
    for(const t of d.querySelectorAll('th'))if(!t.scope)bad.push('scope '+t.textContent);\
    for(const s of d.querySelectorAll('svg'))if(s.getAttribute('role')!='img'||!s.getAttribute('aria-label'))bad.push('svg');\
    for(const e of d.querySelectorAll('main *'))if(e.scrollWidth>e.clientWidth+1&&getComputedStyle(e).overflowX=='auto'\
    &&e.tabIndex<0)bad.push('scrolls '+e.tagName);\
    for(const e of d.querySelectorAll('[role=region]'))if(!e.getAttribute('aria-label'))bad.push('region');\
    if(!d.documentElement.lang||!d.title)bad.push('page');\
    const dark=matchMedia('(prefers-color-scheme: dark)').matches;\
    const out=d.createElement('pre');out.textContent='checked '+texts.length+' dark '+dark+' bad '+bad.join('; ')+'.';\
    d.body.append(out)}</script>";

#[test]
fn a_real_browser_finds_no_barrier_by_day_or_night() {
    let Some(program) = chromium() else {
        assert!(
            std::env::var_os("DBDOJO_REQUIRE_CHROMIUM").is_none(),
            "DBDOJO_REQUIRE_CHROMIUM is set, and there is no chromium"
        );
        eprintln!("skipped: no chromium in PATH");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let html = std::fs::read_to_string(page(home.path())).unwrap();
    let checked = home.path().join("checked.html");
    std::fs::write(
        &checked,
        html.replace("</body>", &format!("{CHECKS}</body>")),
    )
    .unwrap();
    for (flags, dark) in [
        (
            &[
                "--window-size=390,800",
                "--blink-settings=preferredColorScheme=1",
            ][..],
            "false",
        ),
        (
            &[
                "--window-size=390,800",
                "--blink-settings=preferredColorScheme=0",
            ],
            "true",
        ),
    ] {
        let dom = shown(program, home.path(), &checked, flags);
        let (_, told) = dom.rsplit_once("checked ").unwrap();
        let told = told.split('<').next().unwrap();
        let (texts, rest) = told.split_once(' ').unwrap();
        assert!(texts.parse::<u32>().unwrap() > 100, "{told}");
        assert_eq!(rest, format!("dark {dark} bad ."));
    }
}

#[test]
fn each_chart_is_a_file_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let charts = home.path().join("charts");
    let run = |more: &[&str]| {
        dbdojo(
            home.path(),
            &["bench", "run", "--requests", "300", "--warmup", "100"],
        )
        .args(["--cache-share", "50%", "--charts", charts.to_str().unwrap()])
        .args(more)
        .output()
        .unwrap()
    };
    assert!(run(&[]).status.success());
    for name in ["latencies", "hit-ratio", "miss-ratio", "cost"] {
        let picture = std::fs::read_to_string(charts.join(format!("{name}.svg"))).unwrap();
        let svg = roxmltree::Document::parse(&picture).unwrap();
        let has_lines = svg
            .descendants()
            .any(|it| it.has_tag_name("polyline") || it.tag_name().name() == "polyline");
        assert!(has_lines, "{name}");
        assert!(
            !picture.contains("NaN") && !picture.contains("inf"),
            "{name}"
        );
    }
    let again = run(&[]);
    assert_eq!(again.status.code(), Some(2));
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        told.contains("latencies.svg exists already; --force"),
        "{told}"
    );
    assert!(run(&["--force"]).status.success());
}
