use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn base() -> Url {
    Url::parse("https://news.example/2024/story/").unwrap()
}

fn cleaned(html: &str) -> String {
    clean(&Body::Html(html.to_owned()), &base()).map_or(String::new(), |clean| clean.as_str().to_owned())
}

/// What the writer wrote, without the allow-list behind it.
fn written(html: &str) -> String {
    let mut cleaner = Cleaner {
        base: &base(),
        writer: Writer::default(),
        picture_ends: None,
        offered: None,
    };
    cleaner.run(Scanner::new(html));
    cleaner.writer.finish().html
}

#[test]
fn articles_keep_their_shape_and_lose_what_is_not_theirs() {
    for (html, expected) in [
        (
            "<p class=lead id=x style='color:red' onclick=x>One <b>two</b></p>",
            "<p>One <b>two</b></p>",
        ),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("caf&eacute; &copy; &#8217;", "café © ’"),
        ("a<!-- c --><script>x</script><style>y</style>b", "ab"),
        ("<font color=red>a</font><o:p>b</o:p>", "ab"),
        (
            "<span lang=AR dir=RTL>a</span><span class=x>b</span>",
            "<span dir=\"rtl\" lang=\"ar\">a</span>b",
        ),
        (
            "<form action=/x><input value=v>Sign up</form>",
            "<div>Sign up</div>",
        ),
        ("<svg><path d=x></svg><math><mi>x</math>t", "t"),
        ("a\u{0}b\u{b}c\u{fffe}d&#11;e&#xFFFF;", "abcde"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("<pre>\n\nx\n y</pre>", "<pre>x\n y</pre>"),
        (
            "<img src=/a.jpg alt='A &amp; \"B\"' width=640px height=auto onerror=x>",
            "<img src=\"https://news.example/a.jpg\" alt=\"A &amp; &quot;B&quot;\" width=\"640\">",
        ),
        (
            "<details open><summary>S</summary>x</details>",
            "<details open=\"\"><summary>S</summary>x</details>",
        ),
        (
            "<video src=v.mp4 autoplay onplay=x></video>",
            "<video src=\"https://news.example/2024/story/v.mp4\" controls=\"\"></video>",
        ),
    ] {
        assert_eq!(cleaned(html), expected, "{html}");
    }
}

#[test]
fn links_are_absolute_and_lead_to_the_web_or_a_mailbox() {
    let rel = LINK_REL;
    for (html, href) in [
        (
            "<a href=../x target=_blank rel=opener>t</a>",
            "https://news.example/2024/x",
        ),
        (
            "<a href='?a=1&amp;b=2'>t</a>",
            "https://news.example/2024/story/?a=1&amp;b=2",
        ),
        (
            "<a href=mailto:desk@news.example>t</a>",
            "mailto:desk@news.example",
        ),
    ] {
        assert_eq!(
            cleaned(html),
            format!("<a href=\"{href}\" rel=\"{rel}\">t</a>"),
            "{html}"
        );
    }
    for html in [
        "<a href=javascript:alert(1)>t</a>",
        "<a href='java&#10;script:alert(1)'>t</a>",
        "<a href='&#1;javascript&colon;alert(1)'>t</a>",
        "<a href=data:text/html,x>t</a>",
        "<a name=top>t</a>",
        "<a href=''>t</a>",
    ] {
        assert_eq!(cleaned(html), "t", "{html}");
    }
}

#[test]
fn soup_is_read_as_browsers_read_it() {
    for (html, expected) in [
        ("<b>a<p>b</b>c</p>", "<b>a<p>b</p></b>c"),
        (
            "<p><em>a<div>b</em>c</div>",
            "<p><em>a</em></p><div><em>b</em>c</div>",
        ),
        (
            "<table><tr><td>a<td>b</table>",
            "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>",
        ),
        (
            "<table>a<tr><td>b</table>",
            "<table><tbody><tr><td>a</td></tr><tr><td>b</td></tr></tbody></table>",
        ),
        ("<tr><td>a</td></tr>", "a"),
        ("<h2>a<h3>b</h2>c", "<h2>a</h2><h3>b</h3>c"),
        (
            "<dl><dt>a<dd>b<dt>c</dl>",
            "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>",
        ),
        ("</p></div>x</br>y", "x<br>y"),
        ("<td><p>a</td>", "<p>a</p>"),
    ] {
        assert_eq!(cleaned(html), expected, "{html}");
    }
    let one = |path: &str| format!("<a href=\"https://news.example/{path}\" rel=\"{LINK_REL}\">");
    assert_eq!(
        cleaned("<a href=/1>a<a href=/2>b"),
        format!("{}a</a>{}b</a>", one("1"), one("2"))
    );
    assert_eq!(
        cleaned("<a href=/1><div>a<a href=/2>b</a></div>c</a>"),
        format!("{}<div>ab</div>c</a>", one("1"))
    );
}

#[test]
fn lazy_pictures_are_shown_once() {
    let real = "<img src=\"https://news.example/real.jpg\">";
    for html in [
        "<img src=data:image/gif;base64,R0 data-src=/real.jpg>",
        "<img data-lazy-src=/real.jpg>",
        "<img data-original=/real.jpg src=/blank.gif>",
        "<img src=/blank.gif class=lazy><noscript><img src=/real.jpg></noscript>",
        "<img data-src=/real.jpg> <noscript><img src=/real-300.jpg>Turn on scripts</noscript>",
        "<noscript>Turn on scripts<img src=/real.jpg></noscript>",
    ] {
        assert_eq!(cleaned(html).trim_end(), real, "{html}");
    }
    assert_eq!(
        cleaned("<picture><source data-srcset='a.webp 2x' type=image/webp><img src=/real.jpg></picture>"),
        format!(
            "<picture><source srcset=\"https://news.example/2024/story/a.webp 2x\" type=\"image/webp\">{real}</picture>"
        ),
    );
}

#[test]
fn pictures_that_only_count_views_go() {
    for html in [
        "<img src=/a.gif width=1 height=1>",
        "<img src=/a.gif width=0 height=0>",
        "<img src=/a.gif height=1px>",
        "<img src=http://feeds.feedburner.com/~r/news/~4/x>",
        "<img src=https://pixel.wp.com/b.gif>",
        "<img alt=x>",
        "<img src=data:image/png;base64,AAAA>",
    ] {
        assert_eq!(cleaned(html), "", "{html}");
    }
}

#[test]
fn framed_videos_become_links() {
    let url = "https://www.youtube.com/watch?v=abc";
    let expected = format!("<p>a</p><div><a href=\"{url}\" rel=\"{LINK_REL}\">{url}</a></div>b");
    assert_eq!(
        cleaned("<p>a<iframe src=//www.youtube.com/embed/abc?rel=0>no</iframe>b"),
        expected
    );
    assert_eq!(cleaned("<iframe src=https://evil.example/>x</iframe>"), "");
}

#[test]
fn plain_text_becomes_paragraphs() {
    let clean = |text: &str| clean(&Body::Plain(text.to_owned()), &base()).unwrap();
    assert_eq!(
        clean("a <b> &amp;\r\nsecond\n\n\n third ").as_str(),
        "<p>a &lt;b&gt; &amp;amp;<br>second</p><p>third</p>"
    );
}

#[test]
fn nothing_to_read_is_nothing() {
    for html in [
        "",
        "  ",
        "<p></p>",
        "<p>&nbsp;</p><br>",
        "<script>x</script>",
        "<!-- x -->",
    ] {
        assert_eq!(clean(&Body::Html(html.to_owned()), &base()), None, "{html}");
    }
}

#[test]
fn bombs_cost_little() {
    let repeat = |part: &str| part.repeat(2 * LONGEST / part.len());
    let numbered = |part: &str| {
        (0..40_000)
            .map(|n| part.replace('#', &n.to_string()))
            .collect::<String>()
    };
    for (name, html) in [
        ("depth", repeat("<div>")),
        ("formatting", repeat("<a href=x><b><i><font>")),
        (
            "formatting that cannot be merged",
            numbered("<b title=#>") + &repeat("<p>x"),
        ),
        ("attributes", format!("<p {}>x", numbered("a#=1 "))),
        ("tables", repeat("<table><tr><td>")),
        ("text in tables", repeat("<table>x")),
        ("lists", repeat("<ul><li>")),
        ("unclosed quotes", repeat("<a href=\"")),
        ("unclosed raw text", repeat("<svg><script><title>")),
        ("unclosed comments", repeat("<!--")),
        ("references", repeat("&amp")),
        ("long base", repeat("<a href=a>x</a>")),
        ("sources", format!("<img src=x srcset='{}'>", repeat("a.jpg 1x,"))),
        ("end tags", repeat("</b></p></table>")),
        ("noscript", repeat("<noscript><img src=x>")),
    ] {
        let started = Instant::now();
        let clean = cleaned(&html);
        assert!(clean.len() <= LONGEST, "{name}: {} bytes", clean.len());
        // Some 20 times what it takes without optimisation.
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{name}: {:?}",
            started.elapsed()
        );
        assert_eq!(cleaned(&clean), clean, "{name}");
    }
}

/// Tags that mean something to a parser.
const TAGS: &str = "\
    a href=x|a href=javascript:x|b|i|em|p|div|span|span lang=ar|table|caption|tbody|thead|tr|td|\
    th|ul|ol|li|dl|dt|dd|h1|h2|pre|blockquote|figure|ruby|rt|rp|br|hr|img src=x|\
    img data-src=y srcset='z 2x'|source srcset=x|video|audio src=x|details|summary|svg|math|mi|\
    mtext|annotation-xml encoding=text/html|foreignObject|desc|title|style|script|noscript|\
    template|textarea|select|option|iframe|form|input|button|object|xmp|plaintext|noembed|\
    noframes|frameset|body|html|head|center|nobr|font|marquee|col|colgroup|address|q cite=x|\
    time datetime='1'|del|code|u|image src=x|svg/onload=x|listing|menu|wbr";

/// Pieces of HTML in any order.
fn soup() -> impl Strategy<Value = String> {
    let names = prop::sample::select(TAGS.split('|').collect::<Vec<_>>());
    let texts = prop::sample::select(vec![
        "x",
        " ",
        "\n",
        "\r",
        "&nbsp;",
        "&lt;",
        "&amp;lt;",
        "<",
        ">",
        "\"",
        "'",
        "&#11;",
        "&#13;",
        "\u{a0}",
        "\u{0}",
        "\u{c}",
        "]]>",
        "<!--",
        "-->",
        "--!>",
        "<![CDATA[",
        "<?",
        "&#x3c;script&#x3e;",
        "=",
        "/",
        "<a title=\"</p><img src=y onerror=z>\">",
        "<p title='\u{b}\u{fffe}&#10;\"<>&'>",
        "<a href='&#14;javascript:x'>",
        "<a href=\"https://u:p@h.example/\u{a0}\\ \">",
        "ليبيا",
    ]);
    let piece = (names, texts, 0u8..3).prop_map(|(name, text, kind)| match kind {
        0 => format!("<{name}>"),
        1 => format!("</{}>", name.split([' ', '/']).next().unwrap_or(name)),
        _ => text.to_owned(),
    });
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn cleaning_twice_changes_nothing(html in soup()) {
        let once = cleaned(&html);
        prop_assert_eq!(cleaned(&once), once);
    }

    #[test]
    fn a_browser_reads_the_tree_that_was_written(html in soup()) {
        let written = written(&html);
        prop_assert_eq!(ALLOW_LIST.clean(&written).to_string(), written);
    }

    #[test]
    fn what_is_clean_is_harmless(html in soup()) {
        let clean = cleaned(&html);
        prop_assert!(clean.chars().all(is_xml) && !clean.contains('\r'));
        for token in Scanner::new(&clean) {
            let (name, attributes) = match token {
                Token::Start(name, attributes) => (name, Some(attributes)),
                Token::End(name) => (name, None),
                Token::Text(_) => continue,
            };
            prop_assert!(ELEMENTS.contains(&name), "{}", clean);
            for (attribute, value) in attributes.into_iter().flatten() {
                let known = allowed(name).contains(&attribute) || (name == "a" && attribute == "rel");
                prop_assert!(known, "{}", clean);
                let web = value.starts_with("https://") || value.starts_with("http://");
                prop_assert!(web || !["href", "src", "srcset", "cite", "poster"].contains(&attribute), "{}", clean);
            }
        }
    }
}
