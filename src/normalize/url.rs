//! Addresses: the form that identifies an article, and the form that readers follow.

use url::Url;

use crate::model::CanonicalUrl;

/// Longer addresses identify nothing; real ones stay far below.
const LONGEST: usize = 4096;

/// The canonical form of an article's address, or `None` when it is not http(s).
///
/// Beyond what [`Url`] settles (case of scheme and host, default port, dot segments, encoding of non-ASCII)
/// user names, fragments and tracking parameters go, and percent-encoding takes its one normal form (RFC 3986
/// §6.2.2). Scheme, `www.`, trailing slash and the order of parameters stay: a site may tell articles apart
/// by them.
pub fn canonical(url: &Url) -> Option<CanonicalUrl> {
    let mut url = public(url)?;
    // `#!` is the path of old single-page sites.
    if !url.fragment().is_some_and(|fragment| fragment.starts_with('!')) {
        url.set_fragment(None);
    }
    if let Some(host) = url
        .host_str()
        .and_then(|host| host.strip_suffix('.'))
        .map(str::to_owned)
    {
        url.set_host(Some(&host)).ok()?;
    }
    let text = normal_escapes(url.as_str());
    (text.len() <= LONGEST).then(|| CanonicalUrl::already_canonical(text))
}

/// The address to give to readers: as written, without tracking parameters and user name. `None` when not
/// http(s).
pub fn public(url: &Url) -> Option<Url> {
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    if let Some(query) = url.query() {
        let kept: Vec<_> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !is_tracking(pair))
            .collect();
        let kept = kept.join("&");
        url.set_query((!kept.is_empty()).then_some(&kept));
    }
    Some(url)
}

/// Parameters that tell where a click came from and never which article is meant; sorted.
const TRACKING: [&str; 66] = [
    "__hsfp",
    "__hssc",
    "__hstc",
    "_branch_match_id",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "cmpid",
    "dclid",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "fbclid",
    "feedname",
    "feedtype",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "hsctatracking",
    "igsh",
    "igshid",
    "ito",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ns_campaign",
    "ns_fee",
    "ns_linkname",
    "ns_mchannel",
    "ns_source",
    "ocid",
    "oly_anon_id",
    "oly_enc_id",
    "pk_campaign",
    "pk_keyword",
    "pk_kwd",
    "pk_medium",
    "pk_source",
    "rb_clickid",
    "ref_src",
    "ref_url",
    "s_cid",
    "smid",
    "sr_share",
    "srsltid",
    "taid",
    "traffic_source",
    "trk",
    "ttclid",
    "twclid",
    "vero_conv",
    "vero_id",
    "wbraid",
    "wickedid",
    "xtor",
    "yclid",
    "ysclid",
];

fn is_tracking(pair: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "utm_",
        "hsa_",
        "mtm_",
        "matomo_",
        "at_medium",
        "at_campaign",
        "at_custom",
        "at_link",
        "at_ptr",
    ];
    // These name a referrer only when their value does: `?source=` may well be the newspaper.
    const AMBIGUOUS: [&str; 6] = ["cmp", "from", "partner", "ref", "source", "src"];
    const REFERRERS: [&str; 9] = [
        "atom",
        "facebook",
        "feed",
        "feedburner",
        "newsletter",
        "rss",
        "rssfeed",
        "twitter",
        "rss20",
    ];

    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = normal_escapes(name).to_ascii_lowercase();
    TRACKING.binary_search(&name.as_str()).is_ok()
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (AMBIGUOUS.contains(&name.as_str())
            && REFERRERS
                .iter()
                .any(|referrer| value.eq_ignore_ascii_case(referrer)))
}

/// An address of a file or page inside an article: absolute http(s), or nothing.
pub(super) fn absolute(written: &str, base: &Url) -> Option<String> {
    resolved(written, base, &["https", "http"])
}

/// An address that a reader may follow: http, https or mailto.
pub(super) fn absolute_link(written: &str, base: &Url) -> Option<String> {
    resolved(written, base, &["https", "http", "mailto"])
}

fn resolved(written: &str, base: &Url, schemes: &[&str]) -> Option<String> {
    let written = written.trim_matches(|c: char| c <= ' ');
    if written.is_empty() {
        return None;
    }
    if is_plainly_absolute(written) {
        return Some(written.to_owned());
    }
    let mut url = base.join(written).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    (schemes.contains(&url.scheme()) && url.as_str().len() <= LONGEST).then(|| url.into())
}

/// Whether parsing would change nothing: most addresses are so, and parsing is what costs.
fn is_plainly_absolute(written: &str) -> bool {
    let Some(rest) = written
        .strip_prefix("https://")
        .or_else(|| written.strip_prefix("http://"))
    else {
        return false;
    };
    let Some((host, path)) = rest.split_once('/') else {
        return false;
    };
    let host_byte =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let path_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~/?=&#+,:@!*();$.".contains(&byte);
    let last_label = host.rsplit('.').next().unwrap_or(host);
    // Numbers are addresses, `xn--` may be ill-formed, and `/.` may be a dot segment.
    last_label.starts_with(|c: char| c.is_ascii_lowercase())
        && !host.contains("xn--")
        && host.bytes().all(host_byte)
        && !host.starts_with('.')
        && !host.contains("..")
        && !path.starts_with('.')
        && !path.contains("/.")
        && path.bytes().all(path_byte)
        && written.len() <= LONGEST
}

/// Escapes of unreserved characters resolved, the others in upper case.
fn normal_escapes(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(percent) = rest.find('%') {
        normal.push_str(&rest[..percent]);
        let digits = rest
            .get(percent + 1..percent + 3)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else {
            normal.push('%');
            rest = &rest[percent + 1..];
            continue;
        };
        match u8::from_str_radix(digits, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                normal.push(char::from(byte))
            }
            _ => {
                normal.push('%');
                normal.push_str(&digits.to_ascii_uppercase());
            }
        }
        rest = &rest[percent + 3..];
    }
    normal.push_str(rest);
    normal
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn form(url: &str) -> Option<String> {
        canonical(&Url::parse(url).unwrap()).map(|url| url.as_str().to_owned())
    }

    #[test]
    fn one_article_written_in_two_ways_has_one_canonical_form() {
        for (a, b) in [
            ("https://news.example/a", "HTTPS://News.Example:443/a#top"),
            ("https://news.example/a", "https://me:secret@news.example./a?"),
            (
                "https://news.example/a?id=7",
                "https://news.example/a?utm_source=rss&id=7&fbclid=x&UTM_medium=y",
            ),
            (
                "https://news.example/a?id=7",
                "https://news.example/a?&id=7&&gclid=1&mc_cid=2&igshid=3&at_medium=RSS",
            ),
            (
                "https://news.example/a",
                "https://news.example/a?ref=rss&source=twitter&%75tm_id=1",
            ),
            (
                "https://news.example/2024/أخبار/",
                "https://news.example/2024/%d8%a3%d8%ae%d8%a8%d8%a7%d8%b1/",
            ),
            (
                "https://news.example/~ann/a-b",
                "https://news.example/%7Eann/x/../a%2Db",
            ),
            ("https://xn--mgbb7fyab.example/a", "https://ليبيا.example/a"),
        ] {
            assert_eq!(form(a), form(b), "{a} / {b}");
        }
    }

    #[test]
    fn different_articles_stay_different() {
        let urls = [
            "https://news.example/",
            "https://news.example/?p=123",
            "https://news.example/?p=124",
            "https://news.example/?page=2",
            "https://news.example/?page_id=123",
            "https://news.example/2024/05/central-bank",
            "https://news.example/2024/05/central-bank/amp/",
            "https://news.example/2024/05/central-bank-2",
            "https://news.example/2024/05/Central-Bank",
            "https://news.example/article.php?id=1",
            "https://news.example/article.php?id=1&lang=ar",
            "https://news.example/article.php?id=2",
            "https://news.example/article.php?article=1",
            "https://news.example/story?source=reuters&n=1",
            "https://news.example/story?source=afp&n=1",
            "https://news.example/story?ref=4411",
            "https://news.example/story?ref=4412",
            "https://news.example/story;jsessionid=1",
            "https://news.example/a%2Fb",
            "https://news.example/a/b",
            "https://news.example/a?q=1%262",
            "https://news.example/a?q=1&2",
            "https://news.example/%D8%A3",
            "https://news.example/%D8%A8",
            "https://news.example/app#!/article/1",
            "https://news.example/app#!/article/2",
            "https://news.example:8443/a/b",
            "https://other.example/a/b",
        ];
        let forms: HashSet<_> = urls.iter().map(|url| form(url).unwrap()).collect();
        assert_eq!(forms.len(), urls.len());
    }

    #[test]
    fn only_web_addresses_are_canonical() {
        for url in [
            "ftp://news.example/a",
            "mailto:a@news.example",
            "data:text/html,x",
            "javascript:alert(1)",
        ] {
            assert_eq!(form(url), None, "{url}");
        }
        assert_eq!(form(&format!("https://news.example/{}", "a".repeat(5000))), None);
    }

    #[test]
    fn the_public_link_keeps_all_but_trackers_and_secrets() {
        let url = Url::parse("https://me:pw@news.example/a%2db?x=1&utm_source=rss#part-2").unwrap();
        assert_eq!(
            public(&url).unwrap().as_str(),
            "https://news.example/a%2db?x=1#part-2"
        );
    }

    #[test]
    fn tracking_names_are_sorted_for_the_search() {
        assert!(TRACKING.is_sorted());
    }

    #[test]
    fn addresses_in_articles_become_absolute_or_go() {
        let base = Url::parse("https://news.example/2024/story/").unwrap();
        for (written, expected) in [
            ("photo.jpg", Some("https://news.example/2024/story/photo.jpg")),
            (" /a b.jpg\n", Some("https://news.example/a%20b.jpg")),
            ("//cdn.example/x.png", Some("https://cdn.example/x.png")),
            ("#note-1", Some("https://news.example/2024/story/#note-1")),
            ("HTTPS://me:pw@Other.Example/", Some("https://other.example/")),
            ("mailto:desk@news.example", Some("mailto:desk@news.example")),
            ("", None),
            ("javascript:alert(1)", None),
            ("java\tscript:alert(1)", None),
            (" \u{1}JaVaScRiPt:alert(1)", None),
            ("vbscript:x", None),
            ("data:image/png;base64,AAAA", None),
            ("feed:https://news.example/", None),
            ("https://", None),
        ] {
            assert_eq!(absolute_link(written, &base).as_deref(), expected, "{written:?}");
        }
        assert_eq!(absolute("mailto:desk@news.example", &base), None);
    }

    proptest! {
        #[test]
        fn what_is_plainly_absolute_is_what_parsing_gives(
            host in "[a-z0-9.-]{1,12}|[a-z]{1,6}\\.[a-z]{2,3}", path in "[a-zA-Z0-9/?=&#+,:@!*();$.%_~-]{0,20}",
        ) {
            let written = format!("https://{host}/{path}");
            if is_plainly_absolute(&written) {
                let parsed = Url::parse(&written).map(String::from);
                prop_assert_eq!(parsed, Ok(written));
            }
        }

        #[test]
        fn canonical_form_is_final(
            path in "[a-zA-Z0-9/._~%é ليبيا|'\\[\\]^;:@+-]{0,30}", query in "[a-z0-9=&%+/?é\\[\\]-]{0,30}",
        ) {
            let url = Url::parse(&format!("https://news.example/{path}?{query}#f")).unwrap();
            let once = canonical(&url).unwrap();
            let twice = canonical(&Url::parse(once.as_str()).unwrap()).unwrap();
            prop_assert_eq!(once, twice);
        }

        #[test]
        fn trackers_may_stand_anywhere(
            mut pairs in prop::collection::vec("(id|p|page|q)=[a-z0-9]{1,4}", 0..4),
            trackers in prop::collection::vec(("(utm_source|fbclid|gclid|xtor)=[a-z]{1,4}", 0usize..4), 0..4),
        ) {
            let join = |pairs: &[String]| form(&format!("https://news.example/a?{}", pairs.join("&"))).unwrap();
            let clean = join(&pairs);
            for (tracker, at) in trackers {
                pairs.insert(at.min(pairs.len()), tracker);
            }
            prop_assert_eq!(join(&pairs), clean);
        }
    }
}
