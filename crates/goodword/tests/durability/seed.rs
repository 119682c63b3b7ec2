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

/// Makes `n` members, each with a session.
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
