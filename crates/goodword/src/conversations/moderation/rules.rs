//! The page of the rules.

use super::{TABS, moderator, only_moderators};
use crate::app::App;
use crate::conversations::service;
use crate::conversations::settings::{First, Rules};
use crate::conversations::visitor::Visitor;
use crate::error::Result;
use crate::key::Key;
use crate::page::{Errors, Frame};
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum_extra::extract::Form;
use store::{Tx, sql};

/// `/moderation/rules`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/moderation/rules", get(rules_form).post(set_rules))
}

#[derive(Template)]
#[template(path = "conversations/rules.html")]
struct RulesPage {
    frame: Frame,
    errors: Errors,
    rules: Rules,
}

impl RulesPage {
    fn first(&self, value: &str) -> bool {
        value
            == match self.rules.hold_first {
                First::Nobody => "nobody",
                First::Guests => "guests",
                First::Everybody => "everybody",
            }
    }
}

async fn rules_form(visitor: Visitor) -> Result<Response> {
    let (frame, rules) = visitor
        .read(|tx, reader| {
            moderator(reader)?;
            Rules::read(tx)
        })
        .await?;
    visitor.visit.html(&RulesPage { frame, errors: Errors::default(), rules })
}

async fn set_rules(visitor: Visitor, Form(fields): Form<Vec<(String, String)>>) -> Result<Response> {
    only_moderators(&visitor).await?;
    let mut rules = Rules::from_form(&fields);
    match Errors::split(service::address(&rules.spam_url))? {
        Ok(address) => rules.spam_url = address,
        Err(errors) => {
            let page = RulesPage { frame: visitor.visit.frame().await?, errors, rules };
            return visitor.visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    }
    visitor
        .write(move |tx, reader| {
            let me = moderator(reader)?;
            keep_rules(tx, me, &rules)
        })
        .await?;
    Ok(visitor.visit.see("/moderation/rules", "The rules hold from now on."))
}

/// Sets the rules, and notes in the log who did.
///
/// # Errors
/// The database's.
pub fn keep_rules(tx: &mut Tx<'_>, by: Key, rules: &Rules) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    rules.write(tx)?;
    tx.execute(
        sql!(
            "INSERT INTO moderation_events (id, actor_id, kind, from_state, to_state, reason, at)
             VALUES ($1, $2, 'rules changed', '', '', '', $3)"
        ),
        &[&id, &by, &now],
    )?;
    Ok(())
}
