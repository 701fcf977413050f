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
