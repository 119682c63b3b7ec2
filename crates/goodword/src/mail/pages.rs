//! Choosing what is written to me, and the page behind "no more of these".

use super::choices::{self, Sent, Times};
use super::topics::{Pace, TOPICS, Topic};
use super::{UNSUBSCRIBE, bounces};
use crate::app::App;
use crate::error::Result;
use crate::input::Check;
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use std::collections::HashMap;
use store::{Tx, sql};

/// `/preferences/letters` and `/unsubscribing/{token}`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/preferences/letters", get(show).post(save))
        .route("/preferences/letters/address", post(works_again))
        .route(&format!("{UNSUBSCRIBE}{{token}}"), get(ask).post(unsubscribe))
}

/// A topic with what this person chose.
struct Chosen {
    topic: &'static Topic,
    pace: Pace,
}

#[derive(Template)]
#[template(path = "mail/choices.html")]
struct Choices {
    frame: Frame,
    errors: Errors,
    topics: Vec<Chosen>,
    fixed: Vec<&'static Topic>,
    times: Times,
    /// The network's zone, where theirs is empty.
    usual_zone: String,
    zones: Vec<String>,
    address: String,
    /// Why letters come back, and since when.
    bounced: Option<(String, i64)>,
}

const WEEKDAYS: [(i64, &str); 7] =
    [(1, "Monday"), (2, "Tuesday"), (3, "Wednesday"), (4, "Thursday"), (5, "Friday"), (6, "Saturday"), (7, "Sunday")];

impl Choices {
    fn hours(&self) -> std::ops::Range<i64> {
        0..24
    }

    fn weekdays(&self) -> &'static [(i64, &'static str)] {
        &WEEKDAYS
    }

    fn usual_words(&self) -> String {
        format!("Empty: the network’s, {}.", self.usual_zone)
    }

    fn reads_digests(&self) -> bool {
        self.topics.iter().any(|t| matches!(t.pace, Pace::Daily | Pace::Weekly))
    }
}

/// Where letters to somebody go; empty where they have none.
pub(super) fn own_address(tx: &mut Tx<'_>, party: Key) -> Result<String> {
    Ok(tx
        .value::<Option<String>>(sql!("SELECT email FROM parties WHERE id = $1"), &[&party])?
        .flatten()
        .unwrap_or_default())
}

async fn page(visit: &Visit, typed: Option<HashMap<String, String>>, errors: Errors) -> Result<Choices> {
    let usual_zone = visit.app.site.zone.iana_name().unwrap_or("UTC").to_owned();
    let (frame, (chosen, times, address, bounced)) = visit
        .read(|tx, who| {
            let me = who.member()?.id;
            let address = own_address(tx, me)?;
            let bounced = bounces::reason(tx, &address)?;
            Ok((choices::chosen(tx, me)?, choices::times(tx, me)?, address, bounced))
        })
        .await?;
    let pace_of = |topic: &'static Topic| {
        let typed = typed.as_ref().and_then(|t| Pace::parse(t.get(topic.name)?));
        let saved = chosen.iter().find(|(name, _)| name == topic.name).map(|(_, pace)| *pace);
        let pace = typed.or(saved).filter(|pace| topic.paces.contains(pace)).or(topic.paces.first().copied());
        Some(Chosen { topic, pace: pace? })
    };
    let times = match &typed {
        Some(typed) => Times {
            zone: typed.get("zone").cloned().unwrap_or_default(),
            hour: number(typed, "hour").unwrap_or(times.hour),
            weekday: number(typed, "weekday").unwrap_or(times.weekday),
        },
        None => times,
    };
    let zones = jiff::tz::db().available().map(|name| name.as_str().to_owned());
    Ok(Choices {
        frame,
        errors,
        topics: TOPICS.iter().filter_map(pace_of).collect(),
        fixed: TOPICS.iter().filter(|topic| topic.paces.is_empty()).collect(),
        times,
        usual_zone,
        // "America/New_York", not "EST5EDT" or "posix/…": the names people know.
        zones: zones.filter(|name| name.contains('/') && name.starts_with(|c: char| c.is_ascii_uppercase())).collect(),
        address,
        bounced,
    })
}

fn number(typed: &HashMap<String, String>, name: &str) -> Option<i64> {
    typed.get(name)?.parse().ok()
}

async fn show(visit: Visit) -> Result<Response> {
    let page = page(&visit, None, Errors::default()).await?;
    visit.html(&page)
}

/// What was chosen, and when digests come.
pub(super) fn read(typed: &HashMap<String, String>) -> Result<(Vec<(&'static Topic, Pace)>, Times)> {
    let mut check = Check::default();
    let mut wanted = Vec::new();
    for topic in TOPICS.iter().filter(|topic| !topic.paces.is_empty()) {
        let Some(text) = typed.get(topic.name) else { continue };
        match Pace::parse(text).filter(|pace| topic.paces.contains(pace)) {
            Some(pace) => wanted.push((topic, pace)),
            None => check.refuse(topic.name, format!("“{}” cannot be had that way.", topic.title)),
        }
    }
    let zone = typed.get("zone").map(|zone| zone.trim().to_owned()).unwrap_or_default();
    if !zone.is_empty() && jiff::tz::TimeZone::get(&zone).is_err() {
        check
            .refuse("zone", "Please choose a time zone from the list, such as America/Los_Angeles, or leave it empty.");
    }
    let hour = number(typed, "hour").unwrap_or(8);
    if !(0..24).contains(&hour) {
        check.refuse("hour", "Please choose an hour.");
    }
    let weekday = number(typed, "weekday").unwrap_or(1);
    if !(1..=7).contains(&weekday) {
        check.refuse("weekday", "Please choose a day.");
    }
    check.finish()?;
    Ok((wanted, Times { zone, hour, weekday }))
}

async fn save(visit: Visit, Form(typed): Form<HashMap<String, String>>) -> Result<Response> {
    let (wanted, times) = match Errors::split(read(&typed))? {
        Ok(read) => read,
        Err(errors) => {
            let page = page(&visit, Some(typed), errors).await?;
            return visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    visit
        .write(move |tx, member| {
            for (topic, pace) in &wanted {
                choices::choose(tx, member.id, topic, *pace)?;
            }
            choices::set_times(tx, member.id, &times)
        })
        .await?;
    Ok(visit.see("/preferences/letters", "Saved. It holds from the next letter on."))
}

async fn works_again(visit: Visit) -> Result<Response> {
    visit
        .write(|tx, member| {
            let address = own_address(tx, member.id)?;
            bounces::forgive(tx, &address)
        })
        .await?;
    Ok(visit.see("/preferences/letters", "We write to you again."))
}

#[derive(Template)]
#[template(path = "mail/unsubscribe.html")]
struct Unsubscribe {
    frame: Frame,
    sent: Sent,
    path: String,
    /// What has just been done, if anything.
    done: Option<Done>,
}

#[derive(Clone, Copy, PartialEq)]
enum Done {
    Ended,
    EndedAll,
    TakenUp,
}

impl Unsubscribe {
    fn can_undo(&self) -> bool {
        self.sent.topic.name != "digest"
    }
}

/// Opening it changes nothing: mail scanners open links too.
async fn ask(visit: Visit, Path(token): Path<String>) -> Result<Response> {
    let (path, asked) = (format!("{UNSUBSCRIBE}{token}"), token);
    let (frame, sent) = visit.read(move |tx, _| choices::by_token(tx, &asked)).await?;
    visit.html(&Unsubscribe { frame, sent, path, done: None })
}

/// A press on the page, or a mail program's `List-Unsubscribe=One-Click` (RFC 8058), which may come as either kind of
/// form and says nothing we need: signed in or not, from anywhere.
async fn unsubscribe(
    visit: Visit,
    Path(token): Path<String>,
    typed: Result<Form<HashMap<String, String>>, FormRejection>,
) -> Result<Response> {
    let path = format!("{UNSUBSCRIBE}{token}");
    let what = typed.ok().and_then(|Form(mut typed)| typed.remove("what")).unwrap_or_default();
    let (all, again) = (what == "all", what == "again");
    let sent = visit
        .write_as_anyone(move |tx, _| {
            let sent = choices::by_token(tx, &token)?;
            choices::unsubscribe(tx, &sent, all, again)?;
            Ok(sent)
        })
        .await?;
    let done = match (again, all) {
        (true, _) => Done::TakenUp,
        (false, true) => Done::EndedAll,
        (false, false) => Done::Ended,
    };
    let frame = visit.frame().await?;
    visit.html(&Unsubscribe { frame, sent, path, done: Some(done) })
}

#[cfg(test)]
mod tests {
    use crate::mail::digests;

    #[test]
    fn an_unknown_zone_is_utc_rather_than_an_error() {
        crate::testing::on_both(|db| {
            let times = super::Times { zone: "Mars/Olympus".into(), ..Default::default() };
            db.write_here(|tx| {
                assert_eq!(digests::zone(tx, &times)?, jiff::tz::TimeZone::UTC);
                Ok::<_, crate::error::Error>(())
            })
            .unwrap();
        });
    }
}
