//! The HTTP server: published files as they stand in the output folder.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// Files by the path under which they are asked for. A request only ever picks a key: no part of it becomes a path.
type Files = HashMap<String, PathBuf>;

/// Serves the files that are in `output` now, until the future is dropped. Tells the address it listens on to `ready`.
pub async fn serve(listen: SocketAddr, output: &Path, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let mut files = Files::new();
    collect(output, "/", &mut files)?;
    let listener = TcpListener::bind(listen).await?;
    ready(listener.local_addr()?);
    let router = Router::new().fallback(answer).with_state(Arc::new(files));
    axum::serve(listener, router).await
}

/// All files below a folder; a folder is asked for by its page. Links and dot files are left out.
fn collect(folder: &Path, address: &str, files: &mut Files) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Some(name) = entry
            .file_name()
            .to_str()
            .map(str::to_owned)
            .filter(|name| !name.starts_with('.'))
        else {
            continue;
        };
        if kind.is_dir() {
            collect(&entry.path(), &format!("{address}{name}/"), files)?;
        } else if kind.is_file() {
            if name == "index.html" {
                files.insert(address.to_owned(), entry.path());
            }
            files.insert(format!("{address}{name}"), entry.path());
        }
    }
    Ok(())
}

async fn answer(State(files): State<Arc<Files>>, uri: Uri) -> Response {
    let Some(file) = files.get(uri.path()) else {
        return (StatusCode::NOT_FOUND, "there is nothing here\n").into_response();
    };
    match tokio::task::block_in_place(|| std::fs::read(file)) {
        Ok(body) => {
            let headers = [
                (header::CONTENT_TYPE, media_type(file)),
                (
                    header::X_CONTENT_TYPE_OPTIONS,
                    HeaderValue::from_static("nosniff"),
                ),
            ];
            (headers, body).into_response()
        }
        Err(_) => (StatusCode::NOT_FOUND, "this file is gone\n").into_response(),
    }
}

fn media_type(file: &Path) -> HeaderValue {
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    HeaderValue::from_static(
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "html" => "text/html; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "json" => "application/feed+json",
            "opml" => "text/x-opml; charset=utf-8",
            "xml" if name == "atom.xml" => "application/atom+xml; charset=utf-8",
            "xml" => "application/rss+xml; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        },
    )
}
