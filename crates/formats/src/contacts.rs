//! Address books as CSV, as Google, Outlook and LinkedIn write them: any of the usual encodings and separators, columns
//! found by their headings, each row on its own.

use crate::name::fold;
use crate::text::clean_line;
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes of one file.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Rows that are read from one file.
pub const MAX_ROWS: usize = 10_000;
/// Columns that are read from one row.
pub const MAX_COLUMNS: usize = 150;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The whole name.
    Name,
    /// Given name.
    Given,
    /// Family name.
    Family,
    /// E-mail; the first good one of several columns counts.
    Email,
    /// Telephone; likewise.
    Phone,
    /// Firm.
    Firm,
    /// What they do there.
    Title,
    /// Town.
    Town,
    /// Anything else worth keeping.
    Note,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Given,
        Self::Family,
        Self::Email,
        Self::Phone,
        Self::Firm,
        Self::Title,
        Self::Town,
        Self::Note,
    ];

    /// As forms send it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Given => "given",
            Self::Family => "family",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Firm => "firm",
            Self::Title => "title",
            Self::Town => "town",
            Self::Note => "note",
        }
    }

    /// As pages say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "Whole name",
            Self::Given => "First name",
            Self::Family => "Last name",
            Self::Email => "E-mail",
            Self::Phone => "Telephone",
            Self::Firm => "Firm",
            Self::Title => "What they do",
            Self::Town => "Town",
            Self::Note => "Note",
        }
    }

    /// Reads [`Column::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == text)
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line of the file it begins on, from 1.
    pub number: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// A file read as a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// What the columns are called; "Column 1" where the file does not say.
    pub headings: Vec<String>,
    /// What they hold, as far as their headings or contents tell.
    pub columns: Vec<Option<Column>>,
    /// The rows below the headings; empty ones are left out.
    pub rows: Vec<Row>,
    /// There were more than [`MAX_ROWS`].
    pub is_cut: bool,
}

/// The file as text: UTF-8, UTF-16 by its mark or its zero bytes, else Windows-1252, which reads anything.
///
/// ```
/// assert_eq!(formats::contacts::decode(b"Zo\xeb"), "Zoë");
/// assert_eq!(formats::contacts::decode(b"\xff\xfeZ\0o\0\xeb\0"), "Zoë");
/// ```
pub fn decode(bytes: &[u8]) -> String {
    let utf16 = match bytes {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        [_, 0, _, 0, ..] => Some(UTF_16LE),
        [0, _, 0, _, ..] => Some(UTF_16BE),
        _ => None,
    };
    if let Some(encoding) = utf16 {
        return encoding.decode_with_bom_removal(bytes).0.into_owned();
    }
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bare) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bare).0.into_owned(),
    }
}

/// Reads a table. Lines before the headings (LinkedIn writes a few) are passed over.
///
/// ```
/// let table = formats::contacts::read("Notes:\n\"About this file\"\n\nFirst Name,Last Name,Email Address\nAna,Reyes,ana@example.org\n");
/// assert_eq!(table.rows[0].number, 5);
/// assert!(table.columns.iter().all(Option::is_some));
/// ```
pub fn read(text: &str) -> Table {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows: Vec<Row> = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut is_cut = false;
    // Text in memory, read flexibly, has no errors left to report.
    while let Ok(true) = reader.read_record(&mut record) {
        let cells: Vec<String> = record.iter().take(MAX_COLUMNS).map(clean_line).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if rows.len() > MAX_ROWS + 20 {
            is_cut = true;
            break;
        }
        // A record begins, for its reader, with the empty lines before it.
        let number = record.position().map_or(0, |at| {
            let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
            let empty =
                text.as_bytes().get(start..).unwrap_or_default().iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            at.line() + empty.filter(|b| **b == b'\n').count() as u64
        });
        rows.push(Row { number, cells });
    }
    let heading = rows.iter().take(20).position(|row| detect(&row.cells).iter().flatten().count() >= 2);
    let (headings, columns) = match heading {
        Some(at) => {
            let below = rows.split_off(at + 1);
            let headings = rows.pop().map(|row| row.cells).unwrap_or_default();
            rows = below;
            let columns = detect(&headings);
            (headings, columns)
        }
        None => {
            let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
            ((1..=width).map(|n| format!("Column {n}")).collect(), guess(&rows, width))
        }
    };
    is_cut |= rows.len() > MAX_ROWS;
    rows.truncate(MAX_ROWS);
    Table { headings, columns, rows, is_cut }
}

/// The one of `,`, `;` and tab that splits most lines of the beginning alike.
fn separator(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).take(10).collect();
    let most = |separator: char| lines.iter().map(|line| line.matches(separator).count()).max().unwrap_or(0);
    [(b',', most(',')), (b';', most(';')), (b'\t', most('\t'))]
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(separator, _)| separator)
}

/// What columns hold by their headings: older and newer exports, in English and a few other languages.
fn detect(headings: &[String]) -> Vec<Option<Column>> {
    let folded: Vec<String> = headings.iter().map(|heading| fold(heading)).collect();
    let has = |name: &str| folded.iter().any(|heading| heading == name);
    // "Title" is Mr or Ms where there is a job title as well.
    let title_is_job = !has("job title") && !has("suffix");
    let mut found: Vec<Option<Column>> = folded.iter().map(|heading| named(heading, title_is_job)).collect();
    // First and last name say more than a whole name made of them.
    if found.contains(&Some(Column::Given)) && found.contains(&Some(Column::Family)) {
        for column in found.iter_mut().filter(|column| **column == Some(Column::Name)) {
            *column = None;
        }
    }
    found
}

fn named(heading: &str, title_is_job: bool) -> Option<Column> {
    let heading = heading.replace(['-', '_'], " ");
    let heading = heading.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_about = |what: &str, parts: &[&str]| {
        // "E-mail 1 - Value", "Phone 2 - Value", "Organization 1 - Name"
        heading.strip_prefix(what).is_some_and(|rest| {
            let rest = rest.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
            parts.contains(&rest)
        })
    };
    Some(match heading.as_str() {
        "name" | "full name" | "display name" | "contact name" | "anzeigename" | "nom complet" | "nombre completo" => {
            Column::Name
        }
        "first name" | "given name" | "firstname" | "vorname" | "prenom" | "nombre" => Column::Given,
        "last name" | "family name" | "surname" | "lastname" | "nachname" | "nom" | "nom de famille" | "apellidos" => {
            Column::Family
        }
        "email" | "e mail" | "mail" | "email address" | "e mail address" | "primary email" | "e mail adresse"
        | "courriel" | "adresse e mail" | "correo electronico" => Column::Email,
        _ if is_about("e mail", &["value", "address"]) || is_about("email", &["value", "address"]) => Column::Email,
        "phone" | "telephone" | "tel" | "mobile" | "mobile phone" | "business phone" | "home phone"
        | "primary phone" | "phone number" | "telefon" | "mobiltelefon" | "telefono" => Column::Phone,
        _ if is_about("phone", &["value"]) || is_about("business phone", &[""]) || is_about("home phone", &[""]) => {
            Column::Phone
        }
        "company" | "organization" | "organisation" | "organization name" | "firm" | "employer" | "firma"
        | "entreprise" | "empresa" => Column::Firm,
        _ if is_about("organization", &["name"]) => Column::Firm,
        "job title" | "position" | "organization title" | "occupation" | "profession" | "role" => Column::Title,
        "title" if title_is_job => Column::Title,
        _ if is_about("organization", &["title"]) => Column::Title,
        "city" | "town" | "business city" | "home city" | "ort" | "ville" | "ciudad" => Column::Town,
        _ if is_about("address", &["city"]) => Column::Town,
        "note" | "notes" | "notizen" => Column::Note,
        _ => return None,
    })
}

/// A file without headings: the column of addresses, of numbers, and the first of the others as the name.
fn guess(rows: &[Row], width: usize) -> Vec<Option<Column>> {
    let mut found = vec![None; width.min(MAX_COLUMNS)];
    let mostly = |at: usize, fits: &dyn Fn(&str) -> bool| {
        let cells: Vec<&str> = rows
            .iter()
            .take(50)
            .filter_map(|r| r.cells.get(at))
            .map(String::as_str)
            .filter(|c| !c.is_empty())
            .collect();
        !cells.is_empty() && cells.iter().filter(|cell| fits(cell)).count() * 2 > cells.len()
    };
    let is_number = |cell: &str| {
        let digits = cell.chars().filter(char::is_ascii_digit).count();
        digits >= 6 && cell.chars().all(|c| c.is_ascii_digit() || " +-().//".contains(c))
    };
    for (at, column) in found.iter_mut().enumerate() {
        if mostly(at, &|cell| cell.contains('@')) {
            *column = Some(Column::Email);
        } else if mostly(at, &is_number) {
            *column = Some(Column::Phone);
        }
    }
    if let Some(first) = found.iter().position(Option::is_none) {
        found[first] = Some(Column::Name);
    }
    found
}

/// What a row says about somebody, as written; several values in one cell (Google's ` ::: `) are taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The whole name.
    pub name: String,
    /// Not checked.
    pub emails: Vec<String>,
    /// Not checked.
    pub phones: Vec<String>,
    /// Firm.
    pub firm: String,
    /// What they do.
    pub title: String,
    /// Town.
    pub town: String,
    /// Anything else.
    pub note: String,
}

/// Reads a row by its columns.
pub fn row(columns: &[Option<Column>], row: &Row) -> Found {
    let mut found = Found::default();
    let (mut given, mut family) = (String::new(), String::new());
    for (column, cell) in columns.iter().zip(&row.cells) {
        let Some(column) = column else { continue };
        if cell.is_empty() {
            continue;
        }
        let first = |field: &mut String| {
            if field.is_empty() {
                field.clone_from(cell);
            }
        };
        match column {
            Column::Name => first(&mut found.name),
            Column::Given => first(&mut given),
            Column::Family => first(&mut family),
            Column::Email => found.emails.extend(several(cell)),
            Column::Phone => found.phones.extend(several(cell)),
            Column::Firm => first(&mut found.firm),
            Column::Title => first(&mut found.title),
            Column::Town => first(&mut found.town),
            Column::Note => first(&mut found.note),
        }
    }
    if found.name.is_empty() {
        found.name = clean_line(&format!("{given} {family}"));
    }
    found
}

fn several(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split(":::").map(|one| one.trim().to_owned()).filter(|one| !one.is_empty())
}

/// A number as far as it tells people apart: its last nine digits, so that "+1 (310) 555-0142" and "310 555 0142" meet.
pub fn digits(phone: &str) -> String {
    let all: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    all[all.len().saturating_sub(9)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first(text: &str) -> Found {
        let table = read(text);
        row(&table.columns, &table.rows[0])
    }

    const ANA: &str = "ana@example.org";

    #[test]
    fn exports_of_the_usual_programs_are_understood() {
        for (program, text) in [
            (
                "Google, today",
                "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,\
                 Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,\
                 Phone 1 - Value,Address 1 - City\nAna,,Reyes,,,,,,Salt & Fig,Planner,,,,,* myContacts,* ,ana@example.org ::: a@b.example,,+1 310 555 0142,Venice\n",
            ),
            (
                "Google, before 2024",
                "Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,\
                 Phone 1 - Value,Organization 1 - Type,Organization 1 - Name,Organization 1 - Title,Address 1 - City\n\
                 Ana Reyes,Ana,,Reyes,,* My Contacts,*,ana@example.org,Mobile,+1 310 555 0142,,Salt & Fig,Planner,Venice\n",
            ),
            (
                "Outlook",
                "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Business City,Business Phone,\
                 Business Phone 2,Home Phone,Mobile Phone,E-mail Address,E-mail Type,E-mail Display Name,E-mail 2 Address,Notes\n\
                 Ms.,Ana,,Reyes,,Salt & Fig,,Planner,,Venice,,,,+1 310 555 0142,ana@example.org,SMTP,Ana Reyes (ana@example.org),,\n",
            ),
            (
                "LinkedIn",
                "Notes:\n\"When exporting your connection data, you may notice that some of the email addresses are missing.\"\n\n\
                 First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
                 Ana,Reyes,https://www.linkedin.com/in/ana,ana@example.org,Salt & Fig,Planner,02 Mar 2026\n",
            ),
            (
                "semicolons, German",
                "Vorname;Nachname;E-Mail-Adresse;Telefon;Firma;Ort\r\nAna;Reyes;ana@example.org;+1 310 555 0142;Salt & Fig;Venice\r\n",
            ),
            ("tabs", "name\temail\tcompany\nAna Reyes\tana@example.org\tSalt & Fig\n"),
            ("nothing said", "Ana Reyes,ana@example.org,310 555 0142\nBen Okonkwo,ben@example.org,310 555 0100\n"),
        ] {
            let found = first(text);
            assert_eq!((found.name.as_str(), found.emails[0].as_str()), ("Ana Reyes", ANA), "{program}");
            assert!(found.title.is_empty() || found.title == "Planner", "{program}: {}", found.title);
            assert!(found.firm.is_empty() || found.firm == "Salt & Fig", "{program}");
            assert!(
                found.phones.is_empty() || digits(&found.phones[0]) == "105550142",
                "{program}: {:?}",
                found.phones
            );
        }
    }

    #[test]
    fn every_encoding_reads_the_same() {
        let text = "Name,E-mail\nZoë Ñandú,zoe@example.org\n";
        let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
        };
        let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin")).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16([0xff, 0xfe], u16::to_le_bytes),
            utf16([0xfe, 0xff], u16::to_be_bytes),
            utf16([0xff, 0xfe], u16::to_le_bytes)[2..].to_vec(),
            windows,
        ] {
            assert_eq!(decode(&bytes), text);
        }
    }

    #[test]
    fn rows_keep_their_place_in_the_file() {
        let table = read("Name,Email,Notes\nAna,a@example.org,\"two\nlines\"\n\nBen\nCy,c@example.org,x,y,z\n");
        let numbers: Vec<u64> = table.rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [2, 5, 6]);
        assert_eq!(row(&table.columns, &table.rows[0]).note, "two lines");
        assert_eq!(row(&table.columns, &table.rows[1]).name, "Ben");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "(Name|Email|,|;|\t|\"|\n|\r|@|[\\s\\S]){0,80}") {
            for text in [decode(&bytes), text] {
                let table = read(&text);
                prop_assert_eq!(table.headings.len(), table.columns.len());
                for each in &table.rows {
                    row(&table.columns, each);
                }
            }
        }
    }
}
