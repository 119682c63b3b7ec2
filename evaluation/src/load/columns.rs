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

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Source,
    Target,
    Weight,
    Time,
    User,
    Item,
    Category,
    Rating,
    Outcome,
}

impl Kind {
    /// Names of such a column in lower case and without punctuation, the likeliest first; the first is its own.
    fn names(self) -> &'static [&'static str] {
        const WEIGHT: [&str; 19] = [
            "weight",
            "rating",
            "sign",
            "trust",
            "vote",
            "vot",
            "score",
            "stars",
            "star",
            "value",
            "opinion",
            "trustvalue",
            "trustlevel",
            "edgeweight",
            "movierating",
            "ratingvalue",
            "level",
            "grade",
            "res",
        ];
        match self {
            Self::Source => &[
                "source",
                "src",
                "sourceid",
                "from",
                "fromnode",
                "fromnodeid",
                "fromid",
                "rater",
                "raterid",
                "truster",
                "trusterid",
                "trustor",
                "trustorid",
                "voter",
                "follower",
                "asker",
            ],
            Self::Target => &[
                "target",
                "tgt",
                "targetid",
                "dst",
                "dest",
                "to",
                "tonode",
                "tonodeid",
                "toid",
                "ratee",
                "rateeid",
                "rated",
                "trustee",
                "trusteeid",
                "votee",
                "candidate",
                "followee",
            ],
            Self::Weight => &WEIGHT,
            Self::Rating => &WEIGHT,
            Self::Time => {
                &["time", "timestamp", "unixtime", "date", "datetime", "day", "year", "yea", "when", "dat", "step"]
            }
            Self::User => &["user", "userid", "author", "authorid", "member", "memberid", "reviewer", "reviewerid"],
            Self::Item => {
                &["item", "itemid", "product", "productid", "movie", "movieid", "object", "objectid", "thing"]
            }
            Self::Category => &["category", "categoryid", "genre", "genreid", "field", "topic"],
            Self::Outcome => &["outcome", "helpfulness", "helpful", "usefulness"],
        }
    }

    pub fn name(self) -> &'static str {
        if self == Self::Rating { "rating" } else { self.names()[0] }
    }
}

/// All kinds that have names of their own.
const KINDS: [Kind; 8] =
    [Kind::Source, Kind::Target, Kind::Weight, Kind::Time, Kind::User, Kind::Item, Kind::Category, Kind::Outcome];
/// Names of columns that number the rows.
const NUMBERING: [&str; 7] = ["", "id", "index", "unnamed0", "row", "rowid", "edgeid"];
/// How many rows are looked at to tell what a column holds.
const SAMPLE: usize = 20;
/// A quoted field ends within so many lines, or its quote is no quote.
const LINES: usize = 20;

fn simple(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn known(name: &str) -> bool {
    KINDS.iter().any(|kind| kind.names().contains(&simple(name).as_str()))
}

fn numeric(field: &str) -> bool {
    field.parse::<f64>().is_ok() || date(field).is_some()
}

impl Shape<'_> {
    /// The column of each wanted kind by its name. Where a header has none of its names, and the caller gave none, the
    /// next column with a name unknown to this program is taken; for numbers and times only if it holds such.
    pub fn columns(&self, wanted: &[Kind], given: bool) -> Vec<Option<usize>> {
        let Some(names) = &self.names else {
            let width = self.rows.first().map_or(0, |row| row.fields.len());
            return (0..wanted.len()).map(|n| (n < width).then_some(n)).collect();
        };
        let simple: Vec<String> = names.iter().map(|name| simple(name)).collect();
        let by_name = |kind: &Kind| kind.names().iter().find_map(|name| simple.iter().position(|own| own == name));
        let mut found: Vec<Option<usize>> = wanted.iter().map(by_name).collect();
        if given {
            return found;
        }
        let guided = wanted
            .iter()
            .zip(&found)
            .any(|(kind, place)| matches!(kind, Kind::Weight | Kind::Rating) && place.is_some());
        let mut free = (0..names.len())
            .filter(|n| !known(&names[*n]) && !NUMBERING.contains(&simple[*n].as_str()) && !found.contains(&Some(*n)))
            .collect::<Vec<_>>();
        for (kind, place) in wanted.iter().zip(&mut found).filter(|(_, place)| place.is_none()) {
            let fits = |n: &usize| match kind {
                Kind::Source | Kind::Target | Kind::User | Kind::Item => true,
                Kind::Weight | Kind::Rating => self.all(*n, |field| field.parse::<f64>().is_ok()),
                Kind::Time => self.all(*n, |field| if guided { moments(field) } else { numeric(field) }),
                Kind::Category | Kind::Outcome => false,
            };
            if let Some(at) = free.iter().position(fits) {
                *place = Some(free.remove(at));
            }
        }
        found
    }

    fn all(&self, column: usize, test: impl Fn(&str) -> bool) -> bool {
        let mut sample = self.rows.iter().take(SAMPLE).filter_map(|row| row.fields.get(column)).peekable();
        sample.peek().is_some() && sample.all(|field| test(field))
    }

    /// Says which columns were taken for what.
    pub fn taken(&self, wanted: &[Kind], found: &[Option<usize>]) -> String {
        let named = |n: usize| self.names.as_ref().and_then(|names| names.get(n)).map_or("", |name| name.as_str());
        let say = |(kind, place): (&Kind, &Option<usize>)| {
            let place = (*place)?;
            let name = named(place);
            let name = if name.is_empty() { String::new() } else { format!(" \"{}\"", short(name)) };
            Some(format!("{} = column {}{name}", kind.name(), place + 1))
        };
        wanted.iter().zip(found).filter_map(say).collect::<Vec<_>>().join(", ")
    }

    pub fn missing(&self, kind: Kind) -> Fault {
        let names = self.names.as_ref().map_or(String::new(), |names| short(&names.join(", ")));
        Fault::Whole(format!("no column \"{}\" among: {names}", kind.name()))
    }
}

/// Whether a field is a date, a year or seconds since 1970 rather than a small number.
fn moments(field: &str) -> bool {
    date(field).is_some() || field.parse::<f64>().is_ok_and(|n| n.abs() > 1e5 || (1900.0..=2100.0).contains(&n))
}

/// Cuts a text into rows. A first row without a number is a header if it names two columns this program knows, or stands
/// above a column of numbers or dates; `given` names win over it.
pub fn rows<'a>(text: &'a str, given: Option<&[String]>) -> Shape<'a> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut line = 1;
    while !rest.is_empty() {
        let first = rest.find('\n').unwrap_or(rest.len());
        let record = rest[..first].trim();
        let mut end = first;
        if !record.is_empty() && !record.starts_with(['#', '%']) && !record.starts_with("//") {
            let (mut fields, closed) = cut(record);
            if !closed {
                let ends = rest.match_indices('\n').map(|found| found.0).chain([rest.len()]).skip(1).take(LINES);
                let mut longer = ends.map(|end| (end, cut(rest[..end].trim())));
                match longer.find(|(_, (_, closed))| *closed) {
                    Some((found, (longer, _))) => (end, fields) = (found, longer),
                    None => fields = split(record, false).0,
                }
            }
            rows.push(Row { line, fields });
        }
        line += rest[..end].matches('\n').count() + 1;
        rest = rest.get(end + 1..).unwrap_or("");
    }
    let mut names = None;
    if let [first, others @ ..] = &rows[..]
        && first.fields.len() >= 2
        && first.fields.iter().all(|field| !numeric(field))
    {
        let above = |n: usize| {
            let mut below = others.iter().take(SAMPLE).map(|row| row.fields.get(n).is_some_and(|field| numeric(field)));
            !others.is_empty() && below.all(|number| number) && first.fields.iter().all(|field| !field.is_empty())
        };
        if first.fields.iter().filter(|field| known(field)).count() >= 2 || (0..first.fields.len()).any(above) {
            names = Some(first.fields.iter().map(|field| (*field).to_owned()).collect());
            rows.remove(0);
        }
    }
    Shape { rows, names: given.map(<[String]>::to_vec).or(names) }
}

/// The fields of a record without quotes, and whether all quotes are closed.
fn cut(record: &str) -> (Vec<&str>, bool) {
    split(record, record.contains('"'))
}

fn split(record: &str, quotes: bool) -> (Vec<&str>, bool) {
    let marks = [",", ";", "\t", "::"].into_iter().filter(|mark| record.contains(mark));
    let (fields, closed) = if quotes {
        let mut found = marks.map(|mark| quoted(record, |rest| if rest.starts_with(mark) { mark.len() } else { 0 }));
        found.find(|found| found.0.len() > 1).unwrap_or_else(|| {
            let (fields, closed) = quoted(record, |rest| rest.len() - rest.trim_start().len());
            (fields.into_iter().filter(|field| !field.is_empty()).collect(), closed)
        })
    } else {
        let mut marks = marks;
        match marks.next() {
            Some(mark) => (record.split(mark).collect(), true),
            None => (record.split_whitespace().collect(), true),
        }
    };
    (fields.into_iter().map(|field| field.trim().trim_matches('"').trim()).collect(), closed)
}

/// Cuts where `mark` finds a separator (its length; 0 for none) outside quotes. A quote begins a field and is doubled
/// inside.
fn quoted(record: &str, mark: impl Fn(&str) -> usize) -> (Vec<&str>, bool) {
    let mut fields = Vec::new();
    let (mut start, mut n, mut inside) = (0, 0, false);
    while let Some(next) = record[n..].chars().next() {
        let rest = &record[n..];
        if inside && rest.starts_with("\"\"") {
            n += 2;
        } else if next == '"' && (inside || record[start..n].trim().is_empty()) {
            inside = !inside;
            n += 1;
        } else if let length @ 1.. = if inside { 0 } else { mark(rest) } {
            fields.push(&record[start..n]);
            n += length;
            start = n;
        } else {
            n += next.len_utf8();
        }
    }
    fields.push(&record[start..]);
    (fields, !inside)
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
