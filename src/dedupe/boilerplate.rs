//! Sentences that a site sets under every article.
//!
//! Two unrelated articles of one site reach a cosine of 0.6 by the background that it repeats under both, which is more than
//! most true pairs have. So what a host repeated under three different titles does not count any more.

/// Sentences of one host that are remembered.
pub(super) const MOST_LINES: usize = 512;

/// Titles that a sentence must have stood under to be boilerplate.
const REPEATED: u8 = 3;

/// What one host wrote at the beginnings and ends of its articles lately. A few kilobytes for each host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Ascending by hash.
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) hash: u32,
    /// Of the title it last stood under: a text that is posted again, under the same title, repeats nothing.
    pub(super) title: u32,
    /// Different titles in a row.
    pub(super) titles: u8,
    /// Unix days.
    pub(super) last: u32,
}

impl Line {
    /// What orders lines: those that are forgotten first come first, and no two are equal.
    fn worth(&self) -> (bool, u32, u32) {
        (self.titles > 1, self.last, self.hash)
    }
}

impl Lines {
    /// Remembers the sentences of one article; call it for all articles of a refresh before their features are made, so
    /// that their order does not matter.
    pub(super) fn observe(&mut self, title: u32, day: u32, sentences: &[u32]) {
        for &hash in sentences {
            match self.lines.binary_search_by_key(&hash, |line| line.hash) {
                Ok(at) => {
                    let line = &mut self.lines[at];
                    line.last = line.last.max(day);
                    if line.title != title {
                        line.title = title;
                        line.titles = line.titles.saturating_add(1);
                    }
                }
                Err(at) => {
                    let line = Line {
                        hash,
                        title,
                        titles: 1,
                        last: day,
                    };
                    self.lines.insert(at, line);
                }
            }
        }
        self.forget();
    }

    /// Forgets the lines that were seen longest ago, first among those that never came again.
    fn forget(&mut self) {
        let Some(too_many @ 1..) = self.lines.len().checked_sub(MOST_LINES) else {
            return;
        };
        let mut order: Vec<(bool, u32, u32)> = self.lines.iter().map(Line::worth).collect();
        order.select_nth_unstable(too_many);
        let first_kept = order[too_many];
        self.lines.retain(|line| line.worth() >= first_kept);
    }

    /// Whether a sentence says nothing about the article it stands under.
    pub(super) fn is_boilerplate(&self, hash: u32) -> bool {
        match self.lines.binary_search_by_key(&hash, |line| line.hash) {
            Ok(at) => self.lines[at].titles >= REPEATED,
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_under_three_titles_is_boilerplate() {
        let mut lines = Lines::default();
        for (title, expected) in [(1, false), (2, false), (2, false), (3, true)] {
            lines.observe(title, 0, &[10, 20 + title]);
            assert_eq!(lines.is_boilerplate(10), expected);
        }
        assert!(!lines.is_boilerplate(21));
    }

    #[test]
    fn an_article_that_is_posted_again_is_no_boilerplate() {
        let mut lines = Lines::default();
        for _ in 0..9 {
            lines.observe(1, 0, &[10]);
        }
        assert!(!lines.is_boilerplate(10));
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_repeats() {
        let mut lines = Lines::default();
        for article in 0..5_000 {
            lines.observe(article, article, &[7, 100_000 + article]);
        }
        assert_eq!(lines.lines.len(), MOST_LINES);
        assert!(lines.is_boilerplate(7));
    }
}
