//! Pages as news sites write them: an article in the middle of much else.

use std::fmt::Write;

use crate::words::{Chance, Zipf};

/// So many pages, the same on every machine.
pub fn invented(count: usize) -> Vec<Vec<u8>> {
    let mut chance = Chance::new(20_261_120);
    let words = Words::new(&mut chance);
    (0..count)
        .map(|_| page(&mut chance, &words).into_bytes())
        .collect()
}

/// A vocabulary whose few first words are most of any text.
struct Words {
    all: Vec<String>,
    ranks: Zipf,
}

impl Words {
    fn new(chance: &mut Chance) -> Self {
        const SYLLABLES: [&str; 24] = [
            "ba", "de", "gha", "li", "mo", "ra", "su", "ta", "ven", "zi", "ko", "ner", "pol", "sha", "tri",
            "um", "ost", "el", "in", "far", "qui", "wa", "yo", "he",
        ];
        let word = |chance: &mut Chance| -> String {
            let length = chance.between(1, 4);
            (0..length).map(|_| *chance.of(&SYLLABLES)).collect()
        };
        let all = (0..8_000).map(|_| word(chance)).collect();
        Self {
            all,
            ranks: Zipf::new(8_000, 1.0),
        }
    }

    fn sentence(&self, chance: &mut Chance, low: usize, high: usize) -> String {
        let length = chance.between(low, high);
        let words: Vec<&str> = (0..length)
            .map(|_| self.all[self.ranks.draw(chance)].as_str())
            .collect();
        words.join(" ")
    }
}

fn page(chance: &mut Chance, words: &Words) -> String {
    let title = words.sentence(chance, 6, 12);
    let mut html = String::with_capacity(300_000);
    let _ = write!(
        html,
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} - The Paper</title>\
         <meta property=\"og:title\" content=\"{title}\"><meta property=\"og:image\" content=\"https://news.example/lead.jpg\">\
         <meta property=\"article:published_time\" content=\"2026-11-20T08:00:00Z\"><meta property=\"article:tag\" content=\"oil\">\
         <script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\"headline\":\"{title}\",\
         \"datePublished\":\"2026-11-20T08:00:00Z\",\"author\":{{\"@type\":\"Person\",\"name\":\"Amal Ali\"}}}}</script>"
    );
    // Half of a page is not for readers.
    for _ in 0..chance.between(4, 24) {
        let script = "window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)};"
            .repeat(chance.between(4, 60));
        let _ = write!(html, "<script>{script}</script>");
    }
    let _ = write!(
        html,
        "<style>{}</style></head><body>",
        ".story-card{margin:0 auto;padding:1rem}".repeat(chance.between(20, 800))
    );
    menu(&mut html, chance, words);
    let _ = write!(
        html,
        "<main><article class=\"post\"><h1 class=\"headline\">{title}</h1><div class=\"byline\">By <a rel=\"author\" href=\"/by/amal\">Amal Ali</a> \
         <time datetime=\"2026-11-20T08:00:00Z\">20 November 2026</time></div><div class=\"share-bar\">{}</div><div class=\"entry-content\">",
        "<a class=\"share\" href=\"#\"><svg viewBox=\"0 0 24 24\"><path d=\"M1 2h3v4z\"/></svg>Share</a>"
            .repeat(5)
    );
    for number in 0..chance.between(6, 40) {
        let _ = write!(html, "<p>{}.</p>", words.sentence(chance, 30, 110));
        if number % 7 == 3 {
            let _ = write!(
                html,
                "<figure><img src=\"/p/{number}.jpg\" alt=\"\"><figcaption>{}</figcaption></figure>",
                words.sentence(chance, 5, 15)
            );
        }
    }
    html.push_str("</div><div class=\"tags\">Tags: <a rel=\"tag\" href=\"/tag/oil\">oil</a></div></article>");
    for (name, most) in [
        ("related", 12),
        ("most-read", 12),
        ("newsletter", 3),
        ("comments", 40),
    ] {
        cards(&mut html, chance, words, name, most);
    }
    html.push_str("</main><aside class=\"sidebar\">");
    cards(&mut html, chance, words, "popular", 60);
    html.push_str("</aside>");
    menu(&mut html, chance, words);
    html.push_str("<footer><p>All rights reserved.</p></footer></body></html>");
    html
}

fn menu(html: &mut String, chance: &mut Chance, words: &Words) {
    html.push_str("<nav class=\"site-nav\"><ul class=\"menu\">");
    for _ in 0..chance.between(30, 160) {
        let name = words.sentence(chance, 1, 2);
        let _ = write!(
            html,
            "<li class=\"menu-item menu-item-type-custom\"><a class=\"menu-link\" href=\"/section/{}\"><span>{name}</span></a></li>",
            name.replace(' ', "-")
        );
    }
    html.push_str("</ul></nav>");
}

fn cards(html: &mut String, chance: &mut Chance, words: &Words, name: &str, most: usize) {
    let _ = write!(html, "<section class=\"{name}\"><h2>{name}</h2>");
    for number in 0..chance.between(most / 3, most) {
        let _ = write!(
            html,
            "<div class=\"card {name}__item\"><a class=\"card__link\" href=\"/2026/11/{number}/x\"><div class=\"card__media\">\
             <picture><source srcset=\"/t/{number}.webp 1x, /t/{number}-2.webp 2x\"><img class=\"lazy\" data-src=\"/t/{number}.jpg\"></picture></div>\
             <h3 class=\"card__title\">{}</h3></a><p class=\"card__text\">{}</p></div>",
            words.sentence(chance, 5, 12),
            words.sentence(chance, 10, 30)
        );
    }
    html.push_str("</section>");
}
