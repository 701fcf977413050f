use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::model::{Body, Ending, Format, ParsedItem};

fn base() -> Url {
    Url::parse("https://news.example/feeds/all.xml").unwrap()
}

fn read(document: &str) -> ParsedFeed {
    feed(document.as_bytes(), None, &base()).unwrap_or_else(|error| panic!("{error}: {document}"))
}

fn only(document: &str) -> ParsedItem {
    let mut items = read(document).items;
    assert_eq!(items.len(), 1, "{document}");
    items.remove(0)
}

fn rss(item: &str) -> ParsedItem {
    only(&format!(
        "<rss version=\"2.0\"><channel><item>{item}</item></channel></rss>"
    ))
}

fn atom(entry: &str) -> ParsedItem {
    only(&format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry>{entry}</entry></feed>"
    ))
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text).unwrap().to_utc())
}

fn html(text: &str) -> Option<Body> {
    Some(Body::Html(text.into()))
}

#[test]
fn an_rss_item_is_read_with_all_it_says() {
    let item = rss(
        "<title>Haftar &amp; AFRICOM</title><link>https://libya.example/a?x=1&y=2</link>
         <guid isPermaLink=\"false\">a-1</guid><pubDate>Sun, 15 Nov 2026 10:15:00 +0200</pubDate>
         <dc:creator>jo@libya.example (Jo Ng)</dc:creator><category domain=\"d\">Libya</category><category/>
         <dc:subject>LNA</dc:subject><description>Short</description>
         <content:encoded><![CDATA[<p>Long &copy;</p>]]></content:encoded>
         <enclosure url=\"/a.mp3\" type=\"audio/mpeg\" length=\"7\"/>
         <media:content url=\"https://s.gravatar.com/avatar/1\" medium=\"image\"/>
         <media:group><media:content url=\"/a.jpg\" type=\"image/jpeg\"/></media:group>
         <source url=\"https://wire.example/rss\">Wire</source>",
    );
    assert_eq!(item.title, html("Haftar & AFRICOM"));
    assert_eq!(item.url.unwrap().as_str(), "https://libya.example/a?x=1&y=2");
    assert_eq!(
        (item.guid.as_deref(), item.guid_is_permalink),
        (Some("a-1"), false)
    );
    assert_eq!(item.published, moment("2026-11-15T08:15:00Z"));
    assert_eq!(item.authors, ["Jo Ng"]);
    let terms: Vec<_> = item
        .terms
        .iter()
        .map(|term| (term.name.as_str(), term.scheme.as_deref()))
        .collect();
    assert_eq!(terms, [("Libya", Some("d")), ("LNA", None)]);
    assert_eq!(
        (item.summary, item.content),
        (html("Short"), html("<p>Long &copy;</p>"))
    );
    let [file] = &item.enclosures[..] else {
        panic!("{:?}", item.enclosures)
    };
    assert_eq!(
        (file.url.as_str(), file.length),
        ("https://news.example/a.mp3", Some(7))
    );
    assert_eq!(item.image.unwrap().as_str(), "https://news.example/a.jpg");
    let origin = item.origin.unwrap();
    assert_eq!(origin.title.as_deref(), Some("Wire"));
    assert_eq!(origin.url.unwrap().as_str(), "https://wire.example/rss");
}

#[test]
fn an_atom_entry_is_read_with_all_it_says() {
    let feed = read(
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom' xml:lang='ar' xml:base='https://un.example/ly/'>
           <a:title type='text'>UN &amp; Libya</a:title><a:link rel='self' href='x'/><a:link href='.'/>
           <a:author><a:name>UNSMIL</a:name></a:author><a:updated>2026-11-15T10:15:00Z</a:updated>
           <a:entry xml:lang='en'><a:id>urn:1</a:id><a:title type='html'>&lt;b&gt;A&lt;/b&gt;</a:title>
             <a:link rel='enclosure' href='a.pdf' type='application/pdf' length='9'/><a:link href='a'/>
             <a:published>2026-11-14T00:00:00Z</a:published><a:updated>2026-11-15T00:00:00Z</a:updated>
             <a:category term='lna' label='LNA' scheme='s'/>
             <a:summary>1 &lt; 2</a:summary>
             <a:content type='xhtml' xml:base='b/'><div xmlns='http://www.w3.org/1999/xhtml'>&lt;i&gt;<img src='p.png' alt='&quot;'/></div></a:content>
             <a:source><a:title>Wire</a:title><a:link href='https://wire.example/'/></a:source></a:entry>
         </a:feed>",
    );
    assert_eq!(
        (feed.format, feed.title),
        (Format::Atom, Some(Body::Plain("UN & Libya".into())))
    );
    assert_eq!(
        (feed.link.unwrap().as_str(), feed.language.as_deref()),
        ("https://un.example/ly/", Some("ar"))
    );
    assert_eq!(feed.updated, moment("2026-11-15T10:15:00Z"));
    let item = &feed.items[0];
    assert_eq!(
        (item.guid.as_deref(), item.guid_is_permalink),
        (Some("urn:1"), false)
    );
    assert_eq!(item.url.as_ref().unwrap().as_str(), "https://un.example/ly/a");
    assert_eq!(
        (item.published, item.updated),
        (moment("2026-11-14T00:00:00Z"), moment("2026-11-15T00:00:00Z"))
    );
    assert_eq!(item.title, html("<b>A</b>"));
    assert_eq!(item.summary, Some(Body::Plain("1 < 2".into())));
    assert_eq!(
        item.content,
        html("<div>&lt;i&gt;<img src=\"p.png\" alt=\"&quot;\"></div>")
    );
    assert_eq!(item.base.as_ref().unwrap().as_str(), "https://un.example/ly/b/");
    assert_eq!(
        (item.authors.as_slice(), item.language.as_deref()),
        (&["UNSMIL".to_owned()][..], Some("en"))
    );
    assert_eq!(
        (item.terms[0].name.as_str(), item.terms[0].scheme.as_deref()),
        ("LNA", Some("s"))
    );
    assert_eq!(item.enclosures[0].url.as_str(), "https://un.example/ly/a.pdf");
    assert_eq!(item.origin.as_ref().unwrap().title.as_deref(), Some("Wire"));
}

#[test]
fn old_and_odd_dialects_are_read() {
    let rdf = only(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'
            xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='x'><title>C</title><items><rdf:Seq>
            <rdf:li resource='y'/></rdf:Seq></items></channel>
            <item rdf:about='https://t.example/1'><title>T</title><dc:date>2026-11-15</dc:date></item></rdf:RDF>",
    );
    assert_eq!(
        (rdf.guid.as_deref(), rdf.guid_is_permalink),
        (Some("https://t.example/1"), true)
    );
    assert_eq!(rdf.published, moment("2026-11-15T00:00:00Z"));
    let atom03 = only(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><issued>2026-11-15T10:15:00Z</issued>
            <title mode='escaped' type='text/html'>&lt;b&gt;T&lt;/b&gt;</title>
            <content mode='base64'>PGI+VDwvYj4=</content></entry></feed>",
    );
    assert_eq!(atom03.published, moment("2026-11-15T10:15:00Z"));
    assert_eq!(
        (atom03.title, atom03.content),
        (html("<b>T</b>"), html("<b>T</b>"))
    );
    let cdf = only("<CHANNEL><ITEM HREF='https://c.example/'><TITLE>T</TITLE></ITEM></CHANNEL>");
    assert_eq!(
        (cdf.url.unwrap().as_str(), cdf.title),
        ("https://c.example/", html("T"))
    );
    for document in [
        "<rss><item><title>T</title></item></rss>",
        "<rss xmlns='http://nobody.example/ns'><channel><item><title>T</title></item></channel></rss>",
        "<rss version='9'><CHANNEL><Item><TITLE>T</title></Item></CHANNEL></rss>",
        "<br />\n<b>Warning</b>: x in <b>feed.php</b><br /><?xml version='1.0'?><rss><channel><item><title>T</title>",
        "<entry xmlns='http://www.w3.org/2005/Atom'><title type='html'>T</title></entry>",
    ] {
        assert_eq!(only(document).title, html("T"), "{document}");
    }
}

#[test]
fn what_is_broken_costs_itself_alone() {
    let feed = read(
        "<rss><channel><title>C<link>https://c.example/</link>
         <item><title>One &nbsp; & two &eacute;\u{1}</title><description><p>a <b>b</description><pubDate>soon</pubDate>
         <dc:date>2026-11-15</dc:date>
         <item><title>Two<link>https://c.example/2</link><category>x<image><url>y</url></image></category></item>
         <item><description>see <a href='q\"&amp;'>this<br></a> &lt;i&gt;</item></channel>",
    );
    assert_eq!(
        (feed.title, feed.link.unwrap().as_str()),
        (html("C"), "https://c.example/")
    );
    let [one, two, three] = &feed.items[..] else {
        panic!("{:?}", feed.items)
    };
    assert_eq!(one.title, html("One \u{a0} & two é"));
    assert_eq!(one.summary, html("<p>a <b>b</b></p>"));
    assert_eq!(one.published, moment("2026-11-15T00:00:00Z"));
    assert_eq!(
        (&two.title, two.url.as_ref().unwrap().as_str()),
        (&html("Two"), "https://c.example/2")
    );
    assert_eq!(two.terms[0].name, "x");
    assert_eq!(
        three.summary,
        html("see <a href=\"q&quot;&amp;\">this<br></a> <i>")
    );
    assert_eq!(feed.warnings.len(), 2, "{:?}", feed.warnings);
}

#[test]
fn what_a_feed_says_about_polling_is_kept() {
    let hints = |channel: &str| read(&format!("<rss><channel>{channel}</channel></rss>")).hints;
    let minutes = |channel: &str| hints(channel).interval.map(|interval| interval.as_secs() / 60);
    for (channel, expected) in [
        ("<ttl>720</ttl>", Some(720)),
        ("<ttl>-1</ttl>", None),
        ("<ttl>0</ttl>", None),
        ("<ttl>x</ttl>", None),
        ("<ttl>1000000000</ttl>", Some(7 * 24 * 60)),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            Some(720),
        ),
        (
            "<sy:updatePeriod> hourly\n</sy:updatePeriod><ttl>90</ttl>",
            Some(90),
        ),
        ("<sy:updatePeriod>never</sy:updatePeriod>", None),
    ] {
        assert_eq!(minutes(channel), expected, "{channel}");
    }
    let skipped = hints(
        "<skipHours><hour>0</hour><hour>24</hour><hour>25</hour><hour>7</hour></skipHours>
         <skipDays><day>Sunday</day><day>monday</day><day>Someday</day></skipDays>",
    );
    assert_eq!((skipped.skip_hours, skipped.skip_days), (vec![0, 7], vec![6, 0]));
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    for (document, word) in [
        ("", "empty"),
        (
            "<!DOCTYPE html><html><body><item>x</item></body></html>",
            "web page",
        ),
        ("<sitemap><url/></sitemap>", "<sitemap>"),
        ("hello", "neither XML nor JSON"),
        ("{\"a\":1}", "no items"),
    ] {
        let error = feed(document.as_bytes(), None, &base()).unwrap_err();
        assert!(error.0.contains(word), "{document}: {error}");
    }
}

/// T10 to T13 of the list of threats.
#[test]
fn bombs_end_within_limits() {
    let nested = format!("<rss><channel><item>{}", "<media:group>".repeat(1_000_000));
    let attributes = format!("<rss><channel {}>", "a='b' ".repeat(40_000));
    let lol =
        "<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><rss><channel><title>&b;</title></channel></rss>";
    let xxe = "<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rss><channel><title>&a;</title></channel></rss>";
    assert!(
        feed(nested.as_bytes(), None, &base())
            .unwrap_err()
            .0
            .contains("deeper")
    );
    assert!(
        feed(attributes.as_bytes(), None, &base())
            .unwrap_err()
            .0
            .contains("attributes")
    );
    assert_eq!(read(lol).title, html("&b;"));
    assert_eq!(read(xxe).title, html("&a;"));
    let many = format!("<rss><channel>{}</channel></rss>", "<item/>".repeat(500_000));
    let many = read(&many);
    assert_eq!((many.items.len(), many.warnings.len()), (20_000, 1));
    let terms = rss(&"<category>c</category>".repeat(1_000)).terms;
    assert_eq!(terms.len(), 64);
    let unclosed = format!("<rss><channel><item>{}", "<![CDATA[".repeat(100_000));
    assert_eq!(read(&unclosed).items.len(), 1);
}

#[test]
fn nothing_written_can_leave_its_place() {
    let item = rss("<title><![CDATA[a]]]]><![CDATA[>&lt;/title>]]></title><category>\"/><x y=\"</category>");
    assert_eq!(item.title, html("a]]>&lt;/title>"));
    assert_eq!(item.terms[0].name, "\"/>");
    let item = atom("<category term='&quot;/>&lt;x y=&quot;&#10;&#0;z'/><title>a</title>");
    assert_eq!(item.terms[0].name, "\"/><x y=\"\n\u{fffd}z");
}

proptest! {
    #[test]
    fn no_document_is_a_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "<description>", "<![CDATA[", "]]>",
            "<p a='b\">", "&amp;", "&#x1F600;", "é", "<content:encoded>", "</", "<", ">", "<feed xmlns='x'>", "<entry>",
            "<author>", "<name>", "jo@example.org", "<media:content url='::' type='image/x'/>", "<link href='//'/>",
            "<category term=''/>", "<pubDate>", "15 Nov 2026", "\u{b}", "xml:base='http://['", "<id>", "<source>",
        ]), 0..40),
        junk in "\\PC{0,20}",
    ) {
        let document = parts.concat() + &junk;
        let _ = feed(document.as_bytes(), None, &base());
    }
}

#[test]
fn a_document_that_stops_early_is_told_from_a_whole_one() {
    let whole = "<rss><channel><title>T</title><item><title>A</title></item><item><guid>abc</guid></item></channel></rss>";
    let at = |part: &str| whole.find(part).unwrap();
    for (length, ending) in [
        (whole.len(), Ending::Whole),
        (at("</rss>"), Ending::Early),
        (at("</channel>"), Ending::Early),
        (at("</item>") + 7, Ending::Early),
        (at("bc</guid>"), Ending::InsideItem),
        (at("guid>"), Ending::InsideItem),
    ] {
        assert_eq!(read(&whole[..length]).ending, ending, "{}", &whole[..length]);
    }
    // What follows a whole feed is not missing from it.
    assert_eq!(read(&format!("{whole}<script>")).ending, Ending::Whole);
}

/// Each tag is looked up among the declarations that are in force.
#[test]
fn so_many_namespaces_are_known_at_once() {
    let with = |count: usize| {
        let some: String = (0..count)
            .map(|number| format!(" xmlns:n{number}=\"urn:{number}\""))
            .collect();
        only(&format!(
            "<rss{some}><channel{some}><item xmlns:pic=\"http://search.yahoo.com/mrss/\">
             <title>a</title><pic:thumbnail url=\"/a.jpg\"/></item></channel></rss>"
        ))
    };
    assert!(with(100).image.is_some());
    assert!(with(130).image.is_none(), "more than 256");
}
