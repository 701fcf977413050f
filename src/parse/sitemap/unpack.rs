//! Sitemaps are often kept packed, and served as the packed file they are.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::GzDecoder;

use super::MOST_BYTES;
use crate::parse::Error;

/// Members of a gzip file. Each takes its own set-up, so that a body of empty ones would be much work for nothing.
const MOST_MEMBERS: usize = 1_024;

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A sitemap's own bytes.
#[derive(Debug)]
pub(super) struct Unpacked<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// The packed file is broken after these: they are as good as a sitemap that was cut.
    pub is_cut: bool,
}

pub(super) fn unpacked(bytes: &[u8]) -> Result<Unpacked<'_>, Error> {
    let unpacked = if bytes.starts_with(&MAGIC) {
        members(bytes)?
    } else {
        Unpacked {
            bytes: Cow::Borrowed(bytes),
            is_cut: false,
        }
    };
    if unpacked.bytes.len() as u64 > MOST_BYTES {
        return Err(Error("the sitemap holds more than 50 MiB, which none may".into()));
    }
    Ok(unpacked)
}

/// RFC 1952 §2.2: a gzip file is members one after the other. What follows the last one and is none is ignored.
fn members(mut packed: &[u8]) -> Result<Unpacked<'static>, Error> {
    let mut all = Vec::new();
    let mut fault = None;
    let mut members = 0;
    while packed.starts_with(&MAGIC) && all.len() as u64 <= MOST_BYTES && fault.is_none() {
        members += 1;
        if members > MOST_MEMBERS {
            return Err(Error(
                "the packed sitemap is in more pieces than any honest one".into(),
            ));
        }
        let mut member = GzDecoder::new(packed);
        let left = MOST_BYTES + 1 - all.len() as u64;
        fault = member.by_ref().take(left).read_to_end(&mut all).err();
        packed = member.into_inner();
    }
    match fault {
        Some(fault) if all.is_empty() => Err(Error(format!("the packed sitemap is broken: {fault}"))),
        fault => Ok(Unpacked {
            bytes: Cow::Owned(all),
            is_cut: fault.is_some(),
        }),
    }
}
