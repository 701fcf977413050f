//! `feedmill demo`

#[path = "../../tests/newsroom/mod.rs"]
mod newsroom;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::{Context, bail};
use clap::Args;
use feedmill::config::{self, Config};
use feedmill::publish::Mark;
use feedmill::refresh::Options;
use feedmill::serve::{self, Limits, Settings, Site};
use tokio::net::TcpListener;

use super::Exit;
use super::out::{data, say};
use super::refresh::{interrupted, pass, print};
use super::terminal::{self, BOLD, DIM};

const OUTPUT: &str = "output";

/// Arguments of `feedmill demo`.
#[derive(Args)]
pub struct Arguments {
    /// Also serve the result on this address, until Ctrl-C
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let output = std::path::absolute(OUTPUT)?;
    let adopt = is_own(&output)?;
    super::runtime()?.block_on(demonstrate(&output, arguments.listen, adopt))
}

/// Whether the folder is one of an earlier demo, whose database is gone. What an operator publishes for real is not written
/// over; what else is there is for the refresh to judge.
fn is_own(output: &Path) -> anyhow::Result<bool> {
    let listed = std::fs::read_to_string(output.join("sources.opml")).ok();
    let is_listed = listed.map(|listed| listed.contains(newsroom::TITLE));
    let is_marked = Mark::of(output).map(|mark| mark.site == newsroom::TITLE);
    let words = [is_listed, is_marked];
    if words.contains(&Some(false)) {
        bail!(
            "{} holds feeds that are not the demo's; run the demo in another folder",
            output.display()
        );
    }
    Ok(words.contains(&Some(true)))
}

async fn demonstrate(output: &Path, listen: Option<SocketAddr>, adopt: bool) -> anyhow::Result<Exit> {
    let newsroom = newsroom::Newsroom::start()
        .await
        .context("cannot serve the sample newsroom")?;
    // Kept apart from the operator's own database and gone when the demo ends.
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let toml = newsroom.config(output, &scratch.path().join("feedmill.db")) + &newsroom.page_sources();
    let config = config::parse(&toml, Path::new("feeds.toml"), &|_| None)?;
    say!(
        "{DIM}a sample newsroom is served on http://{}{DIM:#}\n",
        newsroom.address()
    );
    let passes = [
        (
            "first refresh",
            Options {
                adopt,
                ..Options::default()
            },
        ),
        (
            "second refresh: nothing is sent twice, no file is touched",
            Options {
                force: true,
                ..Options::default()
            },
        ),
    ];
    for (heading, options) in passes {
        say!("{BOLD}{heading}{BOLD:#}");
        let started = Instant::now();
        let summary = pass(&config, &options).await?;
        print(&summary, &config, started.elapsed());
        say!();
    }
    data!(
        "Two of the sources are web pages without a feed: their articles were read from the pages themselves."
    );
    data!("Two of the sources fail on purpose: a failure costs only the source that fails.\n");
    let page = terminal::safe(&output.join("index.html").display().to_string());
    say!("open  {BOLD}{page}{BOLD:#}");
    for feed in ["category/libya/rss.xml", "tag/africom/atom.xml"] {
        data!(
            "read  {}",
            terminal::safe(&output.join(feed).display().to_string())
        );
    }
    data!("next  write feeds.toml (the README shows how), empty {OUTPUT}/, then run feedmill refresh");
    if let Some(listen) = listen {
        show(output, listen, &config).await?;
    }
    Ok(Exit::Done)
}

/// Serves what was published, until Ctrl-C.
async fn show(output: &Path, listen: SocketAddr, config: &Config) -> anyhow::Result<()> {
    let settings = Settings {
        url: Some(config.site.url.clone()),
        health: true,
        ..Settings::default()
    };
    let site = Arc::new(Site::new(output.to_owned(), settings));
    site.reload(SystemTime::now())
        .with_context(|| format!("cannot read {}", terminal::safe(&output.display().to_string())))?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot serve on {listen}"))?;
    data!("\nserving on http://{}/ until Ctrl-C", listener.local_addr()?);
    serve::serve(listener, site, Limits::default(), interrupted()).await;
    Ok(())
}
