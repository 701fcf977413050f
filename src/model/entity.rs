//! Character references, resolved as browsers do.

use html5ever::data::NAMED_ENTITIES;

/// Characters that a reference stands for: one, seldom two.
pub(crate) type Resolved = (char, Option<char>);

/// Resolves the reference at the start of `text`, which is a `&`: what it stands for and how many bytes it
/// takes. `None` when the `&` stands for itself.
pub(crate) fn resolve(text: &str, in_attribute: bool) -> Option<(Resolved, usize)> {
    let after = text.get(1..)?;
    match after.strip_prefix('#') {
        Some(digits) => numeric(digits).map(|(c, length)| ((c, None), length + 2)),
        None => named(after, in_attribute).map(|(resolved, length)| (resolved, length + 1)),
    }
}

/// Resolves every reference in `text`.
pub(crate) fn resolve_all(text: &str, in_attribute: bool) -> std::borrow::Cow<'_, str> {
    let Some(first) = text.find('&') else {
        return text.into();
    };
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = Some(first);
    while let Some(at) = next {
        resolved.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match resolve(rest, in_attribute) {
            Some(((first, second), length)) => {
                resolved.push(first);
                resolved.extend(second);
                length
            }
            None => {
                resolved.push('&');
                1
            }
        };
        rest = &rest[length..];
        next = rest.find('&');
    }
    resolved.push_str(rest);
    resolved.into()
}

fn numeric(digits: &str) -> Option<(char, usize)> {
    let (radix, prefix) = match digits.as_bytes().first() {
        Some(b'x' | b'X') => (16, 1),
        _ => (10, 0),
    };
    let digits = &digits[prefix..];
    let length = digits
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    if length == 0 {
        return None;
    }
    let semicolon = usize::from(digits.as_bytes().get(length) == Some(&b';'));
    let code = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
    let c = match code {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9F => windows_1252(code),
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    Some((c, prefix + length + semicolon))
}

/// What writers of U+0080 to U+009F meant.
pub(crate) fn windows_1252(code: u32) -> char {
    const MEANT: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '\u{2dc}', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    usize::try_from(code)
        .ok()
        .and_then(|code| MEANT.get(code.checked_sub(0x80)?))
        .copied()
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The longest name of HTML's table that `text` starts with. Some old names do without the semicolon.
fn named(text: &str, in_attribute: bool) -> Option<(Resolved, usize)> {
    const LONGEST: usize = 32;
    const LONGEST_WITHOUT_SEMICOLON: usize = 6;
    let letters = text
        .bytes()
        .take(LONGEST)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    if text.as_bytes().get(letters) == Some(&b';')
        && let Some(resolved) = lookup(&text[..=letters])
    {
        return Some((resolved, letters + 1));
    }
    let longest = letters.min(LONGEST_WITHOUT_SEMICOLON);
    let (length, resolved) = (2..=longest)
        .rev()
        .find_map(|length| Some((length, lookup(&text[..length])?)))?;
    // `?a=1&copy=2` in an attribute is a query, not a copyright sign.
    let runs_on = |byte: &u8| *byte == b'=' || byte.is_ascii_alphanumeric();
    if in_attribute && text.as_bytes().get(length).is_some_and(runs_on) {
        return None;
    }
    Some((resolved, length))
}

fn lookup(name: &str) -> Option<Resolved> {
    let &(first, second) = NAMED_ENTITIES.get(name)?;
    // Beginnings of names are in the table with nothing behind them.
    let first = char::from_u32(first).filter(|c| *c != '\0')?;
    Some((first, char::from_u32(second).filter(|c| *c != '\0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_once() {
        for (text, expected) in [
            ("AT&amp;T", "AT&T"),
            ("&amp;amp;", "&amp;"),
            ("&#8217;&#x2019;&#146;", "’’’"),
            ("&lt;b&gt;", "<b>"),
            ("caf&eacute; &copy 2024", "café © 2024"),
            ("&nosuch; & &; &# &#x;", "&nosuch; & &; &# &#x;"),
            ("&#0;&#xD800;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}"),
            ("&NotEqualTilde;", "\u{2242}\u{338}"),
            ("&notit;", "¬it;"),
            ("&", "&"),
        ] {
            assert_eq!(resolve_all(text, false), expected, "{text}");
        }
    }

    #[test]
    fn a_query_in_an_attribute_keeps_its_parameters() {
        assert_eq!(resolve_all("?a=1&copy=2&amp;lt=3&not", true), "?a=1&copy=2&lt=3¬");
    }
}
