//! The beginning of an article as plain text.

/// At most this many characters, and an ellipsis where more follows.
const LONGEST: usize = 300;

/// The first words of cleaned HTML, on one line, cut between words.
pub fn excerpt(html: &str) -> String {
    let mut text = Text {
        text: String::with_capacity(html.len().min(LONGEST)),
        ..Text::default()
    };
    let mut rest = html;
    while !text.is_full() {
        let Some(at) = rest.find(['<', '&']) else {
            text.push_str(rest);
            break;
        };
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, read) = if rest.starts_with('<') {
            tag(rest)
        } else {
            entity(rest)
        };
        match read {
            Read::Nothing => {}
            Read::Gap => text.gap = true,
            Read::Char(c) => text.push(c),
        }
        rest = &rest[length..];
    }
    text.finish()
}

/// Cleaned HTML without the credit that WordPress puts under each article of its feeds, in whatever language ("The
/// post … appeared first on …"): a last paragraph whose first link says the title again and whose second names the
/// site. On a page both stand beside the text.
pub fn without_credit<'h>(html: &'h str, title: &str) -> &'h str {
    let Some((text, last)) = html.rfind("<p>").map(|at| html.split_at(at)) else {
        return html;
    };
    let mut links = last.split("<a ").skip(1);
    let is_credit = links.next().is_some_and(|link| {
        let words = link.split_once('>').and_then(|(_, rest)| rest.split_once("</a>"));
        words.is_some_and(|(words, _)| excerpt(words) == title)
    });
    if is_credit && links.next().is_some() && links.next().is_none() && !text.trim().is_empty() {
        text
    } else {
        html
    }
}

enum Read {
    Nothing,
    Gap,
    Char(char),
}

/// Length of the tag that `html` begins with, and what it means for the text.
fn tag(html: &str) -> (usize, Read) {
    let name = html[1..].trim_start_matches('/');
    let name = &name[..name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len())];
    if name.is_empty() {
        return (1, Read::Char('<'));
    }
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return (at + 1, if is_inline(name) { Read::Nothing } else { Read::Gap }),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    (html.len(), Read::Nothing)
}

/// Whether the words on both sides of such a tag belong together.
fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 23] = [
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s",
        "small", "span", "strong", "sub", "sup", "time", "u", "wbr",
    ];
    INLINE.iter().any(|inline| inline.eq_ignore_ascii_case(name))
}

/// Length of the character reference that `html` begins with, and the character. Cleaned HTML holds few names.
fn entity(html: &str) -> (usize, Read) {
    let end = html.bytes().take(12).position(|b| b == b';');
    let Some(end) = end else {
        return (1, Read::Char('&'));
    };
    let name = &html[1..end];
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let c = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "nbsp" => Some(' '),
        _ if name.starts_with("#x") || name.starts_with("#X") => number(&name[2..], 16),
        _ if name.starts_with('#') => number(&name[1..], 10),
        _ => None,
    };
    match c {
        Some(c) if c.is_whitespace() || c.is_control() => (end + 1, Read::Gap),
        Some(c) => (end + 1, Read::Char(c)),
        None => (1, Read::Char('&')),
    }
}

/// Text with white space folded, up to one character more than is shown.
#[derive(Default)]
struct Text {
    text: String,
    length: usize,
    gap: bool,
}

impl Text {
    fn is_full(&self) -> bool {
        self.length > LONGEST
    }

    fn push_str(&mut self, text: &str) {
        for c in text.chars() {
            if self.is_full() {
                return;
            }
            self.push(c);
        }
    }

    fn push(&mut self, c: char) {
        if c.is_whitespace() {
            self.gap = true;
            return;
        }
        if std::mem::take(&mut self.gap) && !self.text.is_empty() {
            self.text.push(' ');
            self.length += 1;
        }
        self.text.push(c);
        self.length += 1;
    }

    fn finish(mut self) -> String {
        if !self.is_full() {
            return self.text;
        }
        let (last, _) = self
            .text
            .char_indices()
            .nth(LONGEST - 1)
            .expect("more than LONGEST characters");
        self.text.truncate(last);
        // Scripts without spaces are cut where they are.
        if let Some(space) = self.text.rfind(' ').filter(|space| *space > last / 2) {
            self.text.truncate(space);
        }
        let end = self.text.trim_end_matches([' ', ',', ';', ':', '،', '؛']).len();
        self.text.truncate(end);
        self.text.push('…');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_words_are_read_as_a_person_would() {
        for (html, expected) in [
            ("", ""),
            ("<p>One <b>two</b>three.</p><p>Four</p>", "One twothree. Four"),
            ("<p>a\n\t b&nbsp;c<br>d</p>", "a b c d"),
            (
                "AT&amp;T &lt;b&gt; &#39;x&#x27; &copy; & &;",
                "AT&T <b> 'x' &copy; & &;",
            ),
            (r#"<img alt="a > b" src="x">after"#, "after"),
            ("1 < 2 <3", "1 < 2"),
            ("<p>unclosed <a href=\"", "unclosed"),
            ("&#0;&#x110000;x", "&#x110000;x"),
        ] {
            assert_eq!(excerpt(html), expected, "{html}");
        }
    }

    #[test]
    fn a_credit_is_left_out_and_nothing_else() {
        let credit = |words: &str| {
            format!(
                r#"<p>The post <a href="https://a.example/1" rel="x">{words}</a> appeared first on <a href="https://a.example/">A</a>.</p>"#
            )
        };
        let title = "Fish & bread";
        let cut = format!("<p>Twelve dinars […]</p>\n{}", credit("Fish &amp; bread"));
        assert_eq!(without_credit(&cut, title), "<p>Twelve dinars […]</p>\n");
        for kept in [
            String::new(),
            "Fish".into(),
            "<p>One</p><p>Fish &amp; bread</p>".into(),
            format!("<p>One</p>{}", credit("Something else")),
            format!("<p>One</p>{}<p>More</p>", credit("Fish &amp; bread")),
            r#"<p>One</p><p>See <a href="https://a.example/1">Fish &amp; bread</a>.</p>"#.into(),
            credit("Fish &amp; bread"),
            "<p>One</p><p><a href=".into(),
        ] {
            assert_eq!(without_credit(&kept, title), kept);
        }
    }

    #[test]
    fn long_text_ends_between_words() {
        let text = excerpt(&"<p>lorem ipsum, </p>".repeat(100));
        assert!(text.ends_with("ipsum…") || text.ends_with("lorem…"), "{text}");
        assert!((LONGEST - 20..=LONGEST).contains(&text.chars().count()), "{text}");
        let without_spaces = excerpt(&"利".repeat(1000));
        assert_eq!(without_spaces.chars().count(), LONGEST);
    }

    proptest! {
        #[test]
        fn no_text_is_too_long_or_on_two_lines(html in "(\\PC|<p>|&#10;|<a href='|'>|\n){0,400}") {
            let text = excerpt(&html);
            prop_assert!(text.chars().count() <= LONGEST);
            prop_assert!(!text.contains('\n'));
        }
    }
}
