//! Which copy of an article is the best, and whose text it shows.

use rusqlite::params;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::settle::Head;
use super::standing::Member;

/// A copy shows another one's text if that is so much longer: a teaser's is several times as long.
const FULLER: f64 = 1.2;

/// What is compared to find the best copy of an article. The best one is the greatest.
#[derive(PartialEq, PartialOrd)]
pub(super) struct Worth {
    owned: bool,
    length: i64,
    /// The first to publish, then whatever does not depend on who answered first.
    earliest: std::cmp::Reverse<(i64, [u8; 16])>,
}

impl SqliteBatch<'_> {
    /// Chooses the text of the article that stands for its copies, which come after it. It keeps its identity. Its owner's
    /// words stand: only another copy of the same source lends it a fuller text. What nobody owns shows the best copy's. True when
    /// another text is chosen than before.
    pub(super) fn choose_text(&self, members: &[Member]) -> Result<bool, Fault> {
        let (lead, copies) = members.split_first().ok_or_else(no_items)?;
        let lead = &lead.head;
        // A headline that leads to an article by way of its own site gets no text of that.
        let may_borrow = !lead.owned && !lead.points_elsewhere;
        let may_lend =
            |member: &&Member| member.is_shown() && (may_borrow || member.head.source == lead.source);
        let lenders: Vec<i64> = copies.iter().filter(may_lend).map(|copy| copy.head.row).collect();
        let text_of = match lenders.is_empty() {
            true => None,
            false => {
                let best = self.best(&lenders)?;
                let (own, other) = (self.worth(lead.row)?, self.worth(best)?);
                let is_better = match own.owned == other.owned {
                    true => other.length as f64 > own.length as f64 * FULLER,
                    false => other.owned && other.length * 2 >= own.length,
                };
                Some(best).filter(|_| is_better)
            }
        };
        let mut changed = self
            .tx
            .prepare_cached("UPDATE item SET text_of = ?1 WHERE id = ?2 AND text_of IS NOT ?1")?
            .execute(params![text_of, lead.row])?;
        for copy in copies {
            changed += self
                .tx
                .prepare_cached("UPDATE item SET text_of = NULL WHERE id = ? AND text_of IS NOT NULL")?
                .execute([copy.head.row])?;
        }
        Ok(changed > 0)
    }

    pub(super) fn best(&self, items: &[i64]) -> Result<i64, Fault> {
        let mut best: Option<(Worth, i64)> = None;
        for item in items {
            let worth = self.worth(*item)?;
            if best.as_ref().is_none_or(|(most, _)| worth > *most) {
                best = Some((worth, *item));
            }
        }
        let (_, item) = best.ok_or_else(no_items)?;
        Ok(item)
    }

    fn worth(&self, item: i64) -> Result<Worth, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT owned, coalesce(length(coalesce(content, summary)), 0), published, uuid
             FROM item LEFT JOIN body ON body.item = item.id WHERE item.id = ?",
        )?;
        Ok(statement.query_row([item], |row| {
            Ok(Worth {
                owned: row.get(0)?,
                length: row.get(1)?,
                earliest: std::cmp::Reverse((row.get(2)?, row.get(3)?)),
            })
        })?)
    }

    /// What this item is has to be looked at again.
    pub(super) fn text_changed(&self, head: &Head) -> Result<(), Fault> {
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO ungrouped (item, fresh) VALUES (?, 0)")?
            .execute([head.row])?;
        Ok(())
    }
}

fn no_items() -> Fault {
    Fault::damaged("a group without items")
}
