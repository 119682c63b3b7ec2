//! Writing a comment: every check in order, then one transaction with its number, its event and its jobs.

use super::checks::{self, Facts};
use super::guests::{self, Guest};
use super::order::{self, Place};
use super::read::{self, Post};
use super::settings::Rules;
use super::visitor::Reader;
use super::{Event, Purpose, State, mentions, note, rendered, reviews, service, telling, token};
use crate::error::{Error, Result};
use crate::input::{Check, Email};
use crate::key::Key;
use serde::Deserialize;
use store::{DAY, Tx, sql};

/// The most characters of a comment, as in WordPress.
pub const MAX_TEXT: usize = 65_525;
/// Of a guest's name.
pub const MAX_NAME: usize = 245;
/// Of a guest's address.
pub const MAX_EMAIL: usize = 100;
/// Of a guest's site.
pub const MAX_URL: usize = 200;
/// A form is good for this long (µs) after it was shown.
const FORM_LIFE: i64 = 7 * DAY;

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Markdown.
    pub text: String,
    /// The comment it answers.
    pub reply_to: String,
    /// Guests only.
    pub name: String,
    /// Guests only.
    pub email: String,
    /// Guests only.
    pub website: String,
    /// `yes`: this browser remembers the three.
    pub remember: String,
    /// `replies`, `post`, or nothing.
    pub subscribe: String,
    /// See [`Purpose`].
    pub purpose: String,
    /// The professional an answer names: handle or name.
    pub named: String,
    /// See [`token::issue`].
    pub form: String,
    /// What a picture sent along shows.
    pub alt: String,
    /// A field that people do not see.
    pub homepage: String,
    /// `preview` or `post`.
    pub action: String,
}

/// What posting needs to know beyond the database.
#[derive(Clone, Debug)]
pub struct Site {
    /// Links in letters start with it.
    pub public_url: String,
    /// Its name.
    pub network: String,
    /// Signs forms.
    pub secret: [u8; 32],
    /// Where the request came from.
    pub address: std::net::IpAddr,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Done {
    /// The comment.
    pub id: Key,
    /// Where it is to be read.
    pub to: String,
    /// Approved, held, …
    pub state: State,
    /// A guest's new cookie, and whether to keep it.
    pub cookie: Option<(String, bool)>,
}

/// Who writes, and what is stored of them.
struct Speaker {
    party: Key,
    browser: Option<guests::Browser>,
    cookie: Option<(String, bool)>,
    name: String,
    url: String,
}

/// Checks that a post takes comments now.
///
/// # Errors
/// [`Error::Conflict`] with the reason.
pub fn is_open(post: &Post, rules: &Rules, now: i64) -> Result<()> {
    if post.state != "published" {
        return Err(Error::Conflict("This post is not published, so nobody can answer it.".into()));
    }
    if post.locked {
        return Err(Error::Conflict("This conversation is closed; it takes no more comments.".into()));
    }
    if rules.close_days > 0 && now - post.created_at > rules.close_days * DAY {
        return Err(Error::Conflict(format!(
            "Conversations here close {} after they began; this one has.",
            crate::say::count(rules.close_days, "day")
        )));
    }
    Ok(())
}

/// Posts a comment. The same form sent twice is one comment.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`] (closed, or said already), [`Error::TooMany`], [`Error::Forbidden`] (blocked).
pub fn comment(tx: &mut Tx<'_>, site: &Site, reader: &Reader, slug: &str, typed: &Typed) -> Result<Done> {
    let now = tx.now();
    let rules = Rules::read(tx)?;
    let post = read::post(tx, reader, slug)?;
    let form = token::open(&site.secret, slug, &typed.form).filter(|f| (0..FORM_LIFE).contains(&(now - f.at)));
    if let Some(form) = form
        && let Some(done) = sent_before(tx, reader, form.id)?
    {
        return Ok(done);
    }
    if let Err(closed) = is_open(&post, &rules, now)
        && !(post.state == "published" && reviews::may_answer(tx, &post, reader.who.id())?)
    {
        return Err(closed);
    }
    if reader.who.member.is_none() && !rules.guests {
        return Err(Error::Forbidden(
            "Only members comment here. Please sign in first; your words are kept below.".into(),
        ));
    }
    let (text, guest) = parse(typed, reader)?;
    let Some(form) = form else {
        return Err(Error::field(
            "text",
            "This form was open for too long. Nothing is lost: please send it once more.",
        ));
    };
    let speaker = speaker(tx, reader, guest.as_ref())?;
    blocked(tx, speaker.party)?;
    let parent = parent(tx, post.id, &typed.reply_to)?;
    let (purpose, named) = named(tx, typed, reader, speaker.party)?;
    said_already(tx, post.id, parent.as_ref().map(|(id, _)| *id), speaker.party, &text)?;
    let address = token::address_hash(&site.secret, site.address, now);
    slowly(tx, &rules, reader, speaker.party, &address)?;

    let member = reader.who.member.is_some();
    let facts = Facts {
        name: &speaker.name,
        email: guest.as_ref().map_or("", |g| g.email.as_str()),
        url: &speaker.url,
        text: &text,
        member,
        moderator: reader.moderator,
        known: guests::has_been_approved(tx, speaker.party)?,
        borrowed: !member && is_a_members(tx, &speaker.name)?,
        trapped: !typed.homepage.is_empty(),
        took: now - form.at,
    };
    let mut verdict = checks::judge(&rules, &facts);
    let stranger = !(facts.moderator || member && facts.known);
    if !rules.spam_url.is_empty() && post.public && stranger && verdict.state != State::Spam {
        verdict.state = State::Held;
        verdict.reasons.push(service::ASKED.into());
    }
    let unproven = speaker.browser.as_ref().is_some_and(|b| !b.confirmed) && verdict.state != State::Spam;
    let state = if unproven { State::Unconfirmed } else { verdict.state };
    let reasons = verdict.reasons.join("\n");

    let id = Key(tx.id());
    let shown = state == State::Approved;
    let (number, tops) = order::enter(tx, post.id, parent.as_ref().map(|(_, above)| above), shown)?;
    let place = parent.as_ref().map_or_else(|| Place::top(number), |(_, above)| above.reply(number));
    let known = mentions::of(tx, &text)?;
    let html = mentions::link(&rendered("markdown", &text), &known);
    // A member's name follows their profile; a guest's stays as it was given.
    let (browser, stored_name) =
        (speaker.browser.as_ref().map(|b| b.id), if member { "" } else { speaker.name.as_str() });
    tx.execute(
        sql!(
            "INSERT INTO comments (id, post_id, parent_id, number, root, path, depth, kind, author_id, browser_id,
               author_name, author_email, author_url, format, text, html, state, held_for, shown, purpose, named_id, useful,
               replies, address_hash, form_id, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'comment', $8, $9, $10, '', $11, 'markdown', $12, $13, $14, $15, $21, $16,
               $17, 0, 0, $18, $19, $20, 1)"
        ),
        &[
            &id,
            &post.id,
            &parent.as_ref().map(|(id, _)| *id),
            &number,
            &place.root,
            &place.path,
            &place.depth,
            &speaker.party,
            &browser,
            &stored_name,
            &speaker.url,
            &text,
            &html,
            &state,
            &reasons,
            &purpose,
            &named,
            &address,
            &form.id,
            &now,
            &shown,
        ],
    )?;
    if member {
        crate::pictures::publish(tx, speaker.party, crate::pictures::In::Comment(id), &text)?;
    }
    mentions::keep(tx, id, &known)?;
    note(
        tx,
        &Event {
            post: post.id,
            comment: Some(id),
            actor: member.then_some(speaker.party),
            kind: "posted",
            from: "",
            to: state.as_str(),
            reason: &reasons,
        },
    )?;
    telling::subscribe_with(tx, post.id, speaker.party, &typed.subscribe, !unproven)?;
    telling::enqueue(tx, id, state)?;
    if let (true, Some(browser)) = (unproven, &speaker.browser) {
        guests::ask_for_yes(tx, &site.public_url, &site.network, browser, &post.title)?;
    }
    let to =
        if shown && parent.is_none() { read::top_address(&post.slug, id, tops - 1) } else { read::address(tx, id)? };
    Ok(Done { id, to, state, cookie: speaker.cookie })
}

/// What was sent by the same form before, if it was this reader's.
fn sent_before(tx: &mut Tx<'_>, reader: &Reader, form: Key) -> Result<Option<Done>> {
    let found: Option<(Key, Option<Key>, Option<Key>, String)> =
        tx.row(sql!("SELECT id, author_id, browser_id, state FROM comments WHERE form_id = $1"), &[&form], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        })?;
    let Some((id, author, browser, state)) = found else { return Ok(None) };
    // A guest's first press has not brought the cookie back when the second is on its way: the form itself is theirs.
    if reader.account().is_some() && !reader.wrote(author, browser) {
        return Err(Error::Conflict("This form was sent before.".into()));
    }
    Ok(Some(Done { id, to: read::address(tx, id)?, state: State::read(&state), cookie: None }))
}

/// All that was typed, every refusal at once.
fn parse(typed: &Typed, reader: &Reader) -> Result<(String, Option<Guest>)> {
    let mut check = Check::default();
    let guest = if reader.account().is_some() { None } else { guest(&mut check, typed, reader)? };
    let text = formats::text::clean_text(&typed.text);
    let length = text.chars().count();
    if length > MAX_TEXT {
        check.refuse("text", format!("This is {length} characters long; a comment has room for {MAX_TEXT}."));
    } else if text.is_empty() {
        check.refuse("text", "Please write something first.");
    }
    check.finish()?;
    Ok((text, guest))
}

fn guest(check: &mut Check, typed: &Typed, reader: &Reader) -> Result<Option<Guest>> {
    // Remembered, and nothing typed over it: the form shows the name only.
    if let Some(known) = reader.guest.as_ref().filter(|_| typed.email.trim().is_empty() && typed.name.trim().is_empty())
    {
        return Ok(Some(Guest {
            name: known.name.clone(),
            email: Email::parse("email", &known.email)?,
            website: known.website.clone(),
            remember: known.remembered,
        }));
    }
    let name = formats::text::clean_line(&typed.name);
    if name.is_empty() {
        check.refuse("name", "Please say who you are; a first name is enough.");
    } else if name.chars().count() > MAX_NAME {
        check.refuse("name", format!("This is too long; a name has room for {MAX_NAME} characters."));
    }
    let email = check.take(Email::parse("email", &typed.email))?;
    if typed.email.chars().count() > MAX_EMAIL {
        check.refuse("email", format!("This is too long; an address has room for {MAX_EMAIL} characters."));
    }
    let website = check.take(website(&typed.website))?.unwrap_or_default();
    Ok(email.map(|email| Guest { name, email, website, remember: typed.remember == "yes" }))
}

/// A guest's site: http or https, or nothing.
///
/// # Errors
/// [`Error::Invalid`].
pub fn website(typed: &str) -> Result<String> {
    let typed = formats::text::clean_line(typed);
    if typed.is_empty() {
        return Ok(typed);
    }
    let refuse = |words: &str| Err(Error::field("website", words));
    if typed.chars().count() > MAX_URL {
        return refuse("This is too long; a web address has room for 200 characters.");
    }
    let url = if typed.contains("://") { typed } else { format!("https://{typed}") };
    let lower = url.to_ascii_lowercase();
    let host = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let host = host.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    match host {
        Some(host) if host.contains('.') && !host.contains('@') && !url.contains([' ', '"', '<', '>', '\\']) => Ok(url),
        _ => refuse("This does not look like a web address, such as https://example.org."),
    }
}

fn speaker(tx: &mut Tx<'_>, reader: &Reader, guest: Option<&Guest>) -> Result<Speaker> {
    match (reader.account(), guest) {
        (Some((party, name)), _) => {
            Ok(Speaker { party, browser: None, cookie: None, name: name.to_owned(), url: String::new() })
        }
        (None, Some(guest)) => {
            let (browser, token) = guests::settle(tx, reader.guest.as_ref(), guest)?;
            Ok(Speaker {
                party: browser.party,
                cookie: token.map(|t| (t, guest.remember)),
                name: guest.name.clone(),
                url: guest.website.clone(),
                browser: Some(browser),
            })
        }
        (None, None) => Err(Error::SignIn),
    }
}

/// Whether a name reads as a member's.
fn is_a_members(tx: &mut Tx<'_>, name: &str) -> Result<bool> {
    let found: Option<i64> = tx.value(
        sql!("SELECT 1 FROM parties WHERE kind = 'member' AND folded = $1 AND status = 'active' LIMIT 1"),
        &[&checks::as_read(name)],
    )?;
    Ok(found.is_some())
}

/// Whether a moderator has asked somebody not to write: comments, conversations, reviews and corrections alike.
///
/// # Errors
/// [`Error::Forbidden`] with the moderator's reason.
pub fn blocked(tx: &mut Tx<'_>, party: Key) -> Result<()> {
    let why: Option<String> = tx.value(
        sql!("SELECT reason FROM author_blocks WHERE party_id = $1 AND lifted_at IS NULL ORDER BY at DESC LIMIT 1"),
        &[&party],
    )?;
    match why {
        None => Ok(()),
        Some(why) => {
            let why = if why.is_empty() { String::new() } else { format!(" Their reason: {why}") };
            Err(Error::Forbidden(format!("A moderator has asked you not to write here for now.{why}")))
        }
    }
}

/// The comment that is answered, if any, and where it stands.
fn parent(tx: &mut Tx<'_>, post: Key, typed: &str) -> Result<Option<(Key, Place)>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let Ok(id) = typed.parse::<Key>() else { return Err(Error::NotFound) };
    let found = tx.row(
        sql!("SELECT root, path, depth, state FROM comments WHERE id = $1 AND post_id = $2"),
        &[&id, &post],
        |r| Ok((Place { root: r.get(0)?, path: r.get(1)?, depth: r.get(2)? }, r.get::<String>(3)?)),
    )?;
    match found {
        Some((place, state)) if state == "approved" => Ok(Some((id, place))),
        _ => Err(Error::Conflict(
            "The comment you answer was taken away meanwhile. Your words are kept: post them for everybody instead."
                .into(),
        )),
    }
}

/// What the comment wants to be, and whom it names.
fn named(tx: &mut Tx<'_>, typed: &Typed, reader: &Reader, me: Key) -> Result<(Purpose, Option<Key>)> {
    let purpose = Purpose::read(&typed.purpose);
    if purpose != Purpose::Answer || reader.who.member.is_none() {
        return Ok((if reader.who.member.is_some() { purpose } else { Purpose::Comment }, None));
    }
    let folded = formats::name::fold(typed.named.trim().trim_start_matches('@'));
    let found: Vec<Key> = tx.rows(
        sql!(
            "SELECT id FROM parties WHERE kind = 'member' AND status = 'active' AND (handle = $1 OR folded = $1)
             ORDER BY id LIMIT 2"
        ),
        &[&folded],
        |r| r.get(0),
    )?;
    match found[..] {
        [one] if one == me => Err(Error::field("named", "That is you. Please name somebody else.")),
        [one] => Ok((purpose, Some(one))),
        [] => Err(Error::field(
            "named",
            "Nobody of that name is a member here. Please write the name as their page has it.",
        )),
        _ => Err(Error::field(
            "named",
            "Several members have that name. Please use the last part of their page’s address.",
        )),
    }
}

/// The same words by the same person in the same place.
fn said_already(tx: &mut Tx<'_>, post: Key, parent: Option<Key>, party: Key, text: &str) -> Result<()> {
    let found: Option<i64> = tx.value(
        sql!(
            "SELECT 1 FROM comments WHERE author_id = $1 AND post_id = $2 AND text = $3 AND state <> 'removed'
               AND (parent_id = $4 OR (parent_id IS NULL AND $4 IS NULL)) LIMIT 1"
        ),
        &[&party, &post, &text, &parent],
    )?;
    match found {
        Some(_) => Err(Error::Conflict("It looks as if you have said that already.".into())),
        None => Ok(()),
    }
}

/// Not too fast, not too many guests from one address: members there are known, and count for themselves.
fn slowly(tx: &mut Tx<'_>, rules: &Rules, reader: &Reader, party: Key, address: &[u8]) -> Result<()> {
    if reader.moderator {
        return Ok(());
    }
    let now = tx.now();
    if rules.flood > 0 {
        let since = now - rules.flood * 1_000_000;
        let guest = reader.who.member.is_none();
        let recent: Option<i64> = tx.value(
            sql!(
                "SELECT 1 FROM comments c WHERE (c.author_id = $1 AND c.created_at > $3)
                   OR ($4 AND c.address_hash = $2 AND c.created_at > $3 AND (c.browser_id IS NOT NULL
                     OR EXISTS (SELECT 1 FROM parties p WHERE p.id = c.author_id AND p.kind = 'guest'))) LIMIT 1"
            ),
            &[&party, &address.to_vec(), &since, &guest],
        )?;
        if recent.is_some() {
            return Err(Error::TooMany(
                "You are posting very quickly. Please wait a moment; your words are kept.".into(),
            ));
        }
    }
    if rules.hourly > 0 && reader.who.member.is_none() {
        let lately: i64 = tx
            .value(
                sql!(
                    "SELECT COUNT(*) FROM comments c WHERE c.address_hash = $1 AND c.created_at > $2
                       AND (c.browser_id IS NOT NULL
                         OR EXISTS (SELECT 1 FROM parties p WHERE p.id = c.author_id AND p.kind = 'guest'))"
                ),
                &[&address.to_vec(), &(now - DAY / 24)],
            )?
            .unwrap_or(0);
        if lately >= rules.hourly {
            return Err(Error::TooMany(
                "So many comments came from your network in the last hour that we take a break. Your words are kept."
                    .into(),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn websites_as_people_type_them() {
        assert_eq!(website("example.org").unwrap(), "https://example.org");
        assert_eq!(website(" http://a.example/x?y ").unwrap(), "http://a.example/x?y");
        assert_eq!(website("").unwrap(), "");
        for bad in
            ["javascript:alert(1)", "javascript://x.example/%0aalert(1)", "data://x.y", "https://a@b.example", "nohost"]
        {
            assert!(website(bad).is_err(), "{bad}");
        }
    }
}
