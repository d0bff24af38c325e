//! Adding decimal numbers, for `INCRBYFLOAT`.
//!
//! Redis adds in its machine's `long double` and prints 17 decimals, so that
//! 0.1 and 0.2 make 0.3. We add decimals exactly, which prints the same
//! wherever `long double`'s noise stays below the 17th decimal. Numbers that
//! need more places or more digits are added as `f64`.

use super::error::CommandError;

/// Decimals that are kept.
const PLACES: usize = 17;
/// 10^17.
const ONE: i128 = 100_000_000_000_000_000;

/// The sum as Redis writes it: no exponent, no trailing zeros.
pub(super) fn sum(a: &[u8], b: &[u8]) -> Result<String, CommandError> {
    if let (Some(a), Some(b)) = (exact(a), exact(b))
        && let Some(sum) = a.checked_add(b)
    {
        return Ok(print(sum));
    }
    let sum = float(a)? + float(b)?;
    if !sum.is_finite() {
        return Err(CommandError::NotFinite);
    }
    let text = format!("{sum:.PLACES$}");
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// `-12.5` or `1.25e1` in units of 10^-17; `None` for what needs more places or
/// digits, and for what is no decimal number.
fn exact(text: &[u8]) -> Option<i128> {
    let e = text.iter().position(|c| c.eq_ignore_ascii_case(&b'e'));
    let (text, exponent) = match e {
        None => (text, 0),
        Some(e) => {
            let exponent = std::str::from_utf8(&text[e + 1..]).ok()?;
            (&text[..e], exponent.parse::<i32>().ok()?)
        }
    };
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let point = digits
        .iter()
        .position(|c| *c == b'.')
        .unwrap_or(digits.len());
    let whole = &digits[..point];
    let fraction = digits.get(point + 1..).unwrap_or_default();
    if whole.len() > 19 || fraction.len() > PLACES || whole.len() + fraction.len() == 0 {
        return None;
    }
    let mut value: i128 = 0;
    let zeros = std::iter::repeat_n(&b'0', PLACES - fraction.len());
    for digit in whole.iter().chain(fraction).chain(zeros) {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i128::from(digit - b'0');
    }
    let shift = 10i128.checked_pow(exponent.unsigned_abs())?;
    let value = match exponent {
        0.. => value.checked_mul(shift)?,
        _ if value % shift == 0 => value / shift,
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

fn print(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (
        value.unsigned_abs() / ONE.unsigned_abs(),
        value.unsigned_abs() % ONE.unsigned_abs(),
    );
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:0PLACES$}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

fn float(text: &[u8]) -> Result<f64, CommandError> {
    let text = std::str::from_utf8(text).map_err(|_| CommandError::NotAFloat)?;
    let value: f64 = text.parse().map_err(|_| CommandError::NotAFloat)?;
    if value.is_nan() {
        Err(CommandError::NotAFloat)
    } else {
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(a: &str, b: &str) -> Result<String, CommandError> {
        sum(a.as_bytes(), b.as_bytes())
    }

    #[test]
    fn sums_print_as_in_redis() {
        for (a, b, expected) in [
            ("0.1", "0.2", "0.3"),
            ("10.50", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("-1", "0.25", "-0.75"),
            ("4999.6", "-5E3", "-0.4"),
            ("1e-3", "0.002", "0.003"),
            ("1", "-1", "0"),
            ("-.5", "+.5", "0"),
            ("3.", "1", "4"),
            ("9223372036854775807", "1", "9223372036854775808"),
        ] {
            assert_eq!(add(a, b).as_deref(), Ok(expected), "{a} + {b}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "x", "1x", " 1", "1 ", "nan", ".", "-", "1.2.3"] {
            assert_eq!(add("1", text), Err(CommandError::NotAFloat), "{text:?}");
        }
        assert_eq!(add("1", "inf"), Err(CommandError::NotFinite));
        assert_eq!(add("1e308", "1e308"), Err(CommandError::NotFinite));
    }
}
