//! A press office without a feed: a table of releases by hand, and a page behind each row.

use serde::Deserialize;

use super::template::{Document, escaped, fill};

const HTML: &str = "text/html";

#[derive(Deserialize)]
struct Releases {
    release: Vec<Release>,
}

#[derive(Deserialize)]
struct Release {
    number: String,
    file: String,
    date: String,
    title: String,
    body: Vec<String>,
}

/// The pages of the office; their links are relative.
pub fn documents(modified: u64) -> Vec<Document> {
    let Releases { release } =
        toml::from_str(include_str!("releases.toml")).expect("the releases are written here");
    let page = |path: String, html: String| Document {
        path,
        content_type: HTML,
        body: html.into_bytes(),
        modified,
    };
    let mut rows = String::new();
    let mut pages = Vec::new();
    for release in &release {
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
