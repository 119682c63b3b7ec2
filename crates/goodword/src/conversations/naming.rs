//! Comments that name a professional: where they lead to a vouch, and whose vouch stands behind them.

use super::plain;
use super::read::Shown;
use crate::error::Result;
use crate::key::Key;
use std::collections::HashMap;
use store::{Tx, sql};

/// What a vouch can begin with: nothing but what its giver wrote; basis, ties and confidence are still asked.
pub struct Naming {
    /// The words, plain.
    pub words: String,
    /// Occupation code the post is about.
    pub field: Option<String>,
    /// The post's.
    pub title: String,
    /// The post's.
    pub slug: String,
}

/// What `me` wrote in a comment that names `whom`, if there is such a one.
///
/// # Errors
/// The database's.
pub fn naming(tx: &mut Tx<'_>, me: Key, whom: Key, comment: Key) -> Result<Option<Naming>> {
    Ok(tx.row(
        sql!(
            "SELECT c.format, c.text, s.field, s.title, s.slug FROM comments c JOIN posts s ON s.id = c.post_id
             WHERE c.id = $1 AND c.author_id = $2 AND c.browser_id IS NULL AND c.named_id = $3
               AND c.state IN ('approved', 'held')"
        ),
        &[&comment, &me, &whom],
        |r| {
            let (format, text): (String, String) = (r.get(0)?, r.get(1)?);
            let words = crate::say::shorten(&plain(&format, &text), crate::input::Words::MAX);
            Ok(Naming { words, field: r.get(2)?, title: r.get(3)?, slug: r.get(4)? })
        },
    )?)
}

/// Takes names away that this reader may not know, and says behind which the author's own vouch stands: signed-out people
/// read neither a private profile's name nor vouches.
///
/// # Errors
/// The database's.
pub fn settle(tx: &mut Tx<'_>, signed_in: bool, comments: &mut [Shown]) -> Result<Vec<Key>> {
    let naming: Vec<Key> = comments.iter().filter(|c| c.named.is_some()).map(|c| c.id).collect();
    if naming.is_empty() {
        return Ok(Vec::new());
    }
    let known: HashMap<Key, (bool, bool)> = tx
        .rows_in(
            sql!(
                "SELECT c.id, f.is_public,
                   EXISTS (SELECT 1 FROM vouches v WHERE v.from_id = c.author_id AND v.to_id = c.named_id
                             AND v.state = 'live' AND v.hidden_at IS NULL)
                 FROM comments c JOIN profiles f ON f.party_id = c.named_id WHERE c.id IN ($list)"
            ),
            &[],
            &naming,
            |r| Ok((r.get::<Key>(0)?, (r.get::<bool>(1)?, r.get::<bool>(2)?))),
        )?
        .into_iter()
        .collect();
    for comment in comments.iter_mut() {
        if !known.get(&comment.id).is_some_and(|(public, _)| signed_in || *public) {
            comment.named = None;
        }
    }
    Ok(known.into_iter().filter(|(_, (_, vouched))| signed_in && *vouched).map(|(id, _)| id).collect())
}
