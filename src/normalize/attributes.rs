//! The attributes that are kept, and what is kept of them.

use std::borrow::Cow;

use url::Url;

use super::element::Element;
use super::language::language;
use super::picture::{LAZY_SRC, LAZY_SRCSET, Picture, Written, is_lazy_address};
use super::scan::Attributes;
use super::text::{cut, is_xml};
use super::url::{absolute, absolute_link};
use crate::model::entity;

/// More attributes on one tag are not read.
const MOST: usize = 256;

/// The attributes an element may keep, in the order they are written.
pub(super) fn allowed(element: &str) -> &'static [&'static str] {
    match element {
        "a" => &["href", "dir", "lang", "title"],
        "audio" => &["src", "controls", "dir", "lang", "title"],
        "blockquote" | "q" => &["cite", "dir", "lang", "title"],
        "del" | "ins" => &["cite", "datetime", "dir", "lang", "title"],
        "details" => &["open", "dir", "lang", "title"],
        "img" => &[
            "src", "srcset", "sizes", "alt", "width", "height", "dir", "lang", "title",
        ],
        "li" => &["value", "dir", "lang", "title"],
        "ol" => &["start", "reversed", "dir", "lang", "title"],
        "source" => &["src", "srcset", "sizes", "type"],
        "td" | "th" => &["colspan", "rowspan", "dir", "lang", "title"],
        "time" => &["datetime", "dir", "lang", "title"],
        "video" => &[
            "src", "poster", "width", "height", "controls", "dir", "lang", "title",
        ],
        _ => &["dir", "lang", "title"],
    }
}

/// The attributes of one tag that matter, references resolved; of two with one name the first counts.
pub(super) struct Read<'a> {
    names: &'static [&'static str],
    values: [Option<Cow<'a, str>>; 10],
    lazy_src: Option<Cow<'a, str>>,
    lazy_srcset: Option<Cow<'a, str>>,
}

impl<'a> Read<'a> {
    /// Reads what `names` allows.
    pub(super) fn new(names: &'static [&'static str], attributes: Attributes<'a>) -> Self {
        let mut read = Self {
            names,
            values: Default::default(),
            lazy_src: None,
            lazy_srcset: None,
        };
        for (name, value) in attributes.take(MOST) {
            let is = |known: &&str| name.eq_ignore_ascii_case(known);
            let slot = if let Some(index) = names.iter().position(is) {
                &mut read.values[index]
            } else if LAZY_SRC.iter().any(is) && is_lazy_address(value) {
                &mut read.lazy_src
            } else if LAZY_SRCSET.iter().any(is) && is_lazy_address(value) {
                &mut read.lazy_srcset
            } else {
                continue;
            };
            if slot.is_none() {
                *slot = Some(entity::resolve_all(value, true));
            }
        }
        read
    }

    fn get(&self, name: &str) -> Option<&str> {
        let index = self.names.iter().position(|known| *known == name)?;
        self.values[index].as_deref()
    }

    /// Where the file behind the tag is, as written.
    pub(super) fn source(&self) -> Option<&str> {
        self.lazy_src.as_deref().or_else(|| self.get("src"))
    }

    fn written(&self) -> Written<'_> {
        Written {
            src: self.get("src"),
            lazy_src: self.lazy_src.as_deref(),
            srcset: self.get("srcset"),
            lazy_srcset: self.lazy_srcset.as_deref(),
            offered: None,
        }
    }

    /// What a `source` tag offers.
    pub(super) fn offer(&self, base: &Url) -> Option<String> {
        self.written().srcset(base)
    }

    /// The picture of an `img` tag, unless it is there to count views; `offered` by the `picture` around it.
    pub(super) fn picture(&self, offered: Option<&str>, base: &Url) -> Option<Picture> {
        let side = |name| {
            self.get(name)
                .and_then(number)
                .and_then(|side| side.parse::<u32>().ok())
        };
        let sides = [side("width"), side("height")];
        let given = sides.iter().flatten().count();
        if given > 0 && sides.iter().flatten().all(|side| *side <= 1) {
            return None;
        }
        let written = Written {
            offered,
            ..self.written()
        };
        written.picture(base)
    }

    /// Calls `write` with each attribute that `element` keeps, in order, but for the first `done`.
    pub(super) fn keep(&self, element: Element, done: usize, base: &Url, mut write: impl FnMut(&str, &str)) {
        for (name, value) in self.names.iter().zip(&self.values).skip(done) {
            let lazy = match *name {
                "src" => self.lazy_src.is_some(),
                "srcset" => self.lazy_srcset.is_some(),
                "controls" => true,
                _ => false,
            };
            if (value.is_some() || lazy)
                && let Some(kept) = self.kept(element, name, value.as_deref().unwrap_or(""), base)
            {
                write(name, &kept);
            }
        }
    }

    fn kept<'v>(&'v self, element: Element, name: &str, value: &'v str, base: &Url) -> Option<Cow<'v, str>> {
        match name {
            "href" => absolute_link(value, base).map(Cow::Owned),
            "src" => {
                let lazy = self.lazy_src.as_deref().and_then(|lazy| absolute(lazy, base));
                lazy.or_else(|| absolute(value, base)).map(Cow::Owned)
            }
            "cite" | "poster" => absolute(value, base).map(Cow::Owned),
            "srcset" => self.written().srcset(base).map(Cow::Owned),
            "width" | "height" | "colspan" | "rowspan" | "start" | "value" => {
                number(value).map(Cow::Borrowed)
            }
            // Whoever keeps a player must be able to start it.
            "controls" => Some(Cow::Borrowed("")),
            "open" | "reversed" => Some(Cow::Borrowed("")),
            "dir" => ["ltr", "rtl", "auto"]
                .into_iter()
                .find(|known| value.eq_ignore_ascii_case(known))
                .map(Cow::Borrowed),
            "lang" => language(value).map(Cow::Owned),
            "alt" if element.name == "img" => Some(one_line(value)),
            _ => Some(one_line(value)).filter(|text| !text.is_empty()),
        }
    }
}

/// Up to five digits, with or without `px`.
fn number(value: &str) -> Option<&str> {
    let digits = value.trim_ascii();
    let digits = digits.strip_suffix("px").unwrap_or(digits);
    let valid = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then_some(digits)
}

/// Text without line breaks and characters that XML cannot hold.
fn one_line(value: &str) -> Cow<'_, str> {
    const LONGEST: usize = 2_000;
    let plain = |c: char| c >= ' ' && is_xml(c) && !('\u{7f}'..='\u{9f}').contains(&c);
    let value = cut(value, LONGEST).trim_ascii();
    if value.chars().all(plain) {
        return value.into();
    }
    let spaced = value.chars().map(|c| if plain(c) { c } else { ' ' });
    Cow::Owned(spaced.collect::<String>().trim_ascii().to_owned())
}
