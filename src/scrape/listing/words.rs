//! Words that tell: "read more", "most popular", how many a title has.

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
    fn words_are_counted_in_any_script() {
        assert_eq!(count("Oil output rises, again"), 4);
        assert_eq!(count("运营商宣布降低资费"), 3);
    }
}
