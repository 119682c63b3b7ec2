//! Reviews of networking groups: what membership cost and brought, by whom, with what standing; and two groups side by side.

mod figures;
mod writing;

pub use figures::{Figures, Spread, figures};
pub use writing::{Typed, correct, publish};

use super::read::Post;
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::say;
use axum::Router;
use store::{Row, Tx, sql};

/// `/groups/{id}/reviews/…` and `/groups/comparison`.
pub fn routes() -> Router<App> {
    figures::routes().merge(writing::routes())
}

/// A review as pages show it; the private answer is not in it.
#[derive(Clone, Debug)]
pub struct Review {
    /// The group.
    pub group: Key,
    /// Its name.
    pub group_name: String,
    /// Who keeps it, and so answers for it.
    pub keeper: Key,
    /// The post's.
    pub slug: String,
    /// The post's.
    pub title: String,
    /// The post's.
    pub html: String,
    /// Whoever wrote it.
    pub name: String,
    /// `member`, `ex-member`, `guest`: as the author says.
    pub attended: String,
    /// The group's keeper confirmed a membership of theirs.
    pub confirmed: bool,
    /// ISO date.
    pub joined_on: Option<String>,
    /// ISO date.
    pub left_on: Option<String>,
    /// A month, minor units.
    pub fee: Option<i64>,
    /// Of the fee.
    pub currency: String,
    /// A month.
    pub hours: Option<i64>,
    /// 0: none yet.
    pub good_jobs: i64,
    /// The post's, µs.
    pub at: i64,
    /// Comments under it.
    pub comments: i64,
}

impl Review {
    /// "Member since 2022, confirmed by the group".
    pub fn standing(&self) -> String {
        let year = |iso: &Option<String>| iso.as_ref().and_then(|d| d.get(..4)).map(str::to_owned);
        let words = match (self.attended.as_str(), year(&self.joined_on), year(&self.left_on)) {
            ("guest", ..) => "Came as a guest".to_owned(),
            ("member", Some(from), _) => format!("Member since {from}"),
            ("member", ..) => "Member".to_owned(),
            (_, Some(from), Some(to)) => format!("Member from {from} to {to}"),
            _ => "Former member".to_owned(),
        };
        let how = if self.confirmed { "confirmed by the group" } else { "says so themselves" };
        format!("{words}, {how}")
    }

    /// "2 good jobs", "none yet".
    pub fn jobs_words(&self) -> String {
        if self.good_jobs == 0 { "none yet".to_owned() } else { say::count(self.good_jobs, "good job") }
    }

    /// "$85 a month".
    pub fn fee_words(&self) -> Option<String> {
        self.fee.map(|fee| format!("{} a month", say::money(fee, &self.currency)))
    }
}

fn review(r: &Row<'_>) -> store::Result<Review> {
    Ok(Review {
        group: r.get(0)?,
        group_name: r.get(1)?,
        slug: r.get(2)?,
        title: r.get(3)?,
        html: r.get(4)?,
        name: r.get(5)?,
        attended: r.get(6)?,
        confirmed: r.get(7)?,
        joined_on: r.get(8)?,
        left_on: r.get(9)?,
        fee: r.get(10)?,
        currency: r.get(11)?,
        hours: r.get(12)?,
        good_jobs: r.get(13)?,
        at: r.get(14)?,
        comments: r.get(15)?,
        keeper: r.get(16)?,
    })
}

/// The review a post is.
///
/// # Errors
/// The database's.
pub fn of_post(tx: &mut Tx<'_>, post: Key) -> Result<Option<Review>> {
    Ok(tx.row(
        sql!(
            "SELECT g.id, g.name, s.slug, s.title, s.html, COALESCE(NULLIF(s.author_name, ''), p.name, ''), v.attended,
               EXISTS (SELECT 1 FROM memberships m WHERE m.group_id = v.group_id AND m.party_id = v.author_id
                         AND m.confirmed_at IS NOT NULL) AND v.attended <> 'guest',
               v.joined_on, v.left_on, v.fee, v.currency, v.hours, v.good_jobs, s.created_at, s.comments,
               g.keeper_id
             FROM group_reviews v JOIN posts s ON s.id = v.post_id JOIN networking_groups g ON g.id = v.group_id
               LEFT JOIN parties p ON p.id = v.author_id WHERE v.post_id = $1"
        ),
        &[&post],
        review,
    )?)
}

/// Everything members may read about a group, newest first.
///
/// # Errors
/// The database's.
pub fn of_group(tx: &mut Tx<'_>, group: Key) -> Result<Vec<Review>> {
    Ok(tx.rows(
        sql!(
            "SELECT g.id, g.name, s.slug, s.title, s.html, COALESCE(NULLIF(s.author_name, ''), p.name, ''), v.attended,
               EXISTS (SELECT 1 FROM memberships m WHERE m.group_id = v.group_id AND m.party_id = v.author_id
                         AND m.confirmed_at IS NOT NULL) AND v.attended <> 'guest',
               v.joined_on, v.left_on, v.fee, v.currency, v.hours, v.good_jobs, s.created_at, s.comments,
               g.keeper_id
             FROM group_reviews v JOIN posts s ON s.id = v.post_id JOIN networking_groups g ON g.id = v.group_id
               LEFT JOIN parties p ON p.id = v.author_id
             WHERE v.group_id = $1 AND s.state = 'published' ORDER BY s.created_at DESC, s.id DESC LIMIT 200"
        ),
        &[&group],
        review,
    )?)
}

/// The group answers what is said of it, and decides nothing about it: not where its keeper is a moderator either.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn not_by_its_group(tx: &mut Tx<'_>, post: Key, by: Key) -> Result<()> {
    let keeps: Option<i64> = tx.value(
        sql!(
            "SELECT 1 FROM group_reviews v JOIN networking_groups g ON g.id = v.group_id
             WHERE v.post_id = $1 AND g.keeper_id = $2 AND v.author_id <> $2"
        ),
        &[&post, &by],
    )?;
    match keeps {
        Some(_) => Err(Error::Forbidden(
            "You keep the group that this is about. You can answer it; another moderator decides about it.".into(),
        )),
        None => Ok(()),
    }
}

/// Whether somebody may answer a post although it is closed: the keeper of the group that it reviews.
///
/// # Errors
/// The database's.
pub fn may_answer(tx: &mut Tx<'_>, post: &Post, me: Option<Key>) -> Result<bool> {
    let Some(me) = me.filter(|_| post.kind == "review") else { return Ok(false) };
    match not_by_its_group(tx, post.id, me) {
        Ok(()) => Ok(false),
        Err(Error::Forbidden(_)) => Ok(true),
        Err(other) => Err(other),
    }
}

/// How many reviews of a group can be read.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, group: Key) -> Result<i64> {
    let n = tx.value(
        sql!(
            "SELECT COUNT(*) FROM group_reviews v JOIN posts s ON s.id = v.post_id
             WHERE v.group_id = $1 AND s.state = 'published'"
        ),
        &[&group],
    )?;
    Ok(n.unwrap_or(0))
}
