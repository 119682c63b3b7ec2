//! Needs, the referrals that answered them, what came of those, and work won by other ways.

use super::people::{day, fill, rounded, spot};
use super::places::TOWNS;
use super::random::Texts;
use super::trades::{self, Trade};
use super::world::{Client, Event, Job, Need, Outcome, Party, Person, Referral, Vouch};
use super::{Character, DAY};

#[path = "sayings.rs"]
mod sayings;
use sayings::*;

/// Needs, referrals and outcomes.
pub(super) struct Dealings {
    pub needs: Vec<Need>,
    pub referrals: Vec<Referral>,
    pub outcomes: Vec<Outcome>,
}

/// Final state, how many, how many days ago it began (from, to).
const STATES: &[(&str, usize, (i64, i64))] = &[
    ("done", 172, (100, 700)),
    ("lost", 30, (90, 680)),
    ("not suitable", 14, (90, 680)),
    ("declined", 44, (12, 690)),
    ("expired", 30, (14, 690)),
    ("cancelled", 12, (12, 600)),
    ("asked", 14, (0, 4)),
    ("offered", 14, (1, 5)),
    ("introduced", 14, (5, 14)),
    ("in contact", 14, (10, 30)),
    ("meeting set", 12, (14, 40)),
    ("proposal", 14, (20, 55)),
    ("won", 16, (30, 80)),
];

/// People without an account.
pub(super) fn clients(now: i64, texts: &mut Texts) -> Vec<Client> {
    CLIENTS
        .iter()
        .map(|name| Client {
            name: (*name).into(),
            email: format!("{}@example.org", formats::name::fold(name).replace(' ', "_").replace('\'', "")),
            town: texts.random.pick(TOWNS).0,
            since: now - texts.random.between(10, 700) * DAY,
        })
        .collect()
}

/// All needs, referrals and outcomes, each by date.
pub(super) fn dealings(
    now: i64,
    people: &[Person],
    vouches: &[Vouch],
    clients: &[Client],
    texts: &mut Texts,
) -> Dealings {
    let mut all = Dealings { needs: Vec::new(), referrals: Vec::new(), outcomes: Vec::new() };
    let at = |part| people.iter().position(|person| person.character == Some(part)).unwrap_or(0);
    let mut plans: Vec<(usize, &'static str, (i64, i64))> = Vec::new();
    let usable = |vouch: &Vouch| vouch.withdrawn_at.is_none() && vouch.hidden_at.is_none() && vouch.basis != "heard of";
    // Records that tell a story: Ana's holds, Chip's does not, Ines says what she does not know.
    for (part, count) in
        [(Character::Ana, 13), (Character::Chip, 14), (Character::Ines, 9), (Character::Leona, 7), (Character::Ben, 8)]
    {
        let from = at(part);
        let mine: Vec<usize> = (0..vouches.len()).filter(|&v| vouches[v].from == from && usable(&vouches[v])).collect();
        for _ in 0..if mine.is_empty() { 0 } else { count } {
            plans.push((texts.random.pick(&mine), "done", (110, 640)));
        }
    }
    let others: Vec<usize> = (0..vouches.len())
        .filter(|&v| {
            usable(&vouches[v]) && !matches!(people[vouches[v].from].character, Some(Character::Chip | Character::Ana))
        })
        .collect();
    for &(state, count, days) in STATES {
        let planned = plans.iter().filter(|plan| plan.1 == state).count();
        for _ in planned..count {
            plans.push((texts.random.pick(&others), state, days));
        }
    }
    let mut drafts = Vec::new();
    for (vouch, state, days) in plans {
        let start = now - texts.random.between(days.0 * 24, days.1 * 24) * (DAY / 24);
        // Nobody can refer before vouching, nor a vouch that is younger than the referral.
        let start = start.max(vouches[vouch].given_at + DAY / 8).min(now - DAY / 24);
        drafts.push((start, vouch, state));
    }
    drafts.sort_by_key(|draft| (draft.0, draft.1));
    for (start, vouch, state) in drafts {
        refer(now, people, vouches, clients, (start, vouch, state), &mut all, texts);
    }
    open_needs(now, people, &mut all, texts);
    all
}

fn trade(field: &str) -> Option<&'static Trade> {
    trades::all().find(|trade| trade.code == field)
}

fn need(
    now: i64,
    people: &[Person],
    asker: usize,
    for_client: bool,
    trade: &'static Trade,
    at: i64,
    texts: &mut Texts,
) -> Need {
    let town = texts.random.pick(TOWNS).0;
    let (latitude, longitude) = spot(town, &mut texts.random);
    let words = texts.fresh(|texts| {
        let words = texts.draw(trade.needs).replace("{t}", town);
        let end = if texts.random.chance(55) { texts.draw(NEED_ENDS) } else { "" };
        fill(&format!("{words}{end}"), "", &mut texts.random)
    });
    let budget = (texts.random.chance(55) && trade.usual.1 > 0).then(|| {
        let low = rounded(trade.usual.0 * texts.random.between(90, 200) / 100);
        (low * 100, rounded((low * 3 / 2).min(trade.usual.1.max(low))) * 100)
    });
    let from = texts.random.chance(50).then(|| at + texts.random.between(20, 120) * DAY);
    let expires_at = at + 45 * DAY;
    Need {
        asker,
        for_client,
        field: trade.code,
        words,
        town,
        latitude,
        longitude,
        date_from: from.map(day),
        date_to: from.map(|from| day(from + texts.random.between(0, 30) * DAY)),
        budget_from: budget.map(|budget| budget.0),
        budget_to: budget.map(|budget| budget.1),
        visibility: match (people[asker].is_public, texts.random.below(10)) {
            (_, 0..=4) => "private",
            (_, 5..=6) => "trusted",
            (_, 7) => "groups",
            (true, 9) => "public",
            _ => "members",
        },
        state: if expires_at < now { "closed" } else { "open" },
        created_at: at,
        expires_at,
    }
}

/// Needs that nobody has answered with a referral yet.
fn open_needs(now: i64, people: &[Person], all: &mut Dealings, texts: &mut Texts) {
    let trades: Vec<&'static Trade> = trades::all().collect();
    for _ in 0..56 {
        let trade = texts.random.pick(&trades);
        let asker = texts.random.below(people.len());
        let at = (now - texts.random.between(2, 40 * 24) * (DAY / 24)).max(people[asker].joined_at);
        let mut posted = need(now, people, asker, texts.random.chance(35), trade, at, texts);
        if posted.visibility == "private" {
            posted.visibility = "trusted";
        }
        all.needs.push(posted);
    }
    // Referrals name needs by place, so the sorted order is made once and the names follow it.
    let mut order: Vec<usize> = (0..all.needs.len()).collect();
    order.sort_by_key(|&i| (all.needs[i].created_at, i));
    let mut place = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    all.needs = order.iter().map(|&i| all.needs[i].clone()).collect();
    for referral in &mut all.referrals {
        referral.need = referral.need.map(|need| place[need]);
    }
}

fn refer(
    now: i64,
    people: &[Person],
    vouches: &[Vouch],
    clients: &[Client],
    (start, vouch_at, state): (i64, usize, &'static str),
    all: &mut Dealings,
    texts: &mut Texts,
) {
    let vouch = &vouches[vouch_at];
    let Some(trade) = trade(vouch.field) else { return };
    let (referrer, professional) = (vouch.from, vouch.to);
    let asker = loop {
        let asker = if texts.random.chance(9) {
            people.iter().position(|person| person.character == Some(Character::Dana)).unwrap_or(0)
        } else {
            texts.random.below(people.len())
        };
        if asker != referrer && asker != professional && people[asker].joined_at <= start {
            break asker;
        }
        // Early on few have joined: then the first member asks.
        if people.iter().filter(|person| person.joined_at <= start).count() < 4 {
            break (0..people.len()).find(|&i| i != referrer && i != professional).unwrap_or(0);
        }
    };
    let origin = if state == "asked" {
        "asked"
    } else {
        ["asked", "asked", "asked", "asked", "offered", "offered", "requested", "recorded"][texts.random.below(8)]
    };
    // One who asked is the client or asks for one; whoever starts by himself brings a client of his own.
    let for_client = origin != "asked" || texts.random.chance(38);
    let asker = if origin == "asked" {
        asker
    } else if origin == "requested" {
        professional
    } else {
        referrer
    };
    let client = if for_client { Party::Client(texts.random.below(clients.len())) } else { Party::Member(asker) };
    let unsolicited = origin == "offered" && texts.random.chance(35);
    let need_at = (!unsolicited).then(|| {
        let owner = if origin == "requested" { referrer } else { asker };
        all.needs.push(need(now, people, owner, for_client, trade, start - DAY / 12, texts));
        all.needs.len() - 1
    });
    let shared = need_at.map(|i| &all.needs[i]);
    let (share_budget, share_date) = (texts.random.chance(45), texts.random.chance(45));
    let mut referral = Referral {
        need: need_at,
        origin,
        asker,
        referrer,
        professional,
        client,
        field: vouch.field,
        need_words: shared.map(|need| need.words.clone()).unwrap_or_default(),
        shared_place: shared.map(|need| need.town.to_owned()).unwrap_or_default(),
        shared_budget: shared
            .and_then(|need| need.budget_to)
            .filter(|_| share_budget)
            .map(|cents| format!("about ${}", cents / 100))
            .unwrap_or_default(),
        shared_date: shared.and_then(|need| need.date_from.clone()).filter(|_| share_date).unwrap_or_default(),
        note_to_referrer: if origin == "asked" && texts.random.chance(60) {
            texts.draw(NOTES).into()
        } else {
            String::new()
        },
        state: "asked",
        vouch: Some(vouch_at),
        basis: None,
        tie: None,
        confidence: None,
        words: String::new(),
        unknowns: Vec::new(),
        level: None,
        tier: None,
        client_yes_at: (origin == "asked" && !for_client).then_some(start),
        professional_yes_at: None,
        understood: String::new(),
        progress: if matches!(vouch.field, "23-1011.00" | "13-2011.00" | "21-1013.00" | "29-1031.00") {
            "nothing"
        } else {
            texts.random.pick(&["touch", "touch", "touch", "how", "nothing"])
        },
        introduced_at: None,
        opened_at: None,
        closes_at: None,
        revealed_at: None,
        lost_reason: "",
        created_at: start,
        updated_at: start,
        events: Vec::new(),
    };
    let index = all.referrals.len();
    advance(now, people, vouch, state, &mut referral, texts);
    if let Some(need) =
        referral.need.filter(|_| !matches!(referral.state, "asked" | "offered" | "declined" | "expired"))
    {
        all.needs[need].state = "closed";
    }
    if matches!(referral.state, "done" | "lost" | "not suitable") && referral.introduced_at.is_some() {
        answer(now, people, trade, &mut referral, index, &mut all.outcomes, texts);
    }
    all.referrals.push(referral);
}

/// Walks the referral from its beginning to `goal`, or as far as time allows.
fn advance(now: i64, people: &[Person], vouch: &Vouch, goal: &'static str, referral: &mut Referral, texts: &mut Texts) {
    const ROAD: [&str; 8] = ["asked", "offered", "introduced", "in contact", "meeting set", "proposal", "won", "done"];
    let (referrer, professional, client) =
        (Party::Member(referral.referrer), Party::Member(referral.professional), referral.client);
    let mut at = referral.created_at;
    let step = |referral: &mut Referral, actor: Option<Party>, to: &'static str, at: i64| {
        let from_state = referral.events.last().map(|event| event.to_state);
        referral.events.push(Event { actor, kind: to, from_state, to_state: to, at });
        (referral.state, referral.updated_at) = (to, at);
    };
    if referral.origin == "asked" {
        step(referral, Some(Party::Member(referral.asker)), "asked", at);
    }
    let last = match goal {
        "declined" | "expired" | "cancelled" => texts.random.below(2),
        "lost" => 3 + texts.random.below(3),
        "not suitable" => 2 + texts.random.below(3),
        goal => ROAD.iter().position(|&state| state == goal).unwrap_or(0),
    };
    // Whoever starts himself begins with the offer.
    let last = if referral.origin == "asked" { last } else { last.max(1) };
    for (i, &state) in ROAD.iter().enumerate().take(last + 1).skip(1) {
        // A meeting or a written proposal is not always needed on the way to a yes.
        if (i == 4 || i == 5) && last > 5 && texts.random.chance(30) {
            continue;
        }
        let hours = match i {
            1 if referral.origin != "asked" => 0,
            1 | 2 => texts.random.between(3, 60),
            7 => texts.random.between(24 * 5, 24 * 40),
            _ => texts.random.between(5, 24 * 8),
        };
        let next = at + hours * (DAY / 24);
        if next >= now {
            break;
        }
        at = next;
        let actor = match i {
            1 => referrer,
            2 => professional,
            _ => {
                if texts.random.chance(70) {
                    professional
                } else {
                    client
                }
            }
        };
        step(referral, Some(actor), state, at);
        if i == 1 {
            offer(people, vouch, referral, texts);
        }
        if i == 2 {
            referral.client_yes_at.get_or_insert(at - (at - referral.created_at) / 3);
            referral.professional_yes_at = Some(at);
            referral.introduced_at = Some(at);
            referral.understood = texts.draw(UNDERSTOOD).into();
        }
    }
    let (actor, reason) = match goal {
        "declined" => (Some(if referral.state == "asked" { referrer } else { professional }), ""),
        "expired" => (None, ""),
        "cancelled" => (Some(Party::Member(referral.asker)), ""),
        "lost" => (Some(professional), texts.random.pick(&["chose another", "price", "timing", "dropped"])),
        "not suitable" => (Some(client), ""),
        _ => return,
    };
    let end = at + if goal == "expired" { 7 * DAY } else { texts.random.between(6, 90) * (DAY / 24) };
    if end < now {
        step(referral, actor, goal, end);
        referral.lost_reason = reason;
    }
}

/// The referrer puts the name to it.
fn offer(people: &[Person], vouch: &Vouch, referral: &mut Referral, texts: &mut Texts) {
    let character = people[referral.referrer].character;
    referral.basis = Some(vouch.basis);
    referral.tie = Some(vouch.tie);
    let shift = if character == Some(Character::Chip) { 0 } else { texts.random.between(-6, 4) };
    referral.confidence = Some((vouch.confidence + shift).clamp(50, 97));
    referral.level = Some(texts.random.between(1, 5));
    referral.tier = Some(texts.random.pick(&["outside", "outside", "outside", "inside", "spin-off"]));
    let name = &people[referral.professional].given;
    referral.words = texts.fresh(|texts| {
        let trade = trade(vouch.field);
        let why = texts.draw(if character == Some(Character::Chip) { CHIP } else { WHY });
        let because = trade.map_or("", |trade| texts.draw(trade.praise));
        let text = match texts.random.below(3) {
            _ if character == Some(Character::Chip) => why.to_owned(),
            0 => format!("{why} {because}"),
            1 => format!("{because} {why}"),
            _ => format!("{why} {}", texts.draw(WHY_ENDS)),
        };
        text.replace("{n}", name)
    });
    let says = if character == Some(Character::Ines) {
        100
    } else if character == Some(Character::Chip) {
        0
    } else {
        40
    };
    if texts.random.chance(says) {
        referral.unknowns.push(texts.random.pick(&["price", "free that day", "jobs this size"]).into());
        if says == 100 || texts.random.chance(30) {
            referral.unknowns.push(texts.draw(UNKNOWN).into());
        }
    }
}

/// The window for the three sealed answers, and those who answered.
fn answer(
    now: i64,
    people: &[Person],
    trade: &'static Trade,
    referral: &mut Referral,
    index: usize,
    outcomes: &mut Vec<Outcome>,
    texts: &mut Texts,
) {
    let opened = referral.updated_at;
    referral.opened_at = Some(opened);
    referral.closes_at = Some(opened + 14 * DAY);
    let suits = match people[referral.referrer].character {
        Some(Character::Chip) => 30,
        Some(Character::Ana) => 92,
        _ => 76,
    };
    let suits = if referral.state == "done" { suits } else { 12 };
    let client = match texts.random.next() % 100 {
        n if n < suits => "yes",
        n if n < suits + (100 - suits) * 6 / 10 => "partly",
        _ => "no",
    };
    let professional = match (client, texts.random.below(10)) {
        ("yes", 0..=7) | ("partly", 0..=3) => "yes",
        ("no", 4..) => "no",
        _ => "partly",
    };
    // Somebody who chose another before any work has nothing to answer.
    let asked_client = referral.state != "lost";
    let mut answers = Vec::new();
    for (role, party, result, percent) in [
        ("client", referral.client, client, if asked_client { 84 } else { 0 }),
        ("professional", Party::Member(referral.professional), professional, 88),
        ("referrer", Party::Member(referral.referrer), client, 80),
    ] {
        let storied =
            matches!(people[referral.referrer].character, Some(Character::Ana | Character::Chip)) && asked_client;
        let at = opened + texts.random.between(3, 13 * 24) * (DAY / 24);
        if at >= now || !(storied || texts.random.chance(percent)) {
            continue;
        }
        let result = if role == "referrer" && referral.progress == "nothing" && texts.random.chance(60) {
            "heard nothing"
        } else {
            result
        };
        let list = match (role, result) {
            ("client", "yes") => CLIENT_YES,
            ("client", "partly") => CLIENT_PARTLY,
            ("client", _) => CLIENT_NO,
            ("professional", "yes") => PROFESSIONAL_YES,
            ("professional", _) => PROFESSIONAL_NO,
            _ => REFERRER,
        };
        let speaks = result != "heard nothing" && texts.random.chance(if role == "referrer" { 25 } else { 46 });
        let name = &people[referral.professional].given;
        let words = if speaks {
            texts.fresh(|texts| {
                let text = texts.draw(list);
                let more = if role == "client" && result == "yes" && texts.random.chance(60) {
                    texts.draw(trade.praise)
                } else {
                    ""
                };
                format!("{text} {more}").trim_end().replace("{n}", name)
            })
        } else {
            String::new()
        };
        let paid = role == "professional" && referral.state == "done" && texts.random.chance(70);
        let person = &people[referral.professional];
        answers.push(at);
        outcomes.push(Outcome {
            referral: index,
            role,
            party,
            answer: result,
            again: Some(match result {
                "yes" => texts.random.pick(&["yes", "yes", "yes", "perhaps"]),
                "no" => texts.random.pick(&["no", "no", "perhaps"]),
                _ => texts.random.pick(&["perhaps", "perhaps", "yes", "no"]),
            }),
            amount: paid.then(|| rounded(texts.random.between(person.usual_from, person.usual_to) / 100) * 100),
            tell_amount: paid && texts.random.chance(30),
            publish_as: (speaks && role == "client" && texts.random.chance(65))
                .then(|| texts.random.pick(&["full", "first", "first", "anonymous"])),
            words,
            answered_at: at,
        });
    }
    let closes = opened + 14 * DAY;
    let asked = if asked_client { 3 } else { 2 };
    let reveal = if answers.len() == asked { answers.iter().copied().max().unwrap_or(closes) } else { closes };
    referral.revealed_at = (reveal <= now).then_some(reveal);
}

/// Work won, by source; private to each.
pub(super) fn jobs(now: i64, people: &[Person], texts: &mut Texts) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (person, profile) in people.iter().enumerate() {
        if now - profile.joined_at < 30 * DAY || texts.random.chance(22) {
            continue;
        }
        for _ in 0..texts.random.between(2, 7) {
            let source = texts.random.pick(&[
                "referral",
                "referral",
                "referral",
                "group",
                "group",
                "ambassador",
                "direct",
                "direct",
            ]);
            let won = now - texts.random.between(1, (now - profile.joined_at) / DAY) * DAY;
            let amount = rounded(texts.random.between(profile.usual_from, profile.usual_to) / 100) * 100;
            let note = texts.draw(match source {
                "referral" => &[
                    "from a vouch here",
                    "a colleague sent them",
                    "third job from the same person",
                    "came with the plans in hand",
                ],
                "group" => &[
                    "slip at breakfast",
                    "after my ten minutes in March",
                    "a guest at our table",
                    "a one-to-one that paid off",
                ],
                "ambassador" => &[
                    "last year's client told her sister",
                    "they had my card on the fridge",
                    "the neighbours saw the van",
                ],
                _ => &["newspaper notice", "walked in", "I called them", "postcard round", "found the web site"],
            });
            jobs.push(Job {
                person,
                source,
                won_on: day(won),
                amount: texts.random.chance(80).then_some(amount),
                note,
            });
        }
    }
    jobs.sort_by(|a, b| (&a.won_on, a.person).cmp(&(&b.won_on, b.person)));
    jobs
}
