//! "Did you mean": the nearest of the names that exist.

/// The candidate that `word` most likely stands for, or none that is near
/// enough to be worth proposing.
///
/// Near is a Damerau-Levenshtein distance (a swap of two neighbours counts
/// once), case aside, of at most a third of the word: 1 up to four letters, 2
/// up to eight, then 3. A word of three letters or more is also near to what it
/// begins (`cust` to `customers`). Of equals, the one that shares the longer
/// beginning wins, then the shorter, then the first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let mut best: Option<((usize, usize, usize), &str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let shared = shared_beginning(&word, &lower);
        let distance = strsim::damerau_levenshtein(&word, &lower);
        let extra = lower.chars().count().abs_diff(length);
        let rank = if distance <= allowed(length) {
            distance
        } else if length >= 3 && shared == length {
            allowed(length) + 1
        } else {
            continue;
        };
        let rank = (rank, usize::MAX - shared, extra);
        if best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many slips of the finger a word of so many letters is forgiven.
fn allowed(length: usize) -> usize {
    match length {
        0 | 1 => 0,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    }
}

fn shared_beginning(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 6] = [
        "id",
        "name",
        "email",
        "country",
        "created_at",
        "customer_id",
    ];

    #[test]
    fn slips_find_their_name() {
        for (slip, name) in [
            ("nam", "name"),
            ("NAEM", "name"),
            ("emial", "email"),
            ("contry", "country"),
            ("customerid", "customer_id"),
            ("created", "created_at"),
            ("cust", "customer_id"),
            ("di", "id"),
        ] {
            assert_eq!(nearest(slip, COLUMNS), Some(name), "{slip}");
        }
    }

    #[test]
    fn nothing_is_proposed_for_a_stranger() {
        for stranger in ["", "x", "shipped", "total", "quantity", "co"] {
            assert_eq!(nearest(stranger, COLUMNS), None, "{stranger}");
        }
    }

    #[test]
    fn the_shared_beginning_decides_between_equals() {
        assert_eq!(nearest("ordes", ["orders", "modes"]), Some("orders"));
        assert_eq!(nearest("cat", ["bat", "cap"]), Some("cap"));
    }
}
