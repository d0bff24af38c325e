//! What a person sees of a sweep, and what a program reads.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::cache::aside::Protection;
use crate::cache::policy::PolicyKind;
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::simulate::{Capacity, Curve};
use crate::lab::sweep::{Axis, Data, Rehearsal, Setting, Sweep, rehearse};
use crate::lab::workload::Workload;
use crate::progress;

fn report(axes: Vec<Axis>, curve: Option<Curve>) -> SweepReport {
    let workload = Workload::of("", &[], "", Distribution::Zipf { alpha: 0.9 });
    let mut rehearsal = Rehearsal::of(Workload {
        title: "reads of keys".to_owned(),
        warmup: 2_000,
        requests: 20_000,
        rounds: 1,
        ..workload
    })
    .unwrap();
    rehearsal.keys = Some(1_000);
    rehearsal.policy = PolicyKind::Lru;
    rehearsal.workload.caching.rules.ttl = Some(Duration::from_secs(5));
    let sweep = Sweep {
        rehearsal: &rehearsal,
        data: &Data::Imagined { written: 0.01 },
        axes,
        is_measured: false,
        curve,
        seed: 1,
        limit: None,
    };
    let clock = Clock::virtual_at(0);
    rehearse(&sweep, &clock, &Interrupt::new(), &mut progress::ignore).unwrap()
}

fn ttls() -> Axis {
    let ttl = |seconds| Setting::Ttl(Duration::from_secs(seconds));
    vec![ttl(1), ttl(10), ttl(60)]
}

fn sizes() -> Axis {
    let share = |percent| Setting::Capacity(Capacity::Percent(percent));
    vec![share(1.0), share(10.0)]
}

fn drawn(format: Format, report: &SweepReport) -> String {
    let mut out = Vec::new();
    write(&mut out, &Style::PIPED, format, report).unwrap();
    let text = String::from_utf8(out).unwrap();
    if format == Format::Table {
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }
    text
}

#[test]
fn one_combination_is_told_in_lines() {
    insta::assert_snapshot!(drawn(Format::Table, &report(Vec::new(), None)));
}

#[test]
fn one_setting_is_a_list() {
    insta::assert_snapshot!(drawn(Format::Table, &report(vec![ttls()], None)));
}

#[test]
fn two_settings_are_a_table() {
    insta::assert_snapshot!(drawn(Format::Table, &report(vec![ttls(), sizes()], None)));
}

#[test]
fn three_settings_fit_with_the_longest_names() {
    let protections = Protection::ALL.map(Setting::Protection).to_vec();
    let text = drawn(
        Format::Table,
        &report(vec![ttls(), sizes(), protections], None),
    );
    assert!(text.contains("stale-while-revalidate"), "{text}");
    assert!(text.contains("db reads"), "{text}");
}

#[test]
fn programs_read_every_combination() {
    let report = report(vec![ttls(), sizes()], Some(Curve::Exact));
    let json: Value = serde_json::from_str(&drawn(Format::Json, &report)).unwrap();
    assert_eq!(json["axes"], serde_json::json!(["ttl", "capacity"]));
    assert_eq!(json["results"].as_array().unwrap().len(), 6);
    assert_eq!(json["results"][5]["ttl_s"], 60.0);
    assert_eq!(json["results"][5]["capacity"], "10%");
    let one = &json["results"][0];
    let n = |name: &str| one[name].as_u64().unwrap();
    assert_eq!(
        n("hits") + n("misses") + n("fallbacks"),
        n("reads"),
        "{one}"
    );
    assert!(json["mrc"].as_array().unwrap().len() > 10);
    let csv = drawn(Format::Csv, &report);
    assert_eq!(csv.lines().count(), 7);
    assert!(
        csv.starts_with("ttl_s,capacity,room,reads,hit_ratio,"),
        "{csv}"
    );
}

#[test]
fn pictures_are_well_formed() {
    let policies = [PolicyKind::Lru, PolicyKind::Sieve].map(Setting::Policy);
    for (report, lines, bars) in [
        (report(vec![ttls(), sizes()], None), 2, 0),
        (report(vec![policies.to_vec()], None), 0, 2),
        (report(vec![sizes()], Some(Curve::Exact)), 4, 0),
        (report(Vec::new(), None), 0, 1),
    ] {
        let mut out = Vec::new();
        write_svg(&mut out, &report).unwrap();
        let text = String::from_utf8(out).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let all = || document.descendants();
        let found = all().filter(|it| it.has_tag_name("polyline")).count();
        assert_eq!(found, lines, "{text}");
        let found = all().filter(|it| it.attribute("class") == Some("side-1 filled"));
        let found = found.filter(|it| it.has_tag_name("rect")).count();
        assert_eq!(found, bars, "{text}");
        assert!(!text.contains("NaN"), "{text}");
    }
}
