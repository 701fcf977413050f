//! Words that tell: "read more", "most popular", "3 hours ago", names of months.

use std::ops::Range;

/// Texts of links that say nothing of where they lead.
pub(super) fn is_generic(text: &str) -> bool {
    let folded = folded(text);
    let words: Vec<&str> = folded.split(' ').collect();
    // "Read more about …" may end in the title.
    if words.len() > 5 {
        return false;
    }
    let joined = words.join(" ");
    const WHOLE: [&str; 62] = [
        "",
        "more",
        "read",
        "details",
        "detail",
        "view",
        "link",
        "permalink",
        "here",
        "click here",
        "open",
        "download",
        "pdf",
        "reply",
        "share",
        "comments",
        "comment",
        "no comments",
        "leave a comment",
        "leave a reply",
        "next",
        "previous",
        "older posts",
        "newer posts",
        "see all",
        "view all",
        "view more",
        "load more",
        "show more",
        "learn more",
        "full story",
        "full article",
        "find out more",
        "go to article",
        "weiterlesen",
        "mehr",
        "mehr lesen",
        "mehr erfahren",
        "zum artikel",
        "kommentare",
        "lire la suite",
        "en savoir plus",
        "lire plus",
        "plus",
        "leer mas",
        "leer más",
        "ver más",
        "ver mas",
        "seguir leyendo",
        "leggi tutto",
        "leggi di più",
        "continua",
        "continua a leggere",
        "saiba mais",
        "leia mais",
        "devamı",
        "devamını oku",
        "المزيد",
        "اقرأ المزيد",
        "إقرأ المزيد",
        "التفاصيل",
        "阅读全文",
    ];
    const STARTS: [&str; 10] = [
        "read more",
        "continue reading",
        "read full",
        "read the",
        "lire l",
        "weiter",
        "lees meer",
        "czytaj",
        "читать",
        "阅读",
    ];
    WHOLE.contains(&joined.as_str())
        || STARTS.iter().any(|start| joined.starts_with(start))
        || is_count(&words)
}

/// "12", "3 comments", "0 Kommentare".
fn is_count(words: &[&str]) -> bool {
    let number = |word: &&str| word.chars().all(char::is_numeric);
    let noun = |word: &&str| {
        [
            "comment",
            "komment",
            "coment",
            "commenti",
            "repl",
            "view",
            "yorum",
            "share",
            "min",
            "like",
            "point",
            "تعليق",
        ]
        .iter()
        .any(|stem| word.starts_with(stem))
    };
    words.iter().all(|word| number(word) || noun(word))
        || (words.len() <= 3 && words.first().is_some_and(number) && words.iter().any(noun))
}

/// Headings of blocks that show other articles than the page's list does.
pub(super) fn names_a_sideshow(heading: &str) -> bool {
    let folded = folded(heading);
    if folded.split(' ').count() > 6 {
        return false;
    }
    const PHRASES: [&str; 79] = [
        "must read",
        "editor s pick",
        "editors pick",
        "editor pick",
        "editor s choice",
        "popular",
        "most read",
        "most viewed",
        "most commented",
        "most shared",
        "trending",
        "related",
        "recommended",
        "recommendation",
        "you may",
        "you might",
        "also like",
        "don t miss",
        "dont miss",
        "hot topics",
        "tags",
        "tag cloud",
        "categories",
        "topics",
        "archives",
        "archive",
        "follow us",
        "social",
        "newsletter",
        "subscribe",
        "recent comments",
        "comments",
        "advert",
        "sponsored",
        "partner",
        "links",
        "quick links",
        "blogroll",
        "about us",
        "contact",
        "search",
        "menu",
        "no result",
        "calendar",
        "browse",
        "sitemap",
        "meistgelesen",
        "beliebt",
        "empfohlen",
        "themen",
        "verwandte",
        "les plus lus",
        "plus lus",
        "à lire aussi",
        "populaires",
        "tendances",
        "lo más leído",
        "más leído",
        "más leídas",
        "mas leidas",
        "más visto",
        "relacionad",
        "recomendad",
        "destacad",
        "più letti",
        "più lette",
        "correlati",
        "mais lidas",
        "en çok okunan",
        "çok okunan",
        "popüler",
        "ilgili",
        "editörün",
        "الأكثر قراءة",
        "الاكثر قراءة",
        "الأكثر",
        "اخترنا لك",
        "مواضيع ذات صلة",
        "ذات صلة",
    ];
    PHRASES.iter().any(|phrase| {
        folded
            .match_indices(phrase)
            .any(|(at, _)| folded[..at].is_empty() || folded[..at].ends_with(' '))
    })
}

/// How many words a title has; scripts without spaces are counted by their length.
pub(super) fn count(text: &str) -> usize {
    let mut words = 0;
    let mut dense = 0;
    let mut inside = false;
    for c in text.chars() {
        if ('\u{3040}'..='\u{30ff}').contains(&c)
            || ('\u{3400}'..='\u{9fff}').contains(&c)
            || ('\u{e00}'..='\u{e7f}').contains(&c)
        {
            dense += 1;
            inside = false;
        } else if c.is_alphanumeric() {
            words += usize::from(!inside);
            inside = true;
        } else {
            inside = false;
        }
    }
    words + dense * 2 / 5
}

/// Lower case, one space between words, nothing else.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) {
            folded.extend(c.to_lowercase());
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// What in the text looks like a date: `27.05.2024`, `May 27, 2024`, `3 hours ago`.
pub(super) fn dates(text: &str) -> Vec<Range<usize>> {
    let words = tokens(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, token) in words.iter().enumerate() {
        if found.last().is_some_and(|last| token.at.start < last.end) {
            continue;
        }
        // "24 de agosto de 2024" is four words apart.
        let before = if token.kind == Token::Year { 4 } else { 2 };
        let near = at.saturating_sub(before)..(at + 3).min(words.len());
        // The token and those near it that make it a date.
        let with = |kinds: &[Token]| {
            let parts: Vec<usize> = near
                .clone()
                .filter(|near| *near == at || kinds.contains(&words[*near].kind))
                .collect();
            words[parts[0]].at.start..words[parts[parts.len() - 1]].at.end
        };
        let has = |kind: Token| near.clone().any(|near| words[near].kind == kind);
        let beside = |kind: Token| {
            [at.checked_sub(1), Some(at + 1)]
                .into_iter()
                .flatten()
                .any(|beside| words.get(beside).is_some_and(|word| word.kind == kind))
        };
        let date = match token.kind {
            Token::FullDate => Some(token.at.clone()),
            Token::Year if (has(Token::Month) || has(Token::Ago)) && has(Token::Small) => {
                Some(with(&[Token::Month, Token::Ago, Token::Small]))
            }
            Token::Month if beside(Token::Small) => Some(with(&[Token::Small, Token::Year])),
            Token::Unit if has(Token::Ago) && (has(Token::Small) || has(Token::Word)) => {
                Some(with(&[Token::Ago, Token::Small]))
            }
            _ => None,
        };
        found.extend(date);
    }
    found
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    FullDate,
    Year,
    /// One or two digits.
    Small,
    Month,
    Unit,
    Ago,
    Word,
}

struct Placed {
    at: Range<usize>,
    kind: Token,
}

fn tokens(text: &str) -> Vec<Placed> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(|c: char| c.is_alphanumeric()).unwrap_or(rest.len());
        rest = &rest[start..];
        let numeric = rest.starts_with(|c: char| c.is_numeric());
        let ends = |c: char| {
            if numeric {
                !(c.is_numeric() || matches!(c, '.' | '/' | '-' | '年' | '月' | '日'))
            } else {
                !c.is_alphabetic()
            }
        };
        let end = rest.find(ends).unwrap_or(rest.len());
        if end > 0 {
            let at = text.len() - rest.len();
            tokens.push(Placed {
                at: at..at + end,
                kind: if numeric {
                    number(&rest[..end])
                } else {
                    word(&rest[..end])
                },
            });
        }
        let step = rest.chars().next().map_or(0, char::len_utf8);
        rest = &rest[end.max(step)..];
    }
    tokens
}

fn number(text: &str) -> Token {
    let mut parts = text
        .split(|c: char| !c.is_numeric())
        .filter(|part| !part.is_empty());
    let lengths =
        [parts.next(), parts.next(), parts.next()].map(|part| part.map_or(0, |part| part.chars().count()));
    match lengths {
        [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4] => Token::FullDate,
        [4, 0, 0] => Token::Year,
        [1..=2, 0, 0] => Token::Small,
        _ => Token::Word,
    }
}

fn word(text: &str) -> Token {
    if text.len() > 24 {
        return Token::Word;
    }
    let lower = text.to_lowercase();
    // Before the months: "ago" is August in Spanish and Italian.
    if ["ago", "vor", "hace", "fa", "önce", "منذ", "قبل", "il", "há"].contains(&lower.as_str()) {
        Token::Ago
    } else if is_month(&lower) {
        Token::Month
    } else if is_unit(&lower) {
        Token::Unit
    } else {
        Token::Word
    }
}

fn is_unit(word: &str) -> bool {
    const STEMS: [&str; 31] = [
        "sec", "min", "hour", "day", "week", "month", "year", "stunde", "tag", "woche", "monat", "jahr",
        "heure", "jour", "semaine", "mois", "hora", "día", "dia", "semana", "mes", "ora", "ore", "giorn",
        "settiman", "saat", "gün", "ساع", "يوم", "أيام", "دقيق",
    ];
    STEMS.iter().any(|stem| word.starts_with(stem))
}

/// Months in the languages whose news we read most; abbreviations too.
fn is_month(word: &str) -> bool {
    const WHOLE: [&str; 50] = [
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mai",
        "mär",
        "okt",
        "dez",
        "juin",
        "août",
        "ene",
        "abr",
        "ago",
        "dic",
        "gen",
        "mag",
        "giu",
        "lug",
        "set",
        "ott",
        "mayıs",
        "ocak",
        "şubat",
        "mart",
        "nisan",
        "haziran",
        "temmuz",
        "ağustos",
        "eylül",
        "ekim",
        "kasım",
        "aralık",
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
    ];
    const MORE: [&str; 18] = [
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
        "كانون",
        "شباط",
        "آذار",
        "نيسان",
        "أيار",
        "حزيران",
        "تموز",
        "آب",
        "أيلول",
        "تشرين",
        "جانفي",
        "فيفري",
        "أفريل",
        "جوان",
        "جويلية",
    ];
    const STEMS: [&str; 26] = [
        "january", "february", "march", "april", "june", "july", "august", "septemb", "octob", "novemb",
        "decemb", "januar", "februar", "märz", "juni", "juli", "oktob", "dezemb", "janvier", "févri",
        "avril", "juillet", "enero", "febre", "gennai", "dicembre",
    ];
    WHOLE.contains(&word)
        || MORE.contains(&word)
        || STEMS.iter().any(|stem| word.starts_with(stem))
        || [
            "marzo",
            "mayo",
            "maggio",
            "junio",
            "julio",
            "giugno",
            "luglio",
            "agosto",
            "abril",
            "aprile",
            "settembre",
            "ottobre",
            "diciembre",
        ]
        .contains(&word)
        || [
            "mars",
            "décembre",
            "dezembro",
            "maio",
            "março",
            "outubro",
            "setembro",
        ]
        .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_name_no_article_are_generic() {
        for text in [
            "Read more »",
            "Continue reading →",
            "3 Comments",
            "12",
            "",
            "المزيد",
            "Weiterlesen …",
            "No Comments",
            "0 Kommentare",
        ] {
            assert!(is_generic(text), "{text}");
        }
        for text in [
            "Oil output rises",
            "Haftar meets AFRICOM commander in Benghazi",
            "12 killed in Derna",
            "More rain for Tripoli",
        ] {
            assert!(!is_generic(text), "{text}");
        }
    }

    #[test]
    fn headings_of_sideshows_are_known() {
        for text in [
            "MUST READ",
            "Editor's Picks",
            "Popular Categories",
            "الأكثر قراءة",
            "Lo más leído",
            "Related Posts",
            "À lire aussi",
        ] {
            assert!(names_a_sideshow(text), "{text}");
        }
        for text in ["Latest news", "Economy", "Libya", "Recent Posts", "Editorial"] {
            assert!(!names_a_sideshow(text), "{text}");
        }
    }

    #[test]
    fn dates_are_seen_in_running_text() {
        for text in [
            "27.05.2024",
            "2024-05-27",
            "May 27, 2024",
            "27 Mai 2024",
            "3 hours ago",
            "٢٧ مايو ٢٠٢٤",
            "vor 3 Stunden",
            "2024年5月27日",
            "منذ 3 ساعات",
            "Aug 3",
        ] {
            assert_eq!(dates(text).len().min(1), 1, "{text}");
        }
        for text in [
            "12 killed in Derna",
            "Budget 2024 approved",
            "We may go",
            "version 3.1",
        ] {
            assert!(dates(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn words_are_counted_in_any_script() {
        assert_eq!(count("Oil output rises, again"), 4);
        assert_eq!(count("运营商宣布降低资费"), 3);
    }
}
