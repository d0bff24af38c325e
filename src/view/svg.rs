//! What every picture and page of dbdojo shares: one theme for light and dark,
//! and a frame that needs no network, no script and no font of its own.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Colours and letters by class name. Colours come from Okabe and Ito's
/// palette, which stays apart for colour-blind readers; the text classes pass
/// a contrast of 4.5 on both backgrounds.
///
/// Classes: `paper` (background), `ink` (text), `dim` (context), `bold`,
/// `line` (borders, axes), `box` (filled frame), `accent`, and `side-1` to
/// `side-5` for series, as `stroke` on lines and as `fill` with `filled`.
pub const THEME: &str = "\
:root{color-scheme:light dark;--paper:#ffffff;--ink:#1b1f24;--dim:#59636e;--line:#c4ccd4;--box:#f3f5f7;\
--accent:#005f8f;--s1:#005f8f;--s2:#a84300;--s3:#00694c;--s4:#8d3d70;--s5:#6b5900}\
@media screen and (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--dim:#9aa4ae;--line:#444c55;--box:#1e2328;\
--accent:#56b4e9;--s1:#56b4e9;--s2:#f0883e;--s3:#2fbf96;--s4:#e08fbf;--s5:#d9c74a}}\
.paper{fill:var(--paper)}.ink{fill:var(--ink)}.dim{fill:var(--dim)}.bold{font-weight:600}\
.line{stroke:var(--line);fill:none}.box{fill:var(--box);stroke:var(--line)}.accent{fill:var(--accent)}\
.side-1{stroke:var(--s1)}.side-2{stroke:var(--s2)}.side-3{stroke:var(--s3)}.side-4{stroke:var(--s4)}.side-5{stroke:var(--s5)}\
.side-1.filled{fill:var(--s1)}.side-2.filled{fill:var(--s2)}.side-3.filled{fill:var(--s3)}\
.side-4.filled{fill:var(--s4)}.side-5.filled{fill:var(--s5)}\
text{font-family:ui-sans-serif,system-ui,sans-serif;font-size:13px}\
.mono{font-family:ui-monospace,Menlo,Consolas,monospace}";

/// Width of a character of the `mono` class at 13 px, with room to spare:
/// monospace letters are 0.6 em wide, and some fallback fonts a little more.
pub const MONO_WIDTH: f64 = 8.0;

/// A picture of `width` x `height` pixels that scales down with its page.
/// `title` is what a screen reader says.
pub fn figure(width: f64, height: f64, title: &str, body: &Markup) -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label=(title)
            viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height)
            style="max-width:100%;height:auto" {
            title { (title) }
            (body)
        }
    }
}

/// A picture as a file of its own, with the theme and a background inside.
pub fn file(width: f64, height: f64, title: &str, body: &Markup) -> String {
    figure(
        width,
        height,
        title,
        &html! {
            style { (PreEscaped(THEME)) }
            rect class="paper" width="100%" height="100%" {}
            (body)
        },
    )
    .into_string()
}

/// A page as a file of its own: readable on a phone, in the dark, on paper.
pub fn page(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (PreEscaped(THEME)) (PreEscaped(PAGE)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    }
    .into_string()
}

/// The letters and boxes of a page.
const PAGE: &str = "\
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 ui-sans-serif,system-ui,sans-serif}\
main{max-width:60rem;margin:0 auto;padding:1rem}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}\
pre,code,td.n{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.875rem}\
pre{overflow-x:auto;background:var(--box);border:1px solid var(--line);padding:.75rem}\
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{padding:.25rem .75rem;text-align:left;\
border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\
.verdict{border-left:4px solid var(--accent);padding:.25rem 1rem;background:var(--box)}.quiet{color:var(--dim)}\
td.n,th.n{white-space:nowrap}pre.sql{white-space:pre-wrap;overflow-wrap:anywhere}.finding{margin:.75rem 0}.plan{margin:1rem 0}.step{margin:.6rem 0 .6rem calc(var(--depth)*min(1.25rem,3vw));\
padding-left:.6rem;border-left:2px solid var(--line)}.does{font-weight:600;overflow-wrap:anywhere}\
.step .quiet{font-size:.875rem}.share{display:flex;align-items:center;gap:.5rem;font-size:.8125rem;color:var(--dim)}\
.bar{flex:0 1 10rem;height:.6rem;background:var(--box);border:1px solid var(--line)}.bar>div{height:100%;background:var(--accent)}\
.wide{overflow-x:auto}.wide table{display:table}\
.beside{display:flex;flex-wrap:wrap;gap:1.5rem}.beside>*{flex:1 1 22rem;min-width:0}\
@media print{main{max-width:none}pre{white-space:pre-wrap}.wide{overflow:visible}figure,svg,tr{break-inside:avoid}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_learner_wrote_cannot_leave_its_text() {
        let picture = file(
            10.0,
            10.0,
            "<a> & \"b\"",
            &html! { text { "</text><script>" } },
        );
        assert!(!picture.contains("<script>"), "{picture}");
        assert!(
            picture.contains("&lt;a&gt; &amp; &quot;b&quot;"),
            "{picture}"
        );
    }

    #[test]
    fn a_page_asks_the_network_for_nothing() {
        let page = page("plan", &html! { p { "x" } });
        for word in ["<script", "<link", "url(", "@import", "src="] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
