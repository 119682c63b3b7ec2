//! Lines and columns: comma, semicolon, tab or space separated, with or without a header, comments and CRLF.

use super::Fault;
use std::collections::BTreeMap;

/// One data line: its number (from 1) and its fields without quotes.
pub struct Row<'a> {
    pub line: usize,
    pub fields: Vec<&'a str>,
}

/// The rows of a file and the names of its columns, if a header or the caller gave them.
pub struct Shape<'a> {
    pub rows: Vec<Row<'a>>,
    pub names: Option<Vec<String>>,
}

/// Cuts a text into rows. A first row none of whose fields is a number is a header, if all its fields are words this
/// program knows; `given` names win over it.
pub fn rows<'a>(text: &'a str, given: Option<&[String]>) -> Shape<'a> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut names = None;
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '%']) || line.starts_with("//") {
            continue;
        }
        let fields = cut(line);
        if rows.is_empty() && names.is_none() && is_header(&fields) {
            names = Some(fields.iter().map(|field| field.to_ascii_lowercase()).collect());
            continue;
        }
        rows.push(Row { line: n + 1, fields });
    }
    // A first line without a number above lines with numbers is a header of names this program does not know.
    let numeric = |row: &Row<'_>| row.fields.iter().skip(2).filter(|field| field.parse::<f64>().is_ok()).count();
    if let [first, second, ..] = &rows[..]
        && first.fields.len() > 2
        && first.fields.iter().all(|field| field.parse::<f64>().is_err() && date(field).is_none())
        && numeric(second) > 0
    {
        rows.remove(0);
    }
    Shape { rows, names: given.map(<[String]>::to_vec).or(names) }
}

fn cut(line: &str) -> Vec<&str> {
    let separator = [",", ";", "\t", "::"].into_iter().find(|mark| line.contains(mark));
    let fields: Vec<&str> = match separator {
        Some(mark) => line.split(mark).collect(),
        None => line.split_whitespace().collect(),
    };
    fields.into_iter().map(|field| field.trim().trim_matches('"').trim()).collect()
}

/// Other names of a column; the first is the one used here.
const NAMES: [&[&str]; 8] = [
    &["source", "src", "from", "rater", "truster", "voter", "follower", "asker", "fromnodeid", "source_id"],
    &["target", "dst", "dest", "to", "ratee", "trustee", "votee", "candidate", "tonodeid", "target_id", "tgt"],
    &["weight", "rating", "sign", "trust", "vote", "score", "stars", "value"],
    &["time", "timestamp", "date", "day", "year"],
    &["user", "userid", "user_id", "author", "member"],
    &["item", "itemid", "item_id", "product", "movie", "object"],
    &["category", "genre", "field", "categoryid", "topic"],
    &["outcome", "helpfulness", "helpful", "usefulness"],
];

/// The plain name of a column, or the name itself if this program knows none.
pub fn plain(name: &str) -> &str {
    NAMES.iter().find(|names| names.contains(&name)).map_or(name, |names| names[0])
}

fn is_header(fields: &[&str]) -> bool {
    fields.len() >= 2
        && fields.iter().all(|field| field.parse::<f64>().is_err())
        && fields
            .iter()
            .filter(|field| NAMES.iter().any(|names| names.contains(&field.to_ascii_lowercase().as_str())))
            .count()
            >= 2
}

/// A finite number, or what is wrong with it.
pub fn number(row: &Row<'_>, column: usize, what: &str) -> Result<f64, Fault> {
    let field = field(row, column, what)?;
    let value: f64 =
        field.parse().map_err(|_| Fault::Line(row.line, format!("the {what} \"{}\" is not a number", short(field))))?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Fault::Line(row.line, format!("the {what} \"{}\" is not a finite number", short(field))))
    }
}

/// A field that must be there and not be empty.
pub fn field<'a>(row: &Row<'a>, column: usize, what: &str) -> Result<&'a str, Fault> {
    match row.fields.get(column) {
        Some(field) if !field.is_empty() => Ok(field),
        Some(_) => Err(Fault::Line(row.line, format!("the {what} is empty"))),
        None => Err(Fault::Line(
            row.line,
            format!("the {what} is missing: column {} wanted, {} found", column + 1, row.fields.len()),
        )),
    }
}

/// Seconds since 1970 from a number or a date `year-month-day`, with or without a time of day.
pub fn moment(row: &Row<'_>, column: usize) -> Result<f64, Fault> {
    let text = field(row, column, "time")?;
    if let Some(days) = date(text) {
        let clock = text.split_once([' ', 'T']).map_or("", |(_, clock)| clock).trim_end_matches('Z');
        let parts = clock.split(':').map(|part| part.parse::<f64>().unwrap_or(0.0));
        let seconds: f64 = parts.zip([3600.0, 60.0, 1.0]).map(|(part, unit)| part * unit).sum();
        return Ok(days as f64 * 86_400.0 + if seconds.is_finite() { seconds.clamp(0.0, 86_400.0) } else { 0.0 });
    }
    number(row, column, "time")
}

/// Brings times to seconds: years, milliseconds and microseconds are told by their size.
pub fn to_seconds<'a>(times: impl Iterator<Item = &'a mut f64>) {
    let times: Vec<&mut f64> = times.collect();
    let years = times.iter().all(|time| time.fract() == 0.0 && (1900.0..=2100.0).contains(&**time));
    let most = times.iter().map(|time| time.abs()).fold(0.0, f64::max);
    let unit = [1e15, 1e12].into_iter().find(|bound| most > *bound / 10.0).map_or(1.0, |bound| bound / 1e9);
    for time in times {
        *time = if years { (*time - 1970.0) * 365.25 * 86_400.0 } else { *time / unit };
    }
}

/// Days since 1970 of `year-month-day`, with anything after a space or T ignored (Howard Hinnant's civil calendar).
pub fn date(text: &str) -> Option<i64> {
    let text = text.split([' ', 'T']).next()?;
    let mut parts = text.split(['-', '/']);
    let (year, month, day): (i64, i64, i64) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    if parts.next().is_some() || !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Numbers ids in order of first mention.
#[derive(Clone, Debug, Default)]
pub struct Numbers(BTreeMap<String, u32>);

impl Numbers {
    pub fn of(&mut self, id: &str) -> u32 {
        let next = self.0.len() as u32;
        match self.0.get(id) {
            Some(&number) => number,
            None => {
                self.0.insert(id.to_owned(), next);
                next
            }
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}
