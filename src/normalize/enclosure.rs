//! Attached files.

use url::Url;

use super::url::absolute;
use crate::model::{Enclosure, ParsedEnclosure};

/// Files on the web, each once.
pub(super) fn enclosures(written: &[ParsedEnclosure]) -> Vec<Enclosure> {
    const MOST: usize = 32;
    let mut enclosures: Vec<Enclosure> = Vec::new();
    for file in written {
        let Some(url) = public_file(&file.url) else {
            continue;
        };
        if enclosures.iter().any(|known| known.url == url) {
            continue;
        }
        let declared = file.media_type.as_deref().and_then(media_type);
        enclosures.push(Enclosure {
            media_type: declared.or_else(|| guessed_type(&file.url).map(str::to_owned)),
            url,
            length: file.length.filter(|length| *length > 0),
        });
        if enclosures.len() == MOST {
            break;
        }
    }
    enclosures
}

/// A file's address as written (its parameters may be a signature), without a user name.
pub(super) fn public_file(url: &Url) -> Option<String> {
    absolute(url.as_str(), url)
}

/// A media type of RFC 6838 §4.2 without parameters, in lower case.
fn media_type(written: &str) -> Option<String> {
    let essence = written.split(';').next().unwrap_or(written).trim();
    let (kind, subtype) = essence.split_once('/')?;
    let restricted = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        let starts = name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        starts && name.len() <= 127 && name.bytes().all(allowed)
    };
    (restricted(kind) && restricted(subtype)).then(|| essence.to_ascii_lowercase())
}

fn guessed_type(url: &Url) -> Option<&'static str> {
    let (_, extension) = url.path().rsplit_once('.')?;
    let known = match extension.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" => "audio/ogg",
        "opus" => "audio/opus",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "pdf" => "application/pdf",
        _ => return None,
    };
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enclosures_are_files_on_the_web_with_a_type_that_is_one() {
        let file = |address: &str, media_type: Option<&str>, length: u64| ParsedEnclosure {
            url: Url::parse(address).unwrap(),
            media_type: media_type.map(str::to_owned),
            length: Some(length),
        };
        let written = [
            file(
                "https://news.example/a.MP3?token=1&utm_source=x",
                Some("Audio/MPEG; q=1"),
                7,
            ),
            file("https://news.example/a.MP3?token=1&utm_source=x", None, 7),
            file("https://news.example/b.jpg", Some("<script>"), 0),
            file("https://news.example/c", Some("mp3"), 1),
            file("ftp://news.example/d.mp3", None, 1),
        ];
        let files = enclosures(&written);
        let found: Vec<_> = files
            .iter()
            .map(|file| (file.url.as_str(), file.media_type.as_deref(), file.length))
            .collect();
        assert_eq!(
            found,
            [
                (
                    "https://news.example/a.MP3?token=1&utm_source=x",
                    Some("audio/mpeg"),
                    Some(7)
                ),
                ("https://news.example/b.jpg", Some("image/jpeg"), None),
                ("https://news.example/c", None, Some(1)),
            ]
        );
    }
}
