//! From the address that an operator has to the best way to poll what is there.
//!
//! In this order: the address itself is a feed; feeds that its page names; WordPress' API; sitemaps; the page itself. A way
//! counts only when it was asked and gave items.

mod fit;
mod found;
mod robots;

use url::Url;

pub use self::fit::Fit;
use self::fit::Shown;
pub use self::found::{Came, Choice, Discovery, Place, Step};
use super::preview::{Fetched, Preview, Previewer, ways};
use crate::config::Config;
use crate::fetch::Wants;
use crate::model::{Failure, Source, SourceId, SourceKind};
use crate::scrape::listing::{Way, WayKind};

/// Requests for one address in all, so that a site is not asked for everything it has.
const MOST_REQUESTS: usize = 8;
/// Feeds of a page that are asked: the section's and the site's are among the first.
const MOST_FEEDS: usize = 4;
/// Sitemaps of one site that are asked.
const MOST_SITEMAPS: usize = 2;

/// Tries the ways to what is at an address.
///
/// # Errors
/// When there is no answer to the first request, and so nothing to find other ways in.
pub async fn discover(previewer: &Previewer, config: &Config, address: &Url) -> Result<Discovery, Failure> {
    let first = trial(config, Place::ItselfFeed, address.clone());
    let fetched = previewer.fetch(&first, address.clone(), Wants::Feed).await?;
    let mut search = Search {
        previewer,
        config,
        address,
        shown: Shown::default(),
        left: MOST_REQUESTS - 1,
        steps: Vec::new(),
    };
    if let Some(found) = search.itself(&fetched).await {
        return Ok(search.end(found, Vec::new(), None));
    }
    let page = search.read(Place::Page, &fetched).await;
    let ways = ways(&fetched);
    let title = page.as_ref().ok().and_then(|page| page.title.clone());
    if let Ok(page) = &page {
        search.shown = Shown::new(&page.items);
    }
    let mut choice = search.feeds(&ways).await;
    if choice.is_none() {
        choice = search.wordpress(&ways).await;
    }
    if choice.is_none() {
        choice = search.sitemaps(&ways).await;
    }
    if choice.is_none() {
        choice = search.page(page).await;
    }
    Ok(search.end(choice, ways, title))
}

/// A search under way.
struct Search<'a> {
    previewer: &'a Previewer,
    config: &'a Config,
    address: &'a Url,
    /// The articles of the page.
    shown: Shown,
    left: usize,
    steps: Vec<Step>,
}

impl Search<'_> {
    /// What the address itself is, if it is no page. `Some(None)`: it is, but gives nothing.
    async fn itself(&mut self, fetched: &Fetched) -> Option<Option<Choice>> {
        for place in [Place::ItselfFeed, Place::ItselfSitemap] {
            match self.read(place, fetched).await {
                Ok(preview) => {
                    let why = match place {
                        Place::ItselfFeed => "the address is that of a feed",
                        _ => "the address is that of a sitemap",
                    };
                    return Some(self.note(place, self.address.clone(), None, Ok(preview), why.into()));
                }
                Err(failure) if place == Place::ItselfFeed => {
                    let message = failure.message.split(';').next().unwrap_or_default().to_owned();
                    self.steps.push(Step {
                        place,
                        address: self.address.clone(),
                        title: None,
                        came: Err(message),
                    });
                }
                // Few addresses are those of sitemaps: that this one is none is no news.
                Err(_) => {}
            }
        }
        None
    }

    /// The feed among those that the page names whose items fit the page best.
    async fn feeds(&mut self, ways: &[Way]) -> Option<Choice> {
        let mut best: Option<(f64, Choice)> = None;
        let mut usable = 0;
        for way in fit::feeds_in_order(ways, self.address)
            .into_iter()
            .take(MOST_FEEDS)
        {
            let place = match way.kind {
                WayKind::Feed => Place::DeclaredFeed,
                _ => Place::LinkedFeed,
            };
            let Some(choice) = self.ask(place, way.url.clone(), way.title.clone()).await else {
                continue;
            };
            usable += 1;
            let fit = self.shown.fit(&choice.preview.items);
            let score = fit.map_or(0.0, |fit| self.shown.score(fit));
            if best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, choice));
            }
            // One that has what the page has need not be compared with others; without a list there is nothing to compare.
            if fit.is_none_or(Fit::is_close) {
                break;
            }
        }
        let (_, mut choice) = best?;
        if let Some(fit) = self
            .shown
            .fit(&choice.preview.items)
            .filter(|fit| fit.on_page > 0)
        {
            let several = if usable > 1 {
                ", more than of the other feeds"
            } else {
                ""
            };
            choice.why = format!("{}: {fit}{several}", choice.why);
        }
        Some(choice)
    }

    async fn wordpress(&mut self, ways: &[Way]) -> Option<Choice> {
        let way = ways.iter().find(|way| way.kind == WayKind::WordPress)?;
        let mut address = way.url.clone();
        // With names of categories and authors in it, and enough posts for a busy day.
        address
            .query_pairs_mut()
            .append_key_only("_embed")
            .append_pair("per_page", "50");
        self.ask(Place::WordPress, address, None).await
    }

    /// Sitemaps that the page names, then those that robots.txt names.
    async fn sitemaps(&mut self, ways: &[Way]) -> Option<Choice> {
        let named = ways.iter().filter(|way| way.kind == WayKind::Sitemap);
        for way in named.take(MOST_SITEMAPS) {
            let asked = self.ask(Place::Sitemap, way.url.clone(), way.title.clone()).await;
            if asked.is_some() {
                return asked;
            }
        }
        for address in self.robots().await.into_iter().take(MOST_SITEMAPS) {
            if self.steps.iter().any(|step| step.address == address) {
                continue;
            }
            let asked = self.ask(Place::RobotsSitemap, address, None).await;
            if asked.is_some() {
                return asked;
            }
        }
        None
    }

    async fn robots(&mut self) -> Vec<Url> {
        let Ok(address) = self.address.join("/robots.txt") else {
            return Vec::new();
        };
        if self.left == 0 {
            return Vec::new();
        }
        self.left -= 1;
        let asker = trial(self.config, Place::RobotsSitemap, address.clone());
        let fetched = self.previewer.fetch(&asker, address, Wants::Rules).await;
        fetched
            .map(|fetched| robots::sitemaps(&fetched.body, &fetched.found_at))
            .unwrap_or_default()
    }

    /// The page as it will be polled: asked for as a page, which robots.txt may not allow.
    async fn page(&mut self, page: Result<Preview, Failure>) -> Option<Choice> {
        let page = match page {
            Ok(_) => {
                let source = trial(self.config, Place::Page, self.address.clone());
                self.previewer.preview(&source).await
            }
            Err(failure) => Err(failure),
        };
        let why = "it names nothing better, and lists articles".to_owned();
        self.note(Place::Page, self.address.clone(), None, page, why)
    }

    /// Asks one way, if there may be one more request.
    async fn ask(&mut self, place: Place, address: Url, title: Option<String>) -> Option<Choice> {
        if self.left == 0 {
            return None;
        }
        let source = trial(self.config, place, address.clone());
        let preview = self.previewer.preview(&source).await;
        let requests = preview.as_ref().map_or(1, |preview| preview.requests);
        self.left = self.left.saturating_sub(requests);
        let why = match place {
            Place::DeclaredFeed => "the page declares it",
            Place::LinkedFeed => "the page links to it",
            Place::WordPress => "no feed gives items, and the API tells categories from tags",
            _ => "neither a feed nor an API gives items",
        };
        self.note(place, address, title, preview, why.to_owned())
    }

    /// Takes note of what came; a choice if it counts.
    fn note(
        &mut self,
        place: Place,
        address: Url,
        title: Option<String>,
        preview: Result<Preview, Failure>,
        why: String,
    ) -> Option<Choice> {
        let preview = preview
            .map_err(|failure| failure.message)
            .and_then(|preview| self.counting(place, preview));
        self.steps.push(Step {
            place,
            address: address.clone(),
            title,
            came: preview.as_ref().map_err(String::clone).map(|preview| Came {
                items: preview.items.len(),
                newest: preview.newest(),
                fit: self.shown.fit(&preview.items).filter(|_| place != Place::Page),
            }),
        });
        let preview = preview.ok()?;
        Some(Choice {
            place,
            address: preview.moved_to.clone().unwrap_or(address),
            why,
            preview,
        })
    }

    /// Only what gives the articles that are asked for counts.
    fn counting(&self, place: Place, preview: Preview) -> Result<Preview, String> {
        if preview.items.is_empty() {
            return Err(match place.kind() {
                SourceKind::Sitemap { .. } => "it names nothing that is new this week".into(),
                _ => "it holds no items at present".into(),
            });
        }
        if preview.is_of_comments {
            return Err("its items are comments".into());
        }
        // A site has one sitemap for all its sections: who gives a section does not ask for the rest.
        let is_of_site = matches!(place, Place::Sitemap | Place::RobotsSitemap) && self.address.path() != "/";
        match self.shown.fit(&preview.items) {
            Some(fit) if is_of_site && fit.is_far() => Err(format!(
                "it is of the whole site, and this page is a part of it: {fit}"
            )),
            _ => Ok(preview),
        }
    }

    async fn read(&self, place: Place, fetched: &Fetched) -> Result<Preview, Failure> {
        let source = trial(self.config, place, self.address.clone());
        self.previewer.read(&source, fetched.clone()).await
    }

    fn end(self, choice: Option<Choice>, ways: Vec<Way>, page_title: Option<String>) -> Discovery {
        let failed = |way: &Way| {
            let mut steps = self.steps.iter();
            steps.any(|step| step.address == way.url && step.came.is_err())
        };
        let is_chosen = |way: &Way| choice.as_ref().is_some_and(|choice| choice.address == way.url);
        Discovery {
            others: ways
                .into_iter()
                .filter(|way| !failed(way) && !is_chosen(way))
                .collect(),
            steps: self.steps,
            choice,
            page_title,
        }
    }
}

/// A source that is not configured, with the defaults of the configuration.
fn trial(config: &Config, place: Place, address: Url) -> Source {
    let fetch = &config.fetch;
    Source {
        id: SourceId::of(""),
        name: String::new(),
        kind: place.kind(),
        address,
        full_text: false,
        articles: 0,
        has_secret_address: false,
        has_secret_path: false,
        every: fetch.every,
        timeout: fetch.timeout,
        max_body: fetch.max_body,
        headers: Vec::new(),
        categories: Vec::new(),
        tags: Vec::new(),
        trust: false,
        dedupe: None,
        keeps_withdrawn: false,
    }
}

/// The source that is polled at this address already, whatever its scheme and the slash at its end are.
pub fn configured<'a>(config: &'a Config, address: &Url) -> Option<&'a Source> {
    let wanted = fit::key(address)?;
    let is_same = |source: &&Source| fit::key(&source.address).is_some_and(|key| key == wanted);
    config.sources.iter().find(is_same)
}
