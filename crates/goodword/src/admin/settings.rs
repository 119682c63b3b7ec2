//! The form of the network's settings.

use crate::error::Result;
use crate::page::{Errors, Frame};
use crate::roles::Role;
use crate::settings::Settings;
use crate::viewer::Visit;
use askama::Template;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct Page {
    frame: Frame,
    errors: Errors,
    typed: Settings,
}

impl Page {
    /// Name, title, explanation and value of each kind of regulated field.
    fn kinds(&self) -> [(&'static str, &'static str, &'static str, &str); 3] {
        [
            ("law", "Lawyers", "ABA Model Rule 7.2(b)(4), California Bus. & Prof. Code §6155", &self.typed.law),
            (
                "health",
                "Physicians and other health professionals",
                "42 U.S.C. §1320a-7b, California Bus. & Prof. Code §650",
                &self.typed.health,
            ),
            (
                "settlement",
                "Buying a home",
                "Agents, appraisers, lenders, title: 12 U.S.C. §2607",
                &self.typed.settlement,
            ),
        ]
    }
}

pub(super) async fn form(visit: Visit) -> Result<Response> {
    let (join, open) = (visit.app.site.join, visit.app.site.open);
    let (frame, typed) = visit
        .read(move |tx, who| {
            who.admin()?;
            Settings::read(tx, join, open)
        })
        .await?;
    visit.html(&Page { frame, errors: Errors::default(), typed })
}

pub(super) async fn save(visit: Visit, Form(typed): Form<Settings>) -> Result<Response> {
    let (join, open) = (visit.app.site.join, visit.app.site.open);
    let sent = typed.clone();
    let saved = visit
        .write_as(Role::Admin, move |tx, me| {
            let before = Settings::read(tx, join, open)?;
            sent.write(tx, me.id, &before)
        })
        .await;
    match Errors::split(saved)? {
        Ok(()) => Ok(visit.see("/admin/settings", "Saved. It holds at once.")),
        Err(errors) => {
            let (frame, ()) = visit.read(|_, who| who.admin().map(drop)).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &Page { frame, errors, typed })
        }
    }
}
