//! Contact cards (vCard, RFC 6350): written as version 4, read as 3 and 4 (and the 2.1 old telephones still send).

use calcard::vcard::{VCard, VCardEntry, VCardProperty, VCardValue, VCardVersion};
use calcard::{Entry, Parser};

use crate::text::{clean_line, clean_text, first_bytes};

/// Bytes of one file of cards that are read.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Cards that are read from one file.
pub const MAX_CARDS: usize = 10_000;

/// What a card says about one person. An empty text or list means the card does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// The whole name as it is shown.
    pub name: String,
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Firm.
    pub organisation: String,
    /// What the person does.
    pub title: String,
    /// E-mail addresses, as written: not checked.
    pub emails: Vec<String>,
    /// Telephone numbers, as written.
    pub phones: Vec<String>,
    /// Web addresses, as written: not checked.
    pub links: Vec<String>,
    /// Town.
    pub town: String,
    /// Anything else, possibly several lines.
    pub note: String,
    /// An identifier that stays the same when the card is sent again.
    pub uid: String,
}

/// Something in a file of cards that is not a card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("card {number}: {reason}")]
pub struct BadCard {
    /// Place in the file, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The card as vCard 4.0: lines folded at 75 bytes, ends of line CRLF. Control characters are dropped and the rest
/// escaped, so that no value can add a line of its own.
///
/// ```
/// let card = formats::vcard::Card { name: "Ana\r\nEMAIL:x@example.org".into(), ..Default::default() };
/// assert!(!formats::vcard::write(&card).contains("\nEMAIL"));
/// ```
pub fn write(card: &Card) -> String {
    let mut out = VCard::default();
    let mut add = |property: VCardProperty, values: Vec<String>| {
        if values.iter().any(|value| !value.is_empty()) {
            let values = values.into_iter().map(VCardValue::Text).collect();
            out.entries.push(VCardEntry::new(property).with_values(values));
        }
    };
    let line = |text: &str| clean_line(text);
    let name = [line(&card.name), line(&format!("{} {}", card.given, card.family)), line(&card.organisation)];
    // FN is the one property a card must have.
    let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "?".to_owned());
    add(VCardProperty::Fn, vec![name]);
    if !card.given.is_empty() || !card.family.is_empty() {
        let empty = String::new;
        add(VCardProperty::N, vec![line(&card.family), line(&card.given), empty(), empty(), empty()]);
    }
    add(VCardProperty::Org, vec![line(&card.organisation)]);
    add(VCardProperty::Title, vec![line(&card.title)]);
    for email in &card.emails {
        add(VCardProperty::Email, vec![line(email)]);
    }
    for phone in &card.phones {
        add(VCardProperty::Tel, vec![line(phone)]);
    }
    for link in &card.links {
        // A web address is written as it stands, so it may hold nothing that needs escaping.
        add(VCardProperty::Url, vec![line(link).replace(['\\', ' '], "")]);
    }
    let town = line(&card.town);
    if !town.is_empty() {
        let mut parts = vec![String::new(); 7];
        parts[3] = town;
        add(VCardProperty::Adr, parts);
    }
    add(VCardProperty::Note, vec![clean_text(&card.note)]);
    add(VCardProperty::Uid, vec![line(&card.uid).replace(['\\', ' '], "")]);

    let mut text = String::new();
    match out.write_to(&mut text, VCardVersion::V4_0) {
        Ok(()) => text,
        // Writing into a String cannot fail.
        Err(std::fmt::Error) => String::new(),
    }
}

/// The cards in `text`, in order, each cleaned of control characters; what is not a card, or has neither a name nor
/// an address, is reported in its place.
pub fn read(text: &str) -> Vec<Result<Card, BadCard>> {
    let mut parser = Parser::new(first_bytes(text, MAX_BYTES));
    let mut cards = Vec::new();
    loop {
        let result = match parser.entry() {
            Entry::Eof => break,
            Entry::VCard(card) => from_vcard(&card).ok_or("it has neither a name nor an address"),
            Entry::InvalidLine(line) if line.trim().is_empty() => continue,
            Entry::InvalidLine(_) => Err("not a vCard"),
            Entry::ICalendar(_) => Err("a calendar, not a card"),
            _ => Err("it is cut off"),
        };
        // Everything after the first thing that is not a card may be a long way of saying the same.
        let number = cards.len() + 1;
        if result.is_err() && matches!(cards.last(), Some(Err(_))) {
            continue;
        }
        if number > MAX_CARDS {
            cards.push(Err(BadCard { number, reason: "more cards than are read from one file" }));
            break;
        }
        cards.push(result.map_err(|reason| BadCard { number, reason }));
    }
    cards
}

fn from_vcard(vcard: &VCard) -> Option<Card> {
    let all = |property: VCardProperty| -> Vec<String> {
        let mut found: Vec<String> = vcard
            .properties(&property)
            .filter_map(|entry| entry.values.first().map(value_text))
            .filter(|text| !text.is_empty())
            .collect();
        found.dedup();
        found
    };
    let one = |property| all(property).into_iter().next().unwrap_or_default();
    let part = |property: &VCardProperty, index: usize| {
        vcard.property(property).and_then(|entry| entry.values.get(index)).map(value_text).unwrap_or_default()
    };
    let note = vcard.property(&VCardProperty::Note).and_then(|entry| entry.values.first()?.as_text()).map(clean_text);
    let mut card = Card {
        name: one(VCardProperty::Fn),
        given: part(&VCardProperty::N, 1),
        family: part(&VCardProperty::N, 0),
        organisation: one(VCardProperty::Org),
        title: one(VCardProperty::Title),
        emails: all(VCardProperty::Email).into_iter().map(|email| without_prefix(email, "mailto:")).collect(),
        phones: all(VCardProperty::Tel).into_iter().map(|phone| without_prefix(phone, "tel:")).collect(),
        links: all(VCardProperty::Url),
        town: part(&VCardProperty::Adr, 3),
        note: note.unwrap_or_default(),
        uid: one(VCardProperty::Uid),
    };
    if card.name.is_empty() {
        card.name = clean_line(&format!("{} {}", card.given, card.family));
    }
    (!card.name.is_empty() || !card.emails.is_empty()).then_some(card)
}

fn value_text(value: &VCardValue) -> String {
    match value {
        VCardValue::Text(text) => clean_line(text),
        VCardValue::Component(parts) => clean_line(&parts.join(" ")),
        VCardValue::Integer(number) => number.to_string(),
        _ => String::new(),
    }
}

fn without_prefix(text: String, prefix: &str) -> String {
    match text.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => text[prefix.len()..].to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn full() -> Card {
        Card {
            name: "Ana Quiroga, Events".into(),
            given: "Ana".into(),
            family: "Quiroga; de la Vega".into(),
            organisation: "Salt & Fig, LLC; Venice".into(),
            title: "Wedding planner".into(),
            emails: vec!["ana@example.org".into(), "office@example.org".into()],
            phones: vec!["+1 310 555 0142".into()],
            links: vec!["https://example.org/ana?x=1,2;3".into()],
            town: "Venice".into(),
            note: "Asks first.\nThen back-slashes: \\n, commas, and colons: fine.".into(),
            uid: "urn:uuid:018f".into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = write(&full());
        assert!(text.starts_with("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 76), "{text}");
        assert_eq!(read(&text), [Ok(full())]);
    }

    #[test]
    fn a_value_cannot_add_a_property() {
        let evil = "x\r\nEMAIL:evil@example.org\nNOTE:\u{2028}TEL:1\u{0}";
        let card = Card {
            name: evil.into(),
            note: evil.into(),
            links: vec![evil.into()],
            emails: vec![evil.into()],
            uid: evil.into(),
            organisation: evil.into(),
            ..Card::default()
        };
        let text = write(&card);
        let unfolded = text.replace("\r\n ", "");
        let names: Vec<_> = unfolded.lines().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(names, ["BEGIN", "VERSION", "FN", "ORG", "EMAIL", "URL", "NOTE", "UID", "END"]);
    }

    #[test]
    fn cards_of_telephones_and_address_books_are_read() {
        let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Okonkwo;Ben;;;\r\nitem1.EMAIL;type=INTERNET;type=pref:ben@example.org\r\n\
                    TEL;type=CELL;type=VOICE:(310) 555-0100\r\nORG:Okonkwo Electric;\r\nADR;type=WORK:;;1 Main St;Mar Vista;CA;90066;USA\r\n\
                    NOTE:two\\nlines\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\nEND:VCARD\r\n\
                    BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoë Ño\r\nTEL;VALUE=uri:tel:+1-310-555-0101\r\nEND:VCARD\r\n";
        let cards = read(text);
        let ben = cards[0].as_ref().expect("the first card");
        assert_eq!(
            (ben.name.as_str(), ben.emails[0].as_str(), ben.town.as_str()),
            ("Ben Okonkwo", "ben@example.org", "Mar Vista")
        );
        assert_eq!((ben.organisation.as_str(), ben.note.as_str()), ("Okonkwo Electric", "two\nlines"));
        let zoe = cards[1].as_ref().expect("the second card");
        assert_eq!((zoe.name.as_str(), zoe.phones[0].as_str()), ("Zoë Ño", "+1-310-555-0101"));
    }

    #[test]
    fn what_is_not_a_card_is_said_so() {
        assert_eq!(read(""), []);
        assert_eq!(read("<html>\n<p>\n</html>"), [Err(BadCard { number: 1, reason: "not a vCard" })]);
        assert!(read("BEGIN:VCARD\nVERSION:4.0\nEND:VCARD\n")[0].is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(BEGIN:VCARD\r\n|END:VCARD\r\n|FN:|N:|EMAIL|TEL|;|:|,|=|\\\\|\"|\r\n |\n|;ENCODING=QUOTED-PRINTABLE:|;ENCODING=b:|[\\s\\S]){0,60}") {
            read(&text);
        }

        #[test]
        fn any_card_survives_writing(name in "[\\s\\S]{1,40}", note in "[\\s\\S]{0,200}", org in "[\\s\\S]{0,40}", given in "\\PC{0,90}") {
            let card = Card { name, note, organisation: org, given, ..Card::default() };
            let cards = read(&write(&card));
            prop_assert_eq!(cards.len(), 1);
            let back = cards[0].as_ref().expect("our own card");
            prop_assert_eq!(&back.note, &clean_text(&card.note));
            prop_assert_eq!(&back.organisation, &clean_line(&card.organisation));
            prop_assert_eq!(&back.given, &clean_line(&card.given));
        }
    }
}
