//! Numbers as people read and write them: `1,204`, `4.66 ms`, `1.6 MB`, `30s`.

use std::time::Duration;

/// `1204` as `1,204`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 row`, `1,204 rows`. `plural` is the whole word.
pub fn counted(n: u64, singular: &str, plural: &str) -> String {
    if n == 1 {
        format!("1 {singular}")
    } else {
        format!("{} {plural}", count(n))
    }
}

/// A duration with three significant digits in the unit a person would
/// choose: `0.6 ms`, `12.4 ms`, `3.20 s`. Below a millisecond it stays in
/// milliseconds down to a microsecond, so that figures beside each other
/// compare by eye; below that it is in microseconds or nanoseconds.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 120.0 {
        let whole = time.as_secs();
        format!("{} min {} s", whole / 60, whole % 60)
    } else if seconds >= 1.0 {
        format!("{} s", three_digits(seconds))
    } else if seconds >= 1e-6 {
        format!("{} ms", milliseconds(time))
    } else {
        format!("{} ns", time.as_nanos())
    }
}

/// Milliseconds without the unit: `4.66`, `0.023`, `312`.
pub fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 0.1 {
        format!("{ms:.3}")
    } else {
        three_digits(ms)
    }
}

fn three_digits(x: f64) -> String {
    if x >= 99.95 {
        count(x.round() as u64)
    } else if x >= 9.995 {
        format!("{x:.1}")
    } else {
        format!("{x:.2}")
    }
}

/// Seconds, rounded as [`duration`] rounds them: what is said of two times agrees
/// with how they are shown.
pub fn seconds_shown(time: Duration) -> f64 {
    let text = duration(time);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, "s"));
    let scale = match unit {
        "ns" => 1e-9,
        "ms" => 1e-3,
        "s" => 1.0,
        // Minutes are shown to the second.
        _ => return time.as_secs() as f64,
    };
    number.replace(',', "").parse::<f64>().unwrap_or(0.0) * scale
}

/// Bytes in decimal units: `812 B`, `1.6 MB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    if value >= 9.95 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// How many times larger `a` is than `b`: `3.1x`, `171x`.
pub fn times(a: f64, b: f64) -> String {
    let ratio = if b > 0.0 { a / b } else { f64::INFINITY };
    if ratio >= 9.95 {
        format!("{}x", count(ratio.round() as u64))
    } else {
        format!("{ratio:.1}x")
    }
}

/// A text that is no number of the asked kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {kind}: write it like {example}")]
pub struct BadNumber {
    text: String,
    kind: &'static str,
    example: &'static str,
}

/// Reads `30s`, `500ms`, `2m`, `1h`, `250us`. A number without a unit is
/// seconds.
///
/// # Errors
/// [`BadNumber`] for anything else, and for what does not fit a [`Duration`].
pub fn parse_duration(text: &str) -> Result<Duration, BadNumber> {
    let bad = || BadNumber {
        text: text.to_owned(),
        kind: "duration",
        example: "30s, 500ms or 2m",
    };
    let (number, unit) = split_unit(text);
    let scale = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(bad()),
    };
    let value: f64 = number.parse().map_err(|_| bad())?;
    Duration::try_from_secs_f64(value * scale).map_err(|_| bad())
}

/// Reads `100k`, `4M`, `64MB`, `1,000`: counts and sizes, in powers of 1000;
/// `KiB`, `MiB`, `GiB` in powers of 1024.
///
/// # Errors
/// [`BadNumber`] for anything else, and for what does not fit.
pub fn parse_count(text: &str) -> Result<u64, BadNumber> {
    let bad = || BadNumber {
        text: text.to_owned(),
        kind: "count or size",
        example: "500, 100k, 4M or 64MB",
    };
    let plain = text.replace([',', '_'], "");
    let (number, unit) = split_unit(&plain);
    let scale: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(bad()),
    };
    let value: f64 = number.parse().map_err(|_| bad())?;
    let scaled = value * scale;
    // 2^53: above it, a float no longer holds every whole number.
    if !(0.0..=9_007_199_254_740_992.0).contains(&scaled) || scaled.fract() != 0.0 {
        return Err(bad());
    }
    Ok(scaled as u64)
}

fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_prose() {
        assert_eq!(count(7), "7");
        assert_eq!(count(168_420), "168,420");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(duration(Duration::from_micros(4_660)), "4.66 ms");
        assert_eq!(duration(Duration::from_micros(23)), "0.023 ms");
        assert_eq!(duration(Duration::from_nanos(480)), "480 ns");
        assert_eq!(duration(Duration::from_millis(99_960)), "100 s");
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(1_600_000), "1.6 MB");
        assert_eq!(bytes(999_700), "1.0 MB");
        assert_eq!(times(8.2, 0.048), "171x");
    }

    #[test]
    fn people_write_units() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("1.5 s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_duration("30"), Ok(Duration::from_secs(30)));
        assert!(parse_duration("soon").is_err());
        assert!(parse_duration("-1s").is_err());
        assert!(parse_duration("1e999s").is_err());
        assert_eq!(parse_count("100k"), Ok(100_000));
        assert_eq!(parse_count("1.5M"), Ok(1_500_000));
        assert_eq!(parse_count("64MB"), Ok(64_000_000));
        assert_eq!(parse_count("64MiB"), Ok(67_108_864));
        assert!(parse_count("1.5").is_err());
        assert!(parse_count("lots").is_err());
    }
}
