//! Lists with weights, as in `Accept` and `Accept-Encoding` (RFC 9110 §12.4.2).

use axum::http::{HeaderMap, HeaderName};

/// More members are not read: no client needs so many.
const MOST: usize = 64;

/// The members of a header, without their other parameters, each with its weight in thousandths.
pub fn weighted<'h>(
    headers: &'h HeaderMap,
    name: &'h HeaderName,
) -> impl Iterator<Item = (&'h str, u16)> + 'h {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .take(MOST)
        .filter_map(|member| {
            let mut parts = member.split(';').map(str::trim);
            let name = parts.next().filter(|name| !name.is_empty())?;
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            Some((name, quality.map_or(1000, thousandths)))
        })
}

/// What is no weight weighs nothing: a client that garbles it gets what needs no asking.
fn thousandths(quality: &str) -> u16 {
    match quality.split_once('.') {
        None if quality == "1" => 1000,
        Some(("1", decimals)) if decimals.len() <= 3 && decimals.bytes().all(|b| b == b'0') => 1000,
        Some(("0", decimals)) if decimals.len() <= 3 && decimals.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{decimals:0<3}").parse().unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_thousandths() {
        for (quality, expected) in [
            ("1", 1000),
            ("1.000", 1000),
            ("0.5", 500),
            ("0.05", 50),
            ("0.123", 123),
            ("0", 0),
            ("0.", 0),
            ("1.5", 0),
            ("-1", 0),
            ("x", 0),
            ("0.1234", 0),
        ] {
            assert_eq!(thousandths(quality), expected, "{quality}");
        }
    }
}
