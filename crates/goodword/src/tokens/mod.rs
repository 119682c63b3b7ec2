//! Access tokens: secrets with which a member's programs use the JSON API.

pub(crate) mod api;
mod pages;

pub use pages::routes;

use crate::error::{Error, Result};
use crate::input::Name;
use crate::key::{Key, hash_token, new_token};
use crate::roles::{self, Role};
use crate::viewer::Member;
use axum::http::{HeaderMap, Method, Uri, header};
use store::{DAY, Tx, sql};

/// What every token begins with, so that scanners of published source find one that was lost.
pub const PREFIX: &str = "gw_";
/// Tokens one member may have at a time.
const MOST: i64 = 20;
/// A use is noted when the last one noted is older than this (µs).
const NOTED: i64 = DAY / 24;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything its owner can read.
    Read,
    /// Changing what is the owner's own: profile, vouches, needs, answers.
    Write,
    /// What reaches other people in the owner's name: introductions and invitations.
    Introduce,
    /// The owner's account: address, ways to sign in, devices, tokens, calendar address, archive, pause and erasure.
    Account,
    /// Keeping the network, for moderators and admins: reports, sanctions, people, settings, jobs.
    Keep,
}

impl Scope {
    /// All of them, with what they mean.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Read, "Read", "Everything you can read when signed in"),
        (Self::Write, "Write", "Your profile, vouches, needs, answers and webhooks"),
        (Self::Introduce, "Introduce", "Ask for, offer, agree to and move introductions; invite people"),
        (
            Self::Account,
            "Account",
            "Your address, devices and ways to sign in; your whole archive; pausing and erasing you",
        ),
        (Self::Keep, "Keep the network", "What you may do as a moderator or an admin"),
    ];

    /// As stored and as sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Introduce => "introduce",
            Self::Account => "account",
            Self::Keep => "keep",
        }
    }

    /// What a request needs, by method and path.
    pub fn needed(method: &Method, path: &str) -> Self {
        let path = path.strip_prefix("/api/v1/").unwrap_or_default();
        let under = |start: &str| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if under("admin") || under("moderation") {
            return Self::Keep;
        }
        if under("me/account") || under("me/calendar/feed") {
            return Self::Account;
        }
        let reaches_out = under("referrals") || under("invitations");
        match (method.is_safe() && !path.ends_with("/secret"), reaches_out) {
            (true, _) => Self::Read,
            (false, true) => Self::Introduce,
            (false, false) => Self::Write,
        }
    }
}

/// How long a token may live: days as sent, as shown.
pub const LIVES: [(i64, &str); 4] = [(30, "30 days"), (90, "90 days"), (365, "A year"), (1_825, "Five years")];

/// A token as its owner sees it; never the secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id.
    pub id: Key,
    /// What its owner calls it.
    pub name: String,
    /// `read, write`.
    pub scopes: String,
    /// µs.
    pub created_at: i64,
    /// µs.
    pub expires_at: i64,
    /// µs, within the hour.
    pub used_at: Option<i64>,
}

/// The hash of the token a request carries, if it goes to the API and carries one.
pub fn bearer(uri: &Uri, headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = headers.get(header::AUTHORIZATION).filter(|_| uri.path().starts_with("/api/"))?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let token =
        text.split_once(' ').filter(|(way, _)| way.eq_ignore_ascii_case("bearer")).map_or("", |(_, t)| t.trim());
    Some(hash_token(token))
}

/// Makes a token and returns its secret, shown once.
///
/// # Errors
/// [`Error::Invalid`] without a scope, or with one that is not theirs; [`Error::TooMany`] beyond twenty.
pub fn issue(tx: &mut Tx<'_>, party: Key, name: &Name, scopes: &[Scope], days: i64) -> Result<(Key, String)> {
    if scopes.is_empty() {
        return Err(Error::field("scopes", "Please choose what it may do."));
    }
    if scopes.contains(&Scope::Keep) && roles::of(tx, party)? == Role::Member {
        return Err(Error::field("scopes", "Only moderators and admins keep the network."));
    }
    if !LIVES.iter().any(|(known, _)| *known == days) {
        return Err(Error::field("days", "Please choose how long it works."));
    }
    if list(tx, party)?.len() >= usize::try_from(MOST).unwrap_or(0) {
        return Err(Error::TooMany(format!("You have {MOST} tokens, the most there can be. Revoke one first.")));
    }
    let (id, now, token) = (Key(tx.id()), tx.now(), format!("{PREFIX}{}", new_token(tx.clock())));
    let scopes: Vec<&str> = scopes.iter().map(|s| s.as_str()).collect();
    tx.execute(
        sql!(
            "INSERT INTO access_tokens (id, token_hash, party_id, name, scopes, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        &[&id, &hash_token(&token), &party, name, &scopes.join(","), &now, &(now + days * DAY)],
    )?;
    Ok((id, token))
}

/// Somebody's tokens that still work, newest first.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Token>> {
    let now = tx.now();
    Ok(tx.rows(
        sql!(
            "SELECT id, name, scopes, created_at, expires_at, used_at FROM access_tokens
             WHERE party_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC"
        ),
        &[&party, &now],
        |r| {
            Ok(Token {
                id: r.get(0)?,
                name: r.get(1)?,
                scopes: r.get::<String>(2)?.replace(',', ", "),
                created_at: r.get(3)?,
                expires_at: r.get(4)?,
                used_at: r.get(5)?,
            })
        },
    )?)
}

/// Ends a token of `party`.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's.
pub fn revoke(tx: &mut Tx<'_>, party: Key, id: Key) -> Result<()> {
    let now = tx.now();
    let done = tx.execute(
        sql!("UPDATE access_tokens SET revoked_at = COALESCE(revoked_at, $1) WHERE id = $2 AND party_id = $3"),
        &[&now, &id, &party],
    )?;
    if done == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// The member a token acts for, and whether this use is still to be noted.
///
/// # Errors
/// [`Error::SignIn`] for a token that is none, ran out or was revoked; [`Error::Forbidden`] where it may not do this.
pub fn member(tx: &mut Tx<'_>, hash: &[u8; 32], needed: Scope) -> Result<(Member, bool)> {
    let now = tx.now();
    let found = tx.row(
        sql!(
            "SELECT p.id, p.name, COALESCE(p.handle, ''), t.id,
               (SELECT COUNT(*) FROM notices n WHERE n.party_id = p.id AND n.read_at IS NULL),
               EXISTS (SELECT 1 FROM trusts r WHERE r.from_id = p.id), t.scopes, t.used_at,
               (SELECT MIN(o.role) FROM roles o WHERE o.party_id = p.id AND o.scope = 'network'
                  AND o.role IN ('moderator', 'admin'))
             FROM access_tokens t JOIN parties p ON p.id = t.party_id
             WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND p.status = 'active'
               AND p.kind = 'member'"
        ),
        &[hash, &now],
        |r| {
            let member = Member {
                id: r.get(0)?,
                name: r.get(1)?,
                handle: r.get(2)?,
                session: r.get(3)?,
                waiting: r.get(4)?,
                trusts_somebody: r.get(5)?,
                // A lost token must not open more than one member's own things, unless it was made for more.
                role: match needed {
                    Scope::Keep => Role::parse(&r.get::<Option<String>>(8)?.unwrap_or_default()),
                    _ => Role::Member,
                },
            };
            Ok((member, r.get::<String>(6)?, r.get::<Option<i64>>(7)?))
        },
    )?;
    let (member, scopes, used_at) = found.ok_or(Error::SignIn)?;
    if !scopes.split(',').any(|s| s == needed.as_str()) {
        return Err(Error::Forbidden(format!(
            "This token may not do that: it needs the scope “{}” and has “{scopes}”.",
            needed.as_str()
        )));
    }
    Ok((member, used_at.is_none_or(|at| now - at > NOTED)))
}

/// Notes that a token was used.
///
/// # Errors
/// The database's.
pub fn note_use(tx: &mut Tx<'_>, id: Key) -> Result<()> {
    let now = tx.now();
    tx.execute(sql!("UPDATE access_tokens SET used_at = $1 WHERE id = $2"), &[&now, &id])?;
    Ok(())
}
