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

/// What a reader learns of comments beyond their text.
#[derive(Default)]
pub struct Facts {
    /// Comments whose author's own vouch stands behind whom they name.
    pub vouched: Vec<Key>,
    /// Comments this reader called useful.
    pub useful: Vec<Key>,
}

/// Takes names away that this reader may not know, and says behind which the author's own vouch stands, and what this
/// reader called useful: signed-out people read neither a private profile's name nor vouches.
///
/// # Errors
/// The database's.
pub fn settle(tx: &mut Tx<'_>, me: Option<Key>, comments: &mut [Shown]) -> Result<Facts> {
    let signed_in = me.is_some();
    let asked: Vec<Key> =
        comments.iter().filter(|c| c.named.is_some() || (signed_in && c.useful > 0)).map(|c| c.id).collect();
    if asked.is_empty() {
        return Ok(Facts::default());
    }
    let known: HashMap<Key, (bool, bool, bool)> = tx
        .rows_in(
            sql!(
                "SELECT c.id, COALESCE(f.is_public, FALSE),
                   EXISTS (SELECT 1 FROM vouches v WHERE v.from_id = c.author_id AND v.to_id = c.named_id
                             AND v.state = 'live' AND v.hidden_at IS NULL),
                   EXISTS (SELECT 1 FROM usefuls u WHERE u.comment_id = c.id AND u.party_id = $1)
                 FROM comments c LEFT JOIN profiles f ON f.party_id = c.named_id WHERE c.id IN ($list)"
            ),
            &[&me],
            &asked,
            |r| Ok((r.get::<Key>(0)?, (r.get::<bool>(1)?, r.get::<bool>(2)?, r.get::<bool>(3)?))),
        )?
        .into_iter()
        .collect();
    for comment in comments.iter_mut() {
        if !known.get(&comment.id).is_some_and(|(public, ..)| signed_in || *public) {
            comment.named = None;
        }
    }
    let those =
        |which: fn(&(bool, bool, bool)) -> bool| known.iter().filter(|(_, f)| which(f)).map(|(id, _)| *id).collect();
    let vouched = if signed_in { those(|f| f.1) } else { Vec::new() };
    Ok(Facts { vouched, useful: those(|f| f.2) })
}
