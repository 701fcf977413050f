//! `Link` headers (RFC 8288 §3), read as they come: one that cannot be read is passed over.

/// Links of one header value that are read.
const MOST: usize = 64;

/// A link with what WebSub needs of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link<'h> {
    pub target: &'h str,
    /// Relations with blanks between them.
    pub relations: String,
}

/// The links of one header value that are about the document itself.
pub(super) fn links(value: &str) -> Vec<Link<'_>> {
    let mut found = Vec::new();
    let mut rest = value;
    while found.len() < MOST {
        let Some(start) = rest.find('<') else { break };
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        let target = rest[start + 1..start + length].trim();
        let (parameters, after) = parameters(&rest[start + length + 1..]);
        rest = after;
        // With an anchor it is a link between other documents.
        if parameters.iter().any(|(name, _)| name == "anchor") {
            continue;
        }
        // §3.3: the first one counts.
        let relations = parameters.into_iter().find(|(name, _)| name == "rel");
        found.push(Link {
            target,
            relations: relations.map(|(_, value)| value).unwrap_or_default(),
        });
    }
    found
}

/// The parameters of a link, and what follows it.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut parameters = Vec::new();
    let (mut name, mut value) = (String::new(), None::<String>);
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => {
                is_escaped = false;
                value.get_or_insert_default().push(c);
            }
            '\\' if is_quoted => is_escaped = true,
            '"' if value.is_some() => is_quoted = !is_quoted,
            _ if is_quoted => value.get_or_insert_default().push(c),
            ',' => {
                end = at + 1;
                break;
            }
            ';' => finish(&mut parameters, &mut name, &mut value),
            '=' if value.is_none() => value = Some(String::new()),
            _ => match &mut value {
                Some(value) => value.push(c),
                None => name.push(c),
            },
        }
    }
    finish(&mut parameters, &mut name, &mut value);
    (parameters, &text[end..])
}

fn finish(parameters: &mut Vec<(String, String)>, name: &mut String, value: &mut Option<String>) {
    let known = name.trim().to_ascii_lowercase();
    if !known.is_empty() {
        let value = value.take().unwrap_or_default();
        parameters.push((known, value.trim().to_owned()));
    }
    name.clear();
    *value = None;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_read_in_all_their_forms() {
        for (value, expected) in [
            (
                "<https://hub.example/>; rel=hub",
                &[("https://hub.example/", "hub")][..],
            ),
            (
                "<https://a.example/?x=1,2;3>; rel=\"self\", <https://hub.example/>; rel=\"hub other\"",
                &[
                    ("https://a.example/?x=1,2;3", "self"),
                    ("https://hub.example/", "hub other"),
                ],
            ),
            (
                "<a>; title=\"x, <b>; rel=\\\"hub\\\"\"; REL=Self; rel=hub",
                &[("a", "Self")],
            ),
            ("<a>; rel=hub; anchor=\"#x\", <b>; rel = hub", &[("b", "hub")]),
            ("<a>", &[("a", "")]),
            ("a; rel=hub", &[]),
            ("<a; rel=hub", &[]),
        ] {
            let links = links(value);
            let found: Vec<_> = links
                .iter()
                .map(|link| (link.target, link.relations.as_str()))
                .collect();
            assert_eq!(found, expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "([<>;,=\"\\\\ ]|rel|hub|\\PC){0,60}") {
            links(&value);
        }
    }
}
