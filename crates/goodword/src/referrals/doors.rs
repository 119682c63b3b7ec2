//! The other doors: somebody for you, a referral made by telephone, a professional who asks to be introduced. The consents
//! and states are the same.

use super::answering::{self, Answer};
use super::asking::{ASKS_A_WEEK, check_field, check_limits, check_parts, without_sums};
use super::letters;
use super::store::{self, Draft, client_by_email};
use crate::error::{Error, Result};
use crate::input::{Check, Email, Name, Words};
use crate::key::Key;
use crate::live::{self, Memory};
use crate::page::{Errors, Frame};
use crate::viewer::Visit;
use crate::vouches::{Basis, Confidence, Tie};
use ::store::{DAY, Tx, sql};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

/// Whom the giver could offer: their own live words, each with its person and trade.
#[derive(Clone, Debug)]
struct Choice {
    vouch: Key,
    person: Key,
    label: String,
}

/// What was typed at one of the doors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    need: String,
    professional: String,
    vouch: String,
    name: String,
    email: String,
    words: String,
    why: String,
    referrer: String,
    field: String,
}

fn choices(tx: &mut Tx<'_>, me: Key) -> Result<Vec<Choice>> {
    Ok(tx.rows(
        sql!(
            "SELECT v.id, v.to_id, p.name, v.field FROM vouches v JOIN parties p ON p.id = v.to_id
             WHERE v.from_id = $1 AND v.state = 'live' AND v.hidden_at IS NULL AND p.kind = 'member'
               AND p.status = 'active' ORDER BY p.folded, v.id LIMIT 200"
        ),
        &[&me],
        |r| {
            let (name, field): (String, String) = (r.get(2)?, r.get(3)?);
            let label = format!("{name}, {}", live::field_noun(&field));
            Ok(Choice { vouch: r.get(0)?, person: r.get(1)?, label })
        },
    )?)
}

/// The author of a posted need that `giver` said they would refer somebody for: its id, words, author.
fn answered_need(tx: &mut Tx<'_>, need: Key, giver: Key) -> Result<Option<(Key, String, Key, String)>> {
    Ok(tx.row(
        sql!(
            "SELECT n.id, n.words, n.asker_id, p.name FROM needs n JOIN parties p ON p.id = n.asker_id
             WHERE n.id = $1 AND n.state = 'open' AND n.visibility <> 'private' AND NOT n.for_client
               AND EXISTS (SELECT 1 FROM need_answers a WHERE a.need_id = n.id AND a.author_id = $2 AND a.kind = 'refer')"
        ),
        &[&need, &giver],
        |r| Ok((r.get(0)?, without_sums(&r.get::<String>(1)?), r.get(2)?, r.get(3)?)),
    )?)
}

/// What the giver puts in: a vouch of theirs carries basis, tie and confidence.
pub(super) struct Gift {
    pub vouch: Key,
    pub need: Option<Key>,
    pub client: Option<(Name, Email)>,
    pub words: Words,
    pub why: Words,
    pub recorded: bool,
}

/// The giver starts: their word is given with it, and the client is asked.
pub(super) fn give(tx: &mut Tx<'_>, public_url: &str, memory: &Memory, giver: Key, gift: &Gift) -> Result<Key> {
    let vouch = tx.row(
        sql!(
            "SELECT to_id, field, basis, tie, confidence FROM vouches
             WHERE id = $1 AND from_id = $2 AND state = 'live' AND hidden_at IS NULL"
        ),
        &[&gift.vouch, &giver],
        |r| Ok((r.get::<Key>(0)?, r.get::<String>(1)?, r.get::<String>(2)?, r.get::<String>(3)?, r.get::<i64>(4)?)),
    )?;
    let (professional, field, basis, tie, confidence) =
        vouch.ok_or_else(|| Error::field("vouch", "Please choose whom you would recommend."))?;
    let need = match gift.need {
        Some(need) => answered_need(tx, need, giver)?,
        None => None,
    };
    let client = match (&need, &gift.client) {
        (Some((.., asker, _)), _) => *asker,
        (None, Some((name, email))) => client_by_email(tx, name, email, giver)?,
        (None, None) => return Err(Error::field("email", "Please say who they are.")),
    };
    check_parts(giver, professional, client)?;
    let side = store::party(tx, client)?;
    check_field(tx, &field, &side)?;
    let origin = if gift.recorded { "recorded" } else { "offered" };
    let (now, since) = (tx.now(), tx.now() - 7 * DAY);
    let same: Option<Key> = tx.value(
        sql!(
            "SELECT id FROM referrals WHERE asker_id = $1 AND professional_id = $2 AND client_id = $3 AND need_words = $4
               AND created_at > $5"
        ),
        &[&giver, &professional, &client, &gift.words, &(now - DAY)],
    )?;
    if let Some(same) = same {
        return Ok(same);
    }
    let week: i64 = tx
        .value(
            sql!(
                "SELECT COUNT(*) FROM referrals WHERE asker_id = $1 AND origin IN ('offered', 'recorded')
                   AND created_at > $2"
            ),
            &[&giver, &since],
        )?
        .unwrap_or(0);
    if week >= ASKS_A_WEEK {
        return Err(Error::TooMany(format!(
            "You have started {ASKS_A_WEEK} in seven days, which is the most: each of them is somebody's time. Nothing was sent."
        )));
    }
    let draft = Draft {
        need: need.as_ref().map(|(id, ..)| *id),
        origin,
        asker: giver,
        referrer: giver,
        professional,
        client,
        client_name: gift.client.as_ref().map_or(side.name.as_str(), |(name, _)| name.as_str()),
        for_client: true,
        field: &field,
        need_words: gift.words.as_str(),
        place: "",
        budget: "",
        date: "",
        note: "",
        client_yes: false,
        professional_yes: false,
        progress: None,
    };
    let id = store::insert(tx, &draft)?;
    let answer = Answer {
        basis: Basis::parse(&basis)?,
        tie: Tie::parse(&tie)?,
        confidence: Confidence::parse(&confidence.to_string())?,
        words: gift.why.clone(),
        unknowns: String::new(),
        client: None,
    };
    answering::offer(tx, public_url, memory, id, &answer)?;
    Ok(id)
}

#[derive(Template)]
#[template(path = "referrals/offer.html")]
struct Offer {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    choices: Vec<Choice>,
    recorded: bool,
    /// The author of the posted need it answers.
    asker: Option<String>,
    /// Named in the link, but without a word of mine on file: handle and name.
    unvouched: Option<(String, String)>,
}

async fn offer_page(visit: &Visit, mut typed: Typed, recorded: bool, errors: Errors) -> Result<Offer> {
    let (need, professional) = (typed.need.parse::<Key>().ok(), typed.professional.parse::<Key>().ok());
    let (frame, (choices, need, unvouched)) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let choices = choices(tx, me)?;
            let need = match need {
                Some(need) => answered_need(tx, need, me)?,
                None => None,
            };
            let unvouched = match professional {
                Some(id) if choices.iter().all(|c| c.person != id) && id != me => {
                    store::member(tx, id).ok().map(|side| (side.handle, side.name))
                }
                _ => None,
            };
            Ok((choices, need, unvouched))
        })
        .await?;
    if typed.vouch.is_empty()
        && let Some(chosen) = choices.iter().find(|c| Some(c.person) == professional)
    {
        typed.vouch = chosen.vouch.to_string();
    }
    if let (true, Some((_, words, ..))) = (typed.words.is_empty(), &need) {
        typed.words.clone_from(words);
    }
    Ok(Offer { frame, errors, typed, choices, recorded, asker: need.map(|(.., name)| name), unvouched })
}

pub(super) async fn offer_form(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    visit.html(&offer_page(&visit, typed, false, Errors::default()).await?)
}

pub(super) async fn record_form(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    visit.html(&offer_page(&visit, typed, true, Errors::default()).await?)
}

pub(super) async fn send_offer(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    start(visit, typed, false).await
}

pub(super) async fn send_record(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    start(visit, typed, true).await
}

async fn start(visit: Visit, typed: Typed, recorded: bool) -> Result<Response> {
    let page = offer_page(&visit, typed.clone(), recorded, Errors::default()).await?;
    let mut check = Check::default();
    let vouch = typed.vouch.parse::<Key>().ok();
    if vouch.is_none() {
        check.refuse("vouch", "Please choose whom you would recommend.");
    }
    let client = if page.asker.is_some() {
        None
    } else {
        let name = check.take(Name::parse("name", &typed.name))?;
        name.zip(check.take(Email::parse("email", &typed.email))?)
    };
    let words = check.take(Words::optional("words", &typed.words))?;
    let why = check.take(Words::parse("why", &typed.why))?;
    let refused = Errors::split(check.finish())?.err();
    let (Some(vouch), Some(words), Some(why), None) = (vouch, words, why, &refused) else {
        let page = Offer { errors: refused.unwrap_or_default(), ..page };
        return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let gift = Gift { vouch, need: typed.need.parse().ok(), client, words, why, recorded };
    let app = visit.app.clone();
    let done = visit
        .write(move |tx, member| {
            let memory = app.live.memory();
            give(tx, &app.site.public_url, &memory, member.id, &gift)
        })
        .await;
    match Errors::kept(done, "vouch")? {
        Ok(id) => Ok(visit
            .see(&format!("/referrals/{id}"), "Thank you. The client is asked first; nobody else hears of it yet.")),
        Err((status, errors)) => visit.html_as(status, &Offer { errors, ..page }),
    }
}

#[derive(Template)]
#[template(path = "referrals/request.html")]
struct Request {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    fields: Vec<(String, String)>,
}

async fn request_page(visit: &Visit, typed: Typed, errors: Errors) -> Result<Request> {
    let (frame, fields) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            Ok(tx.rows(sql!("SELECT field FROM professions WHERE party_id = $1 ORDER BY position"), &[&me], |r| {
                let code: String = r.get(0)?;
                let name = live::field_name(&code).to_owned();
                Ok((code, name))
            })?)
        })
        .await?;
    Ok(Request { frame, errors, typed, fields })
}

pub(super) async fn request_form(visit: Visit, Query(typed): Query<Typed>) -> Result<Response> {
    visit.html(&request_page(&visit, typed, Errors::default()).await?)
}

/// A professional asks a member to introduce them: asking is the professional's yes. The same form twice is one request.
pub(super) fn request(
    tx: &mut Tx<'_>,
    public_url: &str,
    me: Key,
    field: &str,
    name: &Name,
    words: &Words,
    ask: &str,
) -> Result<Key> {
    let mine: Option<bool> =
        tx.value(sql!("SELECT TRUE FROM professions WHERE party_id = $1 AND field = $2"), &[&me, &field])?;
    if mine.is_none() {
        return Err(Error::field("field", "Please choose one of your own trades."));
    }
    crate::regulated::check_posting(tx, field, false)?;
    let folded = formats::name::fold(ask);
    let found = tx.rows(
        sql!("SELECT id FROM parties WHERE folded = $1 AND kind = 'member' AND status = 'active' LIMIT 2"),
        &[&folded],
        |r| r.get::<Key>(0),
    )?;
    let [referrer] = found.as_slice() else {
        return Err(Error::field("referrer", "Please type the member’s whole name, as it stands on their page."));
    };
    if *referrer == me {
        return Err(Error::field("referrer", "Nobody can refer themselves."));
    }
    let referrer = store::member(tx, *referrer)?;
    let since = tx.now() - DAY;
    let same: Option<Key> = tx.value(
        sql!(
            "SELECT id FROM referrals WHERE asker_id = $1 AND referrer_id = $2 AND origin = 'requested' AND client_name = $3
               AND need_words = $4 AND created_at > $5"
        ),
        &[&me, &referrer.id, name, words, &since],
    )?;
    if let Some(same) = same {
        return Ok(same);
    }
    check_limits(tx, me, &referrer, None)?;
    // Only the referrer knows how to reach them: until then a name without an address.
    let (client, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO parties (id, kind, status, name, folded, invited_by, joined_at, version)
             VALUES ($1, 'client', 'active', $2, $3, $4, $5, 1)"
        ),
        &[&client, name, &formats::name::fold(name.as_str()), &me, &now],
    )?;
    let draft = Draft {
        need: None,
        origin: "requested",
        asker: me,
        referrer: referrer.id,
        professional: me,
        client,
        client_name: name.as_str(),
        for_client: true,
        field,
        need_words: words.as_str(),
        place: "",
        budget: "",
        date: "",
        note: "",
        client_yes: false,
        professional_yes: true,
        progress: None,
    };
    let id = store::insert(tx, &draft)?;
    let referral = store::one(tx, id)?;
    letters::ask_referrer(tx, public_url, &referral, false)?;
    Ok(id)
}

pub(super) async fn send_request(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let page = request_page(&visit, typed.clone(), Errors::default()).await?;
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &typed.name))?;
    let words = check.take(Words::parse("words", &typed.words))?;
    let referrer = check.take(Name::parse("referrer", &typed.referrer))?;
    let refused = Errors::split(check.finish())?.err();
    let (Some(name), Some(words), Some(referrer), None) = (name, words, referrer, &refused) else {
        let page = Request { errors: refused.unwrap_or_default(), ..page };
        return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let url = visit.app.site.public_url.clone();
    let done = visit
        .write(move |tx, member| request(tx, &url, member.id, &typed.field, &name, &words, referrer.as_str()))
        .await;
    match Errors::kept(done, "referrer")? {
        Ok(id) => Ok(visit.see(&format!("/referrals/{id}"), "Sent. They decide first; we remind them once.")),
        Err((status, errors)) => visit.html_as(status, &Request { errors, ..page }),
    }
}
