//! Dates as whole numbers: days and seconds since 1970-01-01 in UTC.

/// Seconds of a day. There are no leap seconds here, as there are none in
/// SQLite.
pub const DAY: i64 = 86_400;

/// The day of a date of the Gregorian calendar, counted from 1970-01-01.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `days_from_civil`.
pub fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day counted from 1970-01-01 (`civil_from_days` of
/// the same paper).
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The weekday, 0 for Monday. 1970-01-01 was a Thursday.
pub fn weekday_of(days: i64) -> usize {
    usize::try_from((days + 3).rem_euclid(7)).unwrap_or(0)
}

/// Reads `2023-01-01`; `None` for what is no date.
pub fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let mut part = |digits: usize| {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i64>().ok())?
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let days = day_of(year, month, day);
    (date_of(days) == (year, month, day)).then_some(days)
}

/// Appends `2023-01-01 08:30:00`.
pub fn write_moment(out: &mut String, seconds: i64) {
    let (year, month, day) = date_of(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let mut text = *b"0000-00-00 00:00:00";
    two_digits(&mut text, 0, year / 100);
    two_digits(&mut text, 2, year % 100);
    two_digits(&mut text, 5, month);
    two_digits(&mut text, 8, day);
    two_digits(&mut text, 11, second / 3600);
    two_digits(&mut text, 14, second / 60 % 60);
    two_digits(&mut text, 17, second % 60);
    out.push_str(std::str::from_utf8(&text).expect("digits and dashes are ASCII"));
}

fn two_digits(text: &mut [u8; 19], at: usize, value: i64) {
    // Both are single digits, so the casts lose nothing.
    text[at] += (value / 10 % 10) as u8;
    text[at + 1] += (value % 10) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for days in -800_000..800_000 {
            let (year, month, day) = date_of(days);
            assert_eq!(day_of(year, month, day), days);
        }
        assert_eq!(parse_date("1970-01-01"), Some(0));
        assert_eq!(parse_date("2024-02-29"), Some(19_782));
        assert_eq!(parse_date("2023-02-29"), None);
        assert_eq!(parse_date("2023-1-1"), None);
        assert_eq!(weekday_of(0), 3, "a Thursday");
    }

    #[test]
    fn moments_are_written_as_sqlite_writes_them() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for seconds in [0, 951_782_399, 1_709_164_800, 1_767_225_599, 4_102_444_799] {
            let expected: String = connection
                .query_row("SELECT datetime(?1, 'unixepoch')", [seconds], |row| {
                    row.get(0)
                })
                .unwrap();
            let mut text = String::new();
            write_moment(&mut text, seconds);
            assert_eq!(text, expected);
        }
    }
}
