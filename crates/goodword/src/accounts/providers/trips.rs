//! What a trip to a provider leaves in the database, and what its end means for whom: the rules of linking.

use super::flow::{Person, Secrets};
use crate::accounts::sessions::{Stay, start};
use crate::error::{Error, Result};
use crate::input::{Email, Name};
use crate::key::{Key, hash_token, new_token};
use crate::mail::{self, Letter, Part};
use crate::{invitations, vouches};
use store::{Tx, sql};

/// A trip may take this long (µs), the choice at its end included.
const LIFE: i64 = 20 * 60 * 1_000_000;

/// A trip that came back.
#[derive(Clone, Debug)]
pub struct Trip {
    /// Of the id token.
    pub nonce: String,
    /// Of PKCE.
    pub verifier: String,
    /// Where the person wanted to go.
    pub next: String,
    /// How long they stay signed in.
    pub stay: Stay,
    /// The member who connects an account; `None` signs in.
    pub connecting: Option<Key>,
}

/// Notes that somebody leaves for a provider.
///
/// # Errors
/// The database's.
pub fn depart(
    tx: &mut Tx<'_>,
    provider: &str,
    browser: &str,
    next: &str,
    stay: Stay,
    connecting: Option<Key>,
) -> Result<Secrets> {
    let (state, nonce, verifier) = (new_token(tx.clock()), new_token(tx.clock()), new_token(tx.clock()));
    let now = tx.now();
    tx.execute(sql!("DELETE FROM trips WHERE expires_at < $1"), &[&now])?;
    tx.execute(
        sql!(
            "INSERT INTO trips (state_hash, browser_hash, provider, nonce, verifier, next, remembered, party_id, created_at,
               expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &[
            &hash_token(&state),
            &hash_token(browser),
            &provider,
            &nonce,
            &verifier,
            &next,
            &(stay == Stay::Long),
            &connecting,
            &now,
            &(now + LIFE),
        ],
    )?;
    Ok(Secrets { state, nonce, verifier })
}

/// Takes a trip's answer: once, from the browser that left, at the provider it left for.
///
/// # Errors
/// [`Error::Gone`] for every other answer.
pub fn come_back(tx: &mut Tx<'_>, provider: &str, state: &str, browser: &str) -> Result<Trip> {
    let now = tx.now();
    let taken = tx.execute(
        sql!(
            "UPDATE trips SET returned_at = $1 WHERE state_hash = $2 AND browser_hash = $3 AND provider = $4
               AND returned_at IS NULL AND expires_at > $1"
        ),
        &[&now, &hash_token(state), &hash_token(browser), &provider],
    )?;
    if taken == 0 {
        return Err(lost());
    }
    tx.row(
        sql!("SELECT nonce, verifier, next, remembered, party_id FROM trips WHERE state_hash = $1"),
        &[&hash_token(state)],
        |r| {
            let stay = if r.get(3)? { Stay::Long } else { Stay::Short };
            Ok(Trip { nonce: r.get(0)?, verifier: r.get(1)?, next: r.get(2)?, stay, connecting: r.get(4)? })
        },
    )?
    .ok_or_else(lost)
}

fn lost() -> Error {
    Error::Gone(
        "This sign-in was finished already, took too long, or was begun in another browser. Please begin again.".into(),
    )
}

/// What is known of somebody who comes with an account elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// A member.
    Member(Key),
    /// Somebody else we know: a guest, a client, somebody invited.
    Other(Key),
    /// Deactivated or erased.
    Closed,
}

/// What follows from who came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// Sign this party in; `link` when the account is new to us.
    Enter { party: Key, link: bool },
    /// The account is connected to the member who asked, now or before.
    Connect { party: Key, link: bool },
    /// Ask what they want to be here.
    Choose,
    /// It cannot be: a sentence.
    Refuse(&'static str),
}

/// The rule. `account` is whom the account was connected to before, `address` whose the verified address is.
pub fn decide(
    connecting: Option<Key>,
    account: Option<Known>,
    address: Option<Known>,
    in_conversation: bool,
) -> Course {
    const CLOSED: &str =
        "Your membership here has ended, so this account opens nothing. The operator can tell you more.";
    const TAKEN: &str = "That account is connected to somebody else here. Nothing was changed.";
    match (connecting, account, address) {
        (Some(me), Some(Known::Member(party)), _) if party == me => Course::Connect { party: me, link: false },
        (Some(_), Some(Known::Member(_) | Known::Closed), _) => Course::Refuse(TAKEN),
        // What they did as a guest stays the guest's; the account is the member's from now on.
        (Some(me), _, _) => Course::Connect { party: me, link: true },
        (None, Some(Known::Member(party)), _) => Course::Enter { party, link: false },
        (None, Some(Known::Closed), _) | (None, None, Some(Known::Closed)) => Course::Refuse(CLOSED),
        (None, _, Some(Known::Member(party))) => Course::Enter { party, link: true },
        (None, Some(Known::Other(party)), _) if in_conversation => Course::Enter { party, link: false },
        (None, _, _) => Course::Choose,
    }
}

/// What became of a trip.
pub enum End {
    /// Signed in: the session's secret.
    Entered(String),
    /// Connected.
    Connected,
    /// The person has to say what they want to be here.
    Choose,
}

/// Brings a trip to its end.
///
/// # Errors
/// [`Error::Forbidden`] with the reason where it cannot be.
pub fn arrive(
    tx: &mut Tx<'_>,
    site: &Letterhead,
    provider: (&str, &str),
    state: &str,
    trip: &Trip,
    person: &Person,
    agent: &str,
) -> Result<End> {
    let account = by_account(tx, person)?;
    let address = match verified(person) {
        Some(email) => by_address(tx, &email)?,
        None => None,
    };
    let in_conversation = trip.next.starts_with("/conversations");
    match decide(trip.connecting, account, address, in_conversation) {
        Course::Refuse(sentence) => Err(Error::Forbidden(sentence.into())),
        Course::Connect { party, link } => {
            if link {
                connect(tx, party, provider.0, person)?;
            }
            Ok(End::Connected)
        }
        Course::Enter { party, link } => {
            if link {
                connect(tx, party, provider.0, person)?;
                tell(tx, site, party, provider.1, &person.label)?;
            }
            let now = tx.now();
            tx.execute(
                sql!("UPDATE identities SET used_at = $1, label = $2 WHERE issuer = $3 AND subject = $4"),
                &[&now, &person.label, &person.issuer, &person.subject],
            )?;
            Ok(End::Entered(start(tx, party, agent, trip.stay)?))
        }
        Course::Choose => {
            tx.execute(
                sql!("UPDATE trips SET issuer = $1, subject = $2, label = $3, name = $4, email = $5 WHERE state_hash = $6"),
                &[&person.issuer, &person.subject, &person.label, &person.name, &person.email, &hash_token(state)],
            )?;
            Ok(End::Choose)
        }
    }
}

/// What a letter needs to know of the site.
#[derive(Clone)]
pub struct Letterhead {
    /// Without a slash at the end.
    pub public_url: String,
    /// The network's name.
    pub network: String,
}

fn verified(person: &Person) -> Option<Email> {
    person.email.as_deref().and_then(|e| Email::parse("email", e).ok())
}

fn known(party: Key, kind: &str, status: &str) -> Known {
    match (kind, status) {
        ("member", "active") => Known::Member(party),
        (_, "active") => Known::Other(party),
        _ => Known::Closed,
    }
}

fn by_account(tx: &mut Tx<'_>, person: &Person) -> Result<Option<Known>> {
    Ok(tx.row(
        sql!(
            "SELECT p.id, p.kind, p.status FROM identities i JOIN parties p ON p.id = i.party_id
             WHERE i.issuer = $1 AND i.subject = $2"
        ),
        &[&person.issuer, &person.subject],
        |r| Ok(known(r.get(0)?, &r.get::<String>(1)?, &r.get::<String>(2)?)),
    )?)
}

fn by_address(tx: &mut Tx<'_>, email: &Email) -> Result<Option<Known>> {
    Ok(tx.row(sql!("SELECT id, kind, status FROM parties WHERE email = $1"), &[email], |r| {
        Ok(known(r.get(0)?, &r.get::<String>(1)?, &r.get::<String>(2)?))
    })?)
}

/// Connects an account to a party, taking it from the guest it was connected to before.
fn connect(tx: &mut Tx<'_>, party: Key, provider: &str, person: &Person) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO identities (id, party_id, provider, issuer, subject, label, created_at, used_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (issuer, subject) DO UPDATE SET party_id = excluded.party_id, used_at = excluded.used_at"
        ),
        &[&id, &party, &provider, &person.issuer, &person.subject, &person.label, &now],
    )?;
    Ok(())
}

/// A member whose account elsewhere was recognised by its address hears of it.
fn tell(tx: &mut Tx<'_>, site: &Letterhead, party: Key, provider: &str, label: &str) -> Result<()> {
    let found = tx.row(sql!("SELECT name, email FROM parties WHERE id = $1"), &[&party], |r| {
        Ok((r.get::<String>(0)?, r.get::<Option<String>>(1)?))
    })?;
    let Some((name, Some(address))) = found else { return Ok(()) };
    mail::post(
        tx,
        &site.public_url,
        &Letter {
            kind: "account",
            about: None,
            to: Some(party),
            address: &address,
            name: &name,
            subject: format!("Your {provider} account now signs you in to {}", site.network),
            parts: vec![
                Part::Text(format!(
                    "Somebody signed in with the {provider} account {label}. {provider} says that your address here is its own, \
                     so it is connected to you from now on."
                )),
                Part::Text(
                    "If that was you, there is nothing to do. If not, disconnect it and change your password there."
                        .into(),
                ),
                Part::Button("Look at how you sign in".into(), "/account".into()),
            ],
            card: None,
        },
    )?;
    Ok(())
}

/// Somebody who came back and has to choose.
#[derive(Clone, Debug)]
pub struct Newcomer {
    person: Person,
    provider: String,
    next: String,
    stay: Stay,
    /// Whom that address was invited as, with the inviter's name.
    invited: Option<String>,
}

impl Newcomer {
    /// What to call them, as the provider says.
    pub fn name(&self) -> &str {
        &self.person.name
    }

    /// How the account is called.
    pub fn label(&self) -> &str {
        &self.person.label
    }

    /// The provider's id.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// How long they stay signed in.
    pub fn stay(&self) -> Stay {
        self.stay
    }

    /// Where they wanted to go.
    pub fn next(&self) -> &str {
        &self.next
    }

    /// Their address, where the provider has checked it.
    pub fn email(&self) -> Option<&str> {
        self.person.email.as_deref()
    }

    /// Who has invited them.
    pub fn inviter(&self) -> Option<&str> {
        self.invited.as_deref()
    }

    /// Members have an address that is theirs, and come by invitation where the network is not open.
    pub fn may_join(&self, open: bool) -> bool {
        verified(&self.person).is_some() && (open || self.invited.is_some())
    }

    /// Guests take part in conversations: there, and nowhere else.
    pub fn may_be_guest(&self) -> bool {
        self.next.starts_with("/conversations")
    }
}

/// Reads who stands before the choice.
///
/// # Errors
/// [`Error::Gone`] when nobody does in this browser.
pub fn newcomer(tx: &mut Tx<'_>, state: &str, browser: &str) -> Result<Newcomer> {
    let now = tx.now();
    let mut found = tx
        .row(
            sql!(
                "SELECT issuer, subject, label, name, email, provider, next, remembered FROM trips
                 WHERE state_hash = $1 AND browser_hash = $2 AND subject IS NOT NULL AND expires_at > $3"
            ),
            &[&hash_token(state), &hash_token(browser), &now],
            |r| {
                let person = Person {
                    issuer: r.get::<Option<String>>(0)?.unwrap_or_default(),
                    subject: r.get::<Option<String>>(1)?.unwrap_or_default(),
                    label: r.get::<Option<String>>(2)?.unwrap_or_default(),
                    name: r.get::<Option<String>>(3)?.unwrap_or_default(),
                    email: r.get(4)?,
                };
                let stay = if r.get(7)? { Stay::Long } else { Stay::Short };
                Ok(Newcomer { person, provider: r.get(5)?, next: r.get(6)?, stay, invited: None })
            },
        )?
        .ok_or_else(lost)?;
    if let Some(email) = verified(&found.person) {
        found.invited = tx.value(
            sql!(
                "SELECT i.name FROM parties p JOIN parties i ON i.id = p.invited_by
                 WHERE p.email = $1 AND p.kind <> 'member' AND p.status = 'active'"
            ),
            &[&email],
        )?;
    }
    Ok(found)
}

/// The newcomer becomes a member. Returns the session's secret.
///
/// # Errors
/// [`Error::Forbidden`] where they may not.
pub fn join(tx: &mut Tx<'_>, state: &str, browser: &str, name: &Name, open: bool, agent: &str) -> Result<String> {
    let new = newcomer(tx, state, browser)?;
    let Some(email) = verified(&new.person).filter(|_| new.may_join(open)) else {
        return Err(Error::Forbidden("This network is for people a member has invited.".into()));
    };
    let party = match vouches::party_by_email(tx, &email)? {
        Some((party, kind)) if kind == "member" => party,
        known => invitations::join_with(tx, known.map(|(party, _)| party), name, &email)?,
    };
    settle(tx, state, &new, party, agent)
}

/// The newcomer takes part in conversations as a guest. Returns the session's secret.
///
/// # Errors
/// [`Error::Forbidden`] anywhere else.
pub fn be_guest(tx: &mut Tx<'_>, state: &str, browser: &str, agent: &str) -> Result<String> {
    let new = newcomer(tx, state, browser)?;
    if !new.may_be_guest() {
        return Err(Error::Forbidden("Guests take part in conversations only.".into()));
    }
    let email = verified(&new.person);
    let known = match &email {
        Some(email) => vouches::party_by_email(tx, email)?.map(|(party, _)| party),
        None => None,
    };
    let party = match known {
        Some(party) => party,
        None => {
            let name = [new.name(), new.label()].into_iter().find_map(|n| Name::parse("name", n).ok());
            add_guest(tx, &name.map_or_else(|| "Guest".to_owned(), |n| n.to_string()), email.as_ref())?
        }
    };
    settle(tx, state, &new, party, agent)
}

fn add_guest(tx: &mut Tx<'_>, name: &str, email: Option<&Email>) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
             VALUES ($1, 'guest', 'active', $2, $3, $4, $5, 1)"
        ),
        &[&id, &name, &formats::name::fold(name), &email, &now],
    )?;
    Ok(id)
}

fn settle(tx: &mut Tx<'_>, state: &str, new: &Newcomer, party: Key, agent: &str) -> Result<String> {
    connect(tx, party, &new.provider, &new.person)?;
    tx.execute(sql!("DELETE FROM trips WHERE state_hash = $1"), &[&hash_token(state)])?;
    start(tx, party, agent, new.stay)
}

/// A connected account, for the page that lists them.
pub struct Connected {
    /// For the button that ends it.
    pub id: Key,
    /// The provider's id.
    pub provider: String,
    /// How the account is called there.
    pub label: String,
    /// When it was connected.
    pub created_at: i64,
    /// When it was last used.
    pub used_at: i64,
}

/// The accounts a member signs in with.
///
/// # Errors
/// The database's.
pub fn connected(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Connected>> {
    Ok(tx.rows(
        sql!("SELECT id, provider, label, created_at, used_at FROM identities WHERE party_id = $1 ORDER BY created_at, id"),
        &[&party],
        |r| {
            Ok(Connected {
                id: r.get(0)?,
                provider: r.get(1)?,
                label: r.get(2)?,
                created_at: r.get(3)?,
                used_at: r.get(4)?,
            })
        },
    )?)
}

/// Ends a connection of `party`.
///
/// # Errors
/// [`Error::NotFound`] when it is none of theirs.
pub fn disconnect(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<()> {
    let ended = tx.execute(sql!("DELETE FROM identities WHERE id = $1 AND party_id = $2"), &[&id, &party])?;
    if ended == 0 { Err(Error::NotFound) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Uuid;

    #[test]
    fn who_comes_back_as_whom() {
        let (me, other) = (Key(Uuid::from_u128(1)), Key(Uuid::from_u128(2)));
        let (member, closed) = (Some(Known::Member(me)), Some(Known::Closed));
        let guest = Some(Known::Other(other));
        let enter = |party, link| Course::Enter { party, link };
        // Signing in.
        assert_eq!(decide(None, member, None, false), enter(me, false));
        assert_eq!(decide(None, None, member, false), enter(me, true), "the address is a member's");
        assert_eq!(
            decide(None, member, Some(Known::Member(other)), false),
            enter(me, false),
            "the account comes first"
        );
        assert_eq!(decide(None, guest, member, true), enter(me, true), "a guest who has become a member");
        assert_eq!(decide(None, guest, None, true), enter(other, false));
        assert_eq!(decide(None, guest, None, false), Course::Choose, "a guest knocks at the members' door");
        assert_eq!(decide(None, None, guest, true), Course::Choose);
        assert_eq!(decide(None, None, None, false), Course::Choose);
        assert!(matches!(decide(None, closed, member, false), Course::Refuse(_)));
        assert!(matches!(decide(None, None, closed, true), Course::Refuse(_)));
        // Connecting: the address plays no part.
        let connect = |link| Course::Connect { party: me, link };
        assert_eq!(decide(Some(me), None, Some(Known::Member(other)), false), connect(true));
        assert_eq!(decide(Some(me), member, None, false), connect(false));
        assert_eq!(decide(Some(me), guest, None, false), connect(true));
        assert!(matches!(decide(Some(me), Some(Known::Member(other)), None, false), Course::Refuse(_)));
        assert!(matches!(decide(Some(me), closed, None, false), Course::Refuse(_)));
    }
}
