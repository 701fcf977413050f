//! Text on its way into HTML, escaped as HTML's own serialiser would.

use super::text::{cut, is_xml};
use crate::model::entity::{resolve, windows_1252};

/// Appends ` name="value"`.
pub(super) fn attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    let mut rest = value;
    while let Some(special) = rest.find(['&', '<', '>', '"', '\u{a0}']) {
        let (plain, after) = rest.split_at(special);
        out.push_str(plain);
        let mut after = after.chars();
        match after.next() {
            Some('"') => out.push_str("&quot;"),
            Some(c) => push_escaped(c, out),
            None => {}
        }
        rest = after.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends text with its references resolved and without characters that XML cannot hold, unless `out` would
/// grow beyond `longest`: then as much as fits, and `false`.
pub(super) fn push_text(text: &str, longest: usize, out: &mut String) -> bool {
    // Of what one character or reference becomes.
    const WORST: usize = 2 * "&nbsp;".len();
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest
            .bytes()
            .position(|byte| SPECIAL[usize::from(byte)])
            .unwrap_or(rest.len());
        if out.len() + plain + WORST > longest {
            out.push_str(cut(&rest[..plain], longest.saturating_sub(out.len() + WORST)));
            return false;
        }
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(c) = rest.chars().next() else {
            break;
        };
        let reference = if c == '&' { resolve(rest, false) } else { None };
        let length = match reference {
            Some(((first, second), length)) => {
                push_character(first, out);
                second.into_iter().for_each(|second| push_character(second, out));
                length
            }
            None => {
                // A line break is one character whichever system it was written on.
                let lone = c == '\r' && !rest.starts_with("\r\n");
                push_character(if lone { '\n' } else { c }, out);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    true
}

fn push_character(c: char, out: &mut String) {
    let c = if is_c1(c) { windows_1252(u32::from(c)) } else { c };
    if is_xml(c) && c != '\r' && !is_c1(c) {
        push_escaped(c, out);
    }
}

/// Controls that nobody means.
fn is_c1(c: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&c)
}

fn push_escaped(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\u{a0}' => out.push_str("&nbsp;"),
        _ => out.push(c),
    }
}

/// Bytes that begin a character which is not simply copied.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut control = 0;
    while control < b' ' as usize {
        special[control] = control != b'\n' as usize && control != b'\t' as usize;
        control += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[0x7F] = true;
    // U+0080 to U+00BF: controls and the no-break space.
    special[0xC2] = true;
    // U+F000 to U+FFFF: U+FFFE and U+FFFF.
    special[0xEF] = true;
    special
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_holds_what_xml_can_hold() {
        for (written, expected) in [
            ("a < b & \"c\" > d", "a &lt; b &amp; \"c\" &gt; d"),
            ("&amp;lt; &nbsp;\u{a0}é", "&amp;lt; &nbsp;&nbsp;é"),
            ("a\r\nb\rc&#13;d", "a\nb\ncd"),
            ("it\u{92}s \u{81}\u{0}\u{7f}\u{fffe}\u{fffd}", "it’s \u{fffd}"),
        ] {
            let mut out = String::new();
            assert!(push_text(written, 1_000, &mut out));
            assert_eq!(out, expected, "{written:?}");
        }
    }

    #[test]
    fn text_that_does_not_fit_is_cut_between_characters() {
        let mut out = "begin ".to_owned();
        assert!(!push_text(&"é".repeat(100), 50, &mut out));
        assert_eq!(out, format!("begin {}", "é".repeat(16)));
    }

    #[test]
    fn an_attribute_cannot_be_left() {
        let mut out = String::new();
        attribute("title", "\"><b a='1'>&amp;\u{a0}", &mut out);
        assert_eq!(out, " title=\"&quot;&gt;&lt;b a='1'&gt;&amp;amp;&nbsp;\"");
    }
}
