//! Numbers of a result as text, without an allocation a number.

use std::fmt::Write as _;

/// Turns numbers into text in a buffer that it keeps.
#[derive(Default)]
pub struct NumberText {
    integer: itoa::Buffer,
    shortest: zmij::Buffer,
    text: String,
}

impl NumberText {
    /// All digits of `n`.
    pub fn integer(&mut self, n: i64) -> &str {
        self.integer.format(n)
    }

    /// The fewest digits that read back as the same number, for programs. In
    /// SQLite's manner: `1.0`, `1.0e+15`, `Inf`.
    pub fn exact(&mut self, x: f64) -> &str {
        if !is_drawn_plainly(x) {
            return self.scientific(x, None);
        }
        self.shortest.format_finite(x)
    }

    /// At most 15 significant digits, for people: `0.1 + 0.2` is `0.3`. This
    /// is the `%!.15g` by which SQLite printed reals for most of its life;
    /// sums of prices stay readable.
    pub fn readable(&mut self, x: f64) -> &str {
        /// 15 digits and the point.
        const FITS: usize = 16;
        if !is_drawn_plainly(x) || self.shortest.format_finite(x.abs()).len() > FITS {
            return self.scientific(x, Some(15));
        }
        // At most 15 digits that read back as x are the 15 digits of x.
        self.shortest.format_finite(x)
    }

    /// `%!.<digits>g`, or as many digits as needed.
    fn scientific(&mut self, x: f64, digits: Option<usize>) -> &str {
        self.text.clear();
        if !x.is_finite() {
            self.text.push_str(if x > 0.0 { "Inf" } else { "-Inf" });
            return &self.text;
        }
        // Writing to a String cannot fail.
        let _ = match digits {
            Some(n) => write!(self.text, "{x:.*e}", n - 1),
            None => write!(self.text, "{x:e}"),
        };
        let (mantissa, exponent) = self.text.split_once('e').unwrap_or((&self.text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let negative = mantissa.starts_with('-');
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let digits = match digits.trim_end_matches('0') {
            "" => "0",
            some => some,
        };

        let text = &mut self.text;
        text.clear();
        if negative && digits != "0" {
            text.push('-');
        }
        if (-4..15).contains(&exponent) {
            // The point stands after this many digits.
            let point = exponent + 1;
            let whole = usize::try_from(point).unwrap_or(0);
            if whole == 0 {
                text.push_str("0.");
                text.extend((point..0).map(|_| '0'));
                text.push_str(digits);
            } else if whole >= digits.len() {
                text.push_str(digits);
                text.extend((digits.len()..whole).map(|_| '0'));
                text.push_str(".0");
            } else {
                text.push_str(&digits[..whole]);
                text.push('.');
                text.push_str(&digits[whole..]);
            }
        } else {
            text.push_str(&digits[..1]);
            text.push('.');
            text.push_str(if digits.len() > 1 { &digits[1..] } else { "0" });
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(text, "e{sign}{:02}", exponent.unsigned_abs());
        }
        text
    }
}

/// Whether `x` is written without an exponent, by SQLite and by zmij alike.
fn is_drawn_plainly(x: f64) -> bool {
    (1e-4..1e15).contains(&x.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_read_reals_as_sqlite_has_always_printed_them() {
        let mut numbers = NumberText::default();
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333333"),
            (-2.0 / 3.0, "-0.666666666666667"),
            (19.99 * 3.0, "59.97"),
            (123_456_789_012_345.6, "123456789012346.0"),
            (1e14, "100000000000000.0"),
            (1e15, "1.0e+15"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (9.999_999_999_999_999e-5, "0.0001"),
            (999_999_999_999_999.9, "1.0e+15"),
            (1.797_693_134_862_315_7e308, "1.79769313486232e+308"),
            (5e-324, "4.94065645841247e-324"),
            (f64::INFINITY, "Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(numbers.readable(x), text, "{x:e}");
        }
        assert_eq!(numbers.exact(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(numbers.exact(1e300), "1.0e+300");
        assert_eq!(numbers.integer(i64::MIN), "-9223372036854775808");
    }

    /// SQLite's own printf is the reference.
    #[test]
    fn readable_is_sqlites_15_digits() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let mut printf = db.prepare("select printf('%!.15g', ?)").unwrap();
        let mut numbers = NumberText::default();
        let mut x = 1.234_567_890_123_456_7e-20_f64;
        while x < 1e25 {
            let expected: String = printf.query_row([x], |row| row.get(0)).unwrap();
            assert_eq!(numbers.readable(x), expected);
            x *= -1.618_033_988_749_895 * x.signum();
            x = x.abs();
        }
    }

    proptest! {
        #[test]
        fn exact_reads_back(bits in any::<u64>()) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite());
            let mut numbers = NumberText::default();
            let text = numbers.exact(x).to_owned();
            prop_assert_eq!(text.parse::<f64>().unwrap(), x, "{}", text);
            prop_assert!(text.contains('.'));
            prop_assert!(!numbers.readable(x).is_empty());
        }
    }
}
