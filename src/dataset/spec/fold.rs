//! Names as an e-mail address spells them.

/// Lower-case ASCII letters and digits only: `Núñez` becomes `nunez`, `O'Brien`
/// becomes `obrien`. `None` for a letter that has no such spelling here.
pub fn slug(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ď' | 'đ' | 'ð' => out.push('d'),
            'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => out.push('e'),
            'ğ' | 'ģ' => out.push('g'),
            'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ı' => out.push('i'),
            'ķ' => out.push('k'),
            'ł' | 'ľ' | 'ļ' => out.push('l'),
            'ñ' | 'ń' | 'ň' | 'ņ' => out.push('n'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ő' | 'ø' => out.push('o'),
            'ř' => out.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => out.push('s'),
            'ť' | 'ț' => out.push('t'),
            'ú' | 'ù' | 'û' | 'ü' | 'ű' | 'ů' | 'ū' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ž' | 'ż' => out.push('z'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'þ' => out.push_str("th"),
            _ if letter.is_alphanumeric() => return None,
            // A combining dot, as in the lower case of the Turkish capital I.
            _ => {}
        }
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_addresses() {
        for (name, expected) in [
            ("Núñez", "nunez"),
            ("O'Brien", "obrien"),
            ("van Dijk", "vandijk"),
            ("Yıldız", "yildiz"),
            ("Þóra", "thora"),
            ("İpek", "ipek"),
        ] {
            assert_eq!(slug(name).as_deref(), Some(expected));
        }
        assert_eq!(slug("花子"), None);
        assert_eq!(slug("''"), None);
    }
}
