//! What the addresses of links tell: article, section, archive, something to share.

use url::Url;

/// What an address looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It has what addresses of articles have: words joined by hyphens, a number, a date, `.html`.
    Article,
    /// A tag, author, section, archive, page number, log-in.
    Utility,
    /// Neither is known.
    Other,
}

/// An address that links lead to.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// Without its fragment.
    pub(super) url: Url,
    pub(super) kind: Kind,
    /// On the page's own site.
    pub(super) own_site: bool,
    /// The kinds of its parts: articles of one section share it. Of other sites: their host.
    pub(super) shape: String,
}

impl Address {
    /// One that the operator's selector led to: whatever it is, it is an article.
    pub(super) fn chosen(url: Url, page: &Url) -> Self {
        let own_site = site(&url) == site(page);
        Self {
            url,
            kind: Kind::Article,
            own_site,
            shape: String::new(),
        }
    }

    /// `None` for what cannot be an article: other schemes, files, buttons for sharing, the page itself.
    pub(super) fn new(url: Url, page: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") || is_file(url.path()) || shares(&url) {
            return None;
        }
        let own_site = site(&url) == site(page);
        if own_site && is_same_place(&url, page) {
            return None;
        }
        let segments: Vec<&str> = segments(&url).collect();
        let mut shape: String = segments.iter().map(|segment| part(segment).letter()).collect();
        if let Some(names) = query_names(&url) {
            shape.push('?');
            shape.push_str(&names);
        }
        if !own_site {
            shape = format!("{}/", url.host_str().unwrap_or_default());
        }
        let kind = kind(&url, &segments, own_site);
        Some(Self {
            url,
            kind,
            own_site,
            shape,
        })
    }
}

/// The site of an address: its registrable domain, so that `www.` and section hosts are one.
fn site(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    psl::domain_str(host).unwrap_or(host)
}

fn segments(url: &Url) -> impl Iterator<Item = &str> {
    let all = url.path_segments().into_iter().flatten();
    all.filter(|segment| !segment.is_empty() && !is_index(segment))
        .take(12)
}

fn is_index(segment: &str) -> bool {
    matches!(segment, "index.html" | "index.htm" | "index.php")
}

/// The page itself, another way of writing it, or the site's home page.
fn is_same_place(url: &Url, page: &Url) -> bool {
    let alike = segments(url).eq(segments(page)) && (url.query() == page.query() || url.query().is_none());
    alike || (segments(url).next().is_none() && url.query().is_none())
}

fn is_file(path: &str) -> bool {
    const FILES: [&str; 21] = [
        "jpg", "jpeg", "png", "gif", "webp", "svg", "avif", "ico", "zip", "rar", "mp3", "mp4", "m4a", "webm",
        "css", "js", "xml", "json", "doc", "docx", "xls",
    ];
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| FILES.iter().any(|file| extension.eq_ignore_ascii_case(file)))
}

/// Addresses that send the page they stand on to somebody.
fn shares(url: &Url) -> bool {
    const HOSTS: [&str; 14] = [
        "facebook.com",
        "twitter.com",
        "x.com",
        "linkedin.com",
        "pinterest.com",
        "reddit.com",
        "whatsapp.com",
        "wa.me",
        "t.me",
        "telegram.me",
        "tumblr.com",
        "vk.com",
        "getpocket.com",
        "addtoany.com",
    ];
    let path = url.path();
    if !HOSTS.contains(&site(url)) {
        return path.starts_with("/cdn-cgi/");
    }
    let query = url.query().unwrap_or_default();
    ["share", "intent", "/submit", "/pin/create", "/save", "/send"]
        .iter()
        .any(|word| path.contains(word))
        || ["url=", "text=", "u=http", "link="]
            .iter()
            .any(|name| query.contains(name))
}

/// What one segment of a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Short,
    Number,
    Slug,
    File,
    Word,
}

impl Part {
    fn letter(self) -> &'static str {
        match self {
            Self::Year => "/y",
            Self::Short => "/d",
            Self::Number => "/n",
            Self::Slug => "/s",
            Self::File => "/f",
            Self::Word => "/w",
        }
    }
}

fn part(segment: &str) -> Part {
    let stem = segment.split_once('.').map_or(segment, |(stem, _)| stem);
    let has_extension = stem.len() < segment.len();
    let digits = stem.bytes().filter(u8::is_ascii_digit).count();
    if digits == stem.len() && !stem.is_empty() && !has_extension {
        return match stem.len() {
            1 | 2 => Part::Short,
            4 if (1990..=2099).contains(&stem.parse::<u32>().unwrap_or(0)) => Part::Year,
            _ => Part::Number,
        };
    }
    let joints = stem
        .bytes()
        .filter(|byte| matches!(byte, b'-' | b'_' | b'+'))
        .count();
    let escaped = stem.bytes().filter(|byte| *byte == b'%').count();
    if joints >= 2 || escaped >= 6 || digits >= 5 || stem.len() > 30 {
        Part::Slug
    } else if has_extension {
        Part::File
    } else {
        Part::Word
    }
}

fn kind(url: &Url, segments: &[&str], own_site: bool) -> Kind {
    if is_utility_query(url) || segments_are_utility(segments) {
        return Kind::Utility;
    }
    let query = url.query().unwrap_or_default();
    let names_one = query.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_id = matches!(
            name,
            "p" | "id" | "article" | "story" | "newsid" | "nid" | "aid" | "news_id" | "itemid" | "post"
        );
        is_id && value.bytes().any(|byte| byte.is_ascii_digit())
    });
    let parts: Vec<Part> = segments.iter().map(|segment| part(segment)).collect();
    let article = names_one
        || parts
            .iter()
            .any(|part| matches!(part, Part::Slug | Part::Number | Part::File))
        || (parts.contains(&Part::Year) && parts.last() == Some(&Part::Word));
    match article {
        true => Kind::Article,
        // The home page of another site is what a list of bookmarks leads to, not news.
        false if !own_site && segments.is_empty() => Kind::Other,
        false => Kind::Other,
    }
}

fn is_utility_query(url: &Url) -> bool {
    url.query().is_some_and(|query| {
        query.split('&').any(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            matches!(
                name,
                "cat"
                    | "tag"
                    | "author"
                    | "paged"
                    | "page"
                    | "replytocom"
                    | "s"
                    | "q"
                    | "search"
                    | "sort"
                    | "orderby"
                    | "order"
                    | "orderBy"
                    | "orderDir"
                    | "month"
                    | "year"
                    | "date"
                    | "m"
                    | "share"
                    | "add-to-cart"
                    | "start"
                    | "offset"
            ) && !value.is_empty()
        })
    })
}

/// `/tag/x`, `/2024/05/`, `/page/2`, `/login`.
fn segments_are_utility(segments: &[&str]) -> bool {
    let parts = || segments.iter().map(|segment| part(segment));
    if !segments.is_empty() && parts().all(|part| matches!(part, Part::Year | Part::Short)) {
        return true;
    }
    let last_two = segments.len().saturating_sub(2);
    segments.iter().enumerate().any(|(at, segment)| {
        let word = segment
            .split_once('.')
            .map_or(*segment, |(stem, _)| stem)
            .to_ascii_lowercase();
        let rest = &segments[at + 1..];
        match word.as_str() {
            // What comes after is the name of the tag, perhaps a page number.
            "tag" | "tags" | "category" | "categories" | "cat" | "author" | "authors" | "autor"
            | "auteur" | "label" | "kategorie" | "kategori" | "categoria" | "categorie" | "etiqueta"
            | "etiket" | "schlagwort" | "mot-cle" | "user" | "users" | "profile" | "contributor"
            | "contributors" | "tagged" => {
                !rest.is_empty() && !rest.iter().any(|segment| part(segment) == Part::Year)
                    || rest.is_empty() && at > 0
                    || segments.len() == 1
            }
            "page" => rest
                .first()
                .is_some_and(|next| next.bytes().all(|byte| byte.is_ascii_digit())),
            "topic" | "topics" | "archive" | "archives" | "section" | "sections" => rest
                .iter()
                .all(|segment| matches!(part(segment), Part::Word | Part::Year | Part::Short)),
            "login" | "signin" | "sign-in" | "signup" | "sign-up" | "register" | "logout" | "account"
            | "my-account" | "cart" | "checkout" | "search" | "feed" | "rss" | "subscribe" | "newsletter"
            | "newsletters" | "wp-admin" | "wp-login" | "privacy" | "privacy-policy" | "terms"
            | "terms-of-use" | "terms-of-service" | "contact" | "contact-us" | "about" | "about-us"
            | "sitemap" | "imprint" | "impressum" | "datenschutz" | "cookies" | "advertise" | "faq" => {
                at >= last_two && rest.len() <= 1 && !rest.iter().any(|segment| part(segment) == Part::Slug)
            }
            _ => false,
        }
    })
}

/// The names of the query's parameters, sorted: `id&lang`.
fn query_names(url: &Url) -> Option<String> {
    let query = url
        .query()
        .filter(|query| !query.is_empty() && query.len() < 1_000)?;
    let mut names: Vec<&str> = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or(pair))
        .collect();
    names.sort_unstable();
    Some(names.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Option<Address> {
        let page = Url::parse("https://www.news.example/world/").unwrap();
        Address::new(page.join(url).unwrap(), &page)
    }

    #[test]
    fn addresses_of_articles_and_of_the_rest_look_different() {
        for (url, kind) in [
            ("/2024/05/27/oil-output-rises-again/", Kind::Article),
            ("/47710/slug", Kind::Article),
            ("/world/oil-output-rises-again", Kind::Article),
            ("/index.php?id=4411", Kind::Article),
            ("/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1", Kind::Article),
            ("/archives/20411", Kind::Article),
            ("/2024/05/", Kind::Utility),
            ("/tag/oil-and-gas-in-libya/", Kind::Utility),
            ("/author/a-b-c/page/2", Kind::Utility),
            ("/page/9999/", Kind::Utility),
            ("/events/?month=9999-12", Kind::Utility),
            ("/login?next=/", Kind::Utility),
            ("/economy/", Kind::Other),
        ] {
            assert_eq!(address(url).unwrap().kind, kind, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_an_article_is_none() {
        for url in [
            "/",
            "/world/index.html",
            "#top",
            "mailto:a@b.example",
            "javascript:void(0)",
            "https://www.facebook.com/sharer/sharer.php?u=https://news.example/",
            "https://twitter.com/intent/tweet?text=a",
        ] {
            assert!(address(url).is_none(), "{url}");
        }
    }

    #[test]
    fn articles_of_one_section_share_a_shape() {
        let shape = |url| address(url).unwrap().shape;
        assert_eq!(shape("/2024/05/27/a-b-c/"), shape("/2023/11/02/some-other-story"));
        assert_ne!(shape("/2024/05/27/a-b-c/"), shape("/economy/"));
        assert_eq!(shape("/news.php?id=1"), shape("/news.php?id=2"));
    }
}
