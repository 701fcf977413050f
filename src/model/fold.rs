//! When two names are the same name.

use unicode_normalization::UnicodeNormalization;

/// The form under which names are compared: NFKC, case folding, white space folded to single spaces, and
/// Arabic diacritics, tatweel and invisible controls removed. `"  LIBYA "` and `"libya"` fold alike.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        // Normal already: this is most names, and ten times faster.
        return fold_normal(name);
    }
    // Lower-casing can decompose (İ), and a name folded twice must not change.
    nfkc(&fold_normal(&nfkc(name)))
}

/// NFKC. ASCII is normal already, unless it is followed by a mark: in most text only a few characters need work.
fn nfkc(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let foreign = leading(rest, |block| block.is_ascii());
        if foreign == rest.len() {
            break;
        }
        let start = foreign.saturating_sub(1);
        let length = rest[foreign..].bytes().position(|b| b.is_ascii());
        let end = length.map_or(rest.len(), |length| foreign + length);
        normal.push_str(&rest[..start]);
        normal.extend(rest[start..end].nfkc());
        rest = &rest[end..];
    }
    normal.push_str(rest);
    normal
}

/// The length of what `text` begins with that passes the test, which is applied to many bytes at once.
fn leading(text: &str, passes: impl Fn(&[u8]) -> bool) -> usize {
    const BLOCK: usize = 32;
    let (blocks, _) = text.as_bytes().as_chunks::<BLOCK>();
    let whole = BLOCK * blocks.iter().take_while(|block| passes(*block)).count();
    let rest = text.as_bytes()[whole..].iter();
    whole
        + rest
            .take_while(|byte| passes(std::slice::from_ref(*byte)))
            .count()
}

fn fold_normal(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut gap = false;
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        // Without leaving early, which lets the compiler compare a block at once.
        let plain = leading(rest, |block| {
            block
                .iter()
                .fold(true, |plain, b| plain & (b' '..=b'~').contains(b))
        });
        let (plain, after) = rest.split_at(plain);
        if !plain.is_empty() {
            rest = after;
            gap = push_plain(plain, gap, &mut folded);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if is_ignored(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            gap = !folded.is_empty();
            continue;
        }
        if gap {
            folded.push(' ');
            gap = false;
        }
        push_case_folded(c, &mut folded);
    }
    folded
}

/// Appends words of ASCII with single spaces between them, and one before them if there was a `gap`. True when a gap
/// follows.
fn push_plain(text: &str, gap: bool, folded: &mut String) -> bool {
    let words = text.trim_matches(' ');
    if words.is_empty() {
        return !folded.is_empty();
    }
    if !folded.is_empty() && (gap || text.starts_with(' ')) {
        folded.push(' ');
    }
    let start = folded.len();
    if words.contains("  ") {
        folded.push_str(
            &words
                .split(' ')
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        );
    } else {
        folded.push_str(words);
    }
    folded[start..].make_ascii_lowercase();
    text.ends_with(' ')
}

/// Unicode's full case folding by way of upper case, so that ß and ss, ς and σ meet; dotless ı stays itself.
fn push_case_folded(c: char, out: &mut String) {
    match c {
        'ı' => out.push(c),
        // The capital is its own upper case, and its lower case ß is not folded yet.
        'ẞ' => out.push_str("ss"),
        _ => out.extend(c.to_uppercase().flat_map(char::to_lowercase)),
    }
}

/// Marks that writers of Arabic add or leave out at will, and characters that cannot be seen.
pub(crate) fn is_ignored(c: char) -> bool {
    !c.is_ascii()
        && matches!(c,
        '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}' | '\u{0640}'
        | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_people_call_equal_fold_alike() {
        for (a, b) in [
            ("Libya", "  LIBYA "),
            ("khalifa  haftar", "Khalifa\u{a0}Haftar"),
            ("ليبيا", "لِيبِيـــا"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("cafe\u{301}", "CAFÉ"),
            ("Ｌｉｂｙａ", "libya"),
            ("Lib\u{200b}ya", "libya"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} / {b}");
        }
        assert_ne!(fold("Libya"), fold("Libia"));
    }

    #[test]
    fn folding_any_character_twice_changes_nothing() {
        // No script with letters of two cases is beyond.
        for c in '\0'..'\u{20000}' {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn white_space_is_folded_wherever_it_is(name in "[aB\\u{a0}é\\t \\u{640}]{0,12}") {
            let words: Vec<String> = name.to_lowercase().replace('\u{640}', "").split_whitespace().map(str::to_owned).collect();
            prop_assert_eq!(fold(&name), words.join(" "));
        }

        #[test]
        fn skipping_ascii_is_still_nfkc(name in "[a-eé\\u{300}-\\u{304}\\u{327}ﬁＬ가ᄀ-다-ᅣ ]{0,12}") {
            prop_assert_eq!(nfkc(&name), name.nfkc().collect::<String>());
        }

        #[test]
        fn folding_twice_changes_nothing(name in "\\PC{0,40}") {
            let once = fold(&name);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
