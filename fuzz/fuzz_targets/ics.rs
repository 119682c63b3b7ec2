#![no_main]
use formats::ics::{Calendar, Civil, Event, Method, Person, When, write};
use libfuzzer_sys::fuzz_target;

// What people type stays inside its property: no line is longer than 75 bytes, and every line is one we began.
fuzz_target!(|texts: (&str, &str, &str, &str)| {
    let (title, notes, place, name) = texts;
    let at = Civil { date: (2026, 3, 9), time: (15, 30, 0) };
    let person = || Person { name: name.to_owned(), email: "a@example.org".to_owned() };
    let event = Event {
        uid: "x@example.org".to_owned(),
        sequence: 0,
        stamp: at,
        alarm: Some(60),
        when: When::Utc(at, 60),
        title: title.to_owned(),
        notes: notes.to_owned(),
        place: place.to_owned(),
        url: "https://example.org/x".to_owned(),
        people: Some((person(), person())),
        is_cancelled: false,
    };
    let calendar = Calendar { method: Method::Request, name: name.to_owned(), zones: Vec::new(), events: vec![event] };
    let text = write(&calendar);
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{text}");
    let whole = text.replace("\r\n ", "");
    assert_eq!(whole.lines().filter(|l| *l == "BEGIN:VEVENT").count(), 1, "{text}");
    assert_eq!(whole.lines().filter(|l| l.starts_with("ATTENDEE")).count(), 1, "{text}");
});
