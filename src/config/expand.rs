//! `${NAME}` from the environment.

use super::problem::Problems;
use super::table::Placed;

/// Looks up an environment variable.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// `text` with each `${NAME}` replaced. A missing variable is a problem that names it; no value is ever shown.
pub(super) fn expand(text: Placed<String>, env: Environment<'_>, problems: &mut Problems) -> Placed<String> {
    let mut expanded = String::with_capacity(text.value.len());
    let mut rest = text.value.as_str();
    while let Some(start) = rest.find("${") {
        expanded.push_str(&rest[..start]);
        let Some(length) = rest[start + 2..].find('}') else {
            problems.advise(text.span.clone(), "`${` without `}`", "write ${NAME}");
            return text;
        };
        let name = &rest[start + 2..start + 2 + length];
        match env(name) {
            Some(value) => expanded.push_str(value.trim()),
            None => problems.advise(
                text.span.clone(),
                format!("the environment variable {name} is not set"),
                format!("set it where feedmill runs: {name}=… feedmill refresh"),
            ),
        }
        rest = &rest[start + 2 + length + 1..];
    }
    expanded.push_str(rest);
    Placed {
        value: expanded,
        span: text.span,
    }
}

/// Whether a part of an address that comes from the environment lies before the query and is no userinfo.
pub(super) fn has_secret_path(written: &str) -> bool {
    let before_query = written.split('?').next().unwrap_or_default();
    let (scheme, rest) = before_query.split_once("//").unwrap_or(("", before_query));
    let rest = match rest.split_once('@') {
        Some((userinfo, rest)) if !userinfo.contains('/') => rest,
        _ => rest,
    };
    scheme.contains("${") || rest.contains("${")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_path_is_told_from_other_secret_parts() {
        for (written, is_secret) in [
            ("https://a.example/feed", false),
            ("https://a.example/feed?key=${KEY}", false),
            ("https://user:${KEY}@a.example/feed", false),
            ("https://a.example/${KEY}/feed", true),
            ("https://a.example/${KEY}/@user?a=b", true),
            ("https://user@a.example/${KEY}", true),
            ("feed:https://a.example/hooks/${KEY}", true),
            ("${ADDRESS}", true),
            ("${SITE}/feed", true),
            ("${SCHEME}//a.example/", true),
        ] {
            assert_eq!(has_secret_path(written), is_secret, "{written}");
        }
    }
}
