//! Being here or away. Whoever is away is not recommended, listed or asked, and the words they gave neither count nor show;
//! all of it is back when they are.

use crate::error::Result;
use crate::key::Key;
use store::{Tx, sql};

/// A member is away from now on: signed out everywhere.
///
/// # Errors
/// The database's.
pub fn leave(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    let left = tx.execute(
        sql!(
            "UPDATE parties SET status = 'deactivated', version = version + 1
             WHERE id = $1 AND kind = 'member' AND status = 'active'"
        ),
        &[&party],
    )?;
    tx.execute(sql!("DELETE FROM sessions WHERE party_id = $1"), &[&party])?;
    if left == 1 { tell_engine(tx, party) } else { Ok(()) }
}

/// A member is back. Whoever is suspended, or about to be erased, stays away.
///
/// # Errors
/// The database's.
pub fn come_back(tx: &mut Tx<'_>, party: Key) -> Result<bool> {
    let now = tx.now();
    let back = tx.execute(
        sql!(
            "UPDATE parties SET status = 'active', version = version + 1
             WHERE id = $1 AND kind = 'member' AND status = 'deactivated'
               AND NOT EXISTS (SELECT 1 FROM sanctions s WHERE s.party_id = $1 AND s.kind = 'suspension'
                 AND s.lifted_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > $2))
               AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.party_id = $1)"
        ),
        &[&party, &now],
    )?;
    if back == 1 {
        tell_engine(tx, party)?;
    }
    Ok(back == 1)
}

fn tell_engine(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    tx.change("party", party.0)?;
    let given: Vec<Key> =
        tx.rows(sql!("SELECT id FROM vouches WHERE from_id = $1 AND state = 'live'"), &[&party], |r| r.get(0))?;
    for vouch in given {
        tx.change("vouch", vouch.0)?;
    }
    Ok(())
}
