//! The members: the cast, and everybody else made from their trade's texts.

use std::collections::HashSet;

use super::cast::{CAST, Part};
use super::names::NAMES;
use super::places::{STREETS, TOWNS};
use super::random::{Random, Texts};
use super::trades::{self, Trade};
use super::{DAY, Person, Work};

/// What a text may be filled with beside the first name.
pub(super) fn fill(text: &str, given: &str, random: &mut Random) -> String {
    let mut text = text.replace("{n}", given);
    while text.contains("{f}") {
        text = text.replacen("{f}", family_name(random), 1);
    }
    text = text.replace("{s}", random.pick(STREETS));
    text.replace("{t}", random.pick(TOWNS).0)
}

/// Names of one corner of the city.
fn row(random: &mut Random) -> (&'static [&'static str], &'static [&'static str]) {
    NAMES[random.below(NAMES.len())]
}

fn family_name(random: &mut Random) -> &'static str {
    let (_, families) = row(random);
    random.pick(families)
}

/// The ISO date of a moment.
pub(super) fn day(at: i64) -> String {
    jiff::Timestamp::from_microsecond(at)
        .map(|at| jiff::tz::TimeZone::UTC.to_datetime(at).date().to_string())
        .unwrap_or_default()
}

/// Place of a town, moved a little so that not everybody lives on the same spot.
pub(super) fn spot(town: &str, random: &mut Random) -> (f64, f64) {
    let (_, latitude, longitude, _) = TOWNS.iter().find(|place| place.0 == town).unwrap_or(&TOWNS[0]);
    let mut shift = || random.between(-60, 60) as f64 / 10_000.0;
    ((latitude + shift()).clamp(33.9, 34.2), longitude + shift())
}

fn town(random: &mut Random) -> &'static str {
    let all: usize = TOWNS.iter().map(|place| place.3).sum();
    let mut n = random.below(all);
    TOWNS
        .iter()
        .find(|place| {
            let found = n < place.3;
            n = n.saturating_sub(place.3);
            found
        })
        .map_or(TOWNS[0].0, |place| place.0)
}

/// All members, in the order they joined.
pub(super) fn people(now: i64, texts: &mut Texts) -> Vec<Person> {
    let mut names: HashSet<String> = CAST.iter().map(|part| format!("{} {}", part.given, part.family)).collect();
    let mut people = Vec::new();
    for trade in trades::all() {
        for part in CAST.iter().filter(|part| part.code == trade.code) {
            people.push(player(now, trade, part, texts));
        }
        for _ in 0..trade.people {
            people.push(member(now, trade, &mut names, texts));
        }
    }
    people.sort_by_key(|person| person.joined_at);
    for i in 0..people.len() {
        // 310, 424 and 323 with 555-0100 to 0199: numbers that ring nowhere.
        let area = ["310", "424", "323"][i / 100 % 3];
        people[i].phone = format!("+1 {area} 555 01{:02}", i % 100);
        people[i].invited_by = (i >= 12).then(|| texts.random.below(i.min(140)));
    }
    people
}

fn player(now: i64, trade: &'static Trade, part: &'static Part, texts: &mut Texts) -> Person {
    let joined_at = now - part.days * DAY;
    let (latitude, longitude) = spot(part.town, &mut texts.random);
    let works = part.works.iter().enumerate().map(|(i, &(title, what, from, to))| {
        let finished = now - (40 + 170 * i as i64) * DAY;
        work(title.into(), what.into(), (from, to), finished, &mut texts.random)
    });
    Person {
        character: Some(part.character),
        given: part.given.into(),
        family: part.family.into(),
        email: email(part.given, part.family),
        phone: String::new(),
        firm: part.firm.into(),
        field: part.code,
        own_words: part.own_words.into(),
        since_year: part.since_year,
        licence: trade.licence,
        confirmed_by: (part.days > 200).then_some(if trade.licence.is_empty() { "group" } else { "licence" }),
        headline: part.headline.into(),
        bio: part.bio.into(),
        keywords: part.own_words.into(),
        town: part.town,
        latitude,
        longitude,
        radius_km: part.radius_km,
        wanted: trade.wanted[0].into(),
        unwanted: trade.unwanted[0].into(),
        usual_from: part.usual.0 * 100,
        usual_to: part.usual.1 * 100,
        is_public: part.character != super::Character::Noor,
        findable: true,
        invited_by: None,
        joined_at,
        works: works.collect(),
    }
}

fn member(now: i64, trade: &'static Trade, names: &mut HashSet<String>, texts: &mut Texts) -> Person {
    let (given, family) = name(names, &mut texts.random);
    let random = &mut texts.random;
    let since_year = random.between(1989, 2023);
    let joined_at = now - random.between(16, 726) * DAY - random.between(0, DAY);
    let town = town(random);
    let (latitude, longitude) = spot(town, random);
    let (low, high) = trade.usual;
    let usual_from = (low * random.between(80, 160) / 100).max(5);
    let usual_to = (high * random.between(55, 115) / 100).max(usual_from + 20);
    let confirmed_by = match (trade.licence.is_empty(), random.below(10)) {
        (false, 0..=7) => Some("licence"),
        (true, 0..=4) => Some("group"),
        _ => None,
    };
    let radius_km = random.between(trade.reach.0, trade.reach.1);
    let (is_public, findable) = (random.chance(72), random.chance(80));
    let own_words = texts.draw(trade.own_words).to_owned();
    let bio = bio(trade, town, since_year, texts);
    let headline = match texts.random.below(3) {
        0 => format!("{}, {town}", capital(&own_words)),
        _ => texts.draw(trade.headlines).to_owned(),
    };
    let firm = firm(&given, &family, &mut texts.random);
    let works = works(now, trade, &given, texts);
    Person {
        character: None,
        email: email(&given, &family),
        phone: String::new(),
        firm,
        field: trade.code,
        keywords: own_words.clone(),
        own_words,
        since_year,
        licence: if confirmed_by == Some("licence") { trade.licence } else { "" },
        confirmed_by,
        headline,
        bio,
        town,
        latitude,
        longitude,
        radius_km,
        wanted: texts.draw(trade.wanted).to_owned(),
        unwanted: texts.draw(trade.unwanted).to_owned(),
        usual_from: rounded(usual_from) * 100,
        usual_to: rounded(usual_to) * 100,
        is_public,
        findable,
        invited_by: None,
        joined_at,
        works,
        given,
        family,
    }
}

fn name(names: &mut HashSet<String>, random: &mut Random) -> (String, String) {
    loop {
        let (given, family) = row(random);
        // One family name in six comes from another corner of the city.
        let family = if random.chance(16) { row(random).1 } else { family };
        let (given, family) = (random.pick(given), random.pick(family));
        if names.insert(format!("{given} {family}")) {
            return (given.to_owned(), family.to_owned());
        }
    }
}

fn email(given: &str, family: &str) -> String {
    let part = |text: &str| formats::name::fold(text).replace([' ', '\''], "");
    format!("{}.{}@example.org", part(given), part(family))
}

fn firm(given: &str, family: &str, random: &mut Random) -> String {
    match random.below(9) {
        0 => format!("{family} & Co."),
        1 => format!("{family} Studio"),
        2 => format!("{} {family}", given.chars().next().unwrap_or('A')),
        3 => format!("{family} Works"),
        4 => format!("{} Street {family}", random.pick(&["Ninth", "Fourth", "Dewey", "Hill", "Vernon", "Hampton"])),
        5 => format!("{family} Partners"),
        6 => format!("The {family} Office"),
        _ => format!("{given} {family}"),
    }
}

fn bio(trade: &'static Trade, town: &str, since_year: i64, texts: &mut Texts) -> String {
    let first = texts.draw(trade.bios);
    let second = match texts.random.below(4) {
        0 => format!("In {town} since {since_year}."),
        1 => format!("I have worked around {town} for a long while and mostly by word of mouth."),
        2 => format!("Self-employed since {since_year}."),
        _ => {
            let other = texts.draw(trade.bios);
            if other == first { String::new() } else { other.to_owned() }
        }
    };
    let third = texts.draw(BIO_ENDS);
    let mut parts = vec![first.to_owned(), second, third.to_owned()];
    if texts.random.chance(40) {
        parts.pop();
    }
    if texts.random.chance(30) {
        parts.swap(0, 1);
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

const BIO_ENDS: &[&str] = &[
    "I answer messages in the evening.",
    "Two references for anybody who asks, one of them a job that went badly.",
    "I work alone and like it.",
    "There are three of us and a dog called Receipt.",
    "English and Spanish.",
    "English, and enough Korean to be polite.",
    "If I am not right for it I will tell you who is.",
    "I keep Fridays for small jobs.",
    "Closed in August.",
    "I trained two apprentices, who now compete with me.",
    "Booked about five weeks ahead.",
    "My prices are on paper before we begin.",
    "I came to this late and stayed.",
    "I do not advertise.",
    "Happy to look and say nothing is needed.",
    "I live ten minutes from most of my customers, which keeps me honest.",
    "Parking is your problem, coffee is mine.",
    "The first quarter of an hour is free and often enough.",
    "Ask what I got wrong last year; I have an answer.",
    "I prefer the telephone.",
    "English, Farsi, some Armenian.",
    "Wheelchair access at the back.",
    "I say the price out loud, early.",
    "On the bus line, no car needed.",
    "One job at a time.",
    "Weekends by arrangement with my children.",
];

fn works(now: i64, trade: &'static Trade, given: &str, texts: &mut Texts) -> Vec<Work> {
    let count = (1 + texts.random.below(3) + texts.random.below(2)).min(trade.works.len());
    let mut order: Vec<usize> = (0..trade.works.len()).collect();
    texts.random.shuffle(&mut order);
    order
        .into_iter()
        .take(count)
        .map(|i| {
            let (title, what, from, to) = trade.works[i];
            let percent = texts.random.between(85, 120);
            let finished = now - texts.random.between(20, 900) * DAY;
            let title = fill(title, given, &mut texts.random);
            work(
                title,
                what.replace("{n}", given),
                (rounded(from * percent / 100), rounded(to * percent / 100)),
                finished,
                &mut texts.random,
            )
        })
        .collect()
}

fn work(title: String, description: String, cost: (i64, i64), finished: i64, random: &mut Random) -> Work {
    let client_name = format!("{} family", family_name(random));
    let consented = random.chance(60);
    Work {
        title,
        description,
        client_name: if consented { client_name } else { String::new() },
        client_consented: consented,
        started_on: day(finished - random.between(1, 60) * DAY),
        finished_on: day(finished),
        cost_from: cost.0 * 100,
        cost_to: cost.1 * 100,
    }
}

/// A figure as somebody would say it.
pub(super) fn rounded(dollars: i64) -> i64 {
    let step = match dollars {
        ..200 => 5,
        200..2000 => 50,
        2000..20_000 => 250,
        _ => 1000,
    };
    (dollars + step / 2) / step * step
}

/// With a capital at the beginning.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
