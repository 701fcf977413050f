//! One more `[[source]]` in the text of a `feeds.toml`, with every other byte left as it is.
//!
//! The place is found by the spans of what is there, and the block is put between: an editor of TOML that writes the
//! whole document anew makes other line ends of Windows' ones and drops the mark at the beginning of a file.

use std::fmt::Write as _;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

/// A source to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Its name.
    pub name: String,
    /// The key of its address: `feed`, `page` or `sitemap`.
    pub key: &'static str,
    /// Its address.
    pub address: Url,
    /// Given to each of its items; declared in the file.
    pub categories: Vec<String>,
    /// Given to each of its items.
    pub tags: Vec<String>,
}

impl NewSource {
    /// As it stands in the file.
    pub fn to_toml(&self) -> String {
        let mut block = format!(
            "[[source]]\nname = {}\n{} = {}\n",
            quoted(&self.name),
            self.key,
            quoted(&without_variables(&self.address))
        );
        // Writing into a string cannot fail.
        let _ = match self.categories.as_slice() {
            [] => Ok(()),
            [one] => writeln!(block, "category = {}", quoted(one)),
            several => writeln!(block, "categories = {}", list(several)),
        };
        if !self.tags.is_empty() {
            let _ = writeln!(block, "tags = {}", list(&self.tags));
        }
        block
    }
}

/// An address that a page names must not read the environment: `${NAME}` in it would hand a secret to its host. The
/// fragment is nothing that a host is asked for.
fn without_variables(address: &Url) -> String {
    let mut address = address.clone();
    address.set_fragment(None);
    address.as_str().replace("${", "$%7B")
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// `text` with this source after the last one and what belongs to it, else at the end. `None` when the sources are an
/// inline list, behind which no `[[source]]` may stand.
pub(super) fn with_source(text: &str, source: &NewSource) -> Option<String> {
    let (root, _) = DeTable::parse_recoverable(text);
    let at = match root.get_ref().get("source") {
        None => text.len(),
        Some(sources) => place(text, sources)?,
    };
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (before, after) = text.split_at(at);
    let mut whole = String::with_capacity(text.len() + 256);
    whole.push_str(before);
    let is_empty = before.trim_start_matches('\u{feff}').is_empty();
    if !is_empty && !before.ends_with('\n') {
        whole.push_str(newline);
    }
    if !is_empty && !ends_with_blank_line(before) {
        whole.push_str(newline);
    }
    whole.push_str(&source.to_toml().replace('\n', newline));
    if !after.is_empty() && !first_line(after).trim().is_empty() {
        whole.push_str(newline);
    }
    whole.push_str(after);
    Some(whole)
}

/// Where the last source and the comments that belong to it end: at the beginning of a line, or of the file's end.
fn place(text: &str, sources: &Spanned<DeValue<'_>>) -> Option<usize> {
    let DeValue::Array(tables) = sources.get_ref() else {
        return None;
    };
    let last = tables.iter().last()?;
    if !text.get(last.span())?.starts_with("[[") {
        return None;
    }
    let mut end = 0;
    furthest(last, &mut end);
    let mut at = line_end(text, end);
    // Comments right below belong to the source, unless they stand right above the next table.
    let mut commented = at;
    while first_line(&text[commented..]).trim_start().starts_with('#') {
        commented = line_end(text, commented);
    }
    let next = first_line(&text[commented..]);
    if next.trim().is_empty() {
        at = commented;
    }
    Some(at)
}

/// The end of the last thing in a value, sub-tables included. They are as deep as `feeds.toml` is: the parser bounds it.
fn furthest(value: &Spanned<DeValue<'_>>, end: &mut usize) {
    let Range { end: here, .. } = value.span();
    *end = here.max(*end);
    match value.get_ref() {
        DeValue::Table(table) => table.iter().for_each(|(_, value)| furthest(value, end)),
        DeValue::Array(array) => array.iter().for_each(|value| furthest(value, end)),
        _ => {}
    }
}

/// Behind the line break that follows.
fn line_end(text: &str, from: usize) -> usize {
    text[from..]
        .find('\n')
        .map_or(text.len(), |length| from + length + 1)
}

fn first_line(text: &str) -> &str {
    text.split_inclusive('\n').next().unwrap_or_default()
}

fn ends_with_blank_line(text: &str) -> bool {
    let Some(line) = text.strip_suffix('\n') else {
        return false;
    };
    line.trim_end_matches([' ', '\t', '\r']).ends_with('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> NewSource {
        NewSource {
            name: "New \"one\"".into(),
            key: "feed",
            address: Url::parse("https://new.example/feed/").unwrap(),
            categories: vec!["Libya".into()],
            tags: vec!["oil".into(), "gas".into()],
        }
    }

    #[test]
    fn a_source_comes_after_the_last_one_and_what_belongs_to_it() {
        const BLOCK: &str = "[[source]]\nname = 'New \"one\"'\nfeed = \"https://new.example/feed/\"\ncategory = \"Libya\"\n\
                             tags = [\"oil\", \"gas\"]\n";
        for (before, after) in [
            ("", ""),
            ("[site]\ntitle = \"x\"", ""),
            ("[site]\ntitle = \"x\"\n", ""),
            (
                "[[source]]\nname = \"a\" # first\n",
                "\n# Sections\n[[category]]\nname = \"c\"\n",
            ),
            (
                "[[source]]\nname = \"a\"\n",
                "# Sections\n[[category]]\nname = \"c\"\n",
            ),
            (
                "[[source]]\nname = \"a\"\n# every = \"1h\"\n",
                "\n[[category]]\nname = \"c\"\n",
            ),
            ("[[source]]\nname = \"a\"\n# every = \"1h\"\n# the end", ""),
            (
                "[[source]]\nname = \"a\"\n[source.select]\nitem = \"p\"\n",
                "[[tag]]\n",
            ),
            (
                "[[source]]\nname = \"a\"\ntags = [\n  \"x\", # one\n]\n",
                "\n\n\n[[tag]]\n",
            ),
            (
                "[[source]]\nname = \"a\"\n\n[[tag]]\nname = \"t\"\n\n[source.select]\nitem = \"p\"\n",
                "\n[[tag]]\n",
            ),
            (
                "[[source]]\nname = \"a\"\n\n[[source]]\nname = '''b\n[[c]]\n'''\n",
                "",
            ),
            ("# only a comment\n", ""),
        ] {
            let text = format!("{before}{after}");
            let whole = with_source(&text, &source()).unwrap();
            let at = whole.find(BLOCK).unwrap_or_else(|| panic!("{whole}"));
            assert_eq!(whole.matches(BLOCK).count(), 1);
            assert_eq!(whole[..at].trim_end(), before.trim_end(), "{whole}");
            assert_eq!(
                whole[at + BLOCK.len()..].trim_start(),
                after.trim_start(),
                "{whole}"
            );
            assert!(at == 0 || whole[..at].ends_with("\n\n"), "{whole}");
        }
    }

    #[test]
    fn every_byte_that_was_there_stays() {
        let text = "\u{feff}# Ours \t\r\n[site]\r\ntitle='x'   # odd\r\n\r\n[[ source ]]\r\nname=\"a\"\r\n  feed = \"b\" # z\r\n\r\n\r\n[[tag]]\r\nname = \"t\"";
        let whole = with_source(text, &source()).unwrap();
        let at = whole.find("\r\n[[source]]").unwrap();
        let end = at + whole[at..].find("\"gas\"]\r\n").unwrap() + "\"gas\"]\r\n".len();
        assert_eq!(format!("{}{}", &whole[..at], &whole[end..]), text);
        assert!(!whole.replace("\r\n", "").contains('\n'));
    }

    #[test]
    fn an_address_from_a_page_reads_no_variable() {
        let address = Url::parse("https://evil.example/${A}?b=${LIBYA_TOKEN}#c").unwrap();
        let block = NewSource { address, ..source() }.to_toml();
        assert!(
            block.contains("https://evil.example/$%7BA%7D?b=$%7BLIBYA_TOKEN}\""),
            "{block}"
        );
    }

    #[test]
    fn nothing_is_put_behind_an_inline_list() {
        assert_eq!(with_source("source = [{ name = \"a\" }]\n", &source()), None);
        assert_eq!(with_source("source = \"a\"\n", &source()), None);
    }
}
