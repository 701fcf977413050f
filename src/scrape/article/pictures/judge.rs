//! Which pictures of a page are its article's: not the icons, faces, buttons, counters and advertisements.

use std::collections::{HashMap, HashSet};

use dom_query::{NodeId, NodeRef};
use url::Url;

use super::lines::{Line, Piece, pieces};
use crate::normalize::{self, Picture};
use crate::scrape::article::junk;
use crate::scrape::article::markup::text_of;

/// Where a picture stands, seen from the lines of the article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before its first line, but after the title or within its box.
    Over,
    /// Before its first line, and further off.
    Off,
    /// Between two lines.
    Between,
    /// After its last line, with no other line in between.
    Under,
}

/// A picture of the article.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) picture: Picture,
    pub(super) alt: String,
    /// Width and height, as far as given in pixels.
    pub(super) sides: [Option<u32>; 2],
    pub(super) caption: Option<String>,
}

/// What a box that holds no line of the article holds besides pictures and captions.
#[derive(Clone, Copy, Default)]
struct Holds {
    pictures: usize,
    characters: usize,
    linked: usize,
}

pub(super) struct Judge<'p> {
    /// The page's own address.
    page: &'p Url,
    base: &'p Url,
    /// What names the picture that the page calls its own.
    lead: Option<String>,
    /// What names the one that seems to stand over the text, wherever that is in the page.
    over: Option<String>,
    /// Elements with a line of the article below.
    around: HashSet<NodeId>,
    boxes: HashMap<NodeId, Holds>,
    seen: HashSet<String>,
    described: HashSet<NodeId>,
}

impl<'p> Judge<'p> {
    pub(super) fn new(
        page: &'p Url,
        base: &'p Url,
        [lead, over]: [Option<&Url>; 2],
        around: HashSet<NodeId>,
    ) -> Self {
        Self {
            page,
            base,
            lead: lead.map(|lead| name_of(lead.as_str())),
            over: over.map(|over| name_of(over.as_str())),
            around,
            boxes: HashMap::new(),
            seen: HashSet::new(),
            described: HashSet::new(),
        }
    }

    /// The picture that `image` shows, if it belongs to the article and was not shown yet.
    pub(super) fn shown(&mut self, image: &NodeRef, place: Place) -> Option<Shown> {
        let attribute = |name: &str| image.attr(name).map(|value| value.to_string());
        let picture = normalize::picture_of_tag(attribute, offered(image).as_deref(), self.base)?;
        let sides = [side(image, "width"), side(image, "height")];
        let name = name_of(&picture.src);
        let is_lead = self.lead.as_ref() == Some(&name);
        let is_shown = if is_lead {
            !is_small(sides)
        } else {
            let is_near = place != Place::Off || self.over.as_ref() == Some(&name);
            is_near && self.is_content(image, &picture, sides)
        };
        if !is_shown || !self.seen.insert(name) {
            return None;
        }
        let caption = self.caption(image);
        if caption.as_deref().is_some_and(is_advertising) {
            return None;
        }
        Some(Shown {
            picture,
            alt: image.attr_or("alt", "").to_string(),
            sides,
            caption,
        })
    }

    fn is_content(&mut self, image: &NodeRef, picture: &Picture, sides: [Option<u32>; 2]) -> bool {
        let outer = self.outermost(image);
        let boxes: Vec<NodeRef> = image
            .ancestors_it(None)
            .take_while(|node| !self.around.contains(&node.id))
            .collect();
        if is_small(sides) || boxes.iter().any(junk::is_beside_pictures) {
            return false;
        }
        let is_placed = is_placed_by_hand(image, &boxes);
        if is_ornament(image, picture, is_placed) {
            return false;
        }
        let is_beside = |node: &NodeRef| {
            node.node_name()
                .is_some_and(|name| matches!(&*name, "nav" | "footer" | "form" | "aside"))
        };
        let holds = self.holds(&outer);
        if boxes.iter().any(is_beside) && (holds.characters > 0 || !is_placed) {
            return false;
        }
        const MOST_CHARACTERS: usize = 200;
        const MOST_LINKED: usize = 30;
        if holds.characters > MOST_CHARACTERS * holds.pictures || holds.linked > MOST_LINKED * holds.pictures
        {
            return false;
        }
        let Some(link) = boxes.iter().position(|node| node.has_name("a")) else {
            return true;
        };
        // A link around a figure makes a card of it, which leads to another article.
        let is_card = boxes[..link].iter().any(|node| node.has_name("figure"));
        let href = boxes[link].attr_or("href", "");
        self.is_of_picture(&href, picture, is_placed && !is_card)
    }

    /// The outermost box around a picture with no line of the article in it.
    fn outermost<'a>(&self, image: &NodeRef<'a>) -> NodeRef<'a> {
        image
            .ancestors_it(None)
            .take_while(|node| !self.around.contains(&node.id))
            .last()
            .unwrap_or(*image)
    }

    fn holds(&mut self, outer: &NodeRef) -> Holds {
        *self.boxes.entry(outer.id).or_insert_with(|| {
            let mut holds = Holds::default();
            for piece in pieces(outer) {
                match piece {
                    Piece::Picture(_) => holds.pictures += 1,
                    Piece::Line(line) if !is_caption(&line.end) => {
                        holds.characters += line.characters;
                        holds.linked += line.linked;
                    }
                    _ => {}
                }
            }
            holds.pictures = holds.pictures.max(1);
            holds
        })
    }

    /// Whether a link around a picture leads to the picture, or nowhere else: not to another article, a shop, a way to
    /// share.
    fn is_of_picture(&self, href: &str, picture: &Picture, is_placed: bool) -> bool {
        let href = href.trim();
        if href.is_empty() || href.starts_with(['#', '?']) || href.starts_with("javascript:") {
            return true;
        }
        let Ok(url) = self.base.join(href) else {
            return true;
        };
        if !matches!(url.scheme(), "http" | "https") {
            return false;
        }
        let host = |url: &Url| {
            url.host_str()
                .unwrap_or_default()
                .trim_start_matches("www.")
                .to_owned()
        };
        let named = format!("{}{}", host(&url), url.path());
        if ELSEWHERE.iter().any(|place| named.starts_with(place)) {
            return false;
        }
        let path = url.path().to_lowercase();
        let is_file = PICTURE_FILES.iter().any(|ending| path.ends_with(ending));
        let own = self.page.path().trim_end_matches('/');
        let is_own = host(&url) == host(self.page) && !own.is_empty() && url.path().starts_with(own);
        let is_neighbour = Url::parse(&picture.src).is_ok_and(|src| {
            host(&url) != host(self.page) && site_word(&host(&src)) == site_word(&host(&url))
        });
        is_file || is_own || is_neighbour || is_placed
    }

    /// Whether a line that is not the article's only describes a picture.
    pub(super) fn is_caption(&self, line: &Line) -> bool {
        is_caption(&line.end) || junk::is_credited(&text_of(&line.end).to_lowercase())
    }

    /// What stands under a picture.
    fn caption(&mut self, image: &NodeRef) -> Option<String> {
        const NEAR: usize = 6;
        const LONGEST: usize = 600;
        let mut found = None;
        for ancestor in image
            .ancestors_it(Some(NEAR))
            .take_while(|node| !self.around.contains(&node.id))
        {
            let is_figure = ancestor.has_name("figure");
            found = ancestor.descendants_it().take(60).find(|inner| {
                inner.has_name("figcaption") || (!is_figure && inner.is_element() && is_called_caption(inner))
            });
            if found.is_some() || is_figure {
                break;
            }
        }
        let caption = found.filter(|caption| self.described.insert(caption.id))?;
        let text = text_of(&caption);
        (!text.is_empty() && text.chars().count() <= LONGEST).then_some(text)
    }
}

/// What the `source` tags of a `picture` offer beside its `img`.
fn offered(image: &NodeRef) -> Option<String> {
    let around = image
        .ancestors_it(Some(2))
        .find(|node| node.has_name("picture"))?;
    around
        .descendants_it()
        .take(20)
        .filter(|node| node.has_name("source"))
        .find_map(|source| {
            ["srcset", "data-srcset", "data-lazy-srcset"]
                .iter()
                .find_map(|name| source.attr(name))
                .map(|set| set.to_string())
                .filter(|set| !set.starts_with("data:"))
        })
}

/// A side in pixels.
fn side(image: &NodeRef, name: &str) -> Option<u32> {
    let pixels = |value: &str| value.trim().trim_end_matches("px").trim().parse::<f32>().ok();
    let given = image.attr(name).and_then(|value| pixels(&value));
    let styled = || {
        let style = image.attr("style")?;
        let value = style.split(';').find_map(|rule| {
            let (property, value) = rule.split_once(':')?;
            (property.trim().eq_ignore_ascii_case(name) && value.trim().ends_with("px")).then_some(value)
        })?;
        pixels(value)
    };
    let side = given.filter(|side| *side > 0.0).or_else(styled)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float becomes the nearest number that there is"
    )]
    let side = side as u32;
    Some(side)
}

/// Too small to show more than a sign.
fn is_small(sides: [Option<u32>; 2]) -> bool {
    const LEAST: u32 = 48;
    const LEAST_LONGER: u32 = 100;
    let given = || sides.iter().flatten();
    given().any(|side| *side < LEAST) || (given().count() == 2 && given().all(|side| *side < LEAST_LONGER))
}

/// Put there by an author with an editor, not by a theme.
fn is_placed_by_hand(image: &NodeRef, boxes: &[NodeRef]) -> bool {
    let class = image.attr_or("class", "");
    class.contains("wp-image-")
        || class.contains("attachment-")
        || boxes
            .iter()
            .any(|node| node.has_name("figure") || is_called_caption(node))
}

fn is_called_caption(node: &NodeRef) -> bool {
    junk::names(node).iter().any(|word| {
        matches!(
            word.as_str(),
            "caption" | "captions" | "figcaption" | "legend" | "bildunterschrift" | "bildtext"
        )
    })
}

/// Whether a line is the description of a picture: what its boxes say, or a mark of whose it is.
fn is_caption(line: &NodeRef) -> bool {
    let called = |node: NodeRef| {
        is_called_caption(&node)
            || junk::names(&node)
                .iter()
                .any(|word| matches!(word.as_str(), "credit" | "credits" | "copyright" | "source"))
    };
    line.ancestors_it(Some(3)).any(called)
}

fn is_ornament(image: &NodeRef, picture: &Picture, is_placed: bool) -> bool {
    let names = junk::names(image);
    if names.iter().any(|word| ORNAMENTS.contains(&word.as_str())) {
        return true;
    }
    let url = picture.src.to_lowercase();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    if url.contains("gravatar.com/") {
        return true;
    }
    // What is drawn with lines is a chart only where somebody put it.
    let is_drawn = file.ends_with(".svg");
    let words = |text: &str| {
        let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
        words.any(|word| ORNAMENTS.contains(&word))
    };
    let in_folder = folders
        .split('/')
        .skip(1)
        .any(|folder| ORNAMENTS.contains(&folder.trim_end_matches('s')) || ORNAMENTS.contains(&folder));
    match is_placed {
        true => is_drawn && words(file),
        false => is_drawn || in_folder || words(file),
    }
}

fn is_advertising(caption: &str) -> bool {
    const MARKS: [&str; 8] = [
        "advertisement",
        "ad",
        "advert",
        "anzeige",
        "publicité",
        "publicidad",
        "pubblicità",
        "إعلان",
    ];
    MARKS.contains(&caption.trim().to_lowercase().as_str())
}

/// What tells a picture from others, whatever its size: its address without what asks for one.
fn name_of(src: &str) -> String {
    let bare = src.split(['?', '#']).next().unwrap_or(src);
    let bare = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let lower = bare.to_lowercase();
    if !PICTURE_FILES.iter().any(|ending| lower.ends_with(ending)) {
        // The query may name the picture.
        return src.split('#').next().unwrap_or(src).to_owned();
    }
    let (stem, ending) = bare.rsplit_once('.').unwrap_or((bare, ""));
    let sized = stem.rsplit_once('-').filter(|(_, size)| {
        size.split_once('x').is_some_and(|(width, height)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(width) && digits(height)
        })
    });
    let stem = sized.map_or(stem, |(stem, _)| stem).trim_end_matches("-scaled");
    format!("{stem}.{ending}")
}

/// The word of a host that names whose it is: `flickr` in `live.staticflickr.com` and `flickr.com`.
fn site_word(host: &str) -> &str {
    let host = host.rsplit_once('.').map_or(host, |(rest, _)| rest);
    let word = host.rsplit('.').next().unwrap_or(host);
    word.strip_prefix("static")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(word)
}

const PICTURE_FILES: [&str; 8] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".jfif"];

/// Words in the names of pictures that show nothing of the article.
const ORNAMENTS: [&str; 35] = [
    "ad",
    "ads",
    "adserver",
    "advert",
    "arrow",
    "author",
    "avatar",
    "badge",
    "banner",
    "beacon",
    "blank",
    "bullet",
    "btn",
    "button",
    "captcha",
    "counter",
    "emoji",
    "emoticon",
    "favicon",
    "gravatar",
    "icon",
    "logo",
    "pixel",
    "profile",
    "rating",
    "separator",
    "share",
    "smilies",
    "smiley",
    "spacer",
    "spinner",
    "sponsor",
    "sprite",
    "tracker",
    "tracking",
];

/// Places that share, sell and count, by host and beginning of the path.
const ELSEWHERE: [&str; 20] = [
    "amazon.",
    "amzn.to/",
    "apps.apple.com/",
    "bit.ly/",
    "itunes.apple.com/",
    "buffer.com/add",
    "facebook.com/share",
    "facebook.com/dialog",
    "getpocket.com/",
    "line.me/",
    "linkedin.com/share",
    "news.google.com/",
    "patreon.com/",
    "paypal.com/",
    "pinterest.com/pin/create",
    "play.google.com/",
    "reddit.com/submit",
    "t.me/",
    "twitter.com/",
    "x.com/intent",
];
