use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::xml::LONGEST;
use super::*;
use crate::model::Body;

fn read(document: &[u8]) -> Result<ParsedSitemap, Error> {
    let address = Url::parse("https://news.example/maps/sitemap.xml").unwrap();
    sitemap(document, None, &address)
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

const NEWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://news.example/2024/a?x=1&amp;y=2</loc><lastmod>2024-08-28</lastmod>
 <n:news><n:publication><n:name>The Paper</n:name><n:language>ar</n:language></n:publication>
 <n:publication_date>2024-08-27T10:00:00+02:00</n:publication_date><n:title><![CDATA[Oil & gas]]></n:title>
 <n:keywords>Libya, oil , ,gas</n:keywords></n:news>
 <image:image><image:loc>https://cdn.example/1.jpg</image:loc><image:title>Not the title</image:title></image:image>
 <image:image><image:loc>https://cdn.example/2.jpg</image:loc></image:image></url>
<url><loc> /2024/b </loc></url>
<url><loc>javascript:alert(1)</loc></url>
</urlset>"#;

#[test]
fn an_entry_has_what_the_news_extension_says() {
    for document in [NEWS.as_bytes().to_vec(), packed(NEWS.as_bytes())] {
        let sitemap = read(&document).unwrap();
        assert!(!sitemap.is_cut && sitemap.children.is_empty());
        assert_eq!(sitemap.warnings.len(), 1, "{:?}", sitemap.warnings);
        let [a, b] = &sitemap.items[..] else {
            panic!("{:?}", sitemap.items)
        };
        assert_eq!(
            a.url.as_ref().unwrap().as_str(),
            "https://news.example/2024/a?x=1&y=2"
        );
        assert_eq!(a.title, Some(Body::Plain("Oil & gas".into())));
        assert_eq!(a.published.unwrap().to_rfc3339(), "2024-08-27T08:00:00+00:00");
        assert_eq!(a.updated.unwrap().to_rfc3339(), "2024-08-28T00:00:00+00:00");
        assert_eq!(a.language.as_deref(), Some("ar"));
        assert_eq!(a.origin.as_ref().unwrap().title.as_deref(), Some("The Paper"));
        assert_eq!(a.image.as_ref().unwrap().as_str(), "https://cdn.example/1.jpg");
        let names: Vec<&str> = a.terms.iter().map(|term| term.name.as_str()).collect();
        assert_eq!(names, ["Libya", "oil", "gas"]);
        assert_eq!(b.url.as_ref().unwrap().as_str(), "https://news.example/2024/b");
        assert_eq!((&b.title, b.published, b.updated), (&None, None, None));
    }
}

#[test]
fn an_index_names_its_sitemaps() {
    let index = "<sitemapindex><sitemap><loc>https://news.example/post-1.xml</loc><lastmod>2024-08-01T00:00:00Z</lastmod></sitemap>\
                     <sitemap><loc>post-2.xml.gz</loc></sitemap></sitemapindex>";
    let sitemap = read(index.as_bytes()).unwrap();
    let children: Vec<(&str, bool)> = sitemap
        .children
        .iter()
        .map(|child| (child.url.as_str(), child.changed.is_some()))
        .collect();
    assert_eq!(
        children,
        [
            ("https://news.example/post-1.xml", true),
            ("https://news.example/maps/post-2.xml.gz", false)
        ]
    );
}

#[test]
fn a_list_of_addresses_is_a_sitemap() {
    let sitemap = read(b"\xef\xbb\xbfhttps://news.example/1\r\n\r\nhttps://news.example/2\n").unwrap();
    assert_eq!(sitemap.items.len(), 2);
}

#[test]
fn what_is_no_sitemap_is_called_what_it_is() {
    for (document, words) in [
        ("<!doctype html><html><body>Hello</body></html>", "use page"),
        (
            "<?xml version='1.0'?><rss version='2.0'><channel/></rss>",
            "use feed",
        ),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", "use feed"),
        ("<!DOCTYPE HTML>\n<section>Hello</section>", "use page"),
        ("<div>Hello</div>", "use page"),
        (
            r#"{"version":"https://jsonfeed.org/version/1.1","items":[]}"#,
            "use feed",
        ),
        (r#"[{"link":"/1","title":{"rendered":"A"}}]"#, "use feed"),
        (r#"{"code":"rest_no_route","message":"No route."}"#, "No route."),
        (r#"{"a": 1}"#, "it is JSON"),
        ("<error/>", "its first element is error"),
        ("404 Not Found", "neither XML nor"),
        ("Read more:\nat our site\nhttps://a.example/", "neither XML nor"),
        ("", "neither XML nor"),
        ("<!-- nothing -->", "no sitemap"),
    ] {
        let error = read(document.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{document}: {error}");
    }
}

/// An entry of one address.
fn entry(name: &str) -> String {
    format!("<url><loc>https://a.example/{name}</loc></url>")
}

fn paths(sitemap: &ParsedSitemap) -> Vec<&str> {
    let urls = sitemap.items.iter().filter_map(|item| item.url.as_ref());
    urls.map(Url::path).collect()
}

#[test]
fn a_list_is_read_past_lines_that_are_no_addresses() {
    let list = "# all of it\nhttps://a.example/1\n/2\nftp://a.example/3\nhttps://a.example/ 4\nhttps://b.example/5\nhttp://a.example/6";
    let sitemap = read(list.as_bytes()).unwrap();
    assert_eq!(paths(&sitemap), ["/1", "/5", "/6"]);
    assert!(
        sitemap.warnings[0].starts_with("3 of its entries"),
        "{:?}",
        sitemap.warnings
    );
    let many: String = (0..=MOST_ENTRIES)
        .map(|n| format!("https://a.example/{n}\n"))
        .collect();
    let sitemap = read(many.as_bytes()).unwrap();
    assert_eq!((sitemap.items.len(), sitemap.warnings.len()), (MOST_ENTRIES, 1));
}

#[test]
fn a_list_that_was_cut_while_packed_ends_with_its_last_whole_line() {
    // Numbers that pack badly, so that the text is cut with the file.
    let number = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let list: String = (1..2_000)
        .map(|n| format!("https://a.example/{:016x}\n", number(n)))
        .collect();
    let whole = packed(list.as_bytes());
    let sitemap = read(&whole[..whole.len() / 2]).unwrap();
    assert!(sitemap.is_cut && sitemap.items.len() > 100);
    for (item, n) in sitemap.items.iter().zip(1..) {
        let address = format!("https://a.example/{:016x}", number(n));
        assert_eq!(item.url.as_ref().unwrap().as_str(), address);
    }
}

#[test]
fn a_broken_sitemap_is_read_as_far_as_it_goes() {
    let (a, b) = (entry("1"), entry("2"));
    let unclosed = b.trim_end_matches("</url>");
    let remark = "<!-- made by a program that says much about itself, its version, and its queries -->";
    for (document, expected, is_cut) in [
        (format!("<urlset>{a}<url><loc>https://a.exa"), &["/1"][..], true),
        (format!("<urlset>{a}{unclosed}"), &["/1"], true),
        (format!("<urlset>{a}"), &["/1"], true),
        (format!("<urlset>{a}</urlset>{remark}"), &["/1"], false),
        (format!("<x:urlset>{a}</x:urlset >"), &["/1"], false),
        (format!("<urlset>{unclosed}{a}</urlset>"), &["/2", "/1"], false),
        (format!("<urlset>{a}{unclosed}</urlset>"), &["/1", "/2"], false),
        (format!("<urlset>{a}</urlset><urlset>{b}"), &["/1", "/2"], true),
        (
            format!("<urlset>{a}<url/><url></url>{b}</urlset>"),
            &["/1", "/2"],
            false,
        ),
        (
            "<urlset><url><loc>/1</loc><lastmod>soon</lastmod></url></urlset>".into(),
            &["/1"],
            false,
        ),
        ("<urlset></urlset>".into(), &[], false),
        ("<urlset/>".into(), &[], false),
        ("<urlset>".into(), &[], true),
    ] {
        let sitemap = read(document.as_bytes()).unwrap();
        assert_eq!(
            (paths(&sitemap), sitemap.is_cut),
            (expected.to_vec(), is_cut),
            "{document}"
        );
    }
    let whole = packed(NEWS.repeat(20).as_bytes());
    assert!(read(&whole[..whole.len() - 9]).is_ok());
    assert!(read(&[0x1f, 0x8b, 8, 0]).is_err());
}

#[test]
fn an_index_keeps_its_last_sitemap_without_its_end() {
    let index = "<sitemapindex><sitemap><loc>/a.xml</loc><sitemap><loc>/b.xml</loc></sitemapindex>";
    let sitemap = read(index.as_bytes()).unwrap();
    assert_eq!((sitemap.children.len(), sitemap.is_cut), (2, false));
}

#[test]
fn a_packed_file_is_read_in_all_its_pieces() {
    let halves = [
        format!("<urlset>{}", entry("1")),
        format!("{}</urlset>", entry("2")),
    ];
    let mut bytes: Vec<u8> = halves.iter().flat_map(|half| packed(half.as_bytes())).collect();
    bytes.extend(b"\0\0 padding");
    let sitemap = read(&bytes).unwrap();
    assert_eq!((paths(&sitemap), sitemap.is_cut), (vec!["/1", "/2"], false));
    let many = packed(b"").repeat(5_000);
    assert!(read(&many).unwrap_err().to_string().contains("pieces"));
}

#[test]
fn what_the_extensions_say_is_found_where_it_was_written() {
    for (inside, title, published, image) in [
        (
            "<news><title>A</title><publication_date>2024-08</publication_date></news>",
            Some("A"),
            Some("2024-08-01"),
            None,
        ),
        (
            "<g:news><i:image><i:loc>/1.jpg</i:loc><i:title>No</i:title></i:image><g:title>A</g:title></g:news>",
            Some("A"),
            None,
            Some("/1.jpg"),
        ),
        (
            "<g:news><g:publication><g:name>No</g:name><g:publication_date>2024-08-27</g:publication_date></g:publication></g:news>",
            None,
            Some("2024-08-27"),
            None,
        ),
        (
            "<v:video><v:title>No</v:title><v:publication_date>2024-08-27</v:publication_date></v:video>",
            None,
            None,
            None,
        ),
        (
            "<i:image><i:loc>data:image/png;base64,AA</i:loc></i:image>",
            None,
            None,
            None,
        ),
    ] {
        let document = format!("<urlset><url><loc>/a</loc>{inside}</url></urlset>");
        let sitemap = read(document.as_bytes()).unwrap();
        let item = &sitemap.items[0];
        assert_eq!(item.title.as_ref().map(Body::as_str), title, "{inside}");
        let day = item.published.map(|date| date.format("%F").to_string());
        assert_eq!(day.as_deref(), published, "{inside}");
        assert_eq!(item.image.as_ref().map(Url::path), image, "{inside}");
    }
}

#[test]
fn other_encodings_and_declared_entities_are_text() {
    let document = "<?xml version='1.0' encoding='windows-1256'?><!DOCTYPE urlset [<!ENTITY a '&b;&b;'><!ENTITY b 'x'>]>\
        <urlset><url><loc>/a</loc><news><title>ليبيا &a;</title></news></url></urlset>";
    let bytes = encoding_rs::WINDOWS_1256.encode(document).0;
    let sitemap = read(&bytes).unwrap();
    assert_eq!(sitemap.items[0].title, Some(Body::Plain("ليبيا &a;".into())));
}

#[test]
fn bombs_end_within_limits() {
    let many = format!(
        "<urlset>{}</urlset>",
        "<url><loc>https://a.example/1</loc></url>".repeat(60_000)
    );
    let sitemap = read(many.as_bytes()).unwrap();
    assert_eq!((sitemap.items.len(), sitemap.warnings.len()), (MOST_ENTRIES, 1));
    let deep = format!("<urlset>{}", "<url>".repeat(1_000_000));
    assert_eq!(read(deep.as_bytes()).unwrap().items.len(), 0);
    // Half an address would be another one; half a title is better than none.
    for piece in ["x", "<![CDATA[x]]>"] {
        let long = piece.repeat(1_000_000);
        let document = format!(
            "<urlset><url><loc>/{long}</loc></url>\
             <url><loc>/a</loc><news><title>é{long}</title></news></url></urlset>"
        );
        let sitemap = read(document.as_bytes()).unwrap();
        assert_eq!(paths(&sitemap), ["/a"]);
        assert!(sitemap.items[0].title.as_ref().unwrap().as_str().len() < 10_000);
        // A character more than fits, and space before it, make no shorter address of it either.
        for beginning in [" ".repeat(LONGEST), format!("/{}", "x".repeat(LONGEST - 1))] {
            let document = format!("<urlset><url><loc>{beginning}éxxxx</loc></url></urlset>");
            let sitemap = read(document.as_bytes()).unwrap();
            assert!(
                sitemap
                    .items
                    .iter()
                    .all(|item| item.url.as_ref().unwrap().path() == "/maps/%C3%A9xxxx")
            );
        }
        assert_eq!(sitemap.warnings.len(), 1);
    }
    let full = format!("<urlset>{}</urlset>", entry("1").repeat(MOST_ENTRIES));
    let sitemap = read(full.as_bytes()).unwrap();
    assert_eq!((sitemap.items.len(), sitemap.warnings.len()), (MOST_ENTRIES, 0));
    let nested = format!("<urlset>{}", "<a><b>".repeat(500_000));
    assert!(read(nested.as_bytes()).unwrap().is_cut);
    let bomb = packed(&vec![b' '; 60 << 20]);
    assert!(read(&bomb).unwrap_err().to_string().contains("50 MiB"));
    let large = vec![b' '; (50 << 20) + 1];
    assert!(read(&large).unwrap_err().to_string().contains("50 MiB"));
}

proptest! {
    #[test]
    fn nothing_is_a_panic(text in "(</?(urlset|url|loc|news:news|image:image|sitemap|lastmod)>?|<!\\[CDATA\\[|\\]\\]>|https://a/|&amp;|&#|é| ){0,40}") {
        let _ = read(text.as_bytes());
        let _ = read(format!("<urlset>{text}").as_bytes());
        let _ = read(format!("https://a/\n{text}").as_bytes());
    }

    #[test]
    fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..300) {
        let _ = read(&bytes);
        let _ = read(&[&[0x1f, 0x8b, 8][..], &bytes].concat());
        let mut whole = packed(NEWS.as_bytes());
        whole.truncate(cut);
        let _ = read(&whole);
        whole.extend(&bytes);
        let _ = read(&whole);
    }
}
