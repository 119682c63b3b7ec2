//! Members who are signed in, put straight into the tables.

use sha2::{Digest, Sha256};
use store::{Db, Error, Uuid, sql};

/// Somebody who writes.
#[derive(Clone, Debug)]
pub struct Person {
    /// As in forms.
    pub key: String,
    /// As in paths.
    pub handle: String,
    /// Of their session.
    pub token: String,
}

/// Where the conversation is that they write in.
pub const SLUG: &str = "what-went-well";

/// Makes `n` members, each with a session, and a conversation.
pub fn people(db: &Db, n: usize) -> Vec<Person> {
    db.write_here(|tx| {
        let (now, mut all) = (tx.now(), Vec::new());
        for i in 0..n {
            let (id, session) = (tx.id(), tx.id());
            let (handle, token) = (format!("person-{i}"), format!("token-of-{i}"));
            tx.execute(
                sql!(
                    "INSERT INTO parties (id, kind, status, handle, name, folded, email, joined_at, version)
                     VALUES ($1, 'member', 'active', $2, $3, $3, $4, $5, 1)"
                ),
                &[&id, &handle, &format!("Person {i}"), &format!("{handle}@example.org"), &now],
            )?;
            tx.execute(
                sql!(
                    "INSERT INTO profiles (party_id, headline, bio, keywords, town, wanted, unwanted, currency, website,
                       links, is_public, findable, asks_paused, version)
                     VALUES ($1, '', '', '', '', '', '', 'USD', '', '', TRUE, FALSE, FALSE, 1)"
                ),
                &[&id],
            )?;
            let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
            tx.execute(
                sql!(
                    "INSERT INTO sessions (id, token_hash, party_id, agent, created_at, seen_at, expires_at)
                     VALUES ($1, $2, $3, '', $4, $4, $5)"
                ),
                &[&session, &hash, &id, &now, &(now + 90 * store::DAY)],
            )?;
            if i == 0 {
                let post = tx.id();
                tx.execute(
                    sql!(
                        "INSERT INTO posts (id, slug, kind, author_id, author_name, author_email, author_url, title, format,
                           text, html, excerpt, folded, visibility, state, held_for, pings_open, comments, roots,
                           last_number, created_at, active_at, version)
                         VALUES ($1, $2, 'discussion', $3, '', '', '', 'What went well', 'markdown', 'x', 'x', 'x', 'x',
                           'members', 'published', '', FALSE, 0, 0, 0, $4, $4, 1)"
                    ),
                    &[&post, &SLUG, &id, &now],
                )?;
            }
            all.push(Person { key: key(id), handle, token });
        }
        Ok::<_, Error>(all)
    })
    .unwrap()
}

/// An id as it stands in URLs: Crockford's base 32.
fn key(id: Uuid) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    (0..26).rev().map(|i| char::from(DIGITS[usize::try_from((id.as_u128() >> (i * 5)) & 31).unwrap()])).collect()
}
