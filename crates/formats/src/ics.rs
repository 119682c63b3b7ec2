//! Calendars (iCalendar, RFC 5545; invitations, RFC 5546), written: dates for feeds and meetings for letters.

use crate::text::{clean_line, clean_text};
use std::fmt::Write;

/// A time on the clock of some wall, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Year, month (1 to 12), day.
    pub date: (i16, i8, i8),
    /// Hour, minute, second.
    pub time: (i8, i8, i8),
}

/// When something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Whole days, the last one included.
    Days(Civil, Civil),
    /// From, by the clock of the zone called so; minutes.
    Zoned(Civil, String, u32),
    /// From, in UTC; minutes.
    Utc(Civil, u32),
}

/// A stretch of a time zone between two changes of its clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its beginning by the clock as it was before.
    pub begins: Civil,
    /// Seconds east of UTC before.
    pub from: i32,
    /// Seconds east of UTC in it.
    pub to: i32,
    /// `PDT`.
    pub name: String,
    /// Whether it is summer time.
    pub is_summer: bool,
}

/// A time zone as far as the events of a calendar need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// IANA.
    pub name: String,
    /// In order.
    pub spans: Vec<Span>,
}

/// Somebody with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// As shown.
    pub name: String,
    /// E-mail.
    pub email: String,
}

/// Something that takes place. An empty text is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Stays the same when the event changes.
    pub uid: String,
    /// Grows with each change.
    pub sequence: u32,
    /// When this version was made, UTC.
    pub stamp: Civil,
    /// When it is.
    pub when: When,
    /// What it is.
    pub title: String,
    /// More about it, possibly several lines.
    pub notes: String,
    /// Where.
    pub place: String,
    /// A page about it.
    pub url: String,
    /// Who set it, and who is asked to come.
    pub people: Option<(Person, Person)>,
    /// It does not take place.
    pub is_cancelled: bool,
    /// Minutes before it to remind.
    pub alarm: Option<u32>,
}

/// What a receiver is to do with a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Show it.
    Publish,
    /// Ask whether one comes.
    Request,
    /// Take it out.
    Cancel,
}

/// Events and the zones they name.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// What to do with it.
    pub method: Method,
    /// What a subscribed calendar is called; empty in a letter.
    pub name: String,
    /// Every zone named by an event.
    pub zones: Vec<Zone>,
    /// The events.
    pub events: Vec<Event>,
}

/// The calendar as text: lines folded at 75 bytes, ends of line CRLF, texts escaped, so that no value can add a line
/// of its own.
///
/// ```
/// use formats::ics::{Calendar, Method, write};
/// let text = write(&Calendar { method: Method::Publish, name: "x\r\nEND:VCALENDAR".into(), zones: vec![], events: vec![] });
/// assert_eq!(text.matches("\r\nEND:VCALENDAR").count(), 1);
/// ```
pub fn write(calendar: &Calendar) -> String {
    let mut out = Lines(String::new());
    out.line("BEGIN:VCALENDAR");
    out.line("VERSION:2.0");
    out.line("PRODID:-//Goodword//Goodword//EN");
    out.line(match calendar.method {
        Method::Publish => "METHOD:PUBLISH",
        Method::Request => "METHOD:REQUEST",
        Method::Cancel => "METHOD:CANCEL",
    });
    if !calendar.name.is_empty() {
        out.text("NAME", &calendar.name);
        out.text("X-WR-CALNAME", &calendar.name);
        out.line("REFRESH-INTERVAL;VALUE=DURATION:PT6H");
        out.line("X-PUBLISHED-TTL:PT6H");
    }
    for zone in &calendar.zones {
        out.zone(zone);
    }
    for event in &calendar.events {
        out.event(event, calendar.method);
    }
    out.line("END:VCALENDAR");
    out.0
}

struct Lines(String);

impl Lines {
    /// One content line, folded: a continuation begins with a space, which counts.
    fn line(&mut self, line: &str) {
        let mut room = 75;
        for c in line.chars() {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = 74;
            }
            room -= c.len_utf8();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }

    fn text(&mut self, name: &str, value: &str) {
        let value = clean_text(value);
        if !value.is_empty() {
            self.line(&format!("{name}:{}", escape(&value)));
        }
    }

    fn zone(&mut self, zone: &Zone) {
        self.line("BEGIN:VTIMEZONE");
        self.line(&format!("TZID:{}", word(&zone.name)));
        for span in &zone.spans {
            let kind = if span.is_summer { "DAYLIGHT" } else { "STANDARD" };
            self.line(&format!("BEGIN:{kind}"));
            self.line(&format!("DTSTART:{}", moment(span.begins)));
            self.line(&format!("TZOFFSETFROM:{}", offset(span.from)));
            self.line(&format!("TZOFFSETTO:{}", offset(span.to)));
            self.line(&format!("TZNAME:{}", word(&span.name)));
            self.line(&format!("END:{kind}"));
        }
        self.line("END:VTIMEZONE");
    }

    fn event(&mut self, event: &Event, method: Method) {
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{}", word(&event.uid)));
        self.line(&format!("DTSTAMP:{}Z", moment(event.stamp)));
        self.line(&format!("SEQUENCE:{}", event.sequence));
        match &event.when {
            When::Days(first, last) => {
                self.line(&format!("DTSTART;VALUE=DATE:{}", day(*first)));
                // The end is the day after.
                self.line(&format!("DTEND;VALUE=DATE:{}", day(after(*last))));
                self.line("TRANSP:TRANSPARENT");
            }
            When::Zoned(start, zone, minutes) => {
                self.line(&format!("DTSTART;TZID={}:{}", word(zone), moment(*start)));
                self.line(&format!("DURATION:PT{minutes}M"));
            }
            When::Utc(start, minutes) => {
                self.line(&format!("DTSTART:{}Z", moment(*start)));
                self.line(&format!("DURATION:PT{minutes}M"));
            }
        }
        let title = clean_line(&event.title);
        self.text("SUMMARY", if title.is_empty() { "?" } else { &title });
        self.text("DESCRIPTION", &event.notes);
        self.text("LOCATION", &clean_line(&event.place));
        if !event.url.is_empty() {
            self.line(&format!("URL:{}", word(&event.url)));
        }
        self.line(if event.is_cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
        if let Some((organiser, guest)) = &event.people {
            self.line(&format!("ORGANIZER;CN=\"{}\":mailto:{}", quoted(&organiser.name), word(&organiser.email)));
            let asked = if method == Method::Request { ";RSVP=TRUE;PARTSTAT=NEEDS-ACTION" } else { "" };
            self.line(&format!(
                "ATTENDEE;CN=\"{}\";ROLE=REQ-PARTICIPANT{asked}:mailto:{}",
                quoted(&guest.name),
                word(&guest.email)
            ));
        }
        if let Some(minutes) = event.alarm.filter(|_| !event.is_cancelled) {
            self.line("BEGIN:VALARM");
            self.line("ACTION:DISPLAY");
            self.text("DESCRIPTION", if title.is_empty() { "?" } else { &title });
            self.line(&format!("TRIGGER:-PT{minutes}M"));
            self.line("END:VALARM");
        }
        self.line("END:VEVENT");
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out
}

/// For values that are no texts: ids, addresses, names of zones. Nothing in them may end or split a value.
fn word(text: &str) -> String {
    clean_line(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | ';' | ',' | '\\')).collect()
}

/// Inside double quotes, which cannot be escaped there.
fn quoted(text: &str) -> String {
    clean_line(text).replace('"', "'")
}

fn day(at: Civil) -> String {
    let (year, month, day) = at.date;
    format!("{year:04}{month:02}{day:02}")
}

fn moment(at: Civil) -> String {
    let (hour, minute, second) = at.time;
    format!("{}T{hour:02}{minute:02}{second:02}", day(at))
}

fn offset(seconds: i32) -> String {
    let (sign, all) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let mut text = format!("{sign}{:02}{:02}", all / 3600, all / 60 % 60);
    if !all.is_multiple_of(60) {
        let _ = write!(text, "{:02}", all % 60);
    }
    text
}

fn after(at: Civil) -> Civil {
    let (year, month, day) = at.date;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let date = match (day >= last, month >= 12) {
        (false, _) => (year, month, day.saturating_add(1)),
        (true, false) => (year, month.saturating_add(1), 1),
        (true, true) => (year.saturating_add(1), 1, 1),
    };
    Civil { date, ..at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calcard::icalendar::{ICalendarComponentType, ICalendarProperty};
    use calcard::{Entry, Parser};
    use proptest::prelude::*;

    fn civil(year: i16, month: i8, day: i8, hour: i8) -> Civil {
        Civil { date: (year, month, day), time: (hour, 30, 0) }
    }

    fn meeting(title: &str, notes: &str, place: &str) -> Calendar {
        let person = |name: &str, email: &str| Person { name: name.into(), email: email.into() };
        Calendar {
            method: Method::Request,
            name: String::new(),
            zones: vec![Zone {
                name: "America/Los_Angeles".into(),
                spans: vec![
                    Span {
                        begins: civil(2025, 11, 2, 2),
                        from: -25_200,
                        to: -28_800,
                        name: "PST".into(),
                        is_summer: false,
                    },
                    Span {
                        begins: civil(2026, 3, 8, 2),
                        from: -28_800,
                        to: -25_200,
                        name: "PDT".into(),
                        is_summer: true,
                    },
                ],
            }],
            events: vec![Event {
                uid: "referral-1@goodword.example".into(),
                sequence: 2,
                stamp: civil(2026, 3, 2, 12),
                when: When::Zoned(civil(2026, 3, 9, 15), "America/Los_Angeles".into(), 45),
                title: title.into(),
                notes: notes.into(),
                place: place.into(),
                url: "https://goodword.example/referrals/1".into(),
                people: Some((person("Ana \"A\" Reyes", "ana@example.org"), person("Ben", "ben@example.org"))),
                is_cancelled: false,
                alarm: Some(60),
            }],
        }
    }

    /// Read back by another's parser: the value of a property of the first event.
    fn read(text: &str, property: &ICalendarProperty) -> String {
        let Entry::ICalendar(calendar) = Parser::new(text).entry() else { panic!("no calendar: {text}") };
        let event =
            calendar.components.iter().find(|c| c.component_type == ICalendarComponentType::VEvent).expect("an event");
        event
            .property(property)
            .and_then(|entry| entry.values.first())
            .and_then(|value| value.as_text())
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn an_invitation_is_written_as_calendars_expect() {
        let text = write(&meeting("Dana, and Ben; \\ both", "Bring:\n- pictures", "12 Main St, Venice"));
        for line in [
            "METHOD:REQUEST",
            "UID:referral-1@goodword.example",
            "DTSTAMP:20260302T123000Z",
            "SEQUENCE:2",
            "DTSTART;TZID=America/Los_Angeles:20260309T153000",
            "DURATION:PT45M",
            "SUMMARY:Dana\\, and Ben\\; \\\\ both",
            "DESCRIPTION:Bring:\\n- pictures",
            "TZOFFSETTO:-0700",
            "TRIGGER:-PT60M",
        ] {
            assert!(text.split("\r\n").any(|l| l == line), "{line} in {text}");
        }
        assert_eq!(read(&text, &ICalendarProperty::Summary), "Dana, and Ben; \\ both");
        assert_eq!(read(&text, &ICalendarProperty::Location), "12 Main St, Venice");
        assert!(text.contains("CN=\"Ana 'A' Reyes\":mailto:ana@example.org"));
    }

    #[test]
    fn whole_days_end_the_day_after() {
        let mut calendar = meeting("x", "", "");
        calendar.events[0].when = When::Days(civil(2026, 12, 30, 0), civil(2026, 12, 31, 0));
        let text = write(&calendar);
        assert!(text.contains("DTSTART;VALUE=DATE:20261230\r\nDTEND;VALUE=DATE:20270101\r\n"), "{text}");
        assert_eq!(after(civil(2028, 2, 28, 0)).date, (2028, 2, 29));
        assert_eq!(after(civil(2026, 2, 28, 0)).date, (2026, 3, 1));
        assert_eq!(offset(20_700), "+0545");
        assert_eq!(offset(-1_172), "-001932");
    }

    proptest! {
        #[test]
        fn no_text_adds_a_line_or_is_lost(title in "[\\s\\S]{1,90}", notes in "[\\s\\S]{0,200}", place in "\\PC{0,90}") {
            let text = write(&meeting(&title, &notes, &place));
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 75), "{}", text);
            let unfolded = text.replace("\r\n ", "");
            prop_assert!(!unfolded.replace("\r\n", "").contains(['\r', '\n']));
            prop_assert_eq!(unfolded.matches("\r\nSUMMARY:").count(), 1);
            prop_assert_eq!(unfolded.matches("\r\nUID:").count(), 1);
            prop_assert_eq!(read(&text, &ICalendarProperty::Description), clean_text(&notes));
            prop_assert_eq!(read(&text, &ICalendarProperty::Location), clean_line(&place));
        }
    }
}
