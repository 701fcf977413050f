//! The names and words of what surrounds and interrupts articles.

use dom_query::NodeRef;

/// Words in classes and ids.
const WORDS: &[&str] = &[
    "related",
    "share",
    "shares",
    "sharing",
    "sharebar",
    "sharebuttons",
    "sharetools",
    "social",
    "socials",
    "socialshare",
    "newsletter",
    "newsletters",
    "subscribe",
    "subscription",
    "signup",
    "promo",
    "promos",
    "promotion",
    "promobox",
    "advert",
    "adverts",
    "advertisement",
    "advertising",
    "ad",
    "ads",
    "adsbygoogle",
    "adslot",
    "adbox",
    "adcontainer",
    "sponsor",
    "sponsored",
    "outbrain",
    "taboola",
    "comments",
    "comment",
    "disqus",
    "respond",
    "breadcrumb",
    "breadcrumbs",
    "sidebar",
    "sidenav",
    "footer",
    "nav",
    "navbar",
    "navigation",
    "menu",
    "popup",
    "modal",
    "overlay",
    "cookie",
    "consent",
    "paywall",
    "recirc",
    "recirculation",
    "recommended",
    "recommendation",
    "recommendations",
    "trending",
    "popular",
    "mostread",
    "tags",
    "taglist",
    "topics",
    "byline",
    "bylines",
    "dateline",
    "timestamp",
    "pubdate",
    "publishdate",
    "credit",
    "credits",
    "copyright",
    "toolbar",
    "print",
    "rating",
    "poll",
    "caption",
    "captions",
    "teaser",
    "teasers",
    "readmore",
    "readalso",
    "seealso",
    "hidden",
    "hide",
    "skip",
    "bio",
    "authorbox",
    "authorbio",
    "authors",
    "author",
    "pagination",
    "pager",
    "prevnext",
    "carousel",
    "slider",
    "masthead",
    "banner",
    "bookmark",
    "feedback",
    "reactions",
    "zergnet",
    "followus",
    "follow",
    "appstore",
    "tooltip",
    "login",
    "register",
    "registration",
    "survey",
    "widget",
    "relatedposts",
    "postmeta",
    "kicker",
    "eyebrow",
    "overline",
    "readingtime",
    "jumplinks",
    "toc",
    "donate",
    "donation",
    "affiliate",
    "shop",
];

/// Pairs of words that mean something only together.
const PAIRS: &[(&str, &str)] = &[
    ("read", "more"),
    ("read", "also"),
    ("see", "also"),
    ("more", "from"),
    ("more", "stories"),
    ("also", "read"),
    ("also", "like"),
    ("most", "read"),
    ("most", "viewed"),
    ("sign", "up"),
    ("next", "post"),
    ("prev", "post"),
    ("post", "meta"),
    ("entry", "meta"),
    ("article", "meta"),
    ("meta", "date"),
    ("publish", "date"),
    ("published", "date"),
    ("article", "info"),
    ("reading", "time"),
    ("photo", "credit"),
    ("image", "credit"),
    ("inline", "related"),
    ("visually", "hidden"),
    ("screen", "reader"),
    ("sr", "only"),
    ("story", "links"),
    ("link", "list"),
    ("top", "stories"),
    ("latest", "news"),
    ("call", "action"),
    ("article", "tools"),
    ("post", "tags"),
    ("you", "may"),
    ("entry", "date"),
    ("post", "date"),
    ("article", "date"),
];

/// Whether an element's own names say that it is no part of an article.
pub(super) fn is_junk(node: &NodeRef) -> bool {
    let name = node.node_name().unwrap_or_default();
    match &*name {
        "body" | "html" | "article" | "main" => return false,
        "aside" | "form" => return true,
        "p" | "h1" | "h2" | "h3" | "a" | "em" | "strong" | "i" | "b" | "img" | "picture" | "table" | "tr"
        | "td" | "tbody" => {
            return has_name(
                node,
                &[
                    "caption",
                    "credit",
                    "credits",
                    "byline",
                    "advert",
                    "advertisement",
                    "related",
                    "readmore",
                    "timestamp",
                    "dateline",
                    "author",
                    "authors",
                    "pubdate",
                ],
            );
        }
        _ => {}
    }
    if node.attr("aria-hidden").is_some_and(|hidden| &*hidden == "true") {
        return true;
    }
    if node
        .attr("style")
        .is_some_and(|style| style.replace(' ', "").contains("display:none"))
    {
        return true;
    }
    let words = words(node);
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words.windows(2).any(|pair| {
            PAIRS
                .iter()
                .any(|(one, other)| pair[0] == *one && pair[1] == *other)
        })
}

fn has_name(node: &NodeRef, names: &[&str]) -> bool {
    words(node).iter().any(|word| names.contains(&word.as_str()))
}

/// The words in class, id and a few other attributes: `c-ShareBar__item` is c, share, bar, item.
fn words(node: &NodeRef) -> Vec<String> {
    const MOST: usize = 60;
    let mut words = Vec::new();
    for attribute in [
        "class",
        "id",
        "data-component",
        "data-testid",
        "data-module",
        "role",
    ] {
        let Some(value) = node.attr(attribute) else {
            continue;
        };
        let mut word = String::new();
        let mut was_lower = false;
        for c in value.chars() {
            let starts = c.is_uppercase() && was_lower;
            if (!c.is_alphabetic() || starts) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphabetic() {
                word.extend(c.to_lowercase());
            }
            was_lower = c.is_lowercase();
        }
        if !word.is_empty() {
            words.push(word);
        }
        if words.len() > MOST {
            break;
        }
    }
    words
}

/// Beginnings of lines that are about the page.
const NOTICES: &[&str] = &[
    "advertisement",
    "advert",
    "anzeige",
    "publicité",
    "publicidad",
    "pubblicità",
    "reklam",
    "annonce",
    "إعلان",
    "story continues below",
    "article continues below",
    "article continues after",
    "read more",
    "read also",
    "also read",
    "see also",
    "lire aussi",
    "à lire aussi",
    "leggi anche",
    "lea también",
    "lee también",
    "leer más",
    "mehr zum thema",
    "lesen sie auch",
    "lies auch",
    "auch interessant",
    "اقرأ أيضا",
    "اقرأ أيضاً",
    "اقرأ المزيد",
    "ayrıca oku",
    "related:",
    "related articles",
    "related stories",
    "related topics",
    "share this",
    "share on",
    "follow us",
    "sign up for",
    "sign up to",
    "subscribe to",
    "subscribe now",
    "click here to",
    "photo:",
    "photo by",
    "image credit",
    "(image",
    "image:",
    "photograph by",
    "picture:",
    "foto:",
    "bild:",
    "quelle:",
    "credit:",
    "crédit",
    "getty images",
    "copyright",
    "©",
    "all rights reserved",
    "this content is reserved",
    "updated:",
    "published:",
    "last updated",
    "publié le",
    "veröffentlicht",
    "aktualisiert",
    "publicado",
    "pubblicato",
    "posted on",
    "posted by",
    "تم النشر",
    "min read",
    "loading",
    "join the conversation",
    "comments",
    "leave a comment",
    "listen to this article",
    "watch:",
    "tags:",
    "filed under",
    "topics:",
    "الوسوم",
    "recommended",
    "recommended by",
    "most popular",
    "trending now",
    "editor's picks",
    "editors' picks",
    "skip to",
    "advertisement feature",
    "don't miss",
];

/// A short line that is about the page, not of the article: an ad's mark, a date, a byline, a credit, a call to subscribe.
pub(super) fn is_notice(text: &str) -> bool {
    const MOST_WORDS: usize = 22;
    const MOST_BYLINE: usize = 12;
    let words = text.split_whitespace().count();
    if words == 0 {
        return text.trim().is_empty();
    }
    if words > MOST_WORDS {
        return false;
    }
    let lower = text.trim().to_lowercase();
    if NOTICES.iter().any(|notice| starts_with_words(&lower, notice))
        && (words <= 8 || !lower.ends_with(['.', '!', '؟', '?']))
    {
        return true;
    }
    if words <= MOST_BYLINE && (is_byline(text) || is_date(text)) {
        return true;
    }
    is_credited(&lower) || text.chars().all(|c| !c.is_alphanumeric())
}

/// A caption: a line that ends in whose picture it is.
fn is_credited(lower: &str) -> bool {
    const CREDITS: [&str; 14] = [
        "©",
        "foto:",
        "fotos:",
        "photo:",
        "photos:",
        "bild:",
        "bilder:",
        "quelle:",
        "credit:",
        "image:",
        "picture:",
        "photograph:",
        "photographs:",
        "(c)",
    ];
    const MOST_AFTER: usize = 60;
    CREDITS.iter().any(|credit| {
        lower
            .rfind(credit)
            .is_some_and(|at| lower.len() - at <= MOST_AFTER && !lower.ends_with('.'))
    })
}

/// Lines that introduce what comes after articles.
const ENDS: &[&str] = &[
    "about the author",
    "about the authors",
    "about the writer",
    "related",
    "related articles",
    "related stories",
    "related posts",
    "related news",
    "read next",
    "up next",
    "recommended",
    "recommended for you",
    "you may also like",
    "you might also like",
    "more from",
    "more stories",
    "more news",
    "most read",
    "most popular",
    "popular",
    "trending",
    "comments",
    "leave a reply",
    "leave a comment",
    "share this article",
    "next article",
    "next post",
    "über den autor",
    "über die autorin",
    "zum autor",
    "zur person",
    "mehr zum thema",
    "das könnte sie auch interessieren",
    "das könnte dich auch interessieren",
    "weitere artikel",
    "nächster artikel",
    "kommentare",
    "meistgelesen",
    "mehr artikel",
    "à lire aussi",
    "lire aussi",
    "sur le même sujet",
    "commentaires",
    "à propos de l'auteur",
    "articles liés",
    "sobre el autor",
    "te puede interesar",
    "noticias relacionadas",
    "comentarios",
    "artículos relacionados",
    "leggi anche",
    "articoli correlati",
    "potrebbe interessarti",
    "commenti",
    "ilgili haberler",
    "yorumlar",
    "bunlar da ilginizi çekebilir",
    "関連記事",
    "関連キーワード",
    "あわせて読みたい",
    "相关阅读",
    "相关新闻",
    "مواضيع ذات صلة",
    "اقرأ أيضا",
    "اقرأ أيضاً",
    "قد يعجبك أيضا",
    "أخبار ذات صلة",
    "التعليقات",
    "читайте также",
    "комментарии",
    "lees ook",
    "les også",
    "läs mer",
    "les mer",
];

/// Whether a line introduces what comes after articles: other articles, comments, the author.
pub(super) fn ends_article(text: &str) -> bool {
    const MOST_WORDS: usize = 7;
    let lower = text
        .trim()
        .trim_end_matches([':', '：', '.', '…', '!'])
        .to_lowercase();
    ENDS.contains(&lower.as_str())
        || (lower.split_whitespace().count() <= MOST_WORDS
            && ["more from ", "mehr von ", "mehr aus ", "more on "]
                .iter()
                .any(|start| lower.starts_with(start)))
}

fn starts_with_words(text: &str, start: &str) -> bool {
    text.strip_prefix(start)
        .is_some_and(|rest| !rest.starts_with(char::is_alphabetic) || !start.ends_with(char::is_alphabetic))
}

/// "By Amal Ali", "Von Max Muster".
fn is_byline(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words
        .next()
        .unwrap_or_default()
        .trim_end_matches(':')
        .to_lowercase();
    let starts = matches!(
        first.as_str(),
        "by" | "von" | "par" | "por" | "di" | "door" | "av" | "af" | "بقلم" | "كتب"
    );
    let rest: Vec<&str> = words.collect();
    starts
        && !rest.is_empty()
        && rest.len() <= 6
        && !text.ends_with(['.', '!', '?', ':'])
        && rest
            .iter()
            .all(|word| word.chars().next().is_some_and(|c| !c.is_lowercase()) || word.len() <= 3)
}

/// A line that is a date with few words around it.
fn is_date(text: &str) -> bool {
    let numbers = text
        .split(|c: char| !c.is_numeric())
        .filter(|part| !part.is_empty())
        .count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    numbers >= 2 && letters < 60 && !text.trim_end().ends_with('.') && crate::scrape::date::is_absolute(text)
}
