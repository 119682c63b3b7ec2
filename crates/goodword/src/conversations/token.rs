//! What a form carries along to prove that we showed it and when, and how a network address is kept without keeping it.

use crate::key::{Key, hash_token};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::IpAddr;
use store::{DAY, Db, Tx, sql};

/// A form that was shown: the same id sent twice is one comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its own.
    pub id: Key,
    /// When it was shown, µs.
    pub at: i64,
}

/// This network's secret, made on first use; the same on every node.
///
/// # Errors
/// The database's.
pub fn network_secret(db: &Db) -> crate::error::Result<[u8; 32]> {
    let read = |tx: &mut Tx<'_>| tx.value::<String>(sql!("SELECT value FROM settings WHERE name = 'secret'"), &[]);
    let known = db.read_here(read)?;
    let text = match known {
        Some(text) => text,
        None => db.write_here(|tx| {
            let new = crate::key::new_token(tx.clock());
            tx.execute(
                sql!("INSERT INTO settings (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING"),
                &[&new],
            )?;
            read(tx).map(Option::unwrap_or_default)
        })?,
    };
    Ok(hash_token(&text))
}

/// The same, inside a transaction: for jobs.
///
/// # Errors
/// The database's.
pub fn secret(tx: &mut Tx<'_>) -> crate::error::Result<[u8; 32]> {
    let text: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = 'secret'"), &[])?;
    Ok(hash_token(&text.unwrap_or_default()))
}

/// Proves that a link to a row came from us, without a row of its own.
pub fn proof(secret: &[u8; 32], id: Key) -> String {
    mac(secret, &[b"proof", id.0.as_bytes()])[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// An id that is the same for the same two things.
pub fn derived(secret: &[u8; 32], id: Key, at: i64) -> Key {
    let mac = mac(secret, &[b"derived", id.0.as_bytes(), &at.to_be_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&mac[..16]);
    Key(store::Uuid::from_bytes(bytes))
}

fn mac(secret: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return [0; 32] };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(0).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn signature(secret: &[u8; 32], id: Key, at: i64, about: &str) -> String {
    let mac = mac(secret, &[b"form", id.0.as_bytes(), &at.to_be_bytes(), about.as_bytes()]);
    mac[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// The text of a hidden field for a form about something (a post), shown at `at`.
pub fn issue(secret: &[u8; 32], id: Key, at: i64, about: &str) -> String {
    format!("{id}.{at}.{}", signature(secret, id, at, about))
}

/// Reads what [`issue`] made for the same thing; anything else is no form of ours.
pub fn open(secret: &[u8; 32], about: &str, text: &str) -> Option<Form> {
    let mut parts = text.splitn(3, '.');
    let (id, at, signed) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    // Not a secret comparison: whoever guesses bytes of it learns to post a comment, which anybody may.
    (signature(secret, id, at, about) == signed).then_some(Form { id, at })
}

/// What stands for a network address for a day: enough to count by, not to find anybody by. A whole IPv6 network counts
/// as one.
pub fn address_hash(secret: &[u8; 32], address: IpAddr, now: i64) -> Vec<u8> {
    let day = now.div_euclid(DAY).to_be_bytes();
    let bytes = match address {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => {
            six.to_ipv4_mapped().map_or_else(|| six.octets()[..8].to_vec(), |four| four.octets().to_vec())
        }
    };
    mac(secret, &[b"address", &day, &bytes])[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_ours_only_as_we_made_it() {
        let (secret, id) = ([7; 32], Key::default());
        let text = issue(&secret, id, 42, "a-post");
        assert_eq!(open(&secret, "a-post", &text), Some(Form { id, at: 42 }));
        assert_eq!(open(&secret, "another", &text), None);
        assert_eq!(open(&[8; 32], "a-post", &text), None);
        assert_eq!(open(&secret, "a-post", &text.replacen(".42.", ".43.", 1)), None);
        for bad in ["", ".", "x.y.z", "00000000000000000000000000.1."] {
            assert_eq!(open(&secret, "a-post", bad), None, "{bad}");
        }
    }

    #[test]
    fn an_address_is_the_same_for_a_day_and_never_itself() {
        let (secret, a) = ([7; 32], "192.0.2.7".parse().unwrap());
        let today = address_hash(&secret, a, 5 * DAY);
        assert_eq!(today, address_hash(&secret, a, 5 * DAY + 1));
        assert_eq!(today, address_hash(&secret, "::ffff:192.0.2.7".parse().unwrap(), 5 * DAY));
        assert_ne!(today, address_hash(&secret, a, 6 * DAY));
        let (one, two) = ("2001:db8:1:2::1".parse().unwrap(), "2001:db8:1:2:ffff::9".parse().unwrap());
        assert_eq!(address_hash(&secret, one, 0), address_hash(&secret, two, 0));
    }
}
