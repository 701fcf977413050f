//! What the names that designers give to the parts of a page say: menu, sidebar, main column, title.

/// What an element is, or is in, as far as its tag, role, classes and id tell. A set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Region(u16);

impl Region {
    /// Menus, bread crumbs, tool bars.
    pub(super) const MENU: Self = Self(1);
    /// Sidebars, widgets, `aside`.
    pub(super) const SIDE: Self = Self(1 << 1);
    /// The head of the page, not that of an article.
    pub(super) const HEADER: Self = Self(1 << 2);
    /// The foot of the page.
    pub(super) const FOOTER: Self = Self(1 << 3);
    /// Popular, related, recommended, trending, tickers; comments.
    pub(super) const BESIDE: Self = Self(1 << 4);
    /// Sharing, log-in, search, cookies, newsletters, advertisements.
    pub(super) const NOISE: Self = Self(1 << 5);
    /// The main column.
    pub(super) const MAIN: Self = Self(1 << 6);
    /// One article, card or entry.
    pub(super) const ARTICLE: Self = Self(1 << 7);
    /// A title or headline.
    pub(super) const TITLE: Self = Self(1 << 8);
    /// Author, category, tags, comment count: what stands around a title.
    pub(super) const META: Self = Self(1 << 9);
    /// A date.
    pub(super) const DATE: Self = Self(1 << 10);
    /// An excerpt.
    pub(super) const SUMMARY: Self = Self(1 << 11);
    /// An author.
    pub(super) const AUTHOR: Self = Self(1 << 12);
    /// Page numbers.
    pub(super) const PAGES: Self = Self(1 << 13);

    /// Where the articles of a page are not.
    pub(super) const ELSEWHERE: Self = Self(
        Self::MENU.0
            | Self::PAGES.0
            | Self::SIDE.0
            | Self::HEADER.0
            | Self::FOOTER.0
            | Self::BESIDE.0
            | Self::NOISE.0,
    );
    /// What holds for all that is inside.
    pub(super) const INHERITED: Self = Self(Self::ELSEWHERE.0 | Self::MAIN.0 | Self::ARTICLE.0);

    pub(super) fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    pub(super) fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    pub(super) fn without(self, less: Self) -> Self {
        Self(self.0 & !less.0)
    }

    pub(super) fn only(self, these: Self) -> Self {
        Self(self.0 & these.0)
    }
}

/// The region of an element by itself, without what it inherits.
pub(super) fn of(tag: &str, role: Option<&str>, class: &str, id: &str) -> Region {
    let mut region = of_tag(tag);
    match role.unwrap_or_default() {
        "navigation" | "menu" | "menubar" | "tablist" | "search" => region = region.with(Region::MENU),
        "complementary" => region = region.with(Region::SIDE),
        "banner" => region = region.with(Region::HEADER),
        "contentinfo" => region = region.with(Region::FOOTER),
        "main" | "feed" => region = region.with(Region::MAIN),
        "article" => region = region.with(Region::ARTICLE),
        _ => {}
    }
    // Classes of `html` and `body` speak of the whole page: `has-sidebar`, `menu-open`.
    if matches!(tag, "html" | "body") {
        return region;
    }
    let names = class.split_ascii_whitespace().take(MOST_NAMES).chain(Some(id));
    names.fold(region, |region, name| region.with(of_name(name)))
}

/// Classes of one element that are looked at.
pub(super) const MOST_NAMES: usize = 16;

fn of_tag(tag: &str) -> Region {
    match tag {
        "nav" | "menu" => Region::MENU,
        "aside" => Region::SIDE,
        "header" => Region::HEADER,
        "footer" => Region::FOOTER,
        "main" => Region::MAIN,
        "article" => Region::ARTICLE,
        "time" => Region::DATE,
        "address" => Region::META,
        _ => Region::default(),
    }
}

/// Most words of one class or id that are looked at.
const MOST_WORDS: usize = 8;

/// What one class or id says. `entry-title`, `entryTitle` and `entry_title` are the words entry and title.
fn of_name(name: &str) -> Region {
    if name.is_empty() || name.len() > 80 {
        return Region::default();
    }
    let lower = spaced(name);
    let words: Vec<&str> = lower
        .split(' ')
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .collect();
    let Some((first, last)) = words.first().zip(words.last()) else {
        return Region::default();
    };
    // `no-sidebar` and `has-menu` say what a part lacks or holds, not what it is.
    if matches!(*first, "no" | "has" | "with" | "without" | "is" | "js") && words.len() > 1 {
        return Region::default();
    }
    let mut region = words
        .iter()
        .fold(Region::default(), |region, word| region.with(of_word(word)));
    region = region.with(of_pairs(&words));
    if matches!(*first, "widget" | "widgets") {
        region = region.with(Region::SIDE);
    }
    let alone = words.len() == 1;
    if *last == "header"
        && (alone || matches!(*first, "site" | "page" | "main" | "top" | "global" | "header"))
    {
        region = region.with(Region::HEADER);
    }
    if (alone && matches!(*first, "main" | "content" | "primary" | "feed"))
        || matches!(
            words[..],
            [_, "main"] | ["main", "content" | "column" | "col"] | ["content", "area"]
        )
        || matches!(words[..], ["site", "content"] | ["posts", ..] | [.., "posts"])
    {
        region = region.with(Region::MAIN);
    }
    region
}

fn of_word(word: &str) -> Region {
    match word {
        "nav" | "navbar" | "navigation" | "menu" | "submenu" | "megamenu" | "dropdown" | "breadcrumb"
        | "breadcrumbs" | "toolbar" | "topbar" | "offcanvas" | "toc" | "tabs" | "navs" | "pathway" => {
            Region::MENU
        }
        "pagination" | "paginate" | "pager" | "paging" | "pagenav" => Region::PAGES,
        "sidebar" | "sidebars" | "rail" | "aside" | "sidenav" => Region::SIDE,
        "footer" | "footbar" | "colophon" => Region::FOOTER,
        "masthead" => Region::HEADER,
        "ticker" | "newsticker" | "marquee" | "related" | "popular" | "trending" | "recommended"
        | "recommendations" | "mostread" | "mostviewed" | "mustread" | "tagcloud" | "blogroll"
        | "archives" | "calendar" | "comment" | "comments" | "respond" | "disqus" => Region::BESIDE,
        "share" | "sharing" | "sharedaddy" | "social" | "login" | "cookie" | "cookies" | "consent"
        | "modal" | "popup" | "newsletter" | "subscribe" | "ads" | "advert" | "advertisement" | "sponsor"
        | "sponsored" | "promo" | "search" | "gdpr" => Region::NOISE,
        "article" | "hentry" | "story" | "teaser" | "card" | "entry" | "blogpost" => Region::ARTICLE,
        "title" | "headline" | "heading" | "titre" | "titulo" | "titel" | "hed" => Region::TITLE,
        "meta" | "tags" | "category" | "categories" | "kicker" | "label" | "badge" => Region::META,
        "byline" | "author" | "authors" => Region::META.with(Region::AUTHOR),
        "date" | "time" | "datetime" | "timestamp" | "published" | "pubdate" | "dateline" | "fecha"
        | "datum" | "tarih" => Region::DATE,
        "excerpt" | "summary" | "description" | "desc" | "intro" | "introtext" | "lead" | "snippet"
        | "abstract" | "dek" | "standfirst" | "chapo" | "resumen" | "blurb" => Region::SUMMARY,
        _ => Region::default(),
    }
}

fn of_pairs(words: &[&str]) -> Region {
    words.windows(2).fold(Region::default(), |region, pair| {
        region.with(match *pair {
            ["side", "bar" | "column" | "col"] => Region::SIDE,
            ["most", "read" | "viewed" | "popular" | "commented"]
            | ["must", "read" | "reads"]
            | ["editor" | "editors", "pick" | "picks" | "choice"]
            | ["tag", "cloud"]
            | ["also", "like"] => Region::BESIDE,
            ["site", "header"] | ["top", "bar"] => Region::HEADER,
            ["mobile", "menu" | "nav"] => Region::MENU,
            _ => Region::default(),
        })
    })
}

/// `name` in lower case with a space for each change of case, hyphen or underscore.
fn spaced(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut lower_before = false;
    for c in name.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && lower_before {
                words.push(' ');
            }
            lower_before = c.is_lowercase();
            words.extend(c.to_lowercase());
        } else {
            lower_before = false;
            words.push(' ');
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_part_of_the_page_is() {
        for (class, expected) in [
            ("main-navigation", Region::MENU),
            ("jeg_sidebar", Region::SIDE),
            ("widget_recent_entries", Region::SIDE),
            ("siteFooter", Region::FOOTER),
            ("td-most-read", Region::BESIDE),
            ("site-header", Region::HEADER),
            ("jeg_post_title", Region::TITLE),
            ("entry-summary", Region::SUMMARY),
            ("postDate", Region::DATE),
            ("site-main", Region::MAIN),
        ] {
            assert!(of("div", None, class, "").has(expected), "{class}");
        }
    }

    #[test]
    fn what_a_part_lacks_or_a_page_builder_adds_says_nothing() {
        for class in [
            "no-sidebar",
            "has-menu",
            "elementor-widget-container",
            "grid",
            "col-md-4",
        ] {
            assert!(!of("div", None, class, "").has(Region::ELSEWHERE), "{class}");
        }
        assert!(!of("body", None, "sidebar-right menu", "").has(Region::ELSEWHERE));
        assert!(!of("header", None, "entry-header", "").has(Region::MAIN));
    }
}
