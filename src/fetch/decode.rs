//! Content codings undone under a limit: a few bytes may stand for gigabytes.

use std::io::{self, Read};

use bytes::Bytes;

/// No honest document is packed tighter, once past the first MiB.
const RATIO: u64 = 200;
const RATIO_FROM: u64 = 1 << 20;

/// Members of a gzip file. Each takes its own set-up, so that a body of empty ones would be much work for nothing.
const MOST_MEMBERS: usize = 1_024;

/// 8 MiB, as browsers allow (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// The content coding of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// What `Content-Encoding` names; `None` for one that was not asked for, or several.
    pub(super) fn of(header: Option<&str>) -> Option<Self> {
        Some(
            match header.map(|value| value.trim().to_ascii_lowercase()).as_deref() {
                None | Some("" | "identity") => Self::Identity,
                Some("gzip" | "x-gzip") => Self::Gzip,
                Some("deflate") => Self::Deflate,
                Some("br") => Self::Brotli,
                Some("zstd") => Self::Zstd,
                Some(_) => return None,
            },
        )
    }
}

/// The document in `wire`, of at most `max` bytes. Errors are in words for the operator.
pub(super) fn decode(wire: Bytes, coding: Coding, max: u64) -> Result<Bytes, String> {
    let packed: &[u8] = &wire;
    match coding {
        Coding::Identity => Ok(wire),
        // Some servers announce gzip and send the document as it is.
        Coding::Gzip if !packed.starts_with(&[0x1f, 0x8b]) => Ok(wire),
        Coding::Gzip => gunzip(packed, max),
        Coding::Deflate if packed.first().is_some_and(|byte| byte & 0x0f == 8) => {
            unpack(flate2::bufread::ZlibDecoder::new(packed), packed.len(), max)
        }
        Coding::Deflate => unpack(flate2::bufread::DeflateDecoder::new(packed), packed.len(), max),
        Coding::Brotli => unpack(brotli::Decompressor::new(packed, 4_096), packed.len(), max),
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(broken)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(broken)?;
            unpack(decoder, packed.len(), max)
        }
    }
}

/// Members one after the other; what follows the last one and is none is ignored, as browsers do.
fn gunzip(mut packed: &[u8], max: u64) -> Result<Bytes, String> {
    let mut all = Vec::new();
    let mut members = 0;
    while packed.starts_with(&[0x1f, 0x8b]) {
        members += 1;
        if members > MOST_MEMBERS {
            return Err("the compressed answer is in more pieces than any honest feed".into());
        }
        let mut member = flate2::bufread::GzDecoder::new(packed);
        let left = max.saturating_sub(all.len() as u64);
        all.extend_from_slice(&unpack(&mut member, packed.len(), left)?);
        packed = member.into_inner();
    }
    Ok(all.into())
}

fn unpack(mut decoder: impl Read, packed: usize, max: u64) -> Result<Bytes, String> {
    let mut unpacked = Vec::with_capacity(packed.saturating_mul(4).min(1 << 20));
    let mut piece = [0; 16 * 1_024];
    loop {
        let read = decoder.read(&mut piece).map_err(broken)?;
        if read == 0 {
            return Ok(unpacked.into());
        }
        unpacked.extend_from_slice(&piece[..read]);
        let length = unpacked.len() as u64;
        if length > max {
            return Err(super::too_large(max));
        }
        if length > RATIO_FROM && length / RATIO > packed as u64 {
            return Err(
                "the answer unpacks to more than 200 times its size, which no honest feed does".into(),
            );
        }
    }
}

fn broken(error: io::Error) -> String {
    format!("the compressed answer is broken or cut short ({error})")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const MAX: u64 = 8 << 20;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn packed(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        match coding {
            Coding::Identity => bytes.to_vec(),
            Coding::Gzip => gzip(bytes),
            Coding::Deflate => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Coding::Brotli => {
                let mut out = Vec::new();
                brotli::CompressorWriter::new(&mut out, 4_096, 5, 22)
                    .write_all(bytes)
                    .unwrap();
                out
            }
            Coding::Zstd => zstd::encode_all(bytes, 3).unwrap(),
        }
    }

    const CODINGS: [Coding; 5] = [
        Coding::Identity,
        Coding::Gzip,
        Coding::Deflate,
        Coding::Brotli,
        Coding::Zstd,
    ];

    #[test]
    fn e49_each_coding_is_undone() {
        let document = "<rss>ليبيا</rss>".repeat(500);
        for coding in CODINGS {
            let wire = packed(coding, document.as_bytes());
            assert_eq!(
                decode(wire.into(), coding, MAX).unwrap(),
                document.as_bytes(),
                "{coding:?}"
            );
        }
    }

    #[test]
    fn e09_a_cut_answer_is_an_error() {
        let document: Vec<u8> = (0..20_000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
            let wire = packed(coding, &document);
            let cut = wire[..wire.len() / 2].to_vec();
            assert!(decode(cut.into(), coding, MAX).is_err(), "{coding:?}");
        }
    }

    #[test]
    fn t15_bombs_end_at_the_limit() {
        let zeros = vec![0; 64 << 20];
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
            let wire = packed(coding, &zeros);
            assert!(decode(wire.into(), coding, MAX).is_err(), "{coding:?}");
        }
    }

    #[test]
    fn junk_after_gzip_and_gzip_that_is_none_are_tolerated() {
        let mut wire = gzip(b"one");
        wire.extend(gzip(b" two"));
        wire.extend(b"\0\0junk");
        assert_eq!(decode(wire.into(), Coding::Gzip, MAX).unwrap(), "one two");
        assert_eq!(
            decode(Bytes::from_static(b"<rss/>"), Coding::Gzip, MAX).unwrap(),
            "<rss/>"
        );
    }

    #[test]
    fn codings_are_read_from_the_header() {
        assert_eq!(Coding::of(Some(" X-GZIP ")), Some(Coding::Gzip));
        assert_eq!(Coding::of(Some("gzip, br")), None);
        assert_eq!(Coding::of(None), Some(Coding::Identity));
    }
}
