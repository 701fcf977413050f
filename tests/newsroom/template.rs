//! Pages out of files with `{{names}}` in them.

use toml::de::{DeTable, DeValue};

/// A page of one of the sites.
pub struct Document {
    /// Of its address, with the leading slash.
    pub path: String,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    /// Seconds since 1970.
    pub modified: u64,
}

/// What stands for a name.
pub type Value = (&'static str, String);

/// Puts values where their names stand. The files and the names are both written here: a name without a value is a slip.
pub fn fill(template: &str, values: &[Value]) -> String {
    let mut filled = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("a template closes what it opens");
        let value = values.iter().find(|(known, _)| *known == name);
        filled += before;
        filled += value.map_or_else(|| panic!("nothing stands for {name}"), |(_, value)| value);
        rest = after;
    }
    filled + rest
}

/// Plain text as HTML or XML, the way WordPress writes it: quotation marks and dashes as numbers.
pub fn escaped(text: &str) -> String {
    let text = text
        .replace('&', "&#038;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    texturized(&text)
}

/// HTML with quotation marks and dashes as numbers.
pub fn texturized(html: &str) -> String {
    let mut written = String::with_capacity(html.len());
    for c in html.chars() {
        match c {
            '\u{2013}'..='\u{2026}' => written += &format!("&#{};", u32::from(c)),
            c => written.push(c),
        }
    }
    written
}

/// Text as a JSON string that may stand in a script.
pub fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('/', "\\/")
}

/// The tables of this name in a TOML file that is written here.
pub fn tables<T>(text: &str, name: &str, read: impl Fn(&Table) -> T) -> Vec<T> {
    let document = DeTable::parse(text).expect("the file is TOML");
    let tables = document
        .get_ref()
        .get(name)
        .and_then(|tables| tables.get_ref().as_array());
    let tables = tables.expect("the file has these tables").iter();
    tables
        .map(|table| read(&Table(table.get_ref().as_table().expect("a table"))))
        .collect()
}

/// One of [`tables`], whose keys are all there.
pub struct Table<'a>(&'a DeTable<'a>);

impl Table<'_> {
    fn value(&self, key: &str) -> &DeValue<'_> {
        self.0
            .get(key)
            .unwrap_or_else(|| panic!("a table has no {key}"))
            .get_ref()
    }

    pub fn text(&self, key: &str) -> String {
        self.value(key).as_str().expect("a text").to_owned()
    }

    pub fn texts(&self, key: &str) -> Vec<String> {
        let texts = self.value(key).as_array().expect("a list").iter();
        texts
            .map(|text| text.get_ref().as_str().expect("a text").to_owned())
            .collect()
    }

    pub fn number(&self, key: &str) -> u64 {
        let number = self.value(key).as_integer().expect("a number");
        number.as_str().parse().expect("a number")
    }

    pub fn is(&self, key: &str) -> bool {
        self.value(key).as_bool().expect("true or false")
    }
}
