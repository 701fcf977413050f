//! From bytes to text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use url::Url;

/// How far into a document an XML declaration is looked for.
const HEAD: usize = 512;

/// The text of a document, and a word for the operator if it had to be guessed. In this order: a byte order mark, UTF-8
/// if it is that, what the document declares, what HTTP declared, a guess. UTF-8 comes before what is declared because
/// nothing else looks like it by chance, and declarations are wrong more often.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    base: &Url,
) -> (Cow<'a, str>, Option<String>) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (encoding.decode_without_bom_handling(&bytes[length..]).0, None);
    }
    match bytes {
        [b'<' | b'{', 0, ..] => return (UTF_16LE.decode_without_bom_handling(bytes).0, None),
        [0, b'<' | b'{', ..] => return (UTF_16BE.decode_without_bom_handling(bytes).0, None),
        _ => {}
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.into(), None);
    }
    let declared = [declared(bytes), content_type.and_then(charset)];
    // What is not UTF-8 cannot be it, and what starts with one byte for `<` is not UTF-16, whoever says so.
    let single = |encoding: &&'static Encoding| ![UTF_8, UTF_16LE, UTF_16BE].contains(encoding);
    if let Some(encoding) = declared.into_iter().flatten().find(single) {
        return (encoding.decode_without_bom_handling(bytes).0, None);
    }
    if let Some(text) = nearly_utf8(bytes) {
        let warning = "some bytes are not valid UTF-8 and are shown as \u{fffd}";
        return (text, Some(warning.into()));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(top_level_domain(base), Utf8Detection::Deny);
    let warning = format!(
        "its encoding is not declared; it was read as {}, which is a guess",
        encoding.name()
    );
    (encoding.decode_without_bom_handling(bytes).0, Some(warning))
}

/// What the document itself says: `encoding` of the XML declaration, else `<meta charset>` or what stands for it.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    declared_in_xml(bytes).or_else(|| declared_in_html(bytes))
}

fn declared_in_html(bytes: &[u8]) -> Option<&'static Encoding> {
    // Browsers look at 1,024 bytes, and go back when it comes later; many pages have it later.
    const HTML_HEAD: usize = 8 * 1024;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HTML_HEAD)]).to_ascii_lowercase();
    let tags = head
        .split("<meta")
        .skip(1)
        .filter_map(|meta| meta.split('>').next());
    let label = |meta: &str| {
        let (_, after) = meta.split_once("charset")?;
        let value = after.trim_start().strip_prefix('=')?;
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/' | '>');
        Encoding::for_label(value.split(ends).next()?.as_bytes())
    };
    tags.into_iter().find_map(label)
}

fn declared_in_xml(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    let (_, declaration) = head.split_once("<?xml")?;
    let (declaration, _) = declaration.split_once('>')?;
    let (_, value) = declaration.split_once("encoding")?;
    let label = value.split(['"', '\'']).nth(1)?;
    Encoding::for_label(label.as_bytes())
}

/// `charset` of a media type.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    let is_charset = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_owned())
    };
    let label = content_type.split(';').skip(1).find_map(is_charset)?;
    Encoding::for_label(label.as_bytes())
}

/// UTF-8 in which a byte here and there is broken.
fn nearly_utf8(bytes: &[u8]) -> Option<Cow<'_, str>> {
    const MOST_BROKEN: usize = 10;
    let text = String::from_utf8_lossy(bytes);
    let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    (broken * MOST_BROKEN < foreign).then_some(text)
}

/// The guess is better when it knows where the site is.
fn top_level_domain(base: &Url) -> Option<&[u8]> {
    let domain = base.domain()?.rsplit('.').next()?;
    let is_plain = domain.bytes().all(|b| b.is_ascii_lowercase());
    (is_plain && !domain.is_empty()).then_some(domain.as_bytes())
}

#[cfg(test)]
mod tests {
    use encoding_rs::{WINDOWS_1252, WINDOWS_1256};

    use super::*;

    fn decoded(bytes: &[u8], content_type: Option<&str>) -> String {
        let base = Url::parse("https://news.example/feed").unwrap();
        decode(bytes, content_type, &base).0.into_owned()
    }

    #[test]
    fn the_encoding_is_found_in_order() {
        let arabic = "<rss>اجتماع مجلس النواب الليبي في طبرق</rss>";
        let french = "<rss>Été à Genève</rss>";
        let in_1256 = WINDOWS_1256.encode(arabic).0;
        let in_1252 = WINDOWS_1252.encode(french).0;
        let declares = |label: &str, body: &[u8]| {
            [
                format!("<?xml version='1.0' encoding='{label}'?>").as_bytes(),
                body,
            ]
            .concat()
        };
        let utf16: Vec<u8> = french.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, content_type, expected) in [
            (
                arabic.as_bytes().to_vec(),
                Some("text/xml; charset=iso-8859-1"),
                arabic,
            ),
            ([b"\xef\xbb\xbf", french.as_bytes()].concat(), None, french),
            (utf16.clone(), None, french),
            ([&[0xff, 0xfe], &utf16[..]].concat(), None, french),
            (
                in_1256.to_vec(),
                Some("text/xml; charset=\"windows-1256\""),
                arabic,
            ),
            (in_1256.to_vec(), None, arabic),
            (in_1252.to_vec(), Some("text/xml; charset=utf-8"), french),
        ] {
            assert_eq!(decoded(&bytes, content_type), expected, "{content_type:?}");
        }
        assert!(
            decoded(
                &declares("iso-8859-1", &in_1252),
                Some("text/xml; charset=windows-1256")
            )
            .ends_with(french)
        );
        assert!(decoded(&declares("utf-16", arabic.as_bytes()), None).ends_with(arabic));
    }

    #[test]
    fn one_broken_byte_does_not_turn_a_document_into_another_encoding() {
        let mut bytes = "اجتماع مجلس النواب الليبي".as_bytes().to_vec();
        bytes.extend(b"\xff.");
        assert!(decoded(&bytes, None).starts_with("اجتماع مجلس"));
    }
}
