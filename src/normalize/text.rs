//! Plain text: of clean HTML, of titles and of names.

use std::borrow::Cow;

use super::element::{Treatment, is_html, treatment};
use super::scan::{Scanner, Token};
use crate::model::entity::resolve_all;
use crate::model::{Body, CleanHtml};

/// Characters of a title or name that are kept.
const LONGEST_LINE: usize = 1_000;

/// A character that XML 1.0 can hold.
pub(super) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{7e}' | '\u{80}'..='\u{fffd}' | '\u{10000}'..)
}

/// The beginning of `text`, at most `bytes` long and cut between characters.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// One line of plain text without characters that XML cannot hold or that reorder or hide text.
pub fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST_LINE));
    let mut gap = false;
    let mut length = 0;
    for c in text.chars() {
        if c.is_whitespace() || matches!(c, '\u{0}'..='\u{1f}') {
            gap = !line.is_empty();
        } else if is_shown(c) {
            length += 1 + usize::from(gap);
            if length > LONGEST_LINE {
                break;
            }
            if gap {
                line.push(' ');
            }
            gap = false;
            line.push(c);
        }
    }
    line
}

/// Not a control, an override of the writing direction or a character that cannot be seen. Joiners and
/// direction marks stay: Persian, emoji and mixed lines need them, and they hide nothing.
fn is_shown(c: char) -> bool {
    is_xml(c)
        && !matches!(c,
            '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A title or name as one line of plain text, markup and entities resolved once.
pub fn plain(body: &Body) -> String {
    // Markup takes no more than this of a title that is worth reading.
    const LOOKED_AT: usize = 16 * LONGEST_LINE;
    match body {
        Body::Plain(text) => line(cut(text, LOOKED_AT)),
        Body::Html(html) => line(&without_tags(cut(html, LOOKED_AT))),
    }
}

/// The text of a line of HTML. What only looks like a tag (`a <b` without an end, `Vec<T>`) is text.
fn without_tags(html: &str) -> Cow<'_, str> {
    if !html.contains('<') {
        return resolve_all(html, false);
    }
    let mut text = String::with_capacity(html.len());
    let mut scanner = Scanner::new(html);
    while let Some(token) = scanner.next() {
        let (name, starts) = match token {
            Token::Text(plain) => {
                text.push_str(&resolve_all(plain, false));
                continue;
            }
            Token::Start(name, _) => (name.to_ascii_lowercase(), true),
            Token::End(name) => (name.to_ascii_lowercase(), false),
        };
        if !is_html(&name) {
            text.push_str(&resolve_all(scanner.tag_as_written(), false));
            continue;
        }
        match treatment(&name) {
            Treatment::Drop(dropped) if starts => {
                scanner.until_end_of(dropped);
            }
            Treatment::Keep(element) if element.separates_text() => text.push(' '),
            _ => {}
        }
    }
    // A tag that never ends is none: `profits <b 5 %`.
    text.push_str(&resolve_all(scanner.unfinished(), false));
    text.into()
}

/// The words of clean HTML, block elements separated by white space.
pub fn text(html: &CleanHtml) -> String {
    beginning(html, usize::MAX)
}

/// The words that clean HTML begins with, `bytes` of them or a little more.
pub(super) fn beginning(html: &CleanHtml, bytes: usize) -> String {
    let mut out = String::with_capacity(html.as_str().len().min(bytes));
    let mut rest = html.as_str();
    // Clean HTML has no `<` but those of tags, and no `>` inside them.
    while out.len() < bytes {
        let tag = rest.find('<').unwrap_or(rest.len());
        push_words(&rest[..tag], &mut out);
        let Some(end) = rest[tag..].find('>') else {
            break;
        };
        if separates(&rest[tag + 1..tag + end]) && !out.is_empty() && !out.ends_with(['\n', ' ']) {
            out.push('\n');
        }
        rest = &rest[tag + end + 1..];
    }
    out.truncate(out.trim_end().len());
    out
}

/// Whether a tag, without its brackets, stands between words.
fn separates(tag: &str) -> bool {
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let name = tag.split(' ').next().unwrap_or(tag);
    matches!(treatment(name), Treatment::Keep(element) if element.separates_text())
}

/// Appends the text between two tags of clean HTML, its white space folded.
fn push_words(escaped: &str, out: &mut String) {
    let mut rest = escaped;
    while !rest.is_empty() {
        let bytes = rest.as_bytes();
        // A single space between words is copied with them.
        let single = |at: usize| {
            at > 0
                && bytes
                    .get(at + 1)
                    .is_some_and(|next| *next > b' ' && *next != b'&')
        };
        let run = bytes.iter().enumerate().position(|(at, byte)| match byte {
            b' ' => !single(at),
            b'&' | b'\n' | b'\t' => true,
            _ => false,
        });
        let (words, special) = rest.split_at(run.unwrap_or(rest.len()));
        out.push_str(words);
        let reference = REFERENCES
            .iter()
            .find(|(written, _)| special.starts_with(written));
        let (resolved, length) =
            reference.map_or((" ", special.len().min(1)), |(written, c)| (*c, written.len()));
        if resolved != " " {
            out.push_str(resolved);
        } else if !special.is_empty() && !out.is_empty() && !out.ends_with(['\n', ' ']) {
            out.push(' ');
        }
        rest = &special[length..];
    }
}

/// The references in the text of clean HTML: there are no others.
const REFERENCES: [(&str, &str); 4] = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " ")];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn html(html: &str) -> String {
        plain(&Body::Html(html.to_owned()))
    }

    #[test]
    fn titles_lose_markup_and_keep_their_words() {
        for (written, expected) in [
            ("Haftar <b>meets</b> AFRICOM", "Haftar meets AFRICOM"),
            ("Oil output up,<br>exports down", "Oil output up, exports down"),
            ("Libya&#8217;s budget &amp; debt", "Libya’s budget & debt"),
            ("5 &lt; 6", "5 < 6"),
            ("a < b and c > d", "a < b and c > d"),
            ("a <b and no end", "a <b and no end"),
            ("Vec<T> explained", "Vec<T> explained"),
            ("x<script>alert(1)</script>y", "xy"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("  two\n lines\u{a0}", "two lines"),
            ("<!-- hidden -->seen", "seen"),
            ("H<sub>2</sub>O", "H2O"),
        ] {
            assert_eq!(html(written), expected, "{written}");
        }
        assert_eq!(plain(&Body::Plain("AT&amp;T <b>".to_owned())), "AT&amp;T <b>");
    }

    #[test]
    fn lines_hold_nothing_that_hides_or_reorders() {
        for (written, expected) in [
            ("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e", "abcde"),
            ("nul\0 bell\u{7} del\u{7f} c1\u{9b}x \u{fffe}", "nul bell del c1x"),
            ("tab\tand\r\nbreak\u{2028}more", "tab and break more"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("\u{1b}]52;c;eA==\u{7}", "]52;c;eA=="),
        ] {
            assert_eq!(line(written), expected, "{written:?}");
        }
        assert_eq!(line(&"é".repeat(5_000)).chars().count(), LONGEST_LINE);
    }

    #[test]
    fn blocks_of_text_do_not_run_together() {
        let clean = |html: &str| text(&CleanHtml::already_clean(html.to_owned()));
        for (html, expected) in [
            ("<p>One</p><p>two <b>th</b>ree</p>", "One\ntwo three"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            ("a<br>b<wbr>c<img src=\"https://x.example/\">d", "a\nbc\nd"),
            ("  AT&amp;T&nbsp;&lt;b&gt;  x  ", "AT&T <b> x"),
            ("", ""),
        ] {
            assert_eq!(clean(html), expected, "{html}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_stays_as_it_is(text in any::<String>()) {
            let once = line(&text);
            prop_assert!(once.chars().all(is_shown) && !once.contains(['\n', '\t', '\r']));
            prop_assert_eq!(line(&once), once);
        }

        #[test]
        fn titles_never_panic(written in "[<>/!&;#a-c=\"' é\u{202e}-]{0,60}") {
            html(&written);
        }
    }
}
