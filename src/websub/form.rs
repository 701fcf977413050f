//! `application/x-www-form-urlencoded`, of bodies and of queries.

use std::borrow::Cow;
use std::collections::HashMap;

use url::form_urlencoded;

/// Fields of one form; more are not read.
const MOST: usize = 64;

/// The fields, of each the first one.
pub(super) struct Form<'f>(HashMap<Cow<'f, str>, Cow<'f, str>>);

impl<'f> Form<'f> {
    pub(super) fn read(bytes: &'f [u8]) -> Self {
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(bytes).take(MOST) {
            fields.entry(name).or_insert(value);
        }
        Self(fields)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }
}

/// Writes fields.
pub(super) fn write(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// An address with further fields in its query, which stays as it is.
pub(super) fn with_query(url: &url::Url, fields: &[(&str, &str)]) -> url::Url {
    let more = write(fields);
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&{more}"),
        _ => more,
    };
    let mut url = url.clone();
    url.set_query(Some(&query));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_kept_to_the_byte() {
        for (url, expected) in [
            ("https://a.example/c?x=%2f&y=a+b", "x=%2f&y=a+b&n=%26"),
            ("https://a.example/c", "n=%26"),
            ("https://a.example/c?", "n=%26"),
        ] {
            let with = with_query(&url.parse().unwrap(), &[("n", "&")]);
            assert_eq!(with.query(), Some(expected), "{url}");
        }
    }
}
