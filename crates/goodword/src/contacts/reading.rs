//! From a file to people: each row either somebody, or a number and a reason.

use crate::error::{Error, Result};
use crate::input::{Email, Name};
use formats::contacts::{self, Column, Found, Table};
use formats::vcard;
use serde::{Deserialize, Serialize};

/// Somebody as read, ready to be kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub name: String,
    pub email: Option<String>,
    pub phone: String,
    pub firm: String,
    pub title: String,
    pub town: String,
    pub note: String,
}

/// A row with something wrong.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(super) struct Problem {
    /// Line of the file, or place among its cards, from 1.
    pub number: u64,
    /// What.
    pub reason: String,
    /// It was taken all the same.
    pub is_taken: bool,
}

/// Whether a file holds cards rather than a table.
pub(super) fn is_cards(text: &str) -> bool {
    text.trim_start().get(..11).is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCARD"))
}

fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The first good address counts; a bad one is said, and the person kept if there is a name.
fn person(found: Found) -> (std::result::Result<Person, String>, Option<String>) {
    let good = found.emails.iter().find_map(|text| Email::parse("email", text.trim_start_matches("mailto:")).ok());
    let bad = found.emails.first().filter(|_| good.is_none()).map(|text| short(text, 60));
    let email = good.map(|email| email.as_str().to_owned());
    if found.name.is_empty() && email.is_none() {
        let reason = match bad {
            Some(bad) => format!("“{bad}” is no e-mail address, and there is no name"),
            None => "neither a name nor an e-mail address".to_owned(),
        };
        return (Err(reason), None);
    }
    let name = short(&found.name, Name::MAX);
    let name = if name.is_empty() { email.clone().unwrap_or_default() } else { name };
    let warning = bad.map(|bad| format!("“{bad}” is no e-mail address; taken without it"));
    let person = Person {
        name,
        email,
        phone: short(found.phones.first().map_or("", String::as_str), 60),
        firm: short(&found.firm, 160),
        title: short(&found.title, 160),
        town: short(&found.town, 160),
        note: short(&found.note, 2_000),
    };
    (Ok(person), warning)
}

fn take(number: u64, found: Found, people: &mut Vec<Person>, problems: &mut Vec<Problem>) {
    let (read, warning) = person(found);
    match read {
        Ok(person) => {
            people.push(person);
            problems.extend(warning.map(|reason| Problem { number, reason, is_taken: true }));
        }
        Err(reason) => problems.push(Problem { number, reason, is_taken: false }),
    }
}

/// The people of a table, by columns a person has looked at.
pub(super) fn table(table: &Table, columns: &[Option<Column>]) -> (Vec<Person>, Vec<Problem>) {
    let (mut people, mut problems) = (Vec::new(), Vec::new());
    for row in &table.rows {
        take(row.number, contacts::row(columns, row), &mut people, &mut problems);
    }
    (people, problems)
}

/// Refuses columns of which none says who somebody is.
pub(super) fn need_a_name(columns: &[Option<Column>]) -> Result<()> {
    let names = |c: &Column| matches!(c, Column::Name | Column::Given | Column::Family | Column::Email);
    if columns.iter().flatten().any(names) {
        return Ok(());
    }
    Err(Error::field("columns", "Please say which column holds the names or the e-mail addresses."))
}

/// The people of a file of cards.
pub(super) fn cards(text: &str) -> (Vec<Person>, Vec<Problem>) {
    let (mut people, mut problems) = (Vec::new(), Vec::new());
    for (at, card) in vcard::read(text).into_iter().enumerate() {
        let number = u64::try_from(at + 1).unwrap_or(0);
        match card {
            Ok(card) => {
                let found = Found {
                    name: card.name,
                    emails: card.emails,
                    phones: card.phones,
                    firm: card.organisation,
                    title: card.title,
                    town: card.town,
                    note: formats::text::clean_line(&card.note),
                };
                take(number, found, &mut people, &mut problems);
            }
            Err(bad) => problems.push(Problem { number, reason: bad.reason.to_owned(), is_taken: false }),
        }
    }
    (people, problems)
}

/// Refuses a file that is neither a table of people nor cards.
pub(super) fn check(text: &str) -> Result<()> {
    let refuse = |sentence: &str| Err(Error::field("file", sentence));
    if text.trim().is_empty() {
        return refuse("This file is empty.");
    }
    if is_cards(text) {
        return Ok(());
    }
    let start: String = text.chars().take(2_000).collect();
    if start.contains('\0') || start.starts_with("PK") || start.starts_with("%PDF") {
        return refuse(
            "This is no text file. Please export your contacts as CSV or vCard; an Excel sheet can be saved as CSV.",
        );
    }
    let table = contacts::read(text);
    if table.rows.is_empty() {
        return refuse("There is nobody in this file: it has headings at most.");
    }
    Ok(())
}
