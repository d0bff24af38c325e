//! What the cache has done so far, and whether it pays.

use std::io::{self, Write};

use crate::cache::stats::{CostModel, Memory, QueueStats, Stats};
use crate::units;
use crate::view::Style;

/// Below this many lookups, a hit ratio is chance.
const ENOUGH_LOOKUPS: u64 = 20;

/// `.cache stats`: hit ratio, costs, what they come to, and whether that pays.
///
/// # Errors
/// Those of `out`.
pub fn write_stats(out: &mut dyn Write, style: &Style, stats: &Stats) -> io::Result<()> {
    let Some(ratio) = stats.hit_ratio() else {
        writeln!(out, "hit ratio   no read has asked the cache yet")?;
        return write_troubles(out, stats);
    };
    let judged = if stats.lookups() < ENOUGH_LOOKUPS {
        let (hits, lookups) = (stats.hits, stats.lookups());
        format!("{hits} of {lookups} (too few to judge)")
    } else {
        let lookups = units::count(stats.lookups());
        let (hits, of) = stats.lately;
        if of >= ENOUGH_LOOKUPS && of < stats.lookups() {
            let recent = hits as f64 / of as f64;
            format!("{ratio:.3} of {lookups} reads, {recent:.3} of the last {of}")
        } else {
            format!("{ratio:.3} of {lookups} reads")
        }
    };
    writeln!(out, "hit ratio   {judged}")?;
    let Some(model) = stats.model() else {
        return write_troubles(out, stats);
    };
    let ms = units::milliseconds;
    writeln!(
        out,
        "costs, ms   database {}   get {}   set {}",
        ms(model.database),
        ms(model.get),
        ms(model.set)
    )?;
    let average = model.average();
    let (without, with) = (model.database.as_secs_f64(), average.as_secs_f64());
    let change = if without.max(with) < 1.05 * without.min(with) {
        "about the same".to_owned()
    } else if with < without {
        format!("{}: {}", units::times(without, with), still_reaching(ratio))
    } else {
        format!(
            "{} slower: {}",
            units::times(with, without),
            why_slower(&model)
        )
    };
    writeln!(
        out,
        "average     {} -> {} ms, {change}",
        ms(model.database),
        ms(average)
    )?;
    writeln!(
        out,
        "            {}",
        style.dim("= get + (1 - hit ratio) x (database + set)")
    )?;
    match model.break_even() {
        Some(break_even) => writeln!(
            out,
            "break-even  {} ms a query at this hit ratio; yours takes {}",
            ms(break_even),
            ms(model.database)
        )?,
        None => writeln!(out, "break-even  none: a cache that never hits only costs")?,
    }
    write_troubles(out, stats)
}

/// What the server holds, and what it had to evict.
///
/// # Errors
/// Those of `out`.
pub fn write_memory(out: &mut dyn Write, memory: &Memory, stored: u64) -> io::Result<()> {
    let results = units::counted(stored, "result", "results");
    let used = units::bytes(memory.used);
    let limit = match memory.limit {
        Some(limit) => format!(" of {}", units::bytes(limit)),
        None => String::new(),
    };
    let evicted = units::count(memory.evicted);
    writeln!(
        out,
        "server      {results} of yours, {used}{limit} used, {evicted} evicted"
    )
}

fn still_reaching(hit_ratio: f64) -> String {
    let percent = 100.0 * (1.0 - hit_ratio);
    if percent == 0.0 {
        "no read reaches the database".to_owned()
    } else if percent < 1.0 {
        "under 1% of reads reach the database".to_owned()
    } else if percent == 50.0 {
        "half the reads still reach the database".to_owned()
    } else {
        format!("{percent:.0}% of the reads still reach the database")
    }
}

fn why_slower(model: &CostModel) -> &'static str {
    if model.get >= model.database {
        "asking it alone takes longer"
    } else {
        "too few reads hit"
    }
}

/// The writes that the database has later than their writers were told.
fn write_queue(out: &mut dyn Write, queue: &QueueStats) -> io::Result<()> {
    let most = units::counted(queue.most, "write", "writes");
    let waiting = units::count(queue.waiting);
    let of = units::count(queue.acknowledged);
    writeln!(
        out,
        "queue       {waiting} of {most} wait; {of} were acknowledged"
    )?;
    if let Some(push) = queue.push {
        let push = units::milliseconds(push);
        writeln!(out, "            {push} ms until a write is acknowledged")?;
    }
    let given = u32::try_from(queue.flushed + queue.refused).unwrap_or(u32::MAX);
    if given > 0 {
        let flushed = units::count(queue.flushed);
        let flushes = units::counted(queue.flushes, "flush", "flushes");
        let each = units::milliseconds(queue.database / given);
        writeln!(
            out,
            "            the database has {flushed} of them, in {flushes}: {each} ms a write"
        )?;
    }
    let troubles = [
        (queue.refused, "refused by the database later"),
        (queue.lost, "lost with the cache server"),
    ];
    for (writes, what) in troubles.into_iter().filter(|(writes, _)| *writes > 0) {
        let writes = units::counted(writes, "acknowledged write", "acknowledged writes");
        writeln!(out, "            {writes} {what}")?;
    }
    Ok(())
}

/// What did not go as it should, if anything.
fn write_troubles(out: &mut dyn Write, stats: &Stats) -> io::Result<()> {
    if let Some(queue) = &stats.queue {
        write_queue(out, queue)?;
    }
    if stats.bypasses > 0 {
        let reads = units::counted(stats.bypasses, "read", "reads");
        writeln!(out, "not cached  {reads} that may not be")?;
    }
    let protected = [
        (stats.shared, "waited for another reader"),
        (stats.early, "loaded before the TTL ended"),
        (stats.stale, "answered after the TTL ended"),
    ];
    for (reads, what) in protected.into_iter().filter(|(reads, _)| *reads > 0) {
        let reads = units::counted(reads, "read", "reads");
        writeln!(out, "protection  {reads} {what}")?;
    }
    if stats.errors > 0 || stats.degraded > 0 {
        let errors = units::counted(stats.errors, "failure", "failures");
        let reads = units::counted(stats.degraded, "read", "reads");
        writeln!(
            out,
            "errors      {errors} of the cache; the database alone answered {reads}"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn drawn(stats: &Stats) -> String {
        let mut out = Vec::new();
        write_stats(&mut out, &Style::PIPED, stats).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_server_says_what_it_holds() {
        let mut out = Vec::new();
        let memory = Memory {
            used: 1_204_000,
            limit: Some(64_000_000),
            evicted: 12,
        };
        write_memory(&mut out, &memory, 40).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "server      40 results of yours, 1.2 MB of 64 MB used, 12 evicted\n"
        );
    }

    #[test]
    fn lately_and_protection_are_told_apart() {
        let stats = Stats {
            lately: (90, 100),
            shared: 3,
            ..stats(300, 200, [4_660_000, 20_000, 30_000])
        };
        let text = drawn(&stats);
        assert!(
            text.starts_with("hit ratio   0.600 of 500 reads, 0.900 of the last 100\n"),
            "{text}"
        );
        assert!(
            text.contains("protection  3 reads waited for another reader\n"),
            "{text}"
        );
    }

    fn stats(hits: u64, misses: u64, nanos: [u64; 3]) -> Stats {
        let [database, get, set] = nanos.map(|n| Some(Duration::from_nanos(n)));
        Stats {
            hits,
            misses,
            database,
            get,
            set,
            ..Stats::default()
        }
    }

    #[test]
    fn the_three_costs_and_what_they_come_to() {
        let few = stats(1, 1, [4_660_000, 20_000, 30_000]);
        insta::assert_snapshot!(drawn(&few), @r#"
        hit ratio   1 of 2 (too few to judge)
        costs, ms   database 4.66   get 0.020   set 0.030
        average     4.66 -> 2.36 ms, 2.0x: half the reads still reach the database
                    = get + (1 - hit ratio) x (database + set)
        break-even  0.070 ms a query at this hit ratio; yours takes 4.66
        "#);
        let many = Stats {
            bypasses: 3,
            errors: 2,
            degraded: 1,
            ..stats(1801, 829, [4_660_000, 20_000, 30_000])
        };
        insta::assert_snapshot!(drawn(&many), @r#"
        hit ratio   0.685 of 2,630 reads
        costs, ms   database 4.66   get 0.020   set 0.030
        average     4.66 -> 1.50 ms, 3.1x: 32% of the reads still reach the database
                    = get + (1 - hit ratio) x (database + set)
        break-even  0.043 ms a query at this hit ratio; yours takes 4.66
        not cached  3 reads that may not be
        errors      2 failures of the cache; the database alone answered 1 read
        "#);
        let loses = stats(90, 10, [3_000, 20_000, 30_000]);
        insta::assert_snapshot!(drawn(&loses), @r#"
        hit ratio   0.900 of 100 reads
        costs, ms   database 0.003   get 0.020   set 0.030
        average     0.003 -> 0.023 ms, 7.8x slower: asking it alone takes longer
                    = get + (1 - hit ratio) x (database + set)
        break-even  0.026 ms a query at this hit ratio; yours takes 0.003
        "#);
        let never = stats(0, 30, [3_000_000, 20_000, 30_000]);
        insta::assert_snapshot!(drawn(&never), @r#"
        hit ratio   0.000 of 30 reads
        costs, ms   database 3.00   get 0.020   set 0.030
        average     3.00 -> 3.05 ms, about the same
                    = get + (1 - hit ratio) x (database + set)
        break-even  none: a cache that never hits only costs
        "#);
        insta::assert_snapshot!(drawn(&Stats::default()), @"hit ratio   no read has asked the cache yet");
    }

    #[test]
    fn the_queue_tells_what_became_of_each_write() {
        let empty = QueueStats {
            most: 100,
            ..QueueStats::default()
        };
        let stats = |queue| Stats {
            queue: Some(queue),
            ..Stats::default()
        };
        insta::assert_snapshot!(drawn(&stats(empty)), @r"
        hit ratio   no read has asked the cache yet
        queue       0 of 100 writes wait; 0 were acknowledged
        ");
        let used = QueueStats {
            waiting: 3,
            acknowledged: 1_206,
            flushed: 1_200,
            flushes: 14,
            refused: 1,
            lost: 2,
            push: Some(Duration::from_micros(31)),
            database: Duration::from_millis(40),
            ..empty
        };
        insta::assert_snapshot!(drawn(&stats(used)), @r"
        hit ratio   no read has asked the cache yet
        queue       3 of 100 writes wait; 1,206 were acknowledged
                    0.031 ms until a write is acknowledged
                    the database has 1,200 of them, in 14 flushes: 0.033 ms a write
                    1 acknowledged write refused by the database later
                    2 acknowledged writes lost with the cache server
        ");
    }

    /// The numbers after a label, and the size of half the last digit of each.
    fn printed(text: &str, label: &str) -> Vec<(f64, f64)> {
        let line = text.lines().find(|line| line.contains(label)).unwrap();
        let (_, after) = line.split_once(label).unwrap();
        after
            .replace(',', "")
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .filter_map(|word| {
                let decimals = word.split_once('.').map_or(0, |(_, d)| d.len());
                Some((
                    word.parse().ok()?,
                    0.5 * 0.1_f64.powi(i32::try_from(decimals).ok()?),
                ))
            })
            .collect()
    }

    proptest! {
        /// A reader with a pocket calculator comes to the printed results.
        #[test]
        fn the_printed_figures_agree_with_each_other(
            hits in 1_u64..5000,
            misses in 1_u64..5000,
            database in 1_000_u64..1_000_000_000,
            get in 1_000_u64..10_000_000,
            set in 1_000_u64..10_000_000,
        ) {
            prop_assume!(hits + misses >= ENOUGH_LOOKUPS);
            let text = drawn(&stats(hits, misses, [database, get, set]));
            let h = hits as f64 / (hits + misses) as f64;
            let (d, d_half) = printed(&text, "database ")[0];
            let (r, r_half) = printed(&text, "   get ")[0];
            let (w, w_half) = printed(&text, "   set ")[0];
            prop_assert!((printed(&text, "hit ratio ")[0].0 - h).abs() <= 0.0005 + 1e-9);
            let average = printed(&text, "average ");
            prop_assert_eq!(average[0].0, d);
            let (average, half) = average[1];
            let slack = half + r_half + (1.0 - h) * (d_half + w_half) + 1e-9;
            prop_assert!((average - (r + (1.0 - h) * (d + w))).abs() <= slack, "{}", text);
            let (break_even, half) = printed(&text, "break-even ")[0];
            let slack = half + (r_half + (1.0 - h) * w_half) / h + 1e-9;
            prop_assert!((break_even - (r + (1.0 - h) * w) / h).abs() <= slack, "{}", text);
            // The verdict and the break-even say the same.
            if text.contains("slower") {
                prop_assert!(d <= break_even + d_half + slack, "{}", text);
            } else if !text.contains("about the same") {
                prop_assert!(d >= break_even - d_half - slack, "{}", text);
            }
            prop_assert!(text.lines().all(|line| line.chars().count() <= 80), "{}", text);
        }
    }
}
