//! The text of a robots.txt, and whether it lets an address be read. Pure; time grows with the length of both.

use url::Url;

use crate::model::{Robots, RobotsRule};

/// Our name in robots.txt.
const TOKEN: &str = "feedmill";

/// RFC 9309 §2.5: at least 500 KiB must be read; what follows need not be.
const MOST_BYTES: usize = 500 << 10;

/// One line that says something.
enum Line<'t> {
    Agent(&'t str),
    Rule { allows: bool, pattern: &'t str },
    Delay(&'t str),
}

/// Reads the rules for feedmill: of the groups that name it, else of those for everybody (RFC 9309 §2.2.1).
pub fn parse(text: &[u8]) -> Robots {
    let within = &text[..text.len().min(MOST_BYTES)];
    // Half a rule is another rule.
    let end = match text.len() > MOST_BYTES {
        true => within
            .iter()
            .rposition(|byte| matches!(byte, b'\r' | b'\n'))
            .unwrap_or(0),
        false => within.len(),
    };
    let text = String::from_utf8_lossy(&within[..end]);
    let text = text.trim_start_matches('\u{feff}');
    let (mut own, mut general) = (None::<Robots>, None::<Robots>);
    let (mut is_own, mut is_general) = (false, false);
    let mut in_agents = false;
    for line in text.split(['\r', '\n']).filter_map(line) {
        let Line::Agent(agent) = line else {
            in_agents &= !matches!(line, Line::Rule { .. });
            for (group, is_meant) in [(&mut own, is_own), (&mut general, is_general)] {
                if let Some(group) = group.as_mut().filter(|_| is_meant) {
                    add(group, &line);
                }
            }
            continue;
        };
        if !in_agents {
            (is_own, is_general) = (false, false);
        }
        in_agents = true;
        if names_us(agent) {
            is_own = true;
            own.get_or_insert_default();
        } else if agent.starts_with('*') {
            is_general = true;
            general.get_or_insert_default();
        }
    }
    own.or(general).unwrap_or_default()
}

fn line(line: &str) -> Option<Line<'_>> {
    let line = line.split('#').next().unwrap_or_default();
    let (key, value) = line.split_once(':')?;
    let (key, value) = (key.trim(), value.trim());
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    if is("user-agent") {
        Some(Line::Agent(value))
    } else if is("allow") || is("disallow") {
        Some(Line::Rule {
            allows: is("allow"),
            pattern: value,
        })
    } else if is("crawl-delay") {
        Some(Line::Delay(value))
    } else {
        None
    }
}

fn add(group: &mut Robots, line: &Line<'_>) {
    match line {
        Line::Agent(_) => {}
        // An empty rule rules nothing.
        Line::Rule { pattern: "", .. } => {}
        Line::Rule { allows, pattern } => {
            let slash = if pattern.starts_with(['/', '*']) { "" } else { "/" };
            group.rules.push(RobotsRule {
                allows: *allows,
                pattern: normal(&format!("{slash}{pattern}"), Kind::Pattern),
            });
        }
        Line::Delay(seconds) => {
            let seconds = seconds.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
            // The cast saturates.
            group.crawl_delay = seconds
                .map(|seconds| seconds.ceil() as u32)
                .max(group.crawl_delay);
        }
    }
}

/// `FeedMill/2.0` is us, `feedmiller` is not: a name ends at what cannot be part of one (RFC 9309 §2.2.1).
fn names_us(agent: &str) -> bool {
    let end = agent
        .find(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_'))
        .unwrap_or(agent.len());
    agent[..end].eq_ignore_ascii_case(TOKEN)
}

/// The rule that decides on an address, if any does: the longest that matches, `Allow` when two are as long (§2.2.2).
pub fn deciding<'r>(robots: &'r Robots, url: &Url) -> Option<&'r RobotsRule> {
    if url.path() == "/robots.txt" {
        return None;
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = normal(&format!("{}{query}", url.path()), Kind::Address);
    robots
        .rules
        .iter()
        .filter(|rule| matches(&rule.pattern, &path))
        .max_by_key(|rule| (rule.pattern.len(), rule.allows))
}

/// The pieces between the `*` in order, each at the first place where it fits: that leaves most for the others.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, is_anchored) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        if let Some(piece) = last.replace(piece) {
            match rest.find(piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
    }
    match last {
        None => !is_anchored || rest.is_empty(),
        Some(last) if is_anchored => rest.ends_with(last),
        Some(last) => rest.contains(last),
    }
}

/// What is brought into its one spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Address,
    /// Here `*` and `$` mean something, and a literal one is escaped (§2.2.3).
    Pattern,
}

/// One spelling for each address (§2.2.2): what need not be escaped is not, all else is, in upper case; in a query
/// also what separates the parts of addresses.
fn normal(written: &str, kind: Kind) -> String {
    let bytes = written.as_bytes();
    let mut normal = String::with_capacity(written.len());
    let (mut at, mut in_query) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| hex(bytes.get(at + 1..at + 3)?)).flatten();
        at += if escaped.is_some() { 3 } else { 1 };
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let stays = match (escaped, byte) {
            (Some(byte), _) => is_unreserved(byte),
            (None, b'*' | b'$') => kind == Kind::Pattern,
            (None, b':' | b'/' | b'?' | b'@') => !in_query,
            (
                None,
                b'%' | b'#' | b'[' | b']' | b'!' | b'&' | b'\'' | b'(' | b')' | b'+' | b',' | b';' | b'=',
            ) => true,
            (None, byte) => is_unreserved(byte),
        };
        in_query |= byte == b'?';
        let byte = escaped.unwrap_or(byte);
        if !stays {
            normal.push_str(&format!("%{byte:02X}"));
        } else if byte != b'*' || !normal.ends_with('*') {
            normal.push(char::from(byte));
        }
    }
    normal
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(robots: &Robots, url: &Url) -> bool {
        deciding(robots, url).is_none_or(|rule| rule.allows)
    }

    fn is_allowed(robots: &str, path: &str) -> bool {
        let url = Url::parse("https://news.example").unwrap().join(path).unwrap();
        allows(&parse(robots.as_bytes()), &url)
    }

    #[test]
    fn the_group_that_names_us_counts_else_the_one_for_everybody() {
        for (robots, expected) in [
            ("", true),
            ("User-agent: *\nDisallow: /", false),
            (
                "User-agent: feedmill\nDisallow: /\n\nUser-agent: *\nAllow: /",
                false,
            ),
            (
                "user-AGENT : FeedMill/2.0 (+https://x.example)\ndisallow:/",
                false,
            ),
            ("User-agent: feedmiller\nDisallow: /", true),
            ("User-agent: feed\nDisallow: /", true),
            (
                "User-agent: *\nDisallow: /\nUser-agent: feedmill\nDisallow:",
                true,
            ),
            ("User-agent: other\nUser-agent: feedmill\nDisallow: /a", false),
            (
                "User-agent: other\nSitemap: https://news.example/s.xml\nUser-agent: feedmill\nDisallow: /a",
                false,
            ),
            (
                "User-agent: other\nDisallow: /x\nUser-agent: feedmill\nDisallow: /a",
                false,
            ),
            (
                "User-agent: feedmill\nDisallow: /a\nUser-agent: other\nDisallow: /\n",
                false,
            ),
            ("User-agent: other\nDisallow: /\n", true),
            // Two groups of ours are one.
            (
                "User-agent: feedmill\nDisallow: /b\n\nUser-agent: *\nDisallow: /\n\nUser-agent: feedmill\nDisallow: /a",
                false,
            ),
            (
                "\u{feff}User-agent: *\r\n# nothing\r\nDisallow: /a # this\r\n",
                false,
            ),
            ("Disallow: /a\nUser-agent: *\nDisallow: /b", true),
            ("<html><body>Not found</body></html>", true),
            ("User-agent: *\nDisallow: a", false),
            (
                "User-agent: feedmill\nCrawl-delay: 5\nUser-agent: other\nDisallow: /\n",
                false,
            ),
        ] {
            assert_eq!(is_allowed(robots, "/a"), expected, "{robots:?}");
        }
    }

    #[test]
    fn the_longest_rule_decides() {
        for (rules, path, expected) in [
            ("Disallow: /\nAllow: /news/", "/news/1", true),
            (
                "Allow: /news/\nDisallow: /news/private/",
                "/news/private/1",
                false,
            ),
            ("Allow: /page\nDisallow: /page", "/page", true),
            ("Disallow: /*.php$", "/index.php", false),
            ("Disallow: /*.php$", "/index.php?a=b", true),
            ("Disallow: /*.php", "/index.php?a=b", false),
            ("Disallow: /*?replytocom=", "/a?replytocom=7", false),
            ("Disallow: /fish*", "/fish/salmon.html", false),
            ("Disallow: /fish/$", "/fish/", false),
            ("Disallow: /fish/$", "/fish/a", true),
            ("Disallow: *", "/anything", false),
            ("Disallow: /a*b*c$", "/a-b-c-b-c", false),
            ("Disallow: /a*b*c$", "/a-b-c-b", true),
            ("Disallow: /", "/robots.txt", true),
            ("Disallow: /Case", "/case", true),
            ("Allow: /a/*b\nDisallow: /a/**b", "/a/xb", true),
        ] {
            let robots = format!("User-agent: *\n{rules}\n");
            assert_eq!(is_allowed(&robots, path), expected, "{rules:?} {path}");
        }
    }

    #[test]
    fn each_address_has_one_spelling() {
        for (rule, path) in [
            ("/caf%C3%A9", "/café"),
            ("/café", "/caf%c3%a9"),
            ("/%61bc", "/abc"),
            ("/a%2Db", "/a-b"),
            ("/ليبيا", "/ليبيا/1"),
            ("/a%3fb", "/a%3Fb"),
            ("/a{b", "/a{b"),
            ("/a%7Cb", "/a|b"),
            ("/a-%2A.html", "/a-*.html"),
            ("/a-%24", "/a-$"),
            // The example of RFC 9309 §2.2.2.
            (
                "/foo/bar?baz=https://foo.bar",
                "/foo/bar?baz=https%3A%2F%2Ffoo.bar",
            ),
        ] {
            let robots = format!("User-agent: *\nDisallow: {rule}");
            assert!(!is_allowed(&robots, path), "{rule} {path}");
        }
        assert!(is_allowed("User-agent: *\nDisallow: /a%2Fb", "/a/b"));
    }

    #[test]
    fn a_delay_is_heard() {
        for (delay, expected) in [
            ("10", Some(10)),
            ("0.5", Some(1)),
            ("x", None),
            ("-3", None),
            ("1e99", Some(u32::MAX)),
        ] {
            let robots = parse(format!("User-agent: *\nCrawl-delay: {delay}").as_bytes());
            assert_eq!(robots.crawl_delay, expected, "{delay}");
        }
    }

    #[test]
    fn what_comes_after_500_kib_is_not_read() {
        let rule = "Disallow: /a\n";
        let padding = "#".repeat(MOST_BYTES - 100);
        assert!(!is_allowed(
            &format!("User-agent: *\n{}\n{rule}", &padding[50..]),
            "/a"
        ));
        assert!(is_allowed(
            &format!("User-agent: *\n{padding}{padding}\n{rule}"),
            "/a"
        ));
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern = "/*a".repeat(100_000);
        let robots = format!("User-agent: *\nDisallow: {pattern}b$");
        assert!(is_allowed(&robots, &format!("/{}", "/a".repeat(4_000))));
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "(User-agent:|Disallow:|Allow:|[*$/%a-f0-9é\n #]){0,40}", path in "/[a-z*%$?é]{0,20}") {
            let _ = is_allowed(&text, &path);
        }

        #[test]
        fn a_rule_without_wildcards_is_a_prefix(rule in "/[a-c]{0,4}", path in "/[a-c]{0,6}") {
            let robots = format!("User-agent: *\nDisallow: {rule}");
            prop_assert_eq!(is_allowed(&robots, &path), !path.starts_with(&rule));
        }
    }
}
