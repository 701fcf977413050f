//! `X-Hub-Signature` (WebSub §8): that a delivery is from the hub that knows the secret.

use ring::hmac;

/// A digest by its name in the header.
fn algorithm(name: &str, sha1: bool) -> Option<hmac::Algorithm> {
    match name.to_ascii_lowercase().as_str() {
        "sha256" => Some(hmac::HMAC_SHA256),
        "sha384" => Some(hmac::HMAC_SHA384),
        "sha512" => Some(hmac::HMAC_SHA512),
        "sha1" if sha1 => Some(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        _ => None,
    }
}

/// `sha256=…` for a body.
pub(super) fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    let mut header = "sha256=".to_owned();
    for byte in tag.as_ref() {
        header.push_str(&format!("{byte:02x}"));
    }
    header
}

/// Whether the header's signature is that of the body. SHA-1 counts only with `sha1`. Takes as long whatever differs.
pub(super) fn is_right(header: &str, secret: &str, body: &[u8], sha1: bool) -> bool {
    let Some((name, digest)) = header.trim().split_once('=') else {
        return false;
    };
    let (Some(algorithm), Some(tag)) = (algorithm(name, sha1), bytes(digest)) else {
        return false;
    };
    let key = hmac::Key::new(algorithm, secret.as_bytes());
    hmac::verify(&key, body, &tag).is_ok()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.bytes().map(|digit| char::from(digit).to_digit(16));
    let digits: Vec<u8> = digits
        .map(|digit| digit.and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_every_kind_are_told_from_others() {
        // RFC 4231 §4.3 and RFC 2202 §3, test case 2.
        let (secret, body) = ("Jefe", b"what do ya want for nothing?");
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let sha384 = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649";
        let sha512 = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                      9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        let sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        for (header, strict, lenient) in [
            (format!("sha256={sha256}"), true, true),
            (format!("SHA256={}", sha256.to_uppercase()), true, true),
            (format!("sha384={sha384}"), true, true),
            (format!("sha512={sha512}"), true, true),
            (format!("sha1={sha1}"), false, true),
            (format!("sha256={sha384}"), false, false),
            (format!("sha256={}", &sha256[..62]), false, false),
            (format!("sha256={}0", &sha256[..63]), false, false),
            (format!("sha256={}", &sha256[..63]), false, false),
            (format!("md5={sha1}"), false, false),
            (sha256.to_owned(), false, false),
            ("sha256=".to_owned(), false, false),
            (String::new(), false, false),
        ] {
            assert_eq!(is_right(&header, secret, body, false), strict, "{header}");
            assert_eq!(is_right(&header, secret, body, true), lenient, "{header}");
        }
        assert_eq!(sign(secret, body), format!("sha256={sha256}"));
    }
}
