//! Which content coding a client is sent (RFC 9110 §12.5.3), and how the coded bytes are made.

use std::io::{self, Write};

use axum::http::{HeaderMap, header};

use super::weight::weighted;

/// Files that are shorter gain nothing that one packet less would not gain.
const WORTHWHILE: usize = 860;
/// What is longer is compressed with less effort, so that it does not keep a core busy for seconds.
const LARGE: usize = 1 << 20;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// RFC 7932; the smallest.
    Brotli,
    /// RFC 8878.
    Zstd,
    /// RFC 1952; what every reader has.
    Gzip,
}

impl Coding {
    /// All, the best first.
    pub const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    /// For `Content-Encoding`, and the ending of entity tags; empty for `Identity`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// The coding that a client of these headers gets for a file of this length; `None` when it takes none that there is.
    pub fn choose(headers: &HeaderMap, is_text: bool, length: usize) -> Option<Self> {
        if !headers.contains_key(header::ACCEPT_ENCODING) {
            return Some(Self::Identity);
        }
        let (mut named, mut others) = ([None; 4], None);
        for (name, weight) in weighted(headers, &header::ACCEPT_ENCODING) {
            match Self::parse(name) {
                Some(coding) => named[coding as usize] = Some(weight),
                None if name == "*" => others = Some(weight),
                None => {}
            }
        }
        // What is not named is not wanted, but for identity, which needs no naming (and then is the last choice).
        let weight = |coding: Self| named[coding as usize].or(others).unwrap_or(0);
        let plain = named[Self::Identity as usize].or(others);
        let coded = Self::ALL[..3]
            .iter()
            .copied()
            .filter(|coding| is_text && weight(*coding) > 0)
            .min_by_key(|coding| std::cmp::Reverse(weight(*coding)));
        let takes_plain = plain != Some(0);
        match coded {
            None => takes_plain.then_some(Self::Identity),
            Some(_) if takes_plain && length < WORTHWHILE => Some(Self::Identity),
            Some(coding) if named[Self::Identity as usize].unwrap_or(0) > weight(coding) => {
                Some(Self::Identity)
            }
            coded => coded,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        // RFC 9110 §8.4.1.3: x-gzip is gzip.
        let name = if name.eq_ignore_ascii_case("x-gzip") {
            "gzip"
        } else {
            name
        };
        if name.eq_ignore_ascii_case("identity") {
            return Some(Self::Identity);
        }
        Self::ALL[..3]
            .iter()
            .copied()
            .find(|coding| coding.name().eq_ignore_ascii_case(name))
    }

    /// The coded bytes; the same for the same bytes.
    pub fn encode(self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let large = plain.len() > LARGE;
        match self {
            Self::Identity => Ok(plain.to_vec()),
            Self::Gzip => {
                let effort = flate2::Compression::new(if large { 6 } else { 9 });
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), effort);
                encoder.write_all(plain)?;
                encoder.finish()
            }
            Self::Zstd => {
                let mut encoder = zstd::stream::Encoder::new(Vec::new(), if large { 9 } else { 19 })?;
                // RFC 9659: browsers take windows of at most 8 MiB.
                encoder.window_log(23)?;
                encoder.write_all(plain)?;
                encoder.finish()
            }
            Self::Brotli => {
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: if large { 5 } else { 9 },
                    size_hint: plain.len(),
                    ..Default::default()
                };
                let mut coded = Vec::new();
                brotli::BrotliCompress(&mut &plain[..], &mut coded, &parameters)?;
                Ok(coded)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accepted: &str, length: usize) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
        Coding::choose(&headers, true, length)
    }

    #[test]
    fn short_files_stay_as_they_are_unless_that_is_refused() {
        assert_eq!(chosen("gzip, br", 100), Some(Coding::Identity));
        assert_eq!(chosen("gzip, identity;q=0", 100), Some(Coding::Gzip));
        assert_eq!(chosen("gzip, br", 5_000), Some(Coding::Brotli));
    }

    #[test]
    fn pictures_are_never_compressed() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(Coding::choose(&headers, false, 5_000), Some(Coding::Identity));
        headers.insert(header::ACCEPT_ENCODING, "gzip, identity;q=0".parse().unwrap());
        assert_eq!(Coding::choose(&headers, false, 5_000), None);
    }
}
