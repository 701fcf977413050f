//! What nobody can guess.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

/// 192 random bits as 32 characters that need no escaping. `None` only when the system has no randomness to give.
pub(super) fn token() -> Option<String> {
    let mut bytes = [0; 24];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// A number in 0..1, to spread what would otherwise come at once.
pub(super) fn chance() -> f64 {
    let mut bytes = [0; 8];
    // Without randomness nothing is spread, which does no harm.
    let _ = SystemRandom::new().fill(&mut bytes);
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}
