//! HTML as a sequence of tags and text, by the rules of the HTML tokeniser, without building anything: linear
//! in the bytes whatever they are.

/// A piece of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Characters, references not yet resolved.
    Text(&'a str),
    /// A start tag: its name as written and the attributes after it.
    Start(&'a str, Attributes<'a>),
    /// The name in an end tag, as written.
    End(&'a str),
}

/// Walks over HTML. Comments, doctypes and processing instructions are passed over.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    html: &'a str,
    at: usize,
    /// End tags that are known not to come any more, so that nobody looks for them again.
    missing: Vec<&'static str>,
    tag_starts: usize,
    /// The tag at `tag_starts` never ends.
    is_unfinished: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(html: &'a str) -> Self {
        Self {
            html,
            at: 0,
            missing: Vec::new(),
            tag_starts: 0,
            is_unfinished: false,
        }
    }

    /// What stands before the end tag `name`, which is passed over too. Without one nothing is.
    pub(crate) fn until_end_of(&mut self, name: &'static str) -> Option<&'a str> {
        if self.missing.contains(&name) {
            return None;
        }
        let rest = &self.html[self.at..];
        let mut from = 0;
        while let Some(offset) = rest[from..].find("</") {
            let found = from + offset;
            let after = found + 2;
            if let Some(end) = end_tag_named(&rest.as_bytes()[after..], name) {
                self.at += after + end;
                return Some(&rest[..found]);
            }
            from = after;
        }
        self.missing.push(name);
        None
    }

    /// Nothing more comes.
    pub(crate) fn drop_rest(&mut self) {
        self.at = self.html.len();
    }

    /// The tag last given out, as written.
    pub(crate) fn tag_as_written(&self) -> &'a str {
        &self.html[self.tag_starts..self.at]
    }

    /// How far it got, in bytes.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// A tag at the end that never ended, for those who take it for text.
    pub(crate) fn unfinished(&self) -> &'a str {
        if self.is_unfinished {
            &self.html[self.tag_starts..]
        } else {
            ""
        }
    }

    fn text_until(&mut self, end: usize) -> Token<'a> {
        let text = &self.html[self.at..end];
        self.at = end;
        Token::Text(text)
    }

    /// A `<` that starts more than text.
    fn opens_markup(&self, start: usize) -> bool {
        match self.html.as_bytes()[start + 1..] {
            [b'!' | b'?', ..] | [b'/', _, ..] => true,
            [byte, ..] => byte.is_ascii_alphabetic(),
            [] => false,
        }
    }

    /// Passes over the markup at `start`, which is a tag or nothing.
    fn markup(&mut self, start: usize) -> Option<Token<'a>> {
        let bytes = self.html.as_bytes();
        match bytes[start + 1] {
            b'/' if bytes[start + 2].is_ascii_alphabetic() => {
                return self.tag(start, 2).map(|(name, _)| Token::End(name));
            }
            byte if byte.is_ascii_alphabetic() => {
                return self
                    .tag(start, 1)
                    .map(|(name, attributes)| Token::Start(name, attributes));
            }
            _ if self.html[start..].starts_with("<!--") => self.at = comment_end(self.html, start + 4),
            _ => {
                self.at = self.html[start..]
                    .find('>')
                    .map_or(bytes.len(), |gt| start + gt + 1)
            }
        }
        None
    }

    /// The tag at `start`, whose name stands `before_name` further on; nothing when it never ends, and then
    /// nothing is left.
    fn tag(&mut self, start: usize, before_name: usize) -> Option<(&'a str, Attributes<'a>)> {
        let bytes = self.html.as_bytes();
        let name = start + before_name;
        let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        let name_end = bytes[name..]
            .iter()
            .position(ends_name)
            .map_or(bytes.len(), |length| name + length);
        let attributes = Attributes {
            html: self.html,
            at: name_end,
        };
        let mut walk = attributes;
        while walk.next().is_some() {}
        self.tag_starts = start;
        // Attributes stop at the `>` that ends the tag, or at the end of everything.
        if bytes.get(walk.at) != Some(&b'>') {
            self.is_unfinished = true;
            self.at = bytes.len();
            return None;
        }
        self.at = walk.at + 1;
        Some((&self.html[name..name_end], attributes))
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let mut from = self.at;
        while self.at < self.html.len() {
            let Some(start) = self.html[from..].find('<').map(|offset| from + offset) else {
                return Some(self.text_until(self.html.len()));
            };
            if !self.opens_markup(start) {
                from = start + 1;
                continue;
            }
            if self.at < start {
                return Some(self.text_until(start));
            }
            if let Some(token) = self.markup(start) {
                return Some(token);
            }
            from = self.at;
        }
        None
    }
}

/// Where a comment ends whose text starts at `from`.
fn comment_end(html: &str, from: usize) -> usize {
    let text = &html[from..];
    for closed in [">", "->"] {
        if text.starts_with(closed) {
            return from + closed.len();
        }
    }
    let plain = text.find("-->").map(|at| at + 3);
    let hasty = text[..plain.unwrap_or(text.len())].find("--!>").map(|at| at + 4);
    hasty.or(plain).map_or(html.len(), |length| from + length)
}

/// The length of the end tag whose name should stand at the start of `bytes`.
fn end_tag_named(bytes: &[u8], name: &str) -> Option<usize> {
    let written = bytes.get(..name.len())?;
    let after = bytes.get(name.len());
    let ends = after.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
    if !ends || !written.eq_ignore_ascii_case(name.as_bytes()) {
        return None;
    }
    Some(
        bytes
            .iter()
            .position(|byte| *byte == b'>')
            .map_or(bytes.len(), |gt| gt + 1),
    )
}

/// The attributes of a start tag: name and value as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attributes<'a> {
    html: &'a str,
    at: usize,
}

impl Attributes<'_> {
    /// There are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.html.as_bytes().get(self.at) == Some(&b'>')
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.html.as_bytes();
        let skip = |mut at: usize, skipped: fn(u8) -> bool| {
            while bytes.get(at).is_some_and(|byte| skipped(*byte)) {
                at += 1;
            }
            at
        };
        let space = |byte: u8| byte.is_ascii_whitespace();
        self.at = skip(self.at, |byte| byte.is_ascii_whitespace() || byte == b'/');
        if bytes.get(self.at).is_none_or(|byte| *byte == b'>') {
            return None;
        }
        let start = self.at;
        // A first `=` belongs to the name.
        let in_name = |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'=');
        let name_end = if bytes[start] == b'=' { start + 1 } else { start };
        let name_end = skip(name_end, in_name);
        let name = self.html.get(start..name_end)?;
        let equals = skip(name_end, space);
        if bytes.get(equals) != Some(&b'=') {
            self.at = name_end;
            return Some((name, ""));
        }
        let value = skip(equals + 1, space);
        let (value_start, value_end, after) = match bytes.get(value) {
            Some(quote @ (b'"' | b'\'')) => {
                let length = self.html[value + 1..].find(char::from(*quote));
                let end = length.map_or(bytes.len(), |length| value + 1 + length);
                (value + 1, end, (end + 1).min(bytes.len()))
            }
            _ => {
                let end = skip(value, |byte| !byte.is_ascii_whitespace() && byte != b'>');
                (value, end, end)
            }
        };
        self.at = after;
        Some((name, &self.html[value_start..value_end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(html: &str) -> String {
        let show = |token| match token {
            Token::Text(text) => format!("{text:?}"),
            Token::Start(name, attributes) => {
                let attributes: Vec<_> = attributes
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!("<{name} {}>", attributes.join("|"))
            }
            Token::End(name) => format!("</{name}>"),
        };
        Scanner::new(html).map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tags_are_told_from_text_as_browsers_do() {
        for (html, expected) in [
            ("a < b", r#""a < b""#),
            ("1<2", r#""1<2""#),
            ("a<b>c", r#""a" <b > "c""#),
            ("<p class=x>t</p>", r#"<p class=x> "t" </p>"#),
            ("<a href='x>y' B = \"q\"/>", "<a href=x>y|B=q>"),
            ("<a =x=1 y>", "<a =x=1|y=>"),
            ("<img src=/a/b.jpg>", "<img src=/a/b.jpg>"),
            ("x<!-- <p> -->y", r#""x" "y""#),
            ("<!-->x<!--->y<!-- a --!>z", r#""x" "y" "z""#),
            ("<!doctype html><?xml x?></ >t", r#""t""#),
            ("x<a href=\"never closed", r#""x""#),
            ("x<!-- never closed", r#""x""#),
            ("</", r#""</""#),
            ("<", r#""<""#),
        ] {
            assert_eq!(shape(html), expected, "{html}");
        }
    }

    #[test]
    fn the_end_of_raw_text_is_its_own_end_tag_only() {
        let mut scanner = Scanner::new("var a='</scripts><b>';</SCRIPT >x");
        assert_eq!(scanner.until_end_of("script"), Some("var a='</scripts><b>';"));
        assert_eq!(scanner.next(), Some(Token::Text("x")));
        assert_eq!(Scanner::new("never").until_end_of("script"), None);
    }

    proptest! {
        #[test]
        fn scanning_ends_and_never_panics(html in "[<>/!a-c=\"' é-]{0,60}") {
            prop_assert!(Scanner::new(&html).count() <= html.len());
        }
    }
}
