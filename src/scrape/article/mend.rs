//! JSON as pages write it, which is not always JSON.

use serde_json::Value;

/// The JSON values in a script.
pub(super) fn values(script: &str) -> Vec<Value> {
    let text = script.trim().trim_end_matches(';');
    if let Ok(value) = serde_json::from_str(text) {
        return vec![value];
    }
    let mended = mended(text);
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(&mended).into_iter() {
        match value {
            Ok(value) => values.push(value),
            Err(_) => break,
        }
    }
    values
}

/// JSON out of what was meant to be it: no comments, CDATA or trailing commas, control characters and bad escapes in
/// strings mended, what is open at the end closed.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("<!--").and_then(after_words) {
            rest = after;
            continue;
        }
        if let Some(after) = ["<![CDATA[", "]]>", "<!--", "-->"]
            .iter()
            .find_map(|mark| rest.strip_prefix(mark))
        {
            rest = after;
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            continue;
        }
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => rest = string(rest, &mut out),
            '{' | '[' => {
                open.push(if c == '{' { '}' } else { ']' });
                out.push(c);
            }
            '}' | ']' => {
                if open.last() == Some(&c) {
                    without_comma(&mut out);
                    open.pop();
                    out.push(c);
                }
            }
            _ => out.push(c),
        }
    }
    without_comma(&mut out);
    out.extend(open.iter().rev());
    out
}

/// What follows a comment that holds nothing but words; one around the data loses only its marks.
fn after_words(comment: &str) -> Option<&str> {
    const LONGEST: usize = 300;
    let end = (0..=LONGEST.min(comment.len()))
        .rev()
        .find(|end| comment.is_char_boundary(*end))?;
    let length = comment[..end].find("-->")?;
    let (words, after) = comment.split_at(length);
    (!words.contains(['{', '['])).then(|| &after["-->".len()..])
}

fn without_comma(out: &mut String) {
    let trimmed = out.trim_end();
    if let Some(before) = trimmed.strip_suffix(',') {
        out.truncate(before.len());
    }
}

/// Copies the string after its opening quote, mended, and gives what follows it.
fn string<'a>(text: &'a str, out: &mut String) -> &'a str {
    out.push('"');
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if ends_string(&text[at + 1..]) => {
                out.push('"');
                return &text[at + 1..];
            }
            '"' => out.push_str("\\\""),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u'))) => {
                    out.extend(['\\', escaped]);
                }
                Some((_, other)) => out.push(other),
                None => {}
            },
            '\u{0}'..='\u{1f}' => out.push(' '),
            _ => out.push(c),
        }
    }
    out.push('"');
    ""
}

/// A quote ends a string only before what may follow one; else somebody forgot to escape it.
fn ends_string(after: &str) -> bool {
    let after = after.trim_start();
    after.is_empty()
        || after.starts_with([',', ':', '}', ']'])
        || after.starts_with("//")
        || after.starts_with("/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_to_be_json_becomes_it() {
        for (written, expected) in [
            (r#"{"a":1,}"#, r#"{"a":1}"#),
            (r#"[1,2,]"#, "[1,2]"),
            (r#"{"a":[1"#, r#"{"a":[1]}"#),
            (r#"{"a":"b"#, r#"{"a":"b"}"#),
            (r#"{"a":"b\d"}"#, r#"{"a":"bd"}"#),
            (r#"{"a":"the "big" one"}"#, r#"{"a":"the \"big\" one"}"#),
            ("{\"a\":\"b\tc\"}", r#"{"a":"b c"}"#),
            ("/* why */{}// end", "{}"),
            ("<!--{}-->", "{}"),
            ("<!-- made by a plugin -->{}<!-- end -->", "{}"),
            (
                r#"{"url":"https://a.example//b"}"#,
                r#"{"url":"https://a.example//b"}"#,
            ),
            ("{]}", "{}"),
            ("", ""),
        ] {
            assert_eq!(mended(written).trim(), expected, "{written}");
        }
    }
}
