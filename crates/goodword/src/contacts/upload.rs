//! Bringing a file in: sent, looked at column by column, taken, reported.

use super::reading::{self, Problem};
use super::store;
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::page::{Errors, Frame};
use crate::path::Path;
use crate::viewer::Visit;
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Multipart, multipart::MultipartError};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use formats::contacts::{self, Column, MAX_BYTES, MAX_ROWS};
use std::collections::HashMap;

/// Rows shown before they are taken.
const SAMPLE: usize = 3;
/// Problems listed; the rest are counted.
const LISTED: usize = 200;

/// `/contacts/new` and `/contacts/files/{id}`.
pub(super) fn routes() -> Router<App> {
    let taking =
        Router::new().route("/contacts/new", get(form).post(send)).layer(DefaultBodyLimit::max(MAX_BYTES + 64 * 1024));
    Router::new().route("/contacts/files/{id}", get(look).post(take)).merge(taking)
}

#[derive(Template)]
#[template(path = "contacts/new.html")]
struct New {
    frame: Frame,
    errors: Errors,
}

async fn form(visit: Visit) -> Result<Response> {
    let (frame, _) = visit.read(|_, who| who.member().cloned()).await?;
    visit.html(&New { frame, errors: Errors::default() })
}

async fn receive(mut form: Multipart) -> Result<(String, String)> {
    let large = || Error::field("file", "This file is larger than 4 MB. Please export fewer columns, or split it.");
    let broken = |e: MultipartError| match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => large(),
        _ => Error::BadRequest("The form broke off on its way. Please send it again.".into()),
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name: String = formats::text::clean_line(field.file_name().unwrap_or_default()).chars().take(80).collect();
        let bytes = field.bytes().await.map_err(broken)?;
        if bytes.len() > MAX_BYTES {
            return Err(large());
        }
        let text = tokio::task::spawn_blocking(move || {
            // A NUL is nobody's letter, and no database keeps one.
            let text = contacts::decode(&bytes);
            reading::check(&text).map(|()| text.replace('\0', ""))
        });
        return Ok((name, text.await.map_err(|e| Error::Internal(e.into()))??));
    }
    Err(Error::field("file", "Please choose a file."))
}

async fn send(visit: Visit, form: Multipart) -> Result<Response> {
    // Whoever is not signed in is not read for.
    let (frame, _) = visit.read(|_, who| who.member().cloned()).await?;
    match Errors::split(receive(form).await)? {
        Err(errors) => visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &New { frame, errors }),
        Ok((name, text)) => {
            let is_cards = reading::is_cards(&text);
            let id = visit.write(move |tx, member| store::add_file(tx, member.id, &name, &text, is_cards)).await?;
            Ok(Redirect::to(&format!("/contacts/files/{id}")).into_response())
        }
    }
}

/// A column as the person checks it.
struct Shown {
    heading: String,
    column: Option<Column>,
    sample: Vec<String>,
}

#[derive(Template)]
#[template(path = "contacts/file.html")]
struct Look {
    frame: Frame,
    errors: Errors,
    id: Key,
    file: store::File,
    columns: Vec<Shown>,
    people: usize,
    is_cut: bool,
    /// The first people as they would be taken.
    sample: Vec<reading::Person>,
}

impl Look {
    fn kinds(&self) -> [Column; 9] {
        Column::ALL
    }

    fn listed(&self) -> &[Problem] {
        &self.file.problems[..self.file.problems.len().min(LISTED)]
    }

    fn left_out(&self) -> usize {
        self.file.problems.iter().filter(|p| !p.is_taken).count()
    }

    fn unlisted(&self) -> usize {
        self.file.problems.len().saturating_sub(LISTED)
    }

    fn people_words(&self) -> String {
        crate::say::count(self.people, "person")
    }

    /// Columns nobody needs to look at stand in one line.
    fn ignored(&self) -> Vec<&str> {
        self.columns.iter().filter(|c| c.column.is_none() && c.sample.is_empty()).map(|c| c.heading.as_str()).collect()
    }
}

fn page(frame: Frame, errors: Errors, id: Key, file: store::File, chosen: Option<Vec<Option<Column>>>) -> Look {
    let mut look = Look { frame, errors, id, file, columns: Vec::new(), people: 0, is_cut: false, sample: Vec::new() };
    if look.file.is_taken {
        return look;
    }
    if look.file.is_cards {
        let (people, _) = reading::cards(&look.file.text);
        look.people = people.len();
        look.sample = people.into_iter().take(SAMPLE).collect();
        return look;
    }
    let table = contacts::read(&look.file.text);
    let columns = chosen.unwrap_or_else(|| table.columns.clone());
    let (people, _) = reading::table(&table, &columns);
    look.people = people.len();
    look.sample = people.into_iter().take(SAMPLE).collect();
    look.is_cut = table.is_cut;
    look.columns = table
        .headings
        .iter()
        .enumerate()
        .map(|(at, heading)| Shown {
            heading: heading.clone(),
            column: columns.get(at).copied().flatten(),
            sample: table
                .rows
                .iter()
                .filter_map(|row| row.cells.get(at))
                .filter(|cell| !cell.is_empty())
                .take(SAMPLE)
                .map(|cell| crate::say::shorten(cell, 40))
                .collect(),
        })
        .collect();
    look
}

async fn look(visit: Visit, Path(id): Path<Key>) -> Result<Response> {
    let (frame, file) = visit.read(move |tx, who| store::file(tx, who.member()?.id, id)).await?;
    let look = tokio::task::spawn_blocking(move || page(frame, Errors::default(), id, file, None)).await;
    visit.html(&look.map_err(|e| Error::Internal(e.into()))?)
}

/// What was chosen for each column: `column0=name&column1=email…`.
fn chosen(typed: &HashMap<String, String>) -> Vec<Option<Column>> {
    (0..contacts::MAX_COLUMNS)
        .map(|at| typed.get(&format!("column{at}")).and_then(|text| Column::parse(text)))
        .collect()
}

async fn take(visit: Visit, Path(id): Path<Key>, Form(typed): Form<HashMap<String, String>>) -> Result<Response> {
    let columns = chosen(&typed);
    let asked = columns.clone();
    let taken = visit
        .write(move |tx, member| {
            let file = store::file(tx, member.id, id)?;
            if file.is_taken {
                return Ok(());
            }
            let (people, problems) = if file.is_cards {
                reading::cards(&file.text)
            } else {
                reading::need_a_name(&asked)?;
                reading::table(&contacts::read(&file.text), &asked)
            };
            let kept = store::keep(tx, member.id, &people)?;
            store::settle(tx, id, kept, &problems)
        })
        .await;
    match Errors::split(taken)? {
        Ok(()) => Ok(Redirect::to(&format!("/contacts/files/{id}")).into_response()),
        Err(errors) => {
            let (frame, file) = visit.read(move |tx, who| store::file(tx, who.member()?.id, id)).await?;
            visit.html_as(StatusCode::UNPROCESSABLE_ENTITY, &page(frame, errors, id, file, Some(columns)))
        }
    }
}
