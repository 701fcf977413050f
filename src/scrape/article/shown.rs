//! When the visible page says that its article appeared, and the picture over it.

use chrono::{DateTime, Utc};
use dom_query::NodeRef;
use url::Url;

use super::markup::{Markup, label, text_of};
use crate::normalize;
use crate::scrape::date;

impl Markup<'_> {
    /// Moments in `<time datetime>`, in order: those that call themselves publication first.
    pub(super) fn times(&self) -> Vec<(DateTime<Utc>, bool)> {
        let mut times: Vec<(DateTime<Utc>, bool, bool)> = self
            .some("time, [data-published], [data-datetime], [datetime]")
            .iter()
            .filter(|node| !self.is_beside(node))
            .filter_map(|node| {
                let written = ["datetime", "content", "data-published", "data-datetime"]
                    .iter()
                    .find_map(|key| node.attr(key))?;
                let moment = date::machine(&written)?;
                let label = label(node);
                let is_update = ["modif", "updat", "aktualis", "edited"]
                    .iter()
                    .any(|word| label.contains(word));
                let is_named = ["publish", "pubdate", "entry-date", "posted", "created"]
                    .iter()
                    .any(|word| label.contains(word));
                Some((moment, is_update, is_named || node.has_attr("pubdate")))
            })
            .collect();
        times.sort_by_key(|(_, is_update, is_named)| (*is_update, !*is_named));
        times
            .into_iter()
            .map(|(moment, is_update, _)| (moment, is_update))
            .collect()
    }

    /// The date shown in what its class calls one, or near the title.
    pub(super) fn shown_date(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let selector = "time, [class*=date i], [class*=publish i], [class*=posted i], [class*=timestamp i], [class*=time i], \
                    [class*=meta i], [class*=byline i], [class*=datum i], [class*=fecha i]";
        let blocks = self.some(selector);
        let shown = blocks.iter().filter(|node| {
            // A site's header shows today's date.
            let in_header = node.ancestors_it(None).chain([**node]).any(|ancestor| {
                let label = label(&ancestor);
                [
                    "top_date",
                    "topbar",
                    "top-bar",
                    "current",
                    "today",
                    "site-header",
                    "masthead",
                    "navbar",
                ]
                .iter()
                .any(|part| label.contains(part))
            });
            !in_header && !self.is_beside(node)
        });
        let mut moments = shown.filter_map(|node| date::human(&text_of(node), now));
        moments.next().or_else(|| self.near_title(now))
    }

    /// The first date in the texts that follow the first heading, else the last in those just before it.
    fn near_title(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        const LOOKED_AT: usize = 60;
        const LOOKED_BACK: usize = 12;
        let title = ["h1", "h2", "h3"]
            .iter()
            .find_map(|level| self.document.select(level).nodes().first().copied())?;
        let container = title.ancestors_it(Some(4)).last()?;
        let after = container
            .descendants_it()
            .skip_while(|node| node.id != title.id)
            .filter(|node| node.is_text());
        let mut after = after.take(LOOKED_AT);
        let before = || {
            let mut texts: Vec<NodeRef> = container
                .descendants_it()
                .take_while(|node| node.id != title.id)
                .filter(|node| node.is_text() && !node.text().trim().is_empty())
                .collect();
            texts.reverse();
            texts.truncate(LOOKED_BACK);
            texts
        };
        after
            .find_map(|node| date::human(&text_of(&node), now))
            .or_else(|| before().iter().find_map(|node| date::human(&text_of(node), now)))
    }

    /// The picture that stands over the text: what its class calls so, else the first in a figure of the article.
    pub(super) fn lead_image(&self, base: &Url) -> Option<Url> {
        let selector = "img[class*=wp-post-image i], [class*=featured i] img, [class*=lead-image i] img, [class*=hero i] img, \
                        article figure img, [itemprop=image]";
        self.some(selector)
            .iter()
            .filter(|node| !self.is_beside(node))
            .find_map(|node| picture(node, base))
    }
}

/// The address of a picture, also of one that a script would load later.
fn picture(image: &NodeRef, base: &Url) -> Option<Url> {
    let attribute = |name: &str| image.attr(name).map(|value| value.to_string());
    Url::parse(&normalize::picture_of_tag(attribute, None, base)?.src).ok()
}
