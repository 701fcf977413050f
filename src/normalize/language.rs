//! Language tags.

/// A well-formed BCP 47 language tag in conventional case (`ar`, `zh-Hans-CN`), else `None`.
pub fn language(tag: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let tag = tag.trim();
    if tag.is_empty() || tag.len() > LONGEST {
        return None;
    }
    // Locales of operating systems are written with `_`.
    let parts: Vec<String> = tag.split(['-', '_']).map(str::to_ascii_lowercase).collect();
    let extensions = well_formed(&parts)?;
    let mut written = String::with_capacity(tag.len());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            written.push('-');
        }
        match part.len() {
            // RFC 5646 §2.1.1: regions in upper, scripts in title case, but not in extensions.
            2 if index > 0 && index < extensions => written.push_str(&part.to_ascii_uppercase()),
            4 if index > 0 && index < extensions && is_alpha(part) => {
                written.push_str(&part[..1].to_ascii_uppercase());
                written.push_str(&part[1..]);
            }
            _ => written.push_str(part),
        }
    }
    Some(written)
}

fn is_alpha(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// RFC 5646 §2.1, without tags that name no language. Gives the index of the first extension.
fn well_formed(parts: &[String]) -> Option<usize> {
    let alpha = |part: &String, lengths: &[usize]| is_alpha(part) && lengths.contains(&part.len());
    let alphanumeric = |part: &String| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let mut next = 0;
    let mut take = |accepts: &dyn Fn(&String) -> bool| {
        let taken = parts.get(next).is_some_and(accepts);
        next += usize::from(taken);
        taken
    };
    if !take(&|part| alpha(part, &[2, 3])) {
        return None;
    }
    for _ in 0..3 {
        take(&|part| alpha(part, &[3]));
    }
    take(&|part| alpha(part, &[4]));
    take(&|part| alpha(part, &[2]) || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit())));
    let is_variant = |part: &String| {
        let long = (5..=8).contains(&part.len());
        alphanumeric(part) && (long || (part.len() == 4 && part.as_bytes()[0].is_ascii_digit()))
    };
    while take(&is_variant) {}
    let extensions = next;
    let mut rest = parts[extensions..].iter().peekable();
    while let Some(singleton) = rest.next() {
        if singleton.len() != 1 || !alphanumeric(singleton) {
            return None;
        }
        let shortest = if singleton == "x" { 1 } else { 2 };
        let mut subtags = 0;
        while let Some(subtag) = rest.next_if(|part| (shortest..=8).contains(&part.len())) {
            if !alphanumeric(subtag) {
                return None;
            }
            subtags += 1;
        }
        if subtags == 0 {
            return None;
        }
    }
    Some(extensions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn well_formed_tags_get_their_conventional_case() {
        for (written, expected) in [
            ("ar", "ar"),
            (" EN_us ", "en-US"),
            ("zh-hans-cn", "zh-Hans-CN"),
            ("es-419", "es-419"),
            ("sl-ROZAJ-biske", "sl-rozaj-biske"),
            ("de-ch-1996", "de-CH-1996"),
            ("en-a-BBB-x-a-CC", "en-a-bbb-x-a-cc"),
            ("zh-yue-hk", "zh-yue-HK"),
        ] {
            assert_eq!(language(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn anything_else_is_no_language() {
        for tag in [
            "",
            "x",
            "english",
            "e",
            "en-",
            "en--us",
            "en us",
            "en-\"",
            "x-private",
            "12",
            "en-x",
            "العربية",
        ] {
            assert_eq!(language(tag), None, "{tag}");
        }
        assert_eq!(language(&"en-abcde".repeat(20)), None);
    }

    proptest! {
        #[test]
        fn a_cleaned_tag_is_clean(tag in "[a-zA-Z0-9_-]{0,24}") {
            if let Some(once) = language(&tag) {
                prop_assert_eq!(language(&once), Some(once));
            }
        }
    }
}
