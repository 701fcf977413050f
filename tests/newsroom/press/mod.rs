//! A press office without a feed: a table of releases by hand, and a page behind each row.

use super::template::{Document, escaped, fill, tables};

const HTML: &str = "text/html";

struct Release {
    number: String,
    file: String,
    date: String,
    title: String,
    body: Vec<String>,
}

/// The pages of the office; their links are relative.
pub fn documents(modified: u64) -> Vec<Document> {
    let releases = tables(include_str!("releases.toml"), "release", |table| Release {
        number: table.text("number"),
        file: table.text("file"),
        date: table.text("date"),
        title: table.text("title"),
        body: table.texts("body"),
    });
    let page = |path: String, html: String| Document {
        path,
        content_type: HTML,
        body: html.into_bytes(),
        modified,
    };
    let mut rows = String::new();
    let mut pages = Vec::new();
    for release in &releases {
        let paragraphs = release
            .body
            .iter()
            .map(|text| format!("<p>{}</p>\n", escaped(text)));
        let values = [
            ("number", release.number.clone()),
            ("date", release.date.clone()),
            ("file", release.file.clone()),
            ("title", escaped(&release.title)),
            ("body", paragraphs.collect()),
        ];
        rows += &fill(include_str!("row.html"), &values);
        let html = fill(include_str!("release.html"), &values);
        pages.push(page(format!("/{}", release.file), html));
    }
    let index = fill(include_str!("index.html"), &[("rows", rows)]);
    pages.push(page("/index.html".into(), index.clone()));
    pages.push(page("/".into(), index));
    pages
}
