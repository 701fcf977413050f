//! Pages out of files with `{{names}}` in them.

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
