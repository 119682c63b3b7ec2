//! The order of a thread: where a comment stands, which ones are shown, and the counts that follow from it.

use super::State;
use crate::error::Result;
use crate::key::Key;
use std::collections::HashMap;
use store::{Tx, sql};

/// Levels that a path spells out; deeper replies stand in order of time under the last of them.
const LEVELS: usize = 64;
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// A number as five digits of base 32, so that text sorts as numbers do: room for 33 million comments in a thread.
pub fn digits(number: i64) -> String {
    let number = usize::try_from(number).unwrap_or(0);
    (0..5).rev().map(|i| char::from(DIGITS[(number >> (5 * i)) & 31])).collect()
}

/// Where a comment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the top-level comment above it, or its own.
    pub root: i64,
    /// Sorts it.
    pub path: String,
    /// 0 at the top.
    pub depth: i64,
}

impl Place {
    /// At the top of a thread.
    pub fn top(number: i64) -> Self {
        Self { root: number, path: digits(number), depth: 0 }
    }

    /// As a reply to what stands here.
    pub fn reply(&self, number: i64) -> Self {
        let kept = self.path.len().min((LEVELS - 1) * 5);
        Self { root: self.root, path: format!("{}{}", &self.path[..kept], digits(number)), depth: self.depth + 1 }
    }
}

/// Brings `shown`, the replies counted at the top and the post's counts up to date after a comment became approved
/// (`approved` 1), ceased to be (-1), or neither (0): a comment is shown if it is approved or stands above one that is.
///
/// # Errors
/// The database's.
pub fn settle(tx: &mut Tx<'_>, comment: Key, approved: i64) -> Result<()> {
    let (mut next, mut of, mut replies, mut roots) = (Some(comment), None, 0i64, 0i64);
    // Up the branch, until nothing changes any more.
    while let Some(id) = next.take() {
        let row: Option<(Key, Option<Key>, i64, bool, bool)> = tx.row(
            sql!(
                "SELECT c.post_id, c.parent_id, c.root, c.shown, c.state = 'approved'
                   OR EXISTS (SELECT 1 FROM comments r WHERE r.parent_id = c.id AND r.shown)
                 FROM comments c WHERE c.id = $1"
            ),
            &[&id],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)),
        )?;
        let Some((post, parent, root, was, is)) = row else { break };
        of.get_or_insert((post, root));
        if was != is {
            tx.execute(sql!("UPDATE comments SET shown = $1 WHERE id = $2"), &[&is, &id])?;
            let change = if is { 1 } else { -1 };
            if parent.is_some() {
                replies += change
            } else {
                roots += change
            }
            next = parent;
        }
    }
    let Some((post, root)) = of else { return Ok(()) };
    if replies != 0 {
        tx.execute(
            sql!("UPDATE comments SET replies = replies + $1 WHERE post_id = $2 AND number = $3"),
            &[&replies, &post, &root],
        )?;
    }
    let active: Option<i64> = (approved > 0).then_some(tx.now());
    tx.execute(
        sql!(
            "UPDATE posts SET comments = comments + $1, roots = roots + $2, active_at = COALESCE($3, active_at)
             WHERE id = $4"
        ),
        &[&approved, &roots, &active, &post],
    )?;
    Ok(())
}

/// A comment as it stands in the table, before [`arrange`].
struct Standing {
    id: Key,
    parent: Option<Key>,
    approved: bool,
    number: i64,
    place: Place,
    shown: bool,
    replies: i64,
}

/// Works out order, what is shown and all counts of a whole post from who replies to whom and when: after an import.
/// A parent that is missing, of another post, or below its own reply is let go: such a comment stands at the top. Writes
/// only the rows that change; posting a comment does not need it.
///
/// # Errors
/// The database's.
pub fn arrange(tx: &mut Tx<'_>, post: Key) -> Result<()> {
    let rows = tx.rows(
        sql!(
            "SELECT id, parent_id, state = 'approved', number, root, path, depth, shown, replies FROM comments
             WHERE post_id = $1 ORDER BY created_at, number, id"
        ),
        &[&post],
        |r| {
            Ok(Standing {
                id: r.get(0)?,
                parent: r.get(1)?,
                approved: r.get(2)?,
                number: r.get(3)?,
                place: Place { root: r.get(4)?, path: r.get(5)?, depth: r.get(6)? },
                shown: r.get(7)?,
                replies: r.get(8)?,
            })
        },
    )?;
    let index: HashMap<Key, usize> = rows.iter().enumerate().map(|(i, row)| (row.id, i)).collect();
    let parents =
        without_cycles(&rows.iter().map(|row| row.parent.and_then(|p| index.get(&p).copied())).collect::<Vec<_>>());
    let mut places: Vec<Option<Place>> = vec![None; rows.len()];
    let mut order = Vec::with_capacity(rows.len());
    for i in 0..rows.len() {
        // From the first ancestor without a place down to this one.
        let mut branch = vec![i];
        while let Some(above) = branch.last().and_then(|at| parents[*at]).filter(|p| places[*p].is_none()) {
            branch.push(above);
        }
        for at in branch.into_iter().rev().filter(|at| places[*at].is_none()).collect::<Vec<_>>() {
            let number = i64::try_from(at + 1).unwrap_or(0);
            let place = match parents[at].and_then(|p| places[p].as_ref()) {
                Some(above) => above.reply(number),
                None => Place::top(number),
            };
            places[at] = Some(place);
            order.push(at);
        }
    }
    let mut shown: Vec<bool> = rows.iter().map(|row| row.approved).collect();
    let mut replies = vec![0i64; rows.len()];
    // `order` has every parent before its replies, so from its end nothing below is still open.
    for &at in order.iter().rev() {
        if let (true, Some(above)) = (shown[at], parents[at]) {
            shown[above] = true;
        }
    }
    for &at in &order {
        if let (true, Some(_), Some(place)) = (shown[at], parents[at], &places[at]) {
            replies[usize::try_from(place.root - 1).unwrap_or(0)] += 1;
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let Some(place) = &places[at] else { continue };
        let (number, parent) = (i64::try_from(at + 1).unwrap_or(0), parents[at].map(|p| rows[p].id));
        let same = (row.parent, row.number, row.shown, row.replies) == (parent, number, shown[at], replies[at]);
        if same && row.place == *place {
            continue;
        }
        tx.execute(
            sql!(
                "UPDATE comments SET parent_id = $1, number = $2, root = $3, path = $4, depth = $5, shown = $6, replies = $7
                 WHERE id = $8"
            ),
            &[&parent, &number, &place.root, &place.path, &place.depth, &shown[at], &replies[at], &row.id],
        )?;
    }
    let last = i64::try_from(rows.len()).unwrap_or(0);
    tx.execute(
        sql!(
            "UPDATE posts SET last_number = $1,
               comments = (SELECT COUNT(*) FROM comments c WHERE c.post_id = $2 AND c.state = 'approved'),
               roots = (SELECT COUNT(*) FROM comments c WHERE c.post_id = $2 AND c.shown AND c.parent_id IS NULL),
               active_at = COALESCE((SELECT MAX(c.created_at) FROM comments c
                                     WHERE c.post_id = $2 AND c.state = 'approved'), created_at)
             WHERE id = $2"
        ),
        &[&last, &post],
    )?;
    Ok(())
}

/// Parents as given, without those that would make a comment its own ancestor.
fn without_cycles(given: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut parents = given.to_vec();
    // 0: not looked at; otherwise the walk that came by here first.
    let mut seen = vec![0usize; given.len()];
    for start in 0..given.len() {
        let mut at = start;
        while seen[at] == 0 {
            seen[at] = start + 1;
            match parents[at] {
                Some(above) if seen[above] == start + 1 => parents[at] = None,
                Some(above) => at = above,
                None => break,
            }
        }
    }
    parents
}

/// Counts a new comment in its post, under what it answers, and gives its number and how many are at the top now. An
/// approved one is to be stored as shown: what it answers is shown already, so nothing else changes.
///
/// # Errors
/// [`crate::error::Error::NotFound`] without the post; the database's.
pub fn enter(tx: &mut Tx<'_>, post: Key, above: Option<&Place>, approved: bool) -> Result<(i64, i64)> {
    let (one, root) = (i64::from(approved), i64::from(approved && above.is_none()));
    let active: Option<i64> = approved.then_some(tx.now());
    let counted = tx.row(
        sql!(
            "UPDATE posts SET last_number = last_number + 1, comments = comments + $1, roots = roots + $2,
               active_at = COALESCE($3, active_at) WHERE id = $4 RETURNING last_number, roots"
        ),
        &[&one, &root, &active, &post],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    if let (true, Some(above)) = (approved, above) {
        tx.execute(
            sql!("UPDATE comments SET replies = replies + 1 WHERE post_id = $1 AND number = $2"),
            &[&post, &above.root],
        )?;
    }
    counted.ok_or(crate::error::Error::NotFound)
}

/// The number a new comment of this post gets. Whoever comes second waits here for the first to commit.
///
/// # Errors
/// The database's.
pub fn next_number(tx: &mut Tx<'_>, post: Key) -> Result<i64> {
    let number =
        tx.value(sql!("UPDATE posts SET last_number = last_number + 1 WHERE id = $1 RETURNING last_number"), &[&post])?;
    number.ok_or(crate::error::Error::NotFound)
}

/// Moves a comment to a state, in its cache; the event is written by who decides. Returns the state before.
///
/// # Errors
/// [`crate::error::Error::NotFound`].
pub fn put(tx: &mut Tx<'_>, comment: Key, state: State) -> Result<State> {
    let before: String = tx
        .value(sql!("SELECT state FROM comments WHERE id = $1"), &[&comment])?
        .ok_or(crate::error::Error::NotFound)?;
    let before = State::read(&before);
    tx.execute(sql!("UPDATE comments SET state = $1, version = version + 1 WHERE id = $2"), &[&state, &comment])?;
    let approved = i64::from(state == State::Approved) - i64::from(before == State::Approved);
    settle(tx, comment, approved)?;
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_sort_as_numbers_do() {
        let mut all: Vec<i64> = vec![1, 2, 31, 32, 33, 1023, 1024, 99_999, 100_000, 33_554_431];
        all.sort_by_key(|n| digits(*n));
        assert!(all.is_sorted());
        assert_eq!(digits(33), "00011");
    }

    #[test]
    fn a_path_stops_growing_and_depth_does_not() {
        let mut place = Place::top(1);
        for number in 2..500 {
            let next = place.reply(number);
            assert!(next.path > place.path, "a reply is read after what it answers");
            place = next;
        }
        assert_eq!((place.path.len(), place.depth, place.root), (LEVELS * 5, 498, 1));
    }

    proptest! {
        #[test]
        fn no_parents_go_round_in_circles(given in proptest::collection::vec(proptest::option::of(0usize..40), 40)) {
            let parents = without_cycles(&given);
            for start in 0..parents.len() {
                let (mut at, mut steps) = (start, 0);
                while let Some(above) = parents[at] {
                    at = above;
                    steps += 1;
                    prop_assert!(steps <= parents.len());
                }
            }
            for (kept, was) in parents.iter().zip(&given) {
                prop_assert!(kept.is_none() || kept == was);
            }
        }
    }
}
