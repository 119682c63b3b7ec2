//! Looking after conversations, and reviews of groups, as JSON.

use super::api::number;
use super::moderation::{self, TABS, Waiting};
use super::reviews::{self, Review};
use super::settings::{First, Rules};
use super::token;
use super::visitor::Visitor;
use crate::api::listing::short;
use crate::api::{Done, Id, Item, Json, List, Moment, Page, Query, created, typed_money, yes};
use crate::app::App;
use crate::error::{Error, Result};
use crate::groups::api::FiguresShown;
use crate::input::{Body, Check, Title};
use crate::key::Key;
use crate::say;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(queue))
        .routes(routes!(decide))
        .routes(routes!(decide_of_post))
        .routes(routes!(undo))
        .routes(routes!(decisions))
        .routes(routes!(blocks))
        .routes(routes!(block, lift))
        .routes(routes!(rules, set_rules))
        .routes(routes!(of_group, review))
        .routes(routes!(correct_review))
}

/// Why somebody reported something.
#[derive(Debug, Serialize, ToSchema)]
struct Reported {
    reason: String,
    words: String,
}

/// A comment to look at. A guest’s address is on the page alone.
#[derive(Debug, Serialize, ToSchema)]
struct QueueItem {
    id: Key,
    /// The address of its post.
    conversation: String,
    title: String,
    name: String,
    /// Of its author, for a block.
    author_id: Option<Key>,
    guest: bool,
    /// Safe to show.
    html: String,
    /// Why it waits.
    reasons: Vec<String>,
    reports: Vec<Reported>,
    /// Of the same author.
    approved_before: i64,
    created_at: Moment,
}

impl From<Waiting> for QueueItem {
    fn from(w: Waiting) -> Self {
        let reports = w.reports.into_iter().map(|(reason, words)| Reported { reason, words }).collect();
        Self {
            id: w.id,
            conversation: w.slug,
            title: w.post,
            name: w.name,
            author_id: w.author,
            guest: w.guest,
            html: w.html,
            reasons: w.reasons,
            reports,
            approved_before: w.before,
            created_at: Moment(w.at),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Held,
    Reported,
    Spam,
    Trash,
    Removed,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Looking {
    /// What waits, unless said.
    #[param(inline)]
    show: Kind,
    /// How many items, 25 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where to go on: the `next` of the page before.
    #[param(max_length = 64)]
    cursor: Option<String>,
}

/// Comments to look at, oldest first
#[utoipa::path(get, path = "/api/v1/moderation", tag = "Moderation", params(Looking),
    responses((status = 200, description = "A page of comments", body = List<QueueItem>)))]
async fn queue(visitor: Visitor, Query(looking): Query<Looking>) -> Result<Response> {
    let (size, first) = Page { limit: looking.limit, cursor: looking.cursor }.counted()?;
    let tab = TABS.get(looking.show as usize).map_or("held", |(name, _)| *name);
    let (_, mut found) = visitor
        .read(move |tx, reader| {
            reader.who.moderator()?;
            moderation::waiting(tx, tab, number(first), number(size) + 1)
        })
        .await?;
    let more = found.len() > size;
    found.truncate(size);
    let next = more.then(|| (first + size).to_string());
    Ok(List { items: found.into_iter().map(QueueItem::from).collect(), next }.answer(&visitor.visit.path))
}

/// What is to become of something.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Decision {
    /// `approved`, `held`, `spam`, `removed`, or `left`: as it is, and its reports are answered.
    #[schema(required = true)]
    to: String,
    /// For the log.
    #[schema(max_length = 300)]
    reason: String,
}

impl Decision {
    fn check(&self) -> Result<()> {
        crate::api::listing::short("reason", &self.reason, 300)?;
        if matches!(self.to.as_str(), "approved" | "held" | "spam" | "removed" | "left") {
            return Ok(());
        }
        Err(Error::field("to", "One of approved, held, spam, removed and left."))
    }
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
struct Decided {
    /// By which it can be undone; `null` where nothing moved.
    id: Option<Key>,
}

/// Decide about a comment
#[utoipa::path(post, path = "/api/v1/moderation/comments/{id}", tag = "Moderation", params(("id" = Key, Path)),
    request_body = Decision, responses((status = 200, description = "Decided", body = Decided)))]
async fn decide(visitor: Visitor, Id(id): Id, Json(sent): Json<Decision>) -> Result<Json<Decided>> {
    let decided = visitor
        .write(move |tx, reader| {
            let me = reader.who.moderator()?.id;
            sent.check()?;
            if sent.to == "left" {
                return moderation::leave(tx, me, None, Some(id)).map(|()| None);
            }
            moderation::decide(tx, me, id, moderation::state(&sent.to)?, &sent.reason).map(Some)
        })
        .await?;
    Ok(Json(Decided { id: decided }))
}

/// Decide about a post
#[utoipa::path(post, path = "/api/v1/moderation/posts/{id}", tag = "Moderation", params(("id" = Key, Path)),
    request_body = Decision, responses((status = 200, description = "Decided", body = Decided)))]
async fn decide_of_post(visitor: Visitor, Id(id): Id, Json(sent): Json<Decision>) -> Result<Json<Decided>> {
    let decided = visitor
        .write(move |tx, reader| {
            let me = reader.who.moderator()?.id;
            sent.check()?;
            if sent.to == "left" {
                return moderation::leave(tx, me, Some(id), None).map(|()| None);
            }
            moderation::decide_of_post(tx, me, id, moderation::state(&sent.to)?, &sent.reason).map(Some)
        })
        .await?;
    Ok(Json(Decided { id: decided }))
}

/// Take a decision back
///
/// All is as before, unless somebody has decided otherwise since.
#[utoipa::path(post, path = "/api/v1/moderation/decisions/{id}/undoing", tag = "Moderation", params(("id" = Key, Path)),
    responses((status = 200, description = "Undone", body = Done)))]
async fn undo(visitor: Visitor, Id(id): Id) -> Result<Json<Done>> {
    let undone = visitor.write(move |tx, reader| moderation::undo(tx, reader.who.moderator()?.id, &[id])).await?;
    if undone == 0 {
        return Err(Error::NotFound);
    }
    Ok(Done::new("All is as before."))
}

/// A line of the log.
#[derive(Debug, Serialize, ToSchema)]
struct LoggedDecision {
    /// By which it can be undone, where it was a decision.
    id: Key,
    at: Moment,
    /// By whom; empty: by a rule.
    by: String,
    /// What was decided.
    decision: String,
    reason: String,
    /// Which comment, where it is about one.
    comment_id: Option<Key>,
    /// The address of the post, where it is about one.
    conversation: Option<String>,
    title: String,
    undone: bool,
}

impl From<moderation::Line> for LoggedDecision {
    fn from(l: moderation::Line) -> Self {
        Self {
            id: l.id,
            at: Moment(l.at),
            by: l.who,
            decision: l.kind,
            reason: l.reason,
            comment_id: l.comment,
            conversation: Some(l.slug).filter(|slug| !slug.is_empty()),
            title: l.title,
            undone: l.undone,
        }
    }
}

impl Item for LoggedDecision {
    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// What was decided about conversations, newest first
#[utoipa::path(get, path = "/api/v1/moderation/decisions", tag = "Moderation", params(Page),
    responses((status = 200, description = "A page of the log", body = List<LoggedDecision>)))]
async fn decisions(visitor: Visitor, Query(page): Query<Page>) -> Result<Response> {
    let (after, rows) = (page.after()?, page.rows()?);
    let (_, found) = visitor
        .read(move |tx, reader| {
            reader.who.moderator()?;
            moderation::log_lines(tx, after, 0, rows)
        })
        .await?;
    Ok(page.cut(found.into_iter().map(LoggedDecision::from).collect())?.answer(&visitor.visit.path))
}

/// An author who may not write for now.
#[derive(Debug, Serialize, ToSchema)]
struct BlockedAuthor {
    id: Key,
    name: String,
    /// As told to them.
    reason: String,
    since: Moment,
}

/// Authors who may not write for now, the latest hundred
#[utoipa::path(get, path = "/api/v1/moderation/blocks", tag = "Moderation",
    responses((status = 200, description = "The authors", body = Vec<BlockedAuthor>)))]
async fn blocks(visitor: Visitor) -> Result<Json<Vec<BlockedAuthor>>> {
    let (_, found) = visitor
        .read(|tx, reader| {
            reader.who.moderator()?;
            moderation::blocked(tx)
        })
        .await?;
    let told = |(id, name, reason, at)| BlockedAuthor { id, name, reason, since: Moment(at) };
    Ok(Json(found.into_iter().map(told).collect()))
}

/// Whose first comment waits for a moderator.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FirstHeld {
    Nobody,
    Guests,
    Everybody,
}

/// The rules of conversations. What is left out is as it comes with the program.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RulesShown {
    /// People without an account may comment on public posts.
    guests: bool,
    /// Everything waits for a moderator.
    hold_all: bool,
    hold_first: FirstHeld,
    /// With this many links or more a comment waits; 0 is no limit.
    #[schema(minimum = 0, maximum = 1000)]
    links: i64,
    /// Words, one a line, that make a comment wait.
    #[schema(max_length = 5000)]
    hold_words: String,
    /// Words, one a line, that send it to spam.
    #[schema(max_length = 5000)]
    spam_words: String,
    /// Seconds between two comments by the same person; 0 is no limit.
    #[schema(minimum = 0, maximum = 86400)]
    flood: i64,
    /// Comments from one network address in an hour, by guests; 0 is no limit.
    #[schema(minimum = 0, maximum = 1_000_000)]
    hourly: i64,
    /// Minutes in which one’s own comment may be corrected.
    #[schema(minimum = 0, maximum = 100_000)]
    edit_minutes: i64,
    /// Days after which a post takes no more comments; 0 is never.
    #[schema(minimum = 0, maximum = 100_000)]
    close_days: i64,
    /// Sites, one a line, that may show a conversation; `*` is any.
    #[schema(max_length = 5000)]
    embed: String,
    /// Address of an Akismet-compatible spam service; empty: none is asked.
    #[schema(max_length = 300)]
    spam_url: String,
    /// What it knows us by: taken, never told. Left out, it stays.
    #[serde(skip_serializing)]
    #[schema(max_length = 300)]
    spam_key: Option<String>,
}

impl Default for RulesShown {
    fn default() -> Self {
        Rules::default().into()
    }
}

impl From<Rules> for RulesShown {
    fn from(r: Rules) -> Self {
        Self {
            guests: r.guests,
            hold_all: r.hold_all,
            hold_first: match r.hold_first {
                First::Nobody => FirstHeld::Nobody,
                First::Guests => FirstHeld::Guests,
                First::Everybody => FirstHeld::Everybody,
            },
            links: number(r.links),
            hold_words: r.hold_words,
            spam_words: r.spam_words,
            flood: r.flood,
            hourly: r.hourly,
            edit_minutes: r.edit_minutes,
            close_days: r.close_days,
            embed: r.embed,
            spam_url: r.spam_url,
            spam_key: None,
        }
    }
}

impl RulesShown {
    /// What is to hold instead of `before`.
    fn check(self, before: Rules) -> Result<Rules> {
        let mut check = Check::default();
        for (field, n, most) in [
            ("links", self.links, 1000),
            ("flood", self.flood, 86_400),
            ("hourly", self.hourly, 1_000_000),
            ("edit_minutes", self.edit_minutes, 100_000),
            ("close_days", self.close_days, 100_000),
        ] {
            if !(0..=most).contains(&n) {
                check.refuse(field, format!("From 0 to {most}."));
            }
        }
        let key = self.spam_key.unwrap_or(before.spam_key);
        for (field, text, most) in [
            ("hold_words", &self.hold_words, 5000),
            ("spam_words", &self.spam_words, 5000),
            ("embed", &self.embed, 5000),
            ("spam_key", &key, 300),
        ] {
            check.take(short(field, text, most))?;
        }
        let spam_url = check.take(super::service::address(&self.spam_url))?;
        check.finish()?;
        Ok(Rules {
            guests: self.guests,
            hold_all: self.hold_all,
            hold_first: match self.hold_first {
                FirstHeld::Nobody => First::Nobody,
                FirstHeld::Guests => First::Guests,
                FirstHeld::Everybody => First::Everybody,
            },
            links: usize::try_from(self.links).unwrap_or_default(),
            hold_words: self.hold_words,
            spam_words: self.spam_words,
            flood: self.flood,
            hourly: self.hourly,
            edit_minutes: self.edit_minutes,
            close_days: self.close_days,
            embed: self.embed,
            spam_url: spam_url.unwrap_or_default(),
            spam_key: key.trim().to_owned(),
        })
    }
}

/// The rules of conversations
#[utoipa::path(get, path = "/api/v1/moderation/rules", tag = "Moderation",
    responses((status = 200, description = "The rules", body = RulesShown)))]
async fn rules(visitor: Visitor) -> Result<Json<RulesShown>> {
    let (_, rules) = visitor
        .read(|tx, reader| {
            reader.who.moderator()?;
            Rules::read(tx)
        })
        .await?;
    Ok(Json(rules.into()))
}

/// Change the rules of conversations, all of them at once
#[utoipa::path(put, path = "/api/v1/moderation/rules", tag = "Moderation", request_body = RulesShown,
    responses((status = 200, description = "They hold at once", body = RulesShown)))]
async fn set_rules(visitor: Visitor, Json(sent): Json<RulesShown>) -> Result<Json<RulesShown>> {
    let rules = visitor
        .write(move |tx, reader| {
            let me = reader.who.moderator()?.id;
            let rules = sent.clone().check(Rules::read(tx)?)?;
            moderation::keep_rules(tx, me, &rules)?;
            Ok(rules)
        })
        .await?;
    Ok(Json(rules.into()))
}

/// Why somebody may not write.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Why {
    /// They read it.
    #[schema(max_length = 300)]
    reason: String,
}

/// Keep an author from writing for now
#[utoipa::path(put, path = "/api/v1/moderation/blocks/{id}", tag = "Moderation", params(("id" = Key, Path)),
    request_body = Why, responses((status = 200, description = "Blocked", body = Done)))]
async fn block(visitor: Visitor, Id(id): Id, Json(sent): Json<Why>) -> Result<Json<Done>> {
    visitor
        .write(move |tx, reader| {
            let me = reader.who.moderator()?.id;
            crate::api::listing::short("reason", &sent.reason, 300)?;
            moderation::block_author(tx, me, id, &sent.reason)
        })
        .await?;
    Ok(Done::new("They cannot write here for now, and are told so."))
}

/// Let an author write again
#[utoipa::path(delete, path = "/api/v1/moderation/blocks/{id}", tag = "Moderation", params(("id" = Key, Path)),
    responses((status = 200, description = "Lifted", body = Done)))]
async fn lift(visitor: Visitor, Id(id): Id) -> Result<Json<Done>> {
    visitor.write(move |tx, reader| moderation::lift_block(tx, reader.who.moderator()?.id, id)).await?;
    Ok(Done::new("They may write again."))
}

/// What somebody says of a group. Whether they would join again is private.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewShown {
    /// The address of its post.
    conversation: String,
    title: String,
    name: String,
    /// `member`, `ex-member` or `guest`, as the author says.
    attended: String,
    /// By the group.
    confirmed: bool,
    /// ISO date.
    joined_on: Option<String>,
    /// ISO date.
    left_on: Option<String>,
    /// A month, minor units.
    fee: Option<i64>,
    currency: String,
    /// A month.
    hours: Option<i64>,
    /// 0: none yet.
    good_jobs: i64,
    /// Safe to show.
    html: String,
    comments: i64,
    at: Moment,
}

impl From<Review> for ReviewShown {
    fn from(r: Review) -> Self {
        Self {
            conversation: r.slug,
            title: r.title,
            name: r.name,
            attended: r.attended,
            confirmed: r.confirmed,
            joined_on: r.joined_on,
            left_on: r.left_on,
            fee: r.fee,
            currency: r.currency,
            hours: r.hours,
            good_jobs: r.good_jobs,
            html: r.html,
            comments: r.comments,
            at: Moment(r.at),
        }
    }
}

/// What is said of a group.
#[derive(Debug, Serialize, ToSchema)]
struct Reviews {
    figures: FiguresShown,
    /// Newest first, at most two hundred.
    reviews: Vec<ReviewShown>,
}

/// Reviews of a group, with figures
#[utoipa::path(get, path = "/api/v1/groups/{id}/reviews", tag = "Groups", params(("id" = Key, Path)),
    responses((status = 200, description = "The reviews", body = Reviews)))]
async fn of_group(visitor: Visitor, Id(id): Id) -> Result<Json<Reviews>> {
    let zone = visitor.visit.app.site.zone.clone();
    let (_, (figures, all)) = visitor
        .read(move |tx, reader| {
            reader.who.member()?;
            let today = say::iso_date(tx.now(), &zone);
            reviews::figures(tx, id, &today)
        })
        .await?;
    Ok(Json(Reviews { figures: figures.into(), reviews: all.into_iter().map(ReviewShown::from).collect() }))
}

/// A review to publish.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ReviewSent {
    /// `member`, `ex-member` or `guest`.
    #[schema(required = true)]
    attended: String,
    /// ISO date.
    joined_on: Option<String>,
    /// ISO date.
    left_on: Option<String>,
    /// A month, minor units.
    fee: Option<i64>,
    /// A month.
    hours: Option<i64>,
    /// That came of it; 0 is “none yet”.
    good_jobs: Option<i64>,
    /// Private: would you join again?
    again: Option<bool>,
    #[schema(value_type = Option<Title>)]
    title: Option<String>,
    /// Markdown.
    #[schema(value_type = Body, required = true)]
    text: String,
    /// `public` or `members`.
    #[schema(required = true)]
    visibility: String,
    /// For a correction: of the conversation, as it was read.
    version: Option<i64>,
}

/// The post a review became.
#[derive(Debug, Serialize, ToSchema)]
struct Published {
    /// The address of its post.
    conversation: String,
}

/// Review a group, once
#[utoipa::path(post, path = "/api/v1/groups/{id}/reviews", tag = "Groups", params(("id" = Key, Path)),
    request_body = ReviewSent, responses((status = 201, description = "Published", body = Published)))]
async fn review(visitor: Visitor, Id(id): Id, Json(sent): Json<ReviewSent>) -> Result<Response> {
    let app = visitor.visit.app.clone();
    let form = token::issue(&app.secret, Key(app.clock.id()), app.clock.now(), "review");
    let typed = reviews::Typed { form, ..typed(sent) };
    let slug = visitor.write(move |tx, reader| reviews::publish(tx, reader, &app.secret, id, &typed)).await?;
    Ok(created(format!("/api/v1/conversations/{slug}"), Published { conversation: slug }).into_response())
}

/// Correct my review of a group, words and facts
#[utoipa::path(put, path = "/api/v1/groups/{id}/reviews/mine", tag = "Groups", params(("id" = Key, Path)),
    request_body = ReviewSent, responses((status = 200, description = "Corrected", body = Published)))]
async fn correct_review(visitor: Visitor, Id(id): Id, Json(sent): Json<ReviewSent>) -> Result<Json<Published>> {
    let typed = typed(sent);
    let slug = visitor.write(move |tx, reader| reviews::correct(tx, reader, id, &typed)).await?;
    Ok(Json(Published { conversation: slug }))
}

fn typed(sent: ReviewSent) -> reviews::Typed {
    let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    reviews::Typed {
        attended: sent.attended,
        joined_on: sent.joined_on.unwrap_or_default(),
        left_on: sent.left_on.unwrap_or_default(),
        fee: typed_money(sent.fee),
        hours: number(sent.hours),
        good_jobs: number(sent.good_jobs),
        again: sent.again.map(|again| if again { yes(true) } else { "no".into() }).unwrap_or_default(),
        title: sent.title.unwrap_or_default(),
        text: sent.text,
        visibility: sent.visibility,
        version: sent.version.unwrap_or_default(),
        ..reviews::Typed::default()
    }
}
