use std::fmt::Write;
use std::time::Duration;

use url::Url;

use super::lines::MOST_PIECES;
use super::*;
use crate::scrape::article::{Article, Part, read};

fn article(html: &str) -> Article {
    let url = Url::parse("https://news.example/2026/11/ships-in-the-port/").unwrap();
    let now = "2026-11-15T12:00:00Z".parse().unwrap();
    let limit = Duration::from_secs(60);
    let bytes = html.as_bytes().to_vec();
    read(bytes, None, &url, Part::first(&url), now, limit).unwrap().0
}

/// The addresses in the `src` of all pictures, without the site.
fn shown(read: &Article) -> Vec<String> {
    let html = read.html.as_ref().map_or("", |html| html.as_str());
    html.split("<img src=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .map(|src| src.trim_start_matches("https://news.example/").to_owned())
        .collect()
}

fn sentence(number: usize) -> String {
    format!(
        "In paragraph {number} the harbour master explained, with some patience, why ship number {number} had to wait \
         outside the port of Tripoli until its papers were found, checked and stamped."
    )
}

fn paragraphs(numbers: std::ops::Range<usize>) -> String {
    numbers.fold(String::new(), |mut html, number| {
        let _ = write!(html, "<p>{}</p>", sentence(number));
        html
    })
}

fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(sentence).collect::<Vec<_>>().join("\n")
}

/// Pictures as no article has them, around the article of `body` with what stands over it.
fn page(over: &str, body: &str) -> String {
    format!(
        r##"<html lang=en><head><title>Ships in the port</title></head><body>
        <header class=site-header><a href=/><img class=custom-logo src=/i/logo.png width=240 height=80></a>
        <a href=https://ads.example/go><img src=/i/leaderboard.gif width=728 height=90></a></header>
        <main><article class=post><div class=post-head><h1>Ships in the port</h1>
        <div class=post-meta><img class=avatar src=https://secure.gravatar.com/avatar/1?s=96 width=96 height=96>
        <span>By Amal Ali</span></div>
        <ul class=share-buttons><li><a href=https://www.facebook.com/sharer.php?u=x><img src=/i/fb.png width=120 height=120></a>
        </li><li><a href="whatsapp://send?text=x"><img src=/i/wa.png></a></li></ul></div>
        {over}<div class=post-text>{body}</div>
        <div class=author-box><img src=/i/amal.jpg width=200 height=200><p>Amal Ali writes about ports.</p></div>
        <section class=related-posts><h3>Related articles</h3><div><a href=/2026/11/a/><figure><img src=/i/a.jpg></figure>
        <h4>Another story that is not this one</h4></a></div><div><a href=/2026/11/b/><img src=/i/b.jpg>
        <h4>A third story about something else</h4></a></div></section>
        <div id=comments><div class=comment><img src=/i/reader.jpg width=120 height=120><p>First!</p></div></div>
        </article></main><aside class=sidebar><h3>Most read</h3><a href=/c/><img src=/i/c.jpg>Old news from the coast</a>
        <a href=https://shop.example/><img src=/i/shop.jpg width=300 height=250></a></aside>
        <footer><img src=/i/partner.png width=200 height=100></footer>
        <noscript><img height=1 width=1 style="display:none" src="https://www.facebook.com/tr?id=1&ev=PageView"></noscript>
        <img src=https://stats.example/count.gif width=1 height=1></body></html>"##
    )
}

/// Each with a picture of the article in some theme's way, and the addresses that arrive.
const BETWEEN: &[(&str, &[&str])] = &[
    // Bare.
    ("<figure><img src=/w/1.jpg></figure>", &["w/1.jpg"]),
    ("<p><img src=/w/1.jpg></p>", &["w/1.jpg"]),
    ("<img src=/w/1.jpg alt='Two ships'>", &["w/1.jpg"]),
    (
        "<p style='text-align:center'><a href=/w/1.jpg><img src=/w/1-300x200.jpg></a></p>",
        &["w/1-300x200.jpg"],
    ),
    // WordPress, classic and blocks.
    (
        "<div id=attachment_7 class='wp-caption aligncenter' style='width:810px'><a href=/2026/11/ships-in-the-port/1/>\
         <img class='size-full wp-image-7' src=/w/1.jpg width=800 height=533></a><p class=wp-caption-text>Two ships. Photo: A \
         Paper</p></div>",
        &["w/1.jpg"],
    ),
    (
        "<figure class='wp-block-image size-large'><img loading=lazy class=wp-image-8 src=/w/1-1024x683.jpg \
         srcset='/w/1-1024x683.jpg 1024w, /w/1-300x200.jpg 300w'><button class=lightbox-trigger type=button>\
         <svg><path/></svg></button><figcaption class=wp-element-caption>Two ships</figcaption></figure>",
        &["w/1-1024x683.jpg"],
    ),
    (
        "<figure class='wp-block-gallery has-nested-images'><figure class=wp-block-image><a href=/w/1.jpg><img src=/w/1-150x150.jpg>\
         </a></figure><figure class=wp-block-image><img src=/w/2.jpg></figure><figure class=wp-block-image><img src=/w/3.jpg>\
         </figure></figure>",
        &["w/1-150x150.jpg", "w/2.jpg", "w/3.jpg"],
    ),
    (
        "<div class='gallery galleryid-9'><dl class=gallery-item><dt class=gallery-icon><a href=/img-1/><img class='attachment-thumbnail' \
         src=/w/1-150x150.jpg width=150 height=150></a></dt></dl><dl class=gallery-item><dt class=gallery-icon><a href=/img-2/>\
         <img class='attachment-thumbnail' src=/w/2-150x150.jpg width=150 height=150></a></dt></dl></div>",
        &["w/1-150x150.jpg", "w/2-150x150.jpg"],
    ),
    // Loaded late.
    (
        "<p><img class=lazyload src='data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==' \
         data-src=/w/1.jpg><noscript><img src=/w/1.jpg></noscript></p>",
        &["w/1.jpg"],
    ),
    (
        "<div class=image><img class=lazy src=/theme/jeg-empty.png data-lazy-srcset='/w/1-300.jpg 300w, /w/1-900.jpg 900w'></div>",
        &["w/1-300.jpg"],
    ),
    (
        "<p><img class='js-lazy' data-lazy=true src='data:image/svg+xml,%3Csvg%3E'><noscript><img src=/w/1.jpg></noscript></p>",
        &["w/1.jpg"],
    ),
    (
        "<span style='display:inline-block'><img data-nimg=intrinsic src='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP'>\
         <noscript><img srcset='/_next/image?url=%2Fa.jpg&amp;w=640 1x' src='/_next/image?url=%2Fa.jpg&amp;w=750'></noscript></span>",
        &["_next/image?url=%2Fa.jpg&amp;w=750"],
    ),
    (
        "<p><img data-src='/w/1_{width}x.jpg' data-widths='[180, 360]' data-sizes=auto></p>",
        &["w/1_1024x.jpg"],
    ),
    (
        "<amp-img src=/w/1.jpg width=800 height=533 layout=responsive><noscript><img src=/w/1.jpg></noscript></amp-img>",
        &["w/1.jpg"],
    ),
    // In several sizes.
    (
        "<div data-component=image-block><figure><div class=placeholder-wrapper><picture><source data-srcset='/w/1-240.webp 240w, \
         /w/1-800.webp 800w' type=image/webp><img alt=Ships class=ImagePlaceholder></picture></div></figure></div>",
        &["w/1-240.webp"],
    ),
    (
        "<div class=captioned-image-container><figure><a class='image-link image2' href=https://cdn.news.example/f/x.png>\
         <div class=image2-inset><picture><source type=image/webp srcset='/w/1.webp 1456w'><img class=sizing-normal src=/w/1.png \
         width=1456 height=816></picture><div class=image-link-expand><svg><path/></svg></div></div></a>\
         <figcaption class=image-caption>Two ships</figcaption></figure></div>",
        &["w/1.png"],
    ),
    // Page builders and systems.
    (
        "<div class='elementor-element elementor-widget elementor-widget-image'><div class=elementor-widget-container>\
         <img src=/w/1.jpg></div></div>",
        &["w/1.jpg"],
    ),
    (
        "<div class='field field--name-field-image field--type-image'><div class=field__item><img src=/w/1.jpg></div></div>",
        &["w/1.jpg"],
    ),
    (
        "<div class=separator style='clear:both'><a href=https://1.bp.blogspot.com/s1600/1.jpg><img border=0 \
         src=https://1.bp.blogspot.com/s320/1.jpg width=320 height=213></a></div>",
        &["https://1.bp.blogspot.com/s320/1.jpg"],
    ),
    (
        "<figure class='kg-card kg-gallery-card'><div class=kg-gallery-container><div class=kg-gallery-row><div class=kg-gallery-image>\
         <img src=/w/1.jpg></div><div class=kg-gallery-image><img src=/w/2.jpg></div></div></div><figcaption>The port</figcaption></figure>",
        &["w/1.jpg", "w/2.jpg"],
    ),
    (
        "<div class='swiper slider'><div class=swiper-wrapper><div class=swiper-slide><img src=/w/1.jpg></div>\
         <div class=swiper-slide><img src=/w/2.jpg><div class=slide-caption>The second ship</div></div></div></div>",
        &["w/1.jpg", "w/2.jpg"],
    ),
    (
        "<div class=photo-credit-box><img src=/w/1.jpg><span class=photo-credit>Photo: A Paper</span></div>",
        &["w/1.jpg"],
    ),
    (
        "<figure><div role=button tabindex=0><div class=zoom><img src=/w/1.jpg width=700 height=467></div></div></figure>",
        &["w/1.jpg"],
    ),
    (
        "<aside class=article-media><figure><img src=/w/1.jpg><figcaption>Two ships</figcaption></figure></aside>",
        &["w/1.jpg"],
    ),
    ("<button class=enlarge><img src=/w/1.jpg></button>", &["w/1.jpg"]),
    (
        "<a href=https://www.flickr.com/photos/x/1><img src=https://live.staticflickr.com/1/1_b.jpg></a>",
        &["https://live.staticflickr.com/1/1_b.jpg"],
    ),
    (
        "<table><tr><td><img src=/w/1.jpg></td></tr></table>",
        &["w/1.jpg"],
    ),
    // No pictures of the article.
    (
        "<div class=ad-slot><a href=https://ads.example/><img src=/w/1.jpg width=300 height=250></a></div>",
        &[],
    ),
    (
        "<p><a href=https://sponsor.example/offer><img src=/w/1.jpg></a></p>",
        &[],
    ),
    (
        "<div class=inline-related><a href=/2026/10/x/><img src=/w/1.jpg>An earlier story about ships</a></div>",
        &[],
    ),
    (
        "<div class=story-card><a href=/2026/10/x/><figure><img src=/w/1.jpg></figure></a></div>",
        &[],
    ),
    ("<p><img class=wp-smiley src=/w/1.png></p>", &[]),
    ("<p><img src=/w/1.png width=32 height=32></p>", &[]),
    (
        "<p><img src=https://vg07.met.vgwort.de/na/1 width=1 height=1></p>",
        &[],
    ),
    ("<p><img src=/assets/icons/quote.png></p>", &[]),
    (
        "<p><a href=https://play.google.com/store/apps/x><img src=/w/1.png width=300 height=100></a></p>",
        &[],
    ),
    (
        "<a href=https://ads.example/ck.php?n=1><img src=https://ads.example/adserver/www/delivery/avw.php?zoneid=9></a>",
        &[],
    ),
    (
        "<figure><div class=zoom><img src=/common/icon_scale.svg></div></figure>",
        &[],
    ),
    ("<figure><img src=/common/grey-placeholder.png></figure>", &[]),
    ("<figure class=newsletter-promo><img src=/w/1.jpg></figure>", &[]),
    (
        "<figure><img src=/w/1.jpg><figcaption>Advertisement</figcaption></figure>",
        &[],
    ),
];

#[test]
fn pictures_between_the_lines_arrive_and_ornaments_do_not() {
    let wrong: Vec<String> = BETWEEN
        .iter()
        .filter_map(|(html, expected)| {
            let read = article(&page(
                "",
                &format!("{}{html}{}", paragraphs(0..4), paragraphs(4..8)),
            ));
            let found = shown(&read);
            let is_right = found == *expected && read.text == lines(0..8);
            (!is_right).then(|| format!("{html}: {found:?} in {}", read.text))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pictures_first_and_last_in_a_text_arrive() {
    let mut wrong = Vec::new();
    for (html, expected) in BETWEEN {
        for body in [
            format!("{html}{}", paragraphs(0..8)),
            format!("{}{html}", paragraphs(0..8)),
        ] {
            let found = shown(&article(&page("", &body)));
            if found != *expected {
                let place = if body.starts_with(html) { "first" } else { "last" };
                wrong.push(format!("{place}: {html}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pictures_over_the_text_arrive() {
    for (html, expected) in [
        (
            "<div class='jeg_featured featured_image'><a href=/w/1.jpg><div class='thumbnail-container animate-lazy'>\
             <img class='lazyload wp-post-image' src=/theme/jeg-empty.png data-src=/w/1-750x375.jpg width=750 height=375></div></a></div>",
            "w/1-750x375.jpg",
        ),
        (
            "<div class=post-thumbnail><img class=wp-post-image src=/w/1.jpg></div>",
            "w/1.jpg",
        ),
        (
            "<figure class=hero><img src=/w/1.jpg><figcaption>Two ships</figcaption></figure>",
            "w/1.jpg",
        ),
        (
            "<header class=article-header><picture><source srcset=/w/1.webp><img></picture></header>",
            "w/1.webp",
        ),
    ] {
        let read = article(&page(html, &paragraphs(0..8)));
        assert_eq!(shown(&read), [expected], "{html}");
        assert_eq!(read.text, lines(0..8), "{html}");
    }
}

#[test]
fn a_picture_before_the_title_arrives_where_its_theme_calls_it_the_articles() {
    let featured = "<div class='jeg_featured featured_image'><a href=/w/1.jpg><img class='lazyload wp-post-image' \
                    src=/theme/jeg-empty.png data-src=/w/1-750x375.jpg></a></div>";
    let html = page("", &paragraphs(0..8)).replace("<main>", &format!("<main>{featured}"));
    assert_eq!(shown(&article(&html)), ["w/1-750x375.jpg"]);
}

#[test]
fn a_picture_stands_where_it_stood_with_its_caption() {
    let body = format!(
        "{}<figure><img src=/w/1.jpg alt='Ships &amp; \"boats\"' width=640 height=480><figcaption>Two ships <b>wait</b> in the \
         port</figcaption></figure>{}",
        paragraphs(0..4),
        paragraphs(4..8)
    );
    let read = article(&page("", &body));
    let html = read.html.unwrap();
    let expected = "</p><figure><img src=\"https://news.example/w/1.jpg\" alt=\"Ships &amp; &quot;boats&quot;\" width=\"640\" \
                    height=\"480\"><figcaption>Two ships wait in the port</figcaption></figure><p>";
    let (before, after) = html.as_str().split_once(expected).unwrap();
    assert!(
        before.ends_with("papers were found, checked and stamped."),
        "{before}"
    );
    assert!(before.contains("In paragraph 3 ") && after.starts_with("In paragraph 4 "));
}

#[test]
fn a_picture_is_shown_once_whatever_its_sizes() {
    let body = format!(
        "<p class=mobile><img src=/w/1-300x200.jpg></p>{}<p class=desktop><img src=/w/1-1024x683.jpg></p>{}<p><img \
         src=/w/1.jpg?w=700></p>",
        paragraphs(0..4),
        paragraphs(4..8)
    );
    assert_eq!(shown(&article(&page("", &body))), ["w/1-300x200.jpg"]);
}

#[test]
fn texts_without_blocks_keep_the_place_of_their_pictures() {
    let mut body = String::new();
    for number in 0..8 {
        let _ = write!(body, "{}<br><br>", sentence(number));
        if number % 3 == 1 {
            let _ = write!(body, "<img src=/w/{number}.jpg><br><br>");
        }
    }
    let read = article(&page("", &body));
    assert_eq!(shown(&read), ["w/1.jpg", "w/4.jpg", "w/7.jpg"]);
    let html = read.html.unwrap();
    let at = |words: &str| html.as_str().find(words).unwrap();
    assert!(at("In paragraph 1 ") < at("/w/1.jpg") && at("/w/1.jpg") < at("In paragraph 2 "));
    assert!(at("In paragraph 4 ") < at("/w/4.jpg") && at("/w/4.jpg") < at("In paragraph 5 "));
}

#[test]
fn an_article_keeps_so_many_pictures() {
    let mut body = paragraphs(0..4);
    for number in 0..MOST_PICTURES + 50 {
        let _ = write!(body, "<figure><img src=/w/{number}.jpg></figure>");
    }
    body.push_str(&paragraphs(4..8));
    assert_eq!(shown(&article(&page("", &body))).len(), MOST_PICTURES);
}

#[test]
fn so_many_lines_and_pictures_are_looked_at() {
    let document = Document::fragment("<img><p>a".repeat(MOST_PIECES));
    assert_eq!(pieces(&document.root()).len(), MOST_PIECES);
}
