//! What hostile sources may bring: articles that all have to do with each other.

/// An article of one source, or of as many as there are articles.
pub struct Shaped {
    pub host: String,
    pub url: String,
    pub title: String,
    pub text: String,
    /// Seconds after the first.
    pub second: i64,
}

/// A shape: its name, and the title and the text of its nth article.
pub type Shape = (&'static str, fn(u64) -> (String, String));

pub const SHAPES: [Shape; 9] = [
    ("equal titles and texts", |_| (words(6, 8), words(7, 150))),
    (OF_MANY_SITES, |n| (words(n, 8), words(7, 150))),
    // What a site sets under many titles is no text.
    ("equal texts", |n| (words(n, 8), words(7, 150))),
    ("equal titles", |n| (words(7, 8), words(n, 150))),
    ("equal openings", |n| {
        (words(n, 8), format!("{}. {}", words(7, 80), words(n, 120)))
    }),
    ("equal but for a number", |n| {
        let text = words(7, 60);
        (words(7, 8), format!("{text} in the year {n}. {text}"))
    }),
    ("one rare word in all", |n| {
        (format!("{} qattara", words(n, 7)), words(n, 150))
    }),
    ("stories of two", |n| {
        let event = words((1 << 40) + n / 2, 10);
        (
            format!("{event} {}", words(n, 2)),
            format!("{event}. {}", words(n, 60)),
        )
    }),
    ("one story of all", |n| {
        let event = words(7, 10);
        (
            format!("{event} {}", words(n, 2)),
            format!("{event}. {}", words(n, 60)),
        )
    }),
];

/// The one shape whose articles are of as many sites.
const OF_MANY_SITES: &str = "equal texts of many sites";

/// The nth article of a shape, one a minute.
pub fn shaped((name, write): &Shape, n: u64) -> Shaped {
    let (title, text) = write(n + 1_000);
    let host = match *name {
        OF_MANY_SITES => format!("loud{n}.example"),
        _ => "loud.example".to_owned(),
    };
    Shaped {
        url: format!("https://{host}/{n}"),
        host,
        title,
        text,
        second: n as i64 * 60,
    }
}

/// So many words that only this number has.
fn words(number: u64, many: u64) -> String {
    let word = |at: u64| {
        let mut hash = ((number << 12) + at).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let letter = |at: u32| char::from(b'a' + ((hash >> (5 * at)) & 15) as u8);
        (0..9).map(letter).collect::<String>()
    };
    (0..many).map(word).collect::<Vec<_>>().join(" ")
}
