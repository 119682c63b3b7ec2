//! Referrals as JSON: mine, one with its timeline, the doors that start one, and each step.

use super::answering::{self, Typed as Yes, needs_client};
use super::asking::{self, Ask};
use super::consenting::{self, ClientYes};
use super::course::Step;
use super::doors::{Gift, give, request};
use super::one_page::{Seen, seen};
use super::rules::{Progress, Role, State, Temperature, reads_all};
use super::store::{self, Referral, Side};
use super::{course, timeline};
use crate::api::{Done, Id, Item, Json, List, Moment, Query, Reference, created, versioned};
use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Check, Email, Name, Note, Title, Words};
use crate::key::Key;
use crate::viewer::Visit;
use ::store::Tx;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mine, send))
        .routes(routes!(show))
        .routes(routes!(send_offer))
        .routes(routes!(send_record))
        .routes(routes!(send_request))
        .routes(routes!(offer))
        .routes(routes!(decline))
        .routes(routes!(accept))
        .routes(routes!(refuse))
        .routes(routes!(move_on))
        .routes(routes!(let_hear))
        .routes(routes!(undo))
        .routes(routes!(cancel))
}

/// A referral in a list, as this reader may know it.
#[derive(Debug, Serialize, ToSchema)]
struct ReferralListed {
    id: Key,
    /// Your part: `asker`, `referrer`, `client` or `professional`.
    role: &'static str,
    referrer: Reference,
    professional: Reference,
    /// Occupation code.
    field: String,
    /// As it is understood now.
    need: String,
    state: &'static str,
    /// Everybody waits for your answer.
    waits_for_you: bool,
    updated_at: Moment,
}

impl Item for ReferralListed {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Asker => "asker",
        Role::Referrer => "referrer",
        Role::Client => "client",
        Role::Professional => "professional",
    }
}

/// As pages tell it: a no, silence and a call-off look alike.
fn state_word(state: State) -> &'static str {
    match state {
        State::Declined | State::Expired | State::Cancelled => "did not go ahead",
        state => state.as_str(),
    }
}

fn reference(side: &Side) -> Reference {
    Reference::new(&side.name, &side.handle)
}

fn waits_for(r: &Referral, me: Key) -> bool {
    r.position().waits_for().is_some_and(|role| r.side(role).id == me)
}

/// A referral as this reader may know it.
#[derive(Debug, Serialize, ToSchema)]
struct ReferralShown {
    #[serde(flatten)]
    listed: ReferralListed,
    /// `asked`, `offered`, `requested` or `recorded`.
    origin: String,
    /// Who needs somebody, where this reader may know.
    client: Option<Reference>,
    place: String,
    /// `null` unless it was ticked to travel.
    budget: Option<String>,
    /// `null` unless it was ticked to travel.
    date: Option<String>,
    /// The referrer’s own words.
    words: Option<String>,
    basis: Option<String>,
    standing: Option<&'static str>,
    /// In words: for the client, never for the professional.
    confidence: Option<&'static str>,
    /// What the referrer does not know.
    unknown: Vec<String>,
    /// Ties stated and counted.
    disclosed: Vec<String>,
    /// “Vouched referral”, …; `null` where it cannot be said yet.
    temperature: Option<&'static str>,
    /// Whether that is only supposed so far.
    supposed: bool,
    /// Why not more.
    missing: Vec<&'static str>,
    /// Where you can move it.
    moves: Vec<&'static str>,
    may_cancel: bool,
    /// Your last move can be taken back until then.
    undo_until: Option<Moment>,
    /// The other’s details, once both have said yes.
    contact: Option<Contact>,
    /// After a no of the referrer: whom you could ask instead.
    instead: Vec<Reference>,
    /// For the client: what the referrer reads of what follows.
    hear: Option<&'static str>,
    /// Newest first.
    timeline: Vec<Line>,
    version: i64,
}

/// Somebody’s details, for the one they were introduced to.
#[derive(Debug, Serialize, ToSchema)]
struct Contact {
    name: String,
    emails: Vec<String>,
    phones: Vec<String>,
    links: Vec<String>,
    town: String,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
struct Line {
    what: String,
    /// Somebody’s own words.
    quote: Option<String>,
    /// Your own note or reason.
    own: Option<String>,
    /// Taken back later.
    undone: bool,
    at: Moment,
}

impl From<timeline::Line> for Line {
    fn from(l: timeline::Line) -> Self {
        let some = |text: String| Some(text).filter(|t| !t.is_empty());
        Self { what: l.words, quote: some(l.quote), own: some(l.own), undone: l.undone, at: Moment(l.at) }
    }
}

fn listed(r: &Referral, role: Role, me: Key) -> ReferralListed {
    ReferralListed {
        id: r.id,
        role: role_word(role),
        referrer: reference(&r.referrer),
        professional: reference(&r.professional),
        field: r.field.clone(),
        need: r.need_now().to_owned(),
        state: state_word(r.shown_state(role)),
        waits_for_you: waits_for(r, me),
        updated_at: Moment(r.seen_at(role)),
    }
}

impl From<Seen> for ReferralShown {
    fn from(s: Seen) -> Self {
        let (supposed, may_cancel) = (s.supposed(), s.can_cancel());
        let temperature = s.temperature.map(Temperature::words);
        let (r, role) = (&s.r, s.role);
        // As on pages: nobody names the client to the professional, nor to a referrer who was asked for a client, before
        // the introduction; afterwards one without an account is not named to whom is not told what follows.
        let may_name = match (role, r.introduced_at) {
            (Role::Client, _) => true,
            (_, Some(_)) => r.client.kind == "member" || reads_all(role, r.progress),
            (Role::Referrer, None) => !r.for_client || r.asker.id == r.referrer.id,
            (role, None) => role == Role::Asker,
        };
        let offered = r.basis.is_some();
        let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        Self {
            listed: listed(r, role, s.me),
            origin: r.origin.clone(),
            client: may_name.then(|| reference(&r.client)),
            place: r.place.clone(),
            budget: some(&r.budget),
            date: some(&r.date),
            words: some(&r.words),
            basis: r.basis.clone(),
            standing: offered.then(|| r.standing_words()),
            confidence: (offered && role != Role::Professional).then(|| r.confidence_words()),
            unknown: r.unknown_list(),
            disclosed: s.disclosed,
            temperature,
            supposed,
            missing: s.missing,
            moves: s.moves.iter().map(|m| m.as_str()).collect(),
            may_cancel,
            undo_until: s.undo_until.map(Moment),
            contact: s.card.map(|c| Contact {
                name: c.name,
                emails: c.emails,
                phones: c.phones,
                links: c.links,
                town: c.town,
            }),
            instead: s.instead.iter().map(reference).collect(),
            hear: (role == Role::Client).then(|| r.progress.as_str()),
            timeline: s.lines.into_iter().map(Into::into).collect(),
            version: s.version,
        }
    }
}

fn shown(tx: &mut Tx<'_>, app: &App, id: Key, me: Key) -> Result<ReferralShown> {
    let memory = app.live.memory();
    Ok(seen(tx, &memory, id, me)?.into())
}

/// Referrals read at a time.
const CHUNK: i64 = 200;

/// Which referrals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Which {
    /// All of them.
    #[default]
    All,
    /// Everybody waits for your answer.
    Waiting,
    /// Not ended.
    UnderWay,
    /// Ended.
    Ended,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// All unless said.
    #[param(inline)]
    show: Which,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// Referrals I have a part in, newest first
#[utoipa::path(get, path = "/api/v1/referrals", tag = "Referrals", params(Filter),
    responses((status = 200, description = "A page of referrals", body = List<ReferralListed>)))]
async fn mine(visit: Visit, Query(filter): Query<Filter>) -> Result<Response> {
    let which = filter.show;
    let page = crate::api::Page { limit: filter.limit, cursor: filter.cursor };
    let (mut after, size) = (page.after()?, page.size()?);
    let (_, all) = visit
        .read(move |tx, who| {
            let me = who.member()?.id;
            let mut all = Vec::new();
            // What may be known is decided row by row, so several reads may be needed to fill a page.
            loop {
                let known = store::of_party_after(tx, me, after, CHUNK)?;
                let mine = known.iter().filter_map(|r| Some((r, r.role(me).filter(|role| r.is_known_to(*role))?)));
                let wanted = mine.filter(|(r, role)| match which {
                    Which::All => true,
                    Which::Waiting => waits_for(r, me),
                    Which::UnderWay => !r.shown_state(*role).is_end(),
                    Which::Ended => r.shown_state(*role).is_end(),
                });
                all.extend(wanted.map(|(r, role)| listed(r, role, me)));
                after = known.last().map(|r| r.id);
                if all.len() > size || i64::try_from(known.len()).unwrap_or(0) < CHUNK {
                    return Ok(all);
                }
            }
        })
        .await?;
    Ok(page.cut(all)?.answer(&visit.path))
}

/// A referral
#[utoipa::path(get, path = "/api/v1/referrals/{id}", tag = "Referrals", params(("id" = Key, Path)),
    responses((status = 200, description = "As you may know it", body = ReferralShown)))]
async fn show(visit: Visit, Id(id): Id) -> Result<Response> {
    let app = visit.app.clone();
    let (_, r) = visit.read(move |tx, who| shown(tx, &app, id, who.member()?.id)).await?;
    Ok(versioned(r.version, r))
}

fn made(r: ReferralShown) -> Response {
    created(format!("/api/v1/referrals/{}", r.listed.id), r).into_response()
}

/// A request for an introduction: exactly this is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct AskSent {
    /// A need of yours.
    #[schema(value_type = Key, required = true)]
    need: String,
    /// Whom to be introduced to.
    #[schema(value_type = Key, required = true)]
    professional: String,
    /// Who is asked.
    #[schema(value_type = Key, required = true)]
    referrer: String,
    /// The need as it travels.
    #[schema(value_type = Words, required = true)]
    words: String,
    #[schema(value_type = Title)]
    place: String,
    /// To the referrer alone.
    #[schema(value_type = Words)]
    note: String,
    /// The need’s budget travels too.
    share_budget: bool,
    /// The need’s date travels too.
    share_date: bool,
    /// For a client of yours: who they are; read by nobody before the referrer’s yes.
    client: Option<ClientSent>,
    /// For yourself: what the referrer reads of what follows: `how`, `touch` or `nothing`.
    hear: Option<String>,
}

/// Somebody without an account.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ClientSent {
    #[schema(value_type = Name, required = true)]
    name: String,
    #[schema(value_type = Email, required = true)]
    email: String,
}

fn client(check: &mut Check, sent: Option<&ClientSent>) -> Result<Option<(Name, Email)>> {
    let Some(sent) = sent else { return Ok(None) };
    let name = check.take(Name::parse("name", &sent.name))?;
    Ok(name.zip(check.take(Email::parse("email", &sent.email))?))
}

/// Ask a referrer for an introduction
#[utoipa::path(post, path = "/api/v1/referrals", tag = "Referrals", request_body = AskSent,
    responses((status = 201, description = "Sent; the same ask twice is one", body = ReferralShown)))]
async fn send(visit: Visit, Json(sent): Json<AskSent>) -> Result<Response> {
    let mut check = Check::default();
    let words = check.take(Words::parse("words", &sent.words))?;
    let place = check.take(Title::optional("place", &sent.place))?;
    let note = check.take(Words::optional("note", &sent.note))?;
    let client = client(&mut check, sent.client.as_ref())?;
    let progress = check.take(sent.hear.as_deref().map(Progress::read).transpose())?.flatten();
    check.finish()?;
    let id = |text: &str| text.parse::<Key>().map_err(|_| Error::NotFound);
    let (need, professional, referrer) = (id(&sent.need)?, id(&sent.professional)?, id(&sent.referrer)?);
    let (Some(words), Some(place), Some(note)) = (words, place, note) else { return Err(unread()) };
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            let stated = asking::need_shown(tx, need, me.id)?;
            if stated.for_client && client.is_none() {
                return Err(Error::field("client", "This need is for a client of yours: say who they are."));
            }
            let pick = |ticked: bool, value: Option<String>| value.filter(|_| ticked).unwrap_or_default();
            let ask = Ask {
                need,
                referrer,
                professional,
                words: words.clone(),
                place: place.clone(),
                budget: pick(sent.share_budget, stated.budget),
                date: pick(sent.share_date, stated.date),
                note: note.clone(),
                client: client.clone().filter(|_| stated.for_client),
                progress,
            };
            let (id, _) = asking::ask(tx, &app.site.public_url, me.id, &ask)?;
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(made(r))
}

fn unread() -> Error {
    Error::BadRequest("The body could not be read.".into())
}

/// Somebody for somebody.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct GiftSent {
    /// A live vouch of yours: it names the professional, and carries basis, tie and confidence.
    #[schema(value_type = Key, required = true)]
    vouch: String,
    /// A posted need you said you would refer somebody for.
    #[schema(value_type = Option<Key>)]
    need: Option<String>,
    /// Whom you have somebody for, unless it answers a posted need.
    client: Option<ClientSent>,
    /// What they need.
    #[schema(value_type = Words)]
    words: String,
    /// Why this person.
    #[schema(value_type = Words, required = true)]
    why: String,
}

async fn start(visit: Visit, sent: GiftSent, recorded: bool) -> Result<Response> {
    let mut check = Check::default();
    let vouch = sent.vouch.parse::<Key>().ok();
    if vouch.is_none() {
        check.refuse("vouch", "Please choose whom you would recommend.");
    }
    let client = client(&mut check, sent.client.as_ref())?;
    let words = check.take(Words::optional("words", &sent.words))?;
    let why = check.take(Words::parse("why", &sent.why))?;
    check.finish()?;
    let (Some(vouch), Some(words), Some(why)) = (vouch, words, why) else { return Err(unread()) };
    let need = sent.need.as_deref().and_then(|n| n.parse().ok());
    let gift = Gift { vouch, need, client, words, why, recorded };
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            let id = {
                let memory = app.live.memory();
                give(tx, &app.site.public_url, &memory, me.id, &gift)?
            };
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(made(r))
}

/// Offer: I have somebody for you
#[utoipa::path(post, path = "/api/v1/referrals/offers", tag = "Referrals", request_body = GiftSent,
    responses((status = 201, description = "The client is asked first", body = ReferralShown)))]
async fn send_offer(visit: Visit, Json(sent): Json<GiftSent>) -> Result<Response> {
    start(visit, sent, false).await
}

/// Record a referral made by telephone
#[utoipa::path(post, path = "/api/v1/referrals/records", tag = "Referrals", request_body = GiftSent,
    responses((status = 201, description = "The client is asked first", body = ReferralShown)))]
async fn send_record(visit: Visit, Json(sent): Json<GiftSent>) -> Result<Response> {
    start(visit, sent, true).await
}

/// A professional’s request to be introduced.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RequestSent {
    /// The member who is asked: their whole name, as on their page.
    #[schema(value_type = Name, required = true)]
    referrer: String,
    /// Whom you would like to meet.
    #[schema(value_type = Name, required = true)]
    name: String,
    /// A trade of your own: its code.
    #[schema(required = true)]
    field: String,
    #[schema(value_type = Words, required = true)]
    words: String,
}

/// Ask to be introduced to somebody as a professional
#[utoipa::path(post, path = "/api/v1/referrals/requests", tag = "Referrals", request_body = RequestSent,
    responses((status = 201, description = "The member decides first", body = ReferralShown)))]
async fn send_request(visit: Visit, Json(sent): Json<RequestSent>) -> Result<Response> {
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &sent.name))?;
    let words = check.take(Words::parse("words", &sent.words))?;
    let referrer = check.take(Name::parse("referrer", &sent.referrer))?;
    check.finish()?;
    let (Some(name), Some(words), Some(referrer)) = (name, words, referrer) else { return Err(unread()) };
    let url = visit.app.site.public_url.clone();
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            let id = request(tx, &url, me.id, &sent.field, &name, &words, referrer.as_str())?;
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(made(r))
}

/// The referrer’s yes.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct OfferSent {
    /// Why this person for this need.
    #[schema(value_type = Words, required = true)]
    words: String,
    /// As of a vouch; taken from the one on file where left out.
    basis: Option<String>,
    /// As of a vouch; taken from the one on file where left out.
    tie: Option<String>,
    /// Percent, for this need; taken from the vouch on file where left out.
    #[schema(minimum = 50, maximum = 99)]
    confidence: Option<i64>,
    /// What you do not know, one thing an item.
    #[schema(max_items = 10)]
    unknown: Vec<String>,
    /// Where only you know the client: who they are.
    client: Option<ClientSent>,
}

/// Put my name to it
#[utoipa::path(post, path = "/api/v1/referrals/{id}/offer", tag = "Referrals", params(("id" = Key, Path)),
    request_body = OfferSent, responses((status = 200, description = "The next one is asked", body = ReferralShown)))]
async fn offer(visit: Visit, Id(id): Id, Json(sent): Json<OfferSent>) -> Result<Response> {
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            let r = as_referrer(tx, id, me.id)?;
            let filed = answering::on_file(tx, &r)?.map(|(typed, _)| typed).unwrap_or_default();
            let sent = sent.clone();
            let who = sent.client.unwrap_or_default();
            let yes = Yes {
                basis: sent.basis.unwrap_or(filed.basis),
                tie: sent.tie.unwrap_or(filed.tie),
                confidence: sent.confidence.map_or(filed.confidence, |c| c.to_string()),
                words: sent.words,
                unknown_words: sent.unknown.join("\n"),
                name: who.name,
                email: who.email,
                ..Yes::default()
            };
            let answer = yes.read(needs_client(&r))?;
            {
                let memory = app.live.memory();
                answering::offer(tx, &app.site.public_url, &memory, id, &answer)?;
            }
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(versioned(r.version, r))
}

pub(super) fn as_referrer(tx: &mut Tx<'_>, id: Key, me: Key) -> Result<Referral> {
    let r = store::one(tx, id)?;
    if r.referrer.id == me { Ok(r) } else { Err(Error::NotFound) }
}

/// The referrer’s no; why is read by its author alone.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct DeclineSent {
    /// `no basis`, `nobody`, `busy`, or nothing.
    reason: String,
    /// A member’s name, whom to ask instead.
    #[schema(value_type = Name)]
    instead: String,
}

/// I cannot help with this one
#[utoipa::path(post, path = "/api/v1/referrals/{id}/decline", tag = "Referrals", params(("id" = Key, Path)),
    request_body = DeclineSent, responses((status = 200, description = "A full answer", body = Done)))]
async fn decline(visit: Visit, Id(id): Id, Json(sent): Json<DeclineSent>) -> Result<Json<Done>> {
    let url = visit.app.site.public_url.clone();
    let typed = Yes { reason: sent.reason, instead: sent.instead, ..Yes::default() };
    visit
        .write(move |tx, me| {
            as_referrer(tx, id, me.id)?;
            answering::decline(tx, &url, id, &typed)
        })
        .await?;
    Ok(Done::new("That is a full answer. Thank you."))
}

/// The client’s or the professional’s yes.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct AcceptanceSent {
    /// The client’s: the need in their own words, where we did not understand them.
    #[schema(value_type = Words)]
    correction: String,
    /// The client’s: what the referrer reads of what follows: `how`, `touch` or `nothing`.
    hear: Option<String>,
}

/// Yes, introduce us
#[utoipa::path(post, path = "/api/v1/referrals/{id}/acceptance", tag = "Referrals", params(("id" = Key, Path)),
    request_body = AcceptanceSent, responses((status = 200, description = "That is your yes", body = ReferralShown)))]
async fn accept(visit: Visit, Id(id): Id, Json(sent): Json<AcceptanceSent>) -> Result<Response> {
    let correction = Words::optional("correction", &sent.correction)?;
    let url = visit.app.site.public_url.clone();
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            let need = store::one(tx, id)?.need_words;
            let changed = !correction.as_str().is_empty() && correction.as_str() != need;
            let yes = ClientYes {
                correction: changed.then(|| correction.clone()),
                progress: sent.hear.as_deref().and_then(Progress::parse),
                phone: None,
            };
            consenting::accept(tx, &url, id, me.id, &yes)?;
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(versioned(r.version, r))
}

/// The client’s or the professional’s no.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RefusalSent {
    /// `not now`, `not my kind`, or nothing; read by its author alone.
    why: String,
}

/// No; everybody else reads “this did not go ahead”
#[utoipa::path(post, path = "/api/v1/referrals/{id}/refusal", tag = "Referrals", params(("id" = Key, Path)),
    request_body = RefusalSent, responses((status = 200, description = "A full answer", body = Done)))]
async fn refuse(visit: Visit, Id(id): Id, Json(sent): Json<RefusalSent>) -> Result<Json<Done>> {
    let url = visit.app.site.public_url.clone();
    let why = super::consent_page::reason(&sent.why);
    visit.write(move |tx, me| consenting::refuse(tx, &url, id, me.id, why)).await?;
    Ok(Done::new("That is a full answer. They read “this did not go ahead”, and nothing else."))
}

/// Where it stands now.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct MoveSent {
    /// `in contact`, `meeting set`, `proposal`, `won`, `done`, `lost` or `not suitable`.
    #[schema(required = true)]
    to: String,
    /// For `lost`: `chose another`, `price`, `timing` or `dropped`; read by you alone.
    reason: String,
    /// For yourself.
    #[schema(value_type = Note)]
    note: String,
    /// The version you read, unless sent as `If-Match`.
    version: Option<i64>,
}

/// Move it on
#[utoipa::path(post, path = "/api/v1/referrals/{id}/moves", tag = "Referrals", params(("id" = Key, Path)),
    request_body = MoveSent, responses((status = 200, description = "Moved", body = ReferralShown)))]
async fn move_on(visit: Visit, Id(id): Id, headers: HeaderMap, Json(sent): Json<MoveSent>) -> Result<Response> {
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            // Read as this person first: for a stranger it is not there, whatever version they name.
            let now = shown(tx, &app, id, me.id)?;
            let version = crate::api::body::seen_version(&headers, sent.version, now.version)?;
            let step = Step::read(&sent.to, &sent.reason, &sent.note)?;
            course::move_to(tx, id, me.id, &step, version)?;
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(versioned(r.version, r))
}

/// What the referrer reads.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct HearingSent {
    /// `how`, `touch` or `nothing`.
    #[schema(required = true)]
    hear: String,
}

/// As the client, choose again what the referrer reads of what follows
#[utoipa::path(put, path = "/api/v1/referrals/{id}/hearing", tag = "Referrals", params(("id" = Key, Path)),
    request_body = HearingSent, responses((status = 200, description = "Chosen", body = ReferralShown)))]
async fn let_hear(visit: Visit, Id(id): Id, Json(sent): Json<HearingSent>) -> Result<Response> {
    let progress = Progress::read(&sent.hear)?;
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            consenting::let_hear(tx, id, me.id, progress)?;
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(versioned(r.version, r))
}

/// Take back my last move, within a day
#[utoipa::path(post, path = "/api/v1/referrals/{id}/undo", tag = "Referrals", params(("id" = Key, Path)),
    responses((status = 200, description = "Back", body = ReferralShown)))]
async fn undo(visit: Visit, Id(id): Id) -> Result<Response> {
    let app = visit.app.clone();
    let r = visit
        .write(move |tx, me| {
            course::undo(tx, id, me.id)?;
            shown(tx, &app, id, me.id)
        })
        .await?;
    Ok(versioned(r.version, r))
}

/// Call it off
#[utoipa::path(post, path = "/api/v1/referrals/{id}/cancellation", tag = "Referrals", params(("id" = Key, Path)),
    responses((status = 200, description = "Called off", body = Done)))]
async fn cancel(visit: Visit, Id(id): Id) -> Result<Json<Done>> {
    let url = visit.app.site.public_url.clone();
    visit.write(move |tx, me| course::cancel(tx, &url, id, me.id)).await?;
    Ok(Done::new("Called off. The others read “this did not go ahead”."))
}
