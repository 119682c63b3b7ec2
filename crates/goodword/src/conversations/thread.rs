//! A page of comments as it is laid out: nesting as far as a phone has room, and what stands beside each.

use super::authors::Author;
use super::edit::editable_until;
use super::read::Shown;
use super::settings::Rules;
use super::visitor::Reader;
use crate::key::Key;
use std::collections::HashMap;

/// Levels of indentation; deeper answers stand at the last one and say whom they answer.
const INDENTED: usize = 4;

/// One comment of a page.
pub struct Row {
    /// As stored.
    pub c: Shown,
    /// Its author, if a member.
    pub author: Author,
    /// At the top, sorted by time: its number there.
    pub ordinal: Option<i64>,
    /// Whom it answers, where that does not stand right above it: id and name.
    pub answers: Option<(Key, String)>,
    /// For the accessible name.
    pub parent_name: String,
    /// Answers shown under it; the list of them begins.
    pub below: i64,
    /// Lists that end after it.
    pub ends: usize,
    /// How many more there are in this branch, after it.
    pub further: i64,
    /// Came after this reader's last visit.
    pub new: bool,
    /// This reader wrote it.
    pub mine: bool,
    /// Until when they may correct it, µs.
    pub until: Option<i64>,
    /// This reader said so.
    pub said_useful: bool,
    /// Its author vouches for whom it names.
    pub vouched: bool,
}

/// What laying out needs to know.
pub struct Context<'a> {
    /// Who reads.
    pub reader: &'a Reader,
    /// Members by party.
    pub authors: &'a HashMap<Key, Author>,
    /// For the time to edit.
    pub rules: &'a Rules,
    /// µs.
    pub now: i64,
    /// Newer is new.
    pub since: Option<i64>,
    /// Comments this reader called useful.
    pub useful: &'a [Key],
    /// Comments whose author vouches for whom they name.
    pub vouched: &'a [Key],
    /// The ordinal of the first top-level comment, and whether it counts up or down; `None`: not numbered.
    pub numbering: Option<(i64, i64)>,
    /// Replies beyond what is shown are announced.
    pub announce: bool,
}

/// Lays out comments that stand in reading order.
pub fn lay_out(comments: Vec<Shown>, context: &Context<'_>) -> Vec<Row> {
    let base = comments.iter().map(|c| c.depth).min().unwrap_or(0);
    let names: HashMap<Key, String> = comments.iter().map(|c| (c.id, c.name.clone())).collect();
    // Who stands at each level just now; the level of every row.
    let (mut stack, mut levels): (Vec<Key>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut answers = Vec::with_capacity(comments.len());
    for c in &comments {
        let wanted = usize::try_from(c.depth - base).unwrap_or(0).min(INDENTED);
        let level = wanted.min(stack.len());
        stack.truncate(level);
        let above = level.checked_sub(1).and_then(|l| stack.get(l).copied());
        answers.push(c.parent.filter(|p| above != Some(*p)));
        stack.push(c.id);
        levels.push(level);
    }
    let mut ordinal = context.numbering;
    let mut rows: Vec<Row> = Vec::with_capacity(comments.len());
    for (i, c) in comments.into_iter().enumerate() {
        let next = levels.get(i + 1).copied().unwrap_or(0);
        let direct = levels[i + 1..].iter().take_while(|l| **l > levels[i]).filter(|l| **l == levels[i] + 1).count();
        let number = match &mut ordinal {
            Some((n, step)) if c.depth == 0 => {
                let this = *n;
                *n += *step;
                Some(this)
            }
            _ => None,
        };
        let mine = context.reader.wrote(c.author_id, c.browser);
        let until = editable_until(&c, context.rules, context.now).filter(|_| mine);
        let author = c.author_id.filter(|_| c.browser.is_none()).and_then(|a| context.authors.get(&a)).cloned();
        rows.push(Row {
            author: author.unwrap_or_default(),
            ordinal: number,
            answers: answers[i].map(|p| (p, names.get(&p).cloned().unwrap_or_default())),
            parent_name: c.parent.and_then(|p| names.get(&p).cloned()).unwrap_or_default(),
            below: i64::try_from(direct).unwrap_or(0),
            ends: levels[i].saturating_sub(next),
            further: 0,
            new: context.since.is_some_and(|since| c.created_at > since) && !mine,
            mine,
            until,
            said_useful: context.useful.contains(&c.id),
            vouched: context.vouched.contains(&c.id),
            c,
        });
    }
    if context.announce {
        announce(&mut rows);
    }
    rows
}

/// Says at the end of each branch how many more there are.
fn announce(rows: &mut [Row]) {
    let mut start = 0;
    for i in 0..rows.len() {
        if rows[i].c.depth == 0 {
            start = i;
        }
        let ends_here = rows.get(i + 1).is_none_or(|next| next.c.depth == 0);
        let shown = i64::try_from(i - start).unwrap_or(0);
        rows[i].further = if ends_here { (rows[start].c.replies - shown).max(0) } else { 0 };
    }
}
