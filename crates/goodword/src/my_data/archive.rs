//! A person's archive: a zip with a page to read, the same as JSON, and the pictures.

use super::parts::{PARTS, Part};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::outcomes::tellable;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use store::{FromValue, Tx, Value, sql};
use zip::write::SimpleFileOptions;

/// Any value, as JSON.
struct Any(Json);

impl FromValue for Any {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        Ok(Self(match value {
            Value::Null | Value::Bytes(_) => Json::Null,
            Value::Int(i) => json!(i),
            Value::Real(r) => json!(r),
            Value::Text(t) => json!(t),
            Value::Bool(b) => json!(b),
            Value::Id(id) => json!(Key(id).to_string()),
        }))
    }
}

/// An id, which SQLite keeps as bytes.
struct Id(Option<Key>);

impl FromValue for Id {
    fn from_value(value: Value<'_>) -> Result<Self, String> {
        Ok(Self(if value == Value::Null { None } else { Some(Key::from_value(value)?) }))
    }
}

/// Yes or no, which SQLite keeps as a number.
const YES_OR_NO: [&str; 8] =
    ["is_public", "findable", "asks_paused", "public", "client_consented", "for_client", "told_the_amount", "again"];

fn read(tx: &mut Tx<'_>, part: &Part, party: Key) -> Result<Vec<Map<String, Json>>> {
    Ok(tx.rows(part.sql, &[&party], |r| {
        let mut row = Map::new();
        for (at, column) in part.columns.iter().enumerate() {
            let value = if matches!(*column, "id" | "work") {
                r.get::<Id>(at)?.0.map_or(Json::Null, |key| json!(key.to_string()))
            } else {
                plain(column, r.get::<Any>(at)?.0)
            };
            row.insert((*column).to_owned(), value);
        }
        Ok(row)
    })?)
}

/// Times as people and programs read them; yes and no as such.
fn plain(column: &str, value: Json) -> Json {
    match value.as_i64() {
        Some(micros) if column == "at" || column.ends_with("_at") => {
            jiff::Timestamp::from_microsecond(micros).map_or(Json::Null, |t| json!(format!("{t:.0}")))
        }
        Some(n) if YES_OR_NO.contains(&column) => json!(n != 0),
        _ => value,
    }
}

/// What is others' data too, as sums over whole batches of five, oldest first: a name, and the sum or that there are too few.
/// So that nobody learns a single answer by comparing two archives.
fn sums(tx: &mut Tx<'_>, party: Key) -> Result<Vec<(&'static str, String)>> {
    let texts = |r: &store::Row<'_>| r.get::<String>(0);
    let mut count = |sql| -> Result<usize> {
        let n: i64 = tx.value(sql, &[&party])?.unwrap_or(0);
        Ok(tellable(usize::try_from(n).unwrap_or(0)))
    };
    let trusted = count(sql!("SELECT COUNT(*) FROM trusts WHERE to_id = $1"))?;
    let declined = count(sql!(
        "SELECT COUNT(*) FROM referrals WHERE professional_id = $1 AND state = 'declined' AND basis IS NULL"
    ))?;
    let mut sure: Vec<i64> = tx.rows(
        sql!("SELECT confidence FROM vouches WHERE to_id = $1 AND state = 'live' ORDER BY given_at, id"),
        &[&party],
        |r| r.get(0),
    )?;
    sure.truncate(tellable(sure.len()));
    let mut again: Vec<String> = tx.rows(
        sql!(
            "SELECT o.again FROM outcomes o JOIN referrals r ON r.id = o.referral_id
             WHERE r.professional_id = $1 AND o.role = 'client' AND o.again IS NOT NULL AND r.revealed_at IS NOT NULL
             ORDER BY r.revealed_at, o.id"
        ),
        &[&party],
        texts,
    )?;
    again.truncate(tellable(again.len()));
    let yes = again.iter().filter(|a| *a == "yes").count();
    let average = sure.iter().sum::<i64>().checked_div(i64::try_from(sure.len()).unwrap_or(0)).unwrap_or(0);
    let said = |n: usize, words: String| {
        if n == 0 { "fewer than 5, so it is not said".to_owned() } else { words }
    };
    Ok(vec![
        ("Members who rely on your judgement", said(trusted, format!("{trusted} or a few more"))),
        (
            "How sure those who vouch for you are, on average",
            said(sure.len(), format!("{average} in 100, of {}", sure.len())),
        ),
        (
            "Times somebody asked about you and the referrer could not help",
            said(declined, format!("{declined} or a few more")),
        ),
        ("Clients who would use you again", said(again.len(), format!("{yes} of {}", again.len()))),
    ])
}

/// Everything, ready to be packed.
pub(super) struct Archive {
    network: String,
    at: String,
    parts: Vec<(&'static Part, Vec<Map<String, Json>>)>,
    sums: Vec<(&'static str, String)>,
    /// File name, bytes.
    pictures: Vec<(String, Vec<u8>)>,
}

/// Reads it, in the caller's snapshot.
pub(super) fn of(tx: &mut Tx<'_>, network: &str, party: Key) -> Result<Archive> {
    let at = jiff::Timestamp::from_microsecond(tx.now()).unwrap_or_default();
    let mut parts = Vec::new();
    for part in PARTS {
        parts.push((part, read(tx, part, party)?));
    }
    let pictures =
        tx.rows(sql!("SELECT id, content_type, bytes FROM pictures WHERE party_id = $1"), &[&party], |r| {
            let (id, kind): (Key, String) = (r.get(0)?, r.get(1)?);
            let ending = kind.rsplit('/').next().unwrap_or("bin").replace("jpeg", "jpg");
            Ok((format!("pictures/{id}.{ending}"), r.get(2)?))
        })?;
    let sums = sums(tx, party)?;
    Ok(Archive { network: network.to_owned(), at: format!("{at:.0}"), parts, sums, pictures })
}

const WHAT: &str = "This is all you wrote, all that was shown or published about you, and all that is held on you. Sealed answers, \
                    reasons of a no, how sure others said they were, and others’ trust lists are their data too: of those you \
                    get sums over whole fives, the oldest first: nobody learns one answer by comparing two archives.";

impl Archive {
    fn json(&self) -> String {
        let mut all = Map::new();
        all.insert("network".into(), json!(self.network));
        all.insert("made_at".into(), json!(self.at));
        all.insert("what_this_is".into(), json!(WHAT));
        for (part, rows) in &self.parts {
            all.insert(part.name.to_owned(), json!(rows));
        }
        let sums: Map<String, Json> = self.sums.iter().map(|(name, sum)| ((*name).to_owned(), json!(sum))).collect();
        all.insert("sums".into(), Json::Object(sums));
        serde_json::to_string_pretty(&all).unwrap_or_default()
    }

    fn html(&self) -> String {
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>Your data</title><style>body{{font:16px/1.5 system-ui,sans-serif;\
             max-width:50rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}}article{{border-top:1px solid #8888;\
             padding:.5rem 0}}dt{{color:#777;font-size:.85rem}}dd{{margin:0 0 .3rem;white-space:pre-wrap;\
             overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}</style></head><body><h1>Your data in {}</h1>\
             <p>Made {}.</p><p>{WHAT}</p><nav><ul>",
            escape(&self.network),
            escape(&self.at)
        );
        for (part, rows) in self.parts.iter().filter(|(_, rows)| !rows.is_empty()) {
            let _ = write!(page, "<li><a href=\"#{}\">{}</a> ({})</li>", part.name, escape(part.title), rows.len());
        }
        page.push_str("</ul></nav>");
        for (part, rows) in self.parts.iter().filter(|(_, rows)| !rows.is_empty()) {
            let _ = write!(page, "<section id=\"{}\"><h2>{}</h2>", part.name, escape(part.title));
            for row in rows {
                page.push_str("<article><dl>");
                for (name, value) in row {
                    let shown = match value {
                        Json::Null => continue,
                        Json::String(text) if text.is_empty() => continue,
                        Json::String(text) => escape(text),
                        Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
                        other => escape(&other.to_string()),
                    };
                    let label = crate::say::capital(&name.trim_end_matches("_at").replace('_', " "));
                    let _ = write!(page, "<dt>{}</dt><dd>{shown}</dd>", escape(&label));
                }
                page.push_str("</dl></article>");
            }
            page.push_str("</section>");
        }
        page.push_str("<section id=\"sums\"><h2>What others said, as sums</h2><dl>");
        for (name, sum) in &self.sums {
            let _ = write!(page, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(sum));
        }
        page.push_str("</dl></section>");
        for (file, _) in &self.pictures {
            let _ = write!(page, "<p><img src=\"{file}\" alt=\"\"></p>");
        }
        page.push_str("</body></html>");
        page
    }

    /// Packs it. Pictures are compressed already and texts are small: nothing is compressed again.
    pub(super) fn zip(&self) -> Result<Vec<u8>> {
        let failed = |e: zip::result::ZipError| Error::Internal(e.into());
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let (html, json) = (self.html(), self.json());
        let texts = [("index.html", html.as_bytes()), ("data.json", json.as_bytes())];
        let pictures = self.pictures.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        for (name, bytes) in texts.into_iter().chain(pictures) {
            packed.start_file(name, options).map_err(failed)?;
            packed.write_all(bytes).map_err(|e| Error::Internal(e.into()))?;
        }
        Ok(packed.finish().map_err(failed)?.into_inner())
    }
}

fn escape(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html).map(|e| e.to_string()).unwrap_or_default()
}
