//! The last edge before bytes: characters that XML cannot hold are dropped here, once for all formats, because the
//! crates that write XML let them through. Later code may rely on it: a NUL, for one, is never part of an item.

use crate::model::{CleanHtml, Feed, PublishedItem, Topic};

use super::Site;

/// Everything an item shows.
pub fn item(published: &mut PublishedItem) {
    let item = &mut published.item;
    text(&mut item.title);
    item.link.iter_mut().for_each(text);
    item.image.iter_mut().for_each(text);
    item.language.iter_mut().for_each(text);
    item.authors.iter_mut().for_each(text);
    item.summary.iter_mut().for_each(markup);
    item.content.iter_mut().for_each(markup);
    for enclosure in &mut item.enclosures {
        text(&mut enclosure.url);
        enclosure.media_type.iter_mut().for_each(text);
    }
    for related in published.copies.iter_mut().chain(&mut published.others) {
        text(&mut related.title);
        text(&mut related.link);
    }
    published
        .topics
        .iter_mut()
        .for_each(|Topic { name, .. }| text(name));
}

/// What a feed shows of itself.
pub fn feed(feed: &mut Feed) {
    text(&mut feed.name);
}

/// What the operator wrote, and what sources say of themselves.
pub fn site(site: &mut Site) {
    text(&mut site.title);
    text(&mut site.language);
    for source in site.sources.values_mut() {
        text(&mut source.name);
        source.feed.iter_mut().for_each(text);
        source.link.iter_mut().for_each(text);
        source.language.iter_mut().for_each(text);
    }
}

fn text(text: &mut String) {
    if !is_legal(text) {
        text.retain(is_xml_char);
    }
}

fn markup(html: &mut CleanHtml) {
    if !is_legal(html.as_str()) {
        *html = CleanHtml::already_clean(html.as_str().chars().filter(|c| is_xml_char(*c)).collect());
    }
}

fn is_legal(text: &str) -> bool {
    // U+FFFE and U+FFFF begin with 0xEF, which is rare enough outside them to look closer.
    let suspicious = |b: &u8| (*b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) || *b == 0xEF;
    // Without leaving early, which lets the compiler look at many bytes at once.
    let any = |block: &[u8]| block.iter().fold(false, |any, b| any | suspicious(b));
    !text.as_bytes().chunks(256).any(any) || text.chars().all(is_xml_char)
}

/// XML 1.0 §2.2; surrogates cannot be in a `str`.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_cannot_hold_is_dropped() {
        let mut dirty: String = (0..0x20).filter_map(char::from_u32).collect();
        dirty.push_str("a\u{FFFE}\u{FFFF}\u{FFFD}\u{FEFF}\u{7F}ليبيا🌍");
        text(&mut dirty);
        assert_eq!(dirty, "\t\n\ra\u{FFFD}\u{FEFF}\u{7F}ليبيا🌍");
    }

    #[test]
    fn dropping_does_not_join_what_the_crates_would_have_split() {
        let mut html = CleanHtml::already_clean("a ]]\u{1}> b".into());
        markup(&mut html);
        assert_eq!(
            html.as_str(),
            "a ]]> b",
            "dropped before rendering, so the writer sees and splits it"
        );
    }
}
