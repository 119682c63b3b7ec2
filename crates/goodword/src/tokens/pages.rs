//! The page of one's access tokens: made, shown once, revoked.

use super::{Scope, Token, issue, list, revoke};
use crate::app::App;
use crate::error::Result;
use crate::input::{Check, Name};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::roles::Role;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum_extra::extract::Form;
use serde::Deserialize;

/// `/tokens`.
pub fn routes() -> Router<App> {
    Router::new().route("/tokens", get(show).post(make)).route("/tokens/{id}/removal", post(remove))
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    scopes: Vec<String>,
    days: String,
}

#[derive(Template)]
#[template(path = "tokens/mine.html")]
struct Mine {
    frame: Frame,
    errors: Errors,
    typed: Typed,
    tokens: Vec<Token>,
    /// The secret of the one just made: this page alone shows it.
    made: Option<String>,
}

impl Mine {
    /// What this person can give away.
    fn scopes(&self) -> impl Iterator<Item = &'static (Scope, &'static str, &'static str)> {
        let keeps = self.frame.member.as_ref().is_some_and(|me| me.role > Role::Member);
        Scope::ALL.iter().filter(move |(scope, ..)| keeps || *scope != Scope::Keep)
    }

    fn may(&self, scope: &Scope) -> bool {
        self.typed.scopes.iter().any(|s| s == scope.as_str())
    }

    fn lives(&self, days: &i64) -> bool {
        self.typed.days.parse() == Ok(*days)
    }
}

async fn page(visit: &Visit, typed: Typed, errors: Errors, made: Option<String>) -> Result<Mine> {
    let (frame, tokens) = visit.read(|tx, who| list(tx, who.member()?.id)).await?;
    Ok(Mine { frame, errors, typed, tokens, made })
}

fn fresh() -> Typed {
    Typed { name: String::new(), scopes: vec!["read".into()], days: "90".into() }
}

async fn show(visit: Visit) -> Result<Response> {
    let page = page(&visit, fresh(), Errors::default(), None).await?;
    visit.html(&page)
}

async fn make(visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let mut check = Check::default();
    let name = check.take(Name::parse("name", &typed.name))?;
    let scopes: Vec<Scope> =
        Scope::ALL.iter().map(|(s, ..)| *s).filter(|s| typed.scopes.iter().any(|t| t == s.as_str())).collect();
    if scopes.is_empty() {
        check.refuse("scopes", "Please choose what it may do.");
    }
    let days = typed.days.parse().unwrap_or(0);
    let done = match (name, Errors::split(check.finish())?) {
        (Some(name), Ok(())) => visit.write(move |tx, me| issue(tx, me.id, &name, &scopes, days)).await,
        (_, Err(errors)) => Err(crate::error::Error::Invalid(errors.0)),
        (None, Ok(())) => Err(crate::error::Error::field("name", "Please fill this in.")),
    };
    match Errors::split(done)? {
        Ok((_, secret)) => {
            let page = page(&visit, fresh(), Errors::default(), Some(secret)).await?;
            visit.html(&page)
        }
        Err(errors) => {
            let page = page(&visit, typed, errors, None).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn remove(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    visit.write(move |tx, me| revoke(tx, me.id, id)).await?;
    Ok(visit.see("/tokens", "Revoked. Nothing gets in with it any more."))
}
