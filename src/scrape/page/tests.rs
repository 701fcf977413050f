use std::time::{Duration, Instant};

use encoding_rs::{WINDOWS_1252, WINDOWS_1256};
use proptest::prelude::*;

use super::*;

fn url() -> Url {
    Url::parse("https://news.example/a/story").unwrap()
}

fn page(bytes: &[u8]) -> Result<Page, Error> {
    Page::read(bytes, None, &url())
}

/// Reads a page that should not be dear. Debug builds are slow, and the machine may be busy: what the limits keep away takes
/// minutes.
fn soon(bytes: &[u8]) -> Result<Page, Error> {
    let before = Instant::now();
    let page = page(bytes);
    assert!(
        before.elapsed() < Duration::from_secs(30),
        "{:?}",
        before.elapsed()
    );
    page
}

#[test]
fn encodings_are_found_as_browsers_do_but_utf8_is_believed_first() {
    let arabic = "<meta charset=X><p>اجتماع مجلس النواب الليبي في طبرق</p>";
    let french = "<meta http-equiv=content-type content='text/html; charset=X'><p>Été à Genève</p>";
    for (html, label, content_type) in [
        (arabic, "utf-8", None),
        // Converted when it was saved, and still saying what it was.
        (arabic, "gb2312", None),
        (french, "iso-8859-1", Some("text/html; charset=iso-8859-15")),
    ] {
        let html = html.replace('X', label);
        let page = Page::read(html.as_bytes(), content_type, &url()).unwrap();
        assert_eq!(
            &*page.document.select("p").text(),
            html.split(['<', '>']).nth(4).unwrap()
        );
    }
    let in_1256 = arabic.replace('X', "windows-1256");
    let in_1252 = french.replace('X', "iso-8859-1");
    let undeclared = arabic.replace("<meta charset=X>", "");
    for (bytes, content_type, expected) in [
        (
            WINDOWS_1256.encode(&in_1256).0,
            None,
            "اجتماع مجلس النواب الليبي في طبرق",
        ),
        (WINDOWS_1252.encode(&in_1252).0, None, "Été à Genève"),
        (
            WINDOWS_1256.encode(&undeclared).0,
            Some("text/html; charset=windows-1256"),
            "اجتماع مجلس النواب الليبي في طبرق",
        ),
        (
            WINDOWS_1256.encode(&undeclared).0,
            None,
            "اجتماع مجلس النواب الليبي في طبرق",
        ),
    ] {
        let page = Page::read(&bytes, content_type, &url()).unwrap();
        assert_eq!(&*page.document.select("p").text(), expected);
    }
}

#[test]
fn addresses_are_relative_to_the_base_the_page_gives() {
    for (html, expected) in [
        ("<p>x", "https://news.example/a/story"),
        ("<base href=/b/><p>x", "https://news.example/b/"),
        ("<base href='https://cdn.example/'><p>x", "https://cdn.example/"),
        ("<base href='javascript:x'><p>x", "https://news.example/a/story"),
    ] {
        assert_eq!(page(html.as_bytes()).unwrap().base.as_str(), expected, "{html}");
    }
}

#[test]
fn what_is_no_page_is_refused() {
    assert_eq!(page(b"  \n").err(), Some(Error::Empty));
    assert_eq!(page(b"%PDF-1.7 x").err(), Some(Error::NotText("a PDF document")));
}

#[test]
fn a_page_of_50_mb_is_read_up_to_the_limit() {
    let mut html = "<p>first</p>".to_owned();
    html.push_str(&"<p>paragraph after paragraph after paragraph</p>\n".repeat(1_100_000));
    let page = soon(html.as_bytes()).unwrap();
    assert!(
        page.notes[0].contains("only the first 4194304 were read"),
        "{:?}",
        page.notes
    );
    assert_eq!(&*page.document.select_single("p").text(), "first");
}

#[test]
fn a_million_nested_tags_end_within_limits() {
    for (tag, times) in [
        ("<div>", 1_000_000),
        ("<b>", 1_000_000),
        ("<table><tr><td>", 50_000),
        ("<ul><li>", 50_000),
        ("<svg><g>", 50_000),
        ("<a href=x><b><i><font>", 50_000),
        ("<rt>", 50_000),
        ("<template>", 50_000),
    ] {
        let html = format!("<p>before</p>{}inside", tag.repeat(times));
        let page = soon(html.as_bytes()).unwrap();
        assert!(
            build::depth(&page.document) <= 2 * usize::from(MOST_DEPTH),
            "{tag}"
        );
        assert!(
            page.notes
                .iter()
                .any(|note| note.contains("deep") || note.contains("too many tags")),
            "{tag}"
        );
        assert_eq!(&*page.document.select_single("p").text(), "before", "{tag}");
    }
}

#[test]
fn tags_that_are_never_closed_do_not_multiply() {
    // Each paragraph opens again all formatting that was left open before it.
    let html: String = (0..100_000).map(|n| format!("<p><b id=b{n}>x</p>")).collect();
    let page = soon(html.as_bytes());
    assert!(
        page.is_ok_and(|page| page.document.tree.len() < 2 * MOST_PIECES)
            || soon(html.as_bytes()).err() == Some(Error::TooDeep)
    );
    let with_attributes: String = (0..255).map(|n| format!(" a{n}")).collect();
    let html = format!(
        "{}{}",
        format!("<b{with_attributes}>").repeat(200),
        "<p>x".repeat(200_000)
    );
    soon(html.as_bytes()).ok();
}

#[test]
fn attributes_beyond_the_limit_are_dropped() {
    let many: String = (0..100_000).map(|n| format!(" a{n}=\"{n}\"")).collect();
    for html in [
        format!("<p{many}>x</p><p>y</p>"),
        // Where the parser sees a tag and a mere reader of tags a comment.
        format!("<p>x</p><p>y</p><svg><![CDATA[ <!-- ]]><a{many}>-->"),
        format!("<p>x</p><p>y</p><svg><style><a{many}></style>"),
        format!("<p>x</p><p>y</p><a{many}"),
    ] {
        let page = soon(html.as_bytes()).unwrap();
        let paragraphs = page.document.select("p");
        assert_eq!(&*paragraphs.text(), "xy", "{}", &html[..40]);
        assert!(paragraphs.nodes()[0].attrs().len() <= MOST_ATTRIBUTES);
    }
}

#[test]
fn a_hundred_thousand_links_are_all_read() {
    let html: String = (0..100_000)
        .map(|n| format!("<li><a href=/{n}>{n}</a>\n"))
        .collect();
    let page = soon(html.as_bytes()).unwrap();
    assert_eq!(page.notes, [""; 0]);
    assert_eq!(page.document.select("a").length(), 100_000);
}

#[test]
fn a_long_comment_or_picture_in_a_page_is_no_attack() {
    let html = format!(
        "<p>x</p><!-- {} --><img src='data:image/png;base64,{}'><p>y</p>",
        "words ".repeat(20_000),
        "iVBOR/w0KGgo+AAAA".repeat(20_000)
    );
    let page = page(html.as_bytes()).unwrap();
    assert_eq!(&*page.document.select("p").text(), "xy");
    assert_eq!(page.notes, [""; 0]);
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        page(&bytes).ok();
    }

    #[test]
    fn reading_tags_never_panics(html in "(<[/!]?(a|b|p|div|table|td|svg|style|template|base href=x|select|option|!--)? ?[a-z=\"']{0,3}>?|[x<>&é ]){0,40}") {
        page(html.as_bytes()).ok();
    }
}
