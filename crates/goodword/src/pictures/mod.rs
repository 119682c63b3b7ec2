//! Pictures: decoded and encoded again by us, so that nothing of the file as sent is ever shown to anybody.

pub(crate) mod api;
mod decode;
mod pages;
#[cfg(test)]
mod tests;

pub use decode::{Of, Picture, read};
pub use pages::{Sent, routes};

use crate::error::{Error, Result};
use crate::key::Key;
use store::{DAY, Tx, sql};

/// The largest file taken, bytes.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// A form with such a file and a long text.
pub const MAX_FORM: usize = MAX_BYTES + 512 * 1024;
/// Pictures of one piece of work.
const MOST: i64 = 8;
/// Pictures one member sends for conversations in a day.
const A_DAY: i64 = 30;
/// Pictures in one post or comment.
const IN_TEXT: usize = 6;
/// One that was sent and never published is deleted after this (µs).
const UNUSED: i64 = DAY;

/// A picture as pages show it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// In its URL.
    pub id: Key,
    /// For people who cannot see it.
    pub alt: String,
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
}

/// The pictures of a piece of work, in the order they were added.
///
/// # Errors
/// The database's.
pub fn of_work(tx: &mut Tx<'_>, work: Key) -> Result<Vec<Shown>> {
    Ok(tx.rows(
        sql!("SELECT id, alt, width, height FROM pictures WHERE work_item_id = $1 ORDER BY created_at, id"),
        &[&work],
        |r| Ok(Shown { id: r.get(0)?, alt: r.get(1)?, width: r.get(2)?, height: r.get(3)? }),
    )?)
}

fn keep(tx: &mut Tx<'_>, owner: Key, work: Option<Key>, picture: &Picture, alt: &str) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO pictures (id, party_id, work_item_id, content_type, width, height, alt, bytes, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &[
            &id,
            &owner,
            &work,
            &picture.content_type,
            &i64::from(picture.width),
            &i64::from(picture.height),
            &alt,
            &picture.bytes,
            &now,
        ],
    )?;
    Ok(id)
}

/// Adds a picture to one's own piece of work.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::TooMany`] beyond eight.
pub fn add(tx: &mut Tx<'_>, owner: Key, work: Key, picture: &Picture, alt: &str) -> Result<Key> {
    crate::works::own(tx, owner, work)?;
    let have: i64 = tx.value(sql!("SELECT COUNT(*) FROM pictures WHERE work_item_id = $1"), &[&work])?.unwrap_or(0);
    if have >= MOST {
        return Err(Error::TooMany(format!("{MOST} pictures are shown already; take one away first.")));
    }
    keep(tx, owner, Some(work), picture, alt)
}

/// Sets one's own photo; the one before is deleted. Without one the initials stand there.
///
/// # Errors
/// The database's.
pub fn set_photo(tx: &mut Tx<'_>, owner: Key, picture: Option<&Picture>) -> Result<()> {
    let before: Option<Key> =
        tx.value::<Option<Key>>(sql!("SELECT photo_id FROM profiles WHERE party_id = $1"), &[&owner])?.flatten();
    let id = picture.map(|p| keep(tx, owner, None, p, "")).transpose()?;
    tx.execute(sql!("UPDATE profiles SET photo_id = $1 WHERE party_id = $2"), &[&id, &owner])?;
    if let Some(before) = before {
        tx.execute(sql!("DELETE FROM pictures WHERE id = $1 AND party_id = $2"), &[&before, &owner])?;
    }
    Ok(())
}

/// Keeps a picture that a member will show in a post or comment; nobody else sees it until that is published. Returns its
/// id and the Markdown for it.
///
/// # Errors
/// [`Error::TooMany`] beyond thirty a day.
pub fn for_text(tx: &mut Tx<'_>, owner: Key, picture: &Picture, alt: &str) -> Result<(Key, String)> {
    let since = tx.now() - DAY;
    let today: i64 = tx
        .value(
            sql!("SELECT COUNT(*) FROM pictures WHERE party_id = $1 AND work_item_id IS NULL AND created_at > $2"),
            &[&owner, &since],
        )?
        .unwrap_or(0);
    if today >= A_DAY {
        return Err(Error::TooMany(format!("You sent {A_DAY} pictures today, the most there can be.")));
    }
    let id = keep(tx, owner, None, picture, alt)?;
    let words: String = alt.chars().map(|c| if matches!(c, '[' | ']' | '\\' | '`') { ' ' } else { c }).collect();
    Ok((id, format!("![{}](/pictures/{id})", words.trim())))
}

/// Ids of the pictures a text names, in order.
fn named(text: &str) -> Vec<Key> {
    let mut all: Vec<Key> = Vec::new();
    for part in text.split("/pictures/").skip(1) {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        if let Ok(id) = part[..end].parse::<Key>()
            && !all.contains(&id)
        {
            all.push(id);
        }
    }
    all
}

/// The pictures a text shows, each with what it says of it: for the form in which that text is changed.
pub fn in_text(text: &str) -> Vec<(Key, &str)> {
    images(text).map(|(at, id)| (id, text[at].trim_start_matches("![").split("](").next().unwrap_or(""))).collect()
}

/// A text without some of the pictures it shows.
fn without(text: &str, gone: &[Key]) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (image, _) in images(text).filter(|(_, id)| gone.contains(id)) {
        out.push_str(&text[from..image.start]);
        from = image.end;
        // A picture that stood by itself leaves no gap.
        if out.is_empty() || out.ends_with("\n\n") {
            from += text[from..].len() - text[from..].trim_start_matches('\n').len();
        }
    }
    out.push_str(&text[from..]);
    out
}

/// Where a text shows pictures of ours, and which, in order.
fn images(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, Key)> {
    text.match_indices("](/pictures/").filter_map(|(at, begin)| {
        let start = text[..at].rfind("![")?;
        let id = &text[at + begin.len()..];
        let id = &id[..id.find(')')?];
        Some((start..at + begin.len() + id.len() + 1, id.parse().ok()?))
    })
}

/// What shows a picture.
#[derive(Clone, Copy, Debug)]
pub enum In {
    /// A post.
    Post(Key),
    /// A comment.
    Comment(Key),
}

/// Publishes with a post or comment the pictures of its author that its text names; who may read it sees them. Those it
/// named before and names no more are its author's alone again, and deleted like what was never published.
///
/// # Errors
/// [`Error::Invalid`] for too many.
pub fn publish(tx: &mut Tx<'_>, owner: Key, shown_in: In, text: &str) -> Result<()> {
    let named = named(text);
    if named.len() > IN_TEXT {
        return Err(Error::field("text", format!("At most {IN_TEXT} pictures fit here.")));
    }
    let before: Vec<Key> = match shown_in {
        In::Post(id) => {
            tx.rows(sql!("SELECT picture_id FROM post_pictures WHERE post_id = $1"), &[&id], |r| r.get(0))?
        }
        In::Comment(id) => {
            tx.rows(sql!("SELECT picture_id FROM comment_pictures WHERE comment_id = $1"), &[&id], |r| r.get(0))?
        }
    };
    for picture in before.iter().filter(|picture| !named.contains(picture)) {
        let statement = match shown_in {
            In::Post(_) => sql!("DELETE FROM post_pictures WHERE picture_id = $1"),
            In::Comment(_) => sql!("DELETE FROM comment_pictures WHERE picture_id = $1"),
        };
        tx.execute(statement, &[picture])?;
    }
    let own = tx.rows_in(
        sql!(
            "SELECT c.id FROM pictures c WHERE c.party_id = $1 AND c.work_item_id IS NULL AND c.id IN ($list)
               AND NOT EXISTS (SELECT 1 FROM profiles f WHERE f.photo_id = c.id)"
        ),
        &[&owner],
        &named,
        |r| r.get::<Key>(0),
    )?;
    for picture in own {
        let (statement, id) = match shown_in {
            In::Post(id) => (
                sql!(
                    "INSERT INTO post_pictures (picture_id, post_id) VALUES ($1, $2) ON CONFLICT (picture_id) DO NOTHING"
                ),
                id,
            ),
            In::Comment(id) => (
                sql!(
                    "INSERT INTO comment_pictures (picture_id, comment_id) VALUES ($1, $2)
                     ON CONFLICT (picture_id) DO NOTHING"
                ),
                id,
            ),
        };
        tx.execute(statement, &[&picture, &id])?;
    }
    Ok(())
}

/// Deletes the pictures of a comment whose words are deleted for good.
///
/// # Errors
/// The database's.
pub fn delete_of_comment(tx: &mut Tx<'_>, comment: Key) -> Result<()> {
    let all: Vec<Key> =
        tx.rows(sql!("SELECT picture_id FROM comment_pictures WHERE comment_id = $1"), &[&comment], |r| r.get(0))?;
    tx.execute(sql!("DELETE FROM comment_pictures WHERE comment_id = $1"), &[&comment])?;
    for id in all {
        tx.execute(sql!("DELETE FROM pictures WHERE id = $1"), &[&id])?;
    }
    Ok(())
}

/// Deletes what was sent for conversations and never published.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Tx<'_>) -> Result<()> {
    let before = tx.now() - UNUSED;
    tx.execute(
        sql!(
            "DELETE FROM pictures WHERE work_item_id IS NULL AND created_at < $1
               AND NOT EXISTS (SELECT 1 FROM profiles f WHERE f.photo_id = pictures.id)
               AND NOT EXISTS (SELECT 1 FROM comment_pictures x WHERE x.picture_id = pictures.id)
               AND NOT EXISTS (SELECT 1 FROM post_pictures x WHERE x.picture_id = pictures.id)"
        ),
        &[&before],
    )?;
    Ok(())
}

/// Deletes one's own picture; returns the piece of work it belonged to.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn remove(tx: &mut Tx<'_>, owner: Key, id: Key) -> Result<Option<Key>> {
    let work: Option<Option<Key>> =
        tx.value(sql!("SELECT work_item_id FROM pictures WHERE id = $1 AND party_id = $2"), &[&id, &owner])?;
    let work = work.ok_or(Error::NotFound)?;
    tx.execute(sql!("UPDATE profiles SET photo_id = NULL WHERE photo_id = $1"), &[&id])?;
    tx.execute(sql!("DELETE FROM pictures WHERE id = $1"), &[&id])?;
    Ok(work)
}

/// Type and bytes of a picture this visitor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn open(tx: &mut Tx<'_>, who: &crate::viewer::Who, id: Key) -> Result<(String, Vec<u8>)> {
    let me = who.id();
    let signed_in = who.member.is_some();
    let open = who.open;
    let moderator = who.member.as_ref().is_some_and(|m| m.role >= crate::roles::Role::Moderator);
    tx.row(
        sql!(
            "SELECT c.content_type, c.bytes FROM pictures c JOIN profiles f ON f.party_id = c.party_id
               LEFT JOIN work_items w ON w.id = c.work_item_id
             WHERE c.id = $1 AND (c.party_id = $2
               OR (($3 OR ($4 AND f.is_public)) AND ((w.id IS NOT NULL AND w.deleted_at IS NULL) OR f.photo_id = c.id))
               OR EXISTS (SELECT 1 FROM post_pictures x JOIN posts s ON s.id = x.post_id
                          WHERE x.picture_id = c.id AND ($5 OR (s.state = 'published'
                            AND ($3 OR ($4 AND s.visibility = 'public')))))
               OR EXISTS (SELECT 1 FROM comment_pictures x JOIN comments o ON o.id = x.comment_id
                            JOIN posts s ON s.id = o.post_id
                          WHERE x.picture_id = c.id AND ($5 OR (o.state = 'approved' AND s.state = 'published'
                            AND ($3 OR ($4 AND s.visibility = 'public'))))))"
        ),
        &[&id, &me, &signed_in, &open, &moderator],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?
    .ok_or(Error::NotFound)
}
