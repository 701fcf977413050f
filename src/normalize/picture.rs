//! Which address a picture really has, and which pictures only watch the reader.

use url::Url;

use super::url::absolute;

/// Attributes in which scripts find what they put into `src`, by the names that they have in the field.
pub(crate) const LAZY_SRC: [&str; 19] = [
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-original-src",
    "data-img-url",
    "data-img-src",
    "data-image-src",
    "data-lazyload",
    "data-ll-src",
    "data-echo",
    "data-cfsrc",
    "data-ezsrc",
    "data-opt-src",
    "data-pagespeed-lazy-src",
    "data-wpfc-original-src",
    "data-flickity-lazyload",
    "data-breeze",
    "nitro-lazy-src",
];

/// As [`LAZY_SRC`], for `srcset`.
pub(crate) const LAZY_SRCSET: [&str; 9] = [
    "data-srcset",
    "data-lazy-srcset",
    "data-original-set",
    "data-ll-srcset",
    "data-ezsrcset",
    "data-wpfc-original-srcset",
    "data-flickity-lazyload-srcset",
    "data-brsrcset",
    "nitro-lazy-srcset",
];

/// A picture's candidates as written, best first; references resolved.
#[derive(Debug, Default)]
pub(crate) struct Written<'a> {
    /// `src`.
    pub(crate) src: Option<&'a str>,
    /// What scripts would put into `src`.
    pub(crate) lazy_src: Option<&'a str>,
    /// `srcset`.
    pub(crate) srcset: Option<&'a str>,
    /// What scripts would put into `srcset`.
    pub(crate) lazy_srcset: Option<&'a str>,
    /// What the `source` tags before it in a `picture` offer.
    pub(crate) offered: Option<&'a str>,
}

/// A picture to show.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Absolute http(s).
    pub(crate) src: String,
    /// Each candidate absolute http(s).
    pub(crate) srcset: Option<String>,
}

/// The picture of a tag whose attributes `attribute` reads, beside what a `picture` around it offers.
pub(crate) fn of_tag(
    attribute: impl Fn(&str) -> Option<String>,
    offered: Option<&str>,
    base: &Url,
) -> Option<Picture> {
    let first = |names: &[&str]| {
        let mut values = names.iter().filter_map(|name| attribute(name));
        values.find(|value| is_lazy_address(value))
    };
    let written = [
        attribute("src"),
        first(&LAZY_SRC),
        attribute("srcset"),
        first(&LAZY_SRCSET),
    ];
    let [src, lazy_src, srcset, lazy_srcset] = written.each_ref().map(Option::as_deref);
    let written = Written {
        src,
        lazy_src,
        srcset,
        lazy_srcset,
        offered,
    };
    written.picture(base)
}

/// Whether a value is an address, not a switch such as "true".
pub(super) fn is_lazy_address(value: &str) -> bool {
    value.contains(['/', '.'])
}

impl Written<'_> {
    /// The picture meant; `None` for a placeholder with nothing behind it, a beacon or no usable address.
    pub(crate) fn picture(&self, base: &Url) -> Option<Picture> {
        let srcset = self.srcset(base);
        let first_of = |set: &str| {
            set.split(' ')
                .next()
                .unwrap_or_default()
                .trim_end_matches(',')
                .to_owned()
        };
        let usable = |written: Option<&str>| absolute(written?, base).filter(|src| !is_placeholder(src));
        let offered = || super::picture::srcset(self.offered?, base);
        // A script that fills in the width would find a picture of this one.
        let lazy_src = self.lazy_src.map(|src| src.replace("{width}", "1024"));
        let src = usable(lazy_src.as_deref())
            .or_else(|| usable(self.src))
            .or_else(|| srcset.as_deref().map(first_of))
            .or_else(|| offered().as_deref().map(first_of))?;
        (!is_beacon(&src)).then_some(Picture { src, srcset })
    }

    /// The set of candidates meant.
    pub(super) fn srcset(&self, base: &Url) -> Option<String> {
        let checked = |written: Option<&str>| srcset(written?, base);
        checked(self.lazy_srcset).or_else(|| checked(self.srcset))
    }
}

/// The candidates of a `srcset` that have a usable address and a well-formed descriptor.
fn srcset(written: &str, base: &Url) -> Option<String> {
    const MOST: usize = 32;
    let mut checked = String::new();
    let mut rest = written;
    for _ in 0..MOST {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, mut descriptor) = (&rest[..end], "");
        rest = &rest[end..];
        let bare = address.trim_end_matches(',');
        if bare.len() == address.len() {
            let comma = rest.find(',').unwrap_or(rest.len());
            descriptor = rest[..comma].trim_ascii();
            rest = &rest[comma..];
        }
        // A comma at the end would run into the next candidate.
        let usable = absolute(bare, base).filter(|url| !url.ends_with(',') && !is_placeholder(url));
        let Some(url) = usable.filter(|_| is_descriptor(descriptor)) else {
            continue;
        };
        if !checked.is_empty() {
            checked.push_str(", ");
        }
        checked.push_str(&url);
        if !descriptor.is_empty() {
            checked.push(' ');
            checked.push_str(descriptor);
        }
    }
    (!checked.is_empty()).then_some(checked)
}

/// Whether a `srcset` is one that `srcset` wrote: the last look before it is stored.
pub(super) fn is_checked_srcset(written: &str) -> bool {
    written.split(", ").all(|candidate| {
        let (url, descriptor) = candidate.split_once(' ').unwrap_or((candidate, ""));
        is_web_address(url) && is_descriptor(descriptor)
    })
}

/// Absolute http(s), with nothing in it that a browser would strip before it looks at the scheme.
pub(super) fn is_web_address(url: &str) -> bool {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && !url.bytes().any(|byte| byte <= b' ' || byte == 0x7F)
}

/// Empty, or a width or density: `640w`, `1.5x`.
fn is_descriptor(descriptor: &str) -> bool {
    let Some(number) = descriptor.strip_suffix(['w', 'x']) else {
        return descriptor.is_empty();
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(number),
    };
    well_formed && number.len() <= 8
}

/// What stands in `src` until a script has run.
fn is_placeholder(url: &str) -> bool {
    const STEMS: [&str; 16] = [
        "1px",
        "1x1",
        "1x1.trans",
        "blank",
        "clear",
        "empty",
        "jeg-empty",
        "lazy",
        "lazy_placeholder",
        "lazyload",
        "loader",
        "loading",
        "pixel",
        "spacer",
        "trans",
        "transparent",
    ];
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let says_so = stem
        .split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| word.eq_ignore_ascii_case("placeholder"));
    says_so
        || STEMS
            .iter()
            .any(|placeholder| stem.eq_ignore_ascii_case(placeholder))
}

/// Counters of views that are no pictures, by host and beginning of the path.
fn is_beacon(url: &str) -> bool {
    const BEACONS: [(&str, &str); 19] = [
        ("2o7.net", "/"),
        ("ads.pheedo.com", "/"),
        ("doubleclick.net", "/"),
        ("facebook.com", "/tr"),
        ("feedads.googleadservices.com", "/"),
        ("feedblitz.com", "/_/"),
        ("feedburner.com", "/~"),
        ("feedproxy.google.com", "/~"),
        ("feedsportal.com", "/"),
        ("google-analytics.com", "/"),
        ("googleadservices.com", "/"),
        ("googlesyndication.com", "/"),
        ("pixel.quantserve.com", "/"),
        ("pixel.wp.com", "/"),
        ("scorecardresearch.com", "/"),
        ("stats.wordpress.com", "/"),
        ("stats.wp.com", "/"),
        ("statcounter.com", "/"),
        ("vgwort.de", "/"),
    ];
    let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
    let end = after_scheme
        .find(['/', '?', '#', ':'])
        .unwrap_or(after_scheme.len());
    let (host, path) = after_scheme.split_at(end);
    BEACONS.iter().any(|(beacon, beginning)| {
        let below = host.strip_suffix(beacon);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.')) && path.starts_with(beginning)
    })
}

/// The page of the video that a frame would show.
pub(super) fn video_page(frame: &Url) -> Option<String> {
    let host = frame.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut path = frame.path_segments()?;
    let (kind, id) = (path.next()?, path.next()?);
    let valid = |id: &str| {
        id.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if id.is_empty() || id.len() > 64 || !valid(id) {
        return None;
    }
    match (host, kind) {
        ("youtube.com" | "youtube-nocookie.com", "embed") if id != "videoseries" => {
            Some(format!("https://www.youtube.com/watch?v={id}"))
        }
        ("player.vimeo.com", "video") => Some(format!("https://vimeo.com/{id}")),
        ("dailymotion.com", "embed") => {
            let id = path.next().filter(|id| !id.is_empty() && valid(id))?;
            Some(format!("https://www.dailymotion.com/video/{id}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://news.example/2024/").unwrap()
    }

    #[test]
    fn each_candidate_of_a_set_is_checked() {
        for (written, expected) in [
            (
                "a.jpg 1x, /b.jpg 2x",
                Some("https://news.example/2024/a.jpg 1x, https://news.example/b.jpg 2x"),
            ),
            ("a.jpg", Some("https://news.example/2024/a.jpg")),
            ("a.jpg,b.jpg 2x", Some("https://news.example/2024/a.jpg,b.jpg 2x")),
            (
                "a.jpg, b.jpg 640w",
                Some("https://news.example/2024/a.jpg, https://news.example/2024/b.jpg 640w"),
            ),
            (
                "javascript:x 1x, b.jpg 1.5x",
                Some("https://news.example/2024/b.jpg 1.5x"),
            ),
            ("data:image/gif;base64,R0lG 1w", None),
            ("a.jpg onerror=x", None),
            (" , ", None),
        ] {
            let checked = srcset(written, &base());
            assert_eq!(checked.as_deref(), expected, "{written}");
            assert!(checked.is_none_or(|set| is_checked_srcset(&set)), "{written}");
        }
        for unchecked in [
            "a.jpg 1x",
            "https://a.example/x 1x, javascript:y 2x",
            "https://a.example/x evil",
        ] {
            assert!(!is_checked_srcset(unchecked), "{unchecked}");
        }
    }

    #[test]
    fn the_real_picture_is_shown_instead_of_its_placeholder() {
        let show = |written: Written| written.picture(&base()).map(|picture| picture.src);
        let real = Some("https://news.example/real.jpg".to_owned());
        let lazy = |src| Written {
            src: Some(src),
            lazy_src: Some("/real.jpg"),
            ..Written::default()
        };
        assert_eq!(show(lazy("data:image/gif;base64,R0lG")), real);
        assert_eq!(show(lazy("/wp/blank.gif")), real);
        let from_set = Written {
            src: Some("/placeholder.svg"),
            lazy_srcset: Some("/real.jpg 640w, /big.jpg 1280w"),
            ..Written::default()
        };
        assert_eq!(show(from_set), real);
        let alone = Written {
            src: Some("/wp/blank.gif"),
            ..Written::default()
        };
        assert_eq!(show(alone), None);
    }

    #[test]
    fn beacons_are_known_by_host_and_path() {
        for beacon in [
            "http://feeds.feedburner.com/~r/x/~4/abc",
            "https://pixel.wp.com/b.gif?v=noscript",
            "https://www.facebook.com/tr?id=1",
            "https://ad.doubleclick.net/ad/x",
        ] {
            assert!(is_beacon(beacon), "{beacon}");
        }
        for picture in [
            "https://i0.wp.com/news.example/a.jpg",
            "https://www.facebook.com/photos/a.jpg",
            "https://notdoubleclick.net.example/a.jpg",
            "https://mydoubleclick.net/a.jpg",
        ] {
            assert!(!is_beacon(picture), "{picture}");
        }
    }

    #[test]
    fn frames_of_videos_have_a_page() {
        for (frame, page) in [
            (
                "https://www.youtube.com/embed/aB-3_x?rel=0",
                Some("https://www.youtube.com/watch?v=aB-3_x"),
            ),
            (
                "https://www.youtube-nocookie.com/embed/aB3",
                Some("https://www.youtube.com/watch?v=aB3"),
            ),
            (
                "https://player.vimeo.com/video/123?h=1",
                Some("https://vimeo.com/123"),
            ),
            (
                "https://www.dailymotion.com/embed/video/x7",
                Some("https://www.dailymotion.com/video/x7"),
            ),
            ("https://youtube.com.evil.example/embed/aB3", None),
            ("https://www.youtube.com/embed/a%22b", None),
            ("https://maps.example/embed/1", None),
        ] {
            assert_eq!(
                video_page(&Url::parse(frame).unwrap()).as_deref(),
                page,
                "{frame}"
            );
        }
    }
}
