//! Names of people, out of what feeds write into author elements.

/// The name in `jo@example.org (Jo Ng)`, `Jo Ng <jo@example.org>`, `Jo Ng, jo@example.org` and the like; the address when
/// there is nothing else.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.contains('@') {
        return (!text.is_empty()).then(|| text.to_owned());
    }
    let around =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '،');
    let is_address =
        |word: &&str| word.contains('@') && word.rsplit('@').next().is_some_and(|host| host.contains('.'));
    let Some(address) = text.split(around).find(is_address) else {
        return Some(text.to_owned());
    };
    let edges = |c: char| around(c) || matches!(c, '-' | '/' | ':' | '|' | '"');
    let (before, after) = text.split_once(address).unwrap_or((text, ""));
    // What stands on both sides is rarely both the name.
    let (before, after) = (before.trim_matches(edges), after.trim_matches(edges));
    let name = if before.chars().count() >= after.chars().count() {
        before
    } else {
        after
    };
    let name = if name.is_empty() {
        address.trim_start_matches("mailto:")
    } else {
        name
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_name_is_found_beside_the_address() {
        for (text, expected) in [
            ("Jo Ng", Some("Jo Ng")),
            ("jo@example.org (Jo Ng)", Some("Jo Ng")),
            ("Jo Ng (jo@example.org)", Some("Jo Ng")),
            ("Jo Ng <jo@example.org>", Some("Jo Ng")),
            ("\"Jo Ng\" <mailto:jo@example.org>", Some("Jo Ng")),
            ("José\u{a0}jo@example.org", Some("José")),
            ("محرر jo@example.org، طرابلس وبنغازي", Some("طرابلس وبنغازي")),
            ("jo@example.org", Some("jo@example.org")),
            ("@jo", Some("@jo")),
            ("  ", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text}");
        }
    }
}
