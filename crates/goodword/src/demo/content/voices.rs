//! The vouches: those of the cast, word for word, and everybody else's, put together from what the trades notice.

use std::collections::HashSet;

use super::random::Texts;
use super::trades::{self, Trade};
use super::{Character, DAY, Membership, Person, Vouch};

/// One vouch of the cast: from, to, basis, tie, confidence, days ago, renewed days ago, works cited, words.
type Line = (Character, Character, &'static str, &'static str, i64, i64, i64, &'static [usize], &'static str);

use Character::*;

const CAST_VOUCHES: &[Line] = &[
    (
        Ana,
        Carla,
        "worked beside",
        "none",
        93,
        610,
        120,
        &[0, 1],
        "Eleven weddings side by side. At the Sandoval wedding the wind took the arch at noon; she had it up again, wired and better, before the first guest parked. I have not seen a wilted stem of hers at midnight.",
    ),
    (
        Ben,
        Carla,
        "worked beside",
        "none",
        88,
        560,
        90,
        &[0],
        "I photograph flowers at hour nine, when most have given up. Hers have not. And she never once stood in my light.",
    ),
    (
        Leona,
        Carla,
        "hired",
        "none",
        90,
        470,
        60,
        &[2],
        "She did my Tuesdays for two winters. Five florists in nine years, and she is the one who came in the rain with the branch tied to the roof.",
    ),
    (
        Junko,
        Carla,
        "inspected work",
        "none",
        86,
        400,
        400,
        &[1],
        "I walked round her garden wedding after the guests had gone. Clean mechanics, no foam, good proportion at small size, which is harder than large. I send her what is too small for me.",
    ),
    (
        Ines,
        Carla,
        "hired",
        "none",
        84,
        300,
        300,
        &[3],
        "Quiet work for a memorial, exactly what was asked. I have not seen her do anything above a hundred guests, so I cannot speak to that.",
    ),
    (
        Carla,
        Ana,
        "worked beside",
        "none",
        92,
        540,
        150,
        &[0, 1],
        "She feeds the crew first. You always know when to load in, where to park and whom to ring. When I am late she already knows why.",
    ),
    (
        Ben,
        Ana,
        "worked beside",
        "friend",
        95,
        600,
        200,
        &[0],
        "We have become friends over fourteen weddings, so weigh that. But ask any vendor who was there when the bus company cancelled.",
    ),
    (
        Leona,
        Ana,
        "worked beside",
        "none",
        90,
        500,
        500,
        &[0],
        "She brings me rehearsal dinners. The head count is right, the cheque is on time, and she tells the families that the kitchen closes at eleven.",
    ),
    (
        Ana,
        Ben,
        "worked beside",
        "friend",
        92,
        620,
        140,
        &[0],
        "A friend by now, I admit. I book him because shy people forget that he is there, and because he has a spare of everything.",
    ),
    (
        Dana,
        Ben,
        "hired",
        "none",
        85,
        380,
        380,
        &[1],
        "He photographed my parents' forty years in a garage with one bulb. My father, who hides from cameras, has the print by his bed.",
    ),
    (
        Carla,
        Ben,
        "worked beside",
        "none",
        85,
        350,
        350,
        &[0],
        "He asks before he moves a vase. That is rarer than you think.",
    ),
    (
        Leona,
        Hugo,
        "hired",
        "none",
        75,
        210,
        210,
        &[],
        "Six weeks of Tuesdays while my regular florist was away. Cheap and cheerful, and always swept up. I would not give him a ceiling.",
    ),
    (
        Ines,
        Hugo,
        "hired",
        "none",
        72,
        160,
        160,
        &[0],
        "Did a client's backyard wedding for very little money and it looked loved. What I do not know: how he copes with more than forty people.",
    ),
    (
        Dana,
        Hugo,
        "knows personally",
        "friend",
        65,
        140,
        140,
        &[],
        "I keep his books and like him a great deal. I have not stood at one of his weddings.",
    ),
    (
        Carla,
        Junko,
        "inspected work",
        "none",
        95,
        430,
        100,
        &[0],
        "I stood under that branch for a quarter of an hour. Nobody on this coast balances weight like her. For large work, and large budgets.",
    ),
    (
        Ana,
        Junko,
        "worked beside",
        "none",
        90,
        520,
        250,
        &[1],
        "Two hundred guests and no arch at all, and nobody missed it. She begins at five thousand and is worth it above eight.",
    ),
    (
        Ben,
        Junko,
        "worked beside",
        "none",
        88,
        330,
        330,
        &[1],
        "The ceiling of grasses moved all evening. It is the only installation I have photographed for its own sake.",
    ),
    (
        Ana,
        Wren,
        "worked beside",
        "none",
        87,
        450,
        180,
        &[0],
        "If the wedding is up the canyon, her dahlias are the whole design. She will not come into town, and I have stopped asking.",
    ),
    (
        Leona,
        Wren,
        "hired",
        "none",
        82,
        360,
        360,
        &[1],
        "I drive out to her for August. Cut at six, on the table at noon.",
    ),
    (
        Carla,
        Wren,
        "inspected work",
        "none",
        85,
        290,
        290,
        &[0],
        "Best-grown stems I buy. Her own arranging is loose and right for outdoors.",
    ),
    (
        Rory,
        Tess,
        "worked beside",
        "family",
        95,
        200,
        200,
        &[0],
        "She is my sister, so take it as such. We did the boatyard supper together and the roses were the thing people photographed.",
    ),
    (
        Tess,
        Rory,
        "worked beside",
        "family",
        95,
        196,
        196,
        &[0],
        "My brother. He fed seventy people from two fires in an orchard, and I have eaten his cooking all my life.",
    ),
    (
        Ana,
        Rory,
        "worked beside",
        "none",
        84,
        310,
        310,
        &[0],
        "Two suppers outdoors, one in a wind. Food hot, crew kind, left the grass as it was.",
    ),
    (
        Preston,
        Marla,
        "knows personally",
        "none",
        95,
        430,
        430,
        &[],
        "An absolute pro. Anybody who needs a loan should talk to Marla first.",
    ),
    (
        Marla,
        Preston,
        "knows personally",
        "none",
        95,
        427,
        427,
        &[],
        "Simply the best in the business. I would not send anyone anywhere else.",
    ),
    (
        Walt,
        Ben,
        "hired",
        "none",
        80,
        716,
        716,
        &[],
        "He took the pictures at my shop's fiftieth. Good boy, good pictures. That was a while ago.",
    ),
    (
        Ines,
        Gil,
        "worked beside",
        "none",
        88,
        480,
        110,
        &[0],
        "Three kitchens drawn by me and built by him to the eighth of an inch. I do not know how he does with a client who changes their mind; mine did not.",
    ),
    (
        Dana,
        Gil,
        "knows personally",
        "none",
        62,
        420,
        420,
        &[],
        "His daughter and I compare month ends. The books are in order; I have never seen a wall of his opened.",
    ),
    (
        Leona,
        Gil,
        "hired",
        "none",
        86,
        520,
        300,
        &[],
        "Rebuilt my pass in four nights without closing me for one lunch.",
    ),
    (Chip, Gil, "heard of", "none", 95, 300, 300, &[], "Heard nothing but great things. Top man."),
    (Chip, Preston, "knows personally", "money", 95, 380, 380, &[], "Handles all my clients. A rock."),
    (
        Chip,
        Marla,
        "worked beside",
        "money",
        95,
        360,
        360,
        &[],
        "We close deals together all the time. You will love her.",
    ),
    (
        Ana,
        Leona,
        "hired",
        "none",
        91,
        530,
        260,
        &[1],
        "Rehearsal dinners for nine of my couples. She quotes less food than people expect and nobody has gone home hungry.",
    ),
    (
        Carla,
        Leona,
        "hired",
        "none",
        86,
        280,
        280,
        &[0],
        "She catered our library supper, the one with the single oven. I went back for thirds.",
    ),
    (
        Ana,
        Ines,
        "knows personally",
        "friend",
        70,
        340,
        340,
        &[],
        "A friend whose judgement I borrow. I have sat in her rooms but never paid for one.",
    ),
    (
        Leona,
        Ines,
        "hired",
        "none",
        92,
        560,
        170,
        &[0],
        "She made forty-four people audible to each other. I did not know a ceiling could do that.",
    ),
    (
        Leona,
        Dana,
        "hired",
        "none",
        93,
        490,
        130,
        &[],
        "She found out what my brunch really costs. I stopped serving brunch. Best year yet.",
    ),
    (
        Carla,
        Dana,
        "hired",
        "none",
        90,
        410,
        220,
        &[1],
        "Job by job, she showed me which weddings I was paying to attend. My prices went up and nobody left.",
    ),
];

/// All vouches, by date.
pub(super) fn vouches(now: i64, people: &[Person], memberships: &[Membership], texts: &mut Texts) -> Vec<Vouch> {
    let trade_of: Vec<&'static Trade> =
        people.iter().filter_map(|person| trades::all().find(|trade| trade.code == person.field)).collect();
    let mut pairs = HashSet::new();
    let mut vouches = Vec::new();
    for &(from, to, basis, tie, confidence, days, renewed, works, words) in CAST_VOUCHES {
        let at = |part| people.iter().position(|person| person.character == Some(part)).unwrap_or(0);
        let (from, to) = (at(from), at(to));
        pairs.insert((from, to));
        vouches.push(Vouch {
            from,
            to,
            field: people[to].field,
            basis,
            tie,
            confidence,
            words: words.into(),
            works: works.to_vec(),
            is_public: true,
            given_at: now - days * DAY,
            renewed_at: now - renewed * DAY,
            withdrawn_at: None,
            hidden_at: None,
        });
    }
    let groups: Vec<Vec<usize>> =
        (0..people.len()).map(|i| memberships.iter().filter(|m| m.person == i).map(|m| m.group).collect()).collect();
    for to in 0..people.len() {
        // The cast have what is written above, and a few whose story needs it more beside; a newcomer has none.
        let target = match people[to].character {
            Some(Tess | Noor | Preston | Marla) => 0,
            Some(Gil) => 9 - vouches.iter().filter(|vouch: &&Vouch| vouch.to == to).count(),
            Some(Ana) => 6,
            Some(_) => 3,
            None => match texts.random.below(100) {
                0..=5 => 0,
                6..=24 => 2 + texts.random.below(2),
                25..=74 => 4 + texts.random.below(4),
                _ => 8 + texts.random.below(7),
            },
        };
        let mut given = 0;
        for _ in 0..target * 30 {
            let from = texts.random.below(people.len());
            let circle = trade_of[from].circle == trade_of[to].circle;
            let shared = groups[from].iter().any(|group| groups[to].contains(group));
            let likely = 8 + if circle { 34 } else { 0 } + if shared { 40 } else { 0 };
            let quiet = matches!(people[from].character, Some(Noor | Walt | Preston | Marla | Tess | Rory));
            let returned = pairs.contains(&(to, from)) && texts.random.chance(75);
            if given == target {
                break;
            }
            if from == to || quiet || returned || !texts.random.chance(likely) || !pairs.insert((from, to)) {
                continue;
            }
            if let Some(vouch) = vouch(now, people, &trade_of, (from, to), texts) {
                vouches.push(vouch);
                given += 1;
            }
        }
    }
    hide(now, people, &mut vouches);
    vouches.sort_by_key(|vouch| (vouch.given_at, vouch.from, vouch.to));
    vouches
}

/// Gil hides two of his nine; here and there somebody else hides one.
fn hide(now: i64, people: &[Person], vouches: &mut [Vouch]) {
    let mut hidden = 0;
    for (i, vouch) in vouches.iter_mut().enumerate() {
        let gil =
            people[vouch.to].character == Some(Gil) && people[vouch.from].character.is_none_or(|part| part == Chip);
        if gil && hidden < 2 {
            hidden += 1;
            vouch.withdrawn_at = None;
            vouch.hidden_at = Some((vouch.given_at + 5 * DAY).min(now));
        } else if people[vouch.to].character.is_none() && people[vouch.from].character.is_none() && i % 61 == 0 {
            vouch.hidden_at = Some((vouch.given_at + 2 * DAY).min(now));
        }
    }
}

fn vouch(
    now: i64,
    people: &[Person],
    trade_of: &[&'static Trade],
    (from, to): (usize, usize),
    texts: &mut Texts,
) -> Option<Vouch> {
    let earliest = people[from].joined_at.max(people[to].joined_at);
    let age = (now - earliest) / 100 * texts.random.between(3, 97);
    let given_at = now - age;
    let same_trade = trade_of[from].code == trade_of[to].code;
    let same_circle = trade_of[from].circle == trade_of[to].circle;
    let basis = match (same_trade, same_circle, texts.random.below(100)) {
        (_, _, 0..=3) => "heard of",
        (true, _, 4..=52) => "inspected work",
        (true, _, _) => "worked beside",
        (_, true, 4..=44) => "worked beside",
        (_, true, 45..=58) => "inspected work",
        (_, true, 59..=84) => "hired",
        (_, false, 4..=66) => "hired",
        _ => "knows personally",
    };
    let tie = match texts.random.below(100) {
        0..=2 => "family",
        3..=14 => "friend",
        15..=18 => "money",
        19 => "undescribed",
        _ => "none",
    };
    let confidence = match (basis, people[from].character) {
        (_, Some(Chip)) => 95,
        ("heard of", _) => texts.random.pick(&[50, 55, 60]),
        ("knows personally", _) => texts.random.pick(&[60, 60, 66, 70, 75]),
        _ => texts.random.pick(&[75, 75, 80, 82, 85, 85, 85, 88, 90, 95]),
    };
    let shown = people[to].works.len();
    let cites = matches!(basis, "hired" | "worked beside" | "inspected work") && shown > 0 && texts.random.chance(62);
    let works: Vec<usize> = if cites { vec![texts.random.below(shown)] } else { Vec::new() };
    let words = words(people, trade_of, (from, to), basis, tie, works.first().copied(), texts);
    let renewed_at = if age > 200 * DAY && texts.random.chance(34) {
        given_at + age / 100 * texts.random.between(45, 95)
    } else {
        given_at
    };
    let withdrawn_at = (age > 60 * DAY && people[to].character.is_none() && texts.random.chance(3))
        .then(|| renewed_at + (now - renewed_at) / 2);
    Some(Vouch {
        from,
        to,
        field: people[to].field,
        basis,
        tie,
        confidence,
        words,
        works,
        is_public: people[from].is_public && texts.random.chance(85),
        given_at,
        renewed_at,
        withdrawn_at,
        hidden_at: None,
    })
}

fn words(
    people: &[Person],
    trade_of: &[&'static Trade],
    (from, to): (usize, usize),
    basis: &str,
    tie: &str,
    work: Option<usize>,
    texts: &mut Texts,
) -> String {
    let (giver, name) = (&people[from], &people[to].given);
    let trade = trade_of[to];
    let title = work.map(|i| people[to].works[i].title.clone());
    // Everybody has a manner, and keeps it.
    let manner = from % 6;
    let mut attempts = 0;
    texts.fresh(|texts| {
        attempts += 1;
        // Where the short manner has been said already, somebody says more.
        let manner = if attempts > 3 && title.is_some() { 2 } else { manner };
        let seen = match basis {
            "heard of" => texts.draw(HEARD).to_owned(),
            "knows personally" => texts.draw(KNOWN).to_owned(),
            "inspected work" => texts.draw_from(trade.expert, to).to_owned(),
            "worked beside" if trade_of[from].circle == trade.circle && texts.random.chance(45) => {
                texts.draw_from(trade.expert, to).to_owned()
            }
            _ => texts.draw_from(trade.praise, to).to_owned(),
        };
        let start = match (&title, basis) {
            (Some(title), "hired") => pick_with(texts, HIRED_FOR, title),
            (Some(title), "worked beside") => pick_with(texts, BESIDE_AT, title),
            (Some(title), _) => pick_with(texts, LOOKED_AT, title),
            (None, "hired") => texts.draw(HIRED).to_owned(),
            (None, "worked beside") => texts.draw(BESIDE).to_owned(),
            (None, "inspected work") => texts.draw(LOOKED).to_owned(),
            _ => String::new(),
        };
        let end = match (basis, tie) {
            (_, "family") => texts.draw(FAMILY).to_owned(),
            (_, "friend") if texts.random.chance(70) => texts.draw(FRIEND).to_owned(),
            (_, "money") => texts.draw(MONEY).to_owned(),
            ("heard of" | "knows personally", _) if attempts < 4 => String::new(),
            _ => texts.draw(ENDS).to_owned(),
        };
        let parts: Vec<String> = match manner {
            0 => vec![seen, end],
            1 if attempts < 4 => vec![start, seen],
            2 => vec![start, seen, end],
            3 if tie == "none" && attempts < 4 => vec![seen],
            3 => vec![seen, end],
            4 if attempts < 4 => vec![seen, start],
            4 => vec![seen, start, end],
            _ => vec![start, end, seen],
        };
        let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        text.replace("{n}", name)
            .replace("a {me}", &crate::say::a(&giver.own_words))
            .replace("{me}", &giver.own_words)
            .replace("{town}", people[to].town)
    })
}

fn pick_with(texts: &mut Texts, list: &'static [&'static str], title: &str) -> String {
    texts.draw(list).replace("{w}", title)
}

const HIRED_FOR: &[&str] = &[
    "I paid for it myself: {w}.",
    "{w}: my own job.",
    "I was the client there ({w}).",
    "{w} was ours.",
    "We gave {n} one job, {w}, and have given three since.",
    "For us it was {w}.",
    "The job was {w}, on a tight number.",
    "Started with {w}.",
    "My name is on the invoice for {w}.",
    "I lived with the result of {w} for a year before writing this.",
    "Our second job together was {w}.",
    "{w}: we had three quotes and took the middle one.",
];
const BESIDE_AT: &[&str] = &[
    "We were both on {w}.",
    "{w}: I was there as the {me}.",
    "I stood beside {n} through {w}.",
    "Same job, {w}, two very long days.",
    "Shared a site on {w}.",
    "I came in after {n} on {w} and found everything ready.",
    "We met on {w}.",
    "{w} was our fourth together.",
    "I know {n} from {w}, where plenty went wrong.",
    "As the {me} on {w} I saw how {n} treats the crew.",
    "On {w} I had to follow {n}'s schedule. It was right.",
];
const LOOKED_AT: &[&str] = &[
    "I went to see {w} afterwards.",
    "I looked closely at {w}.",
    "{w}: I asked to see it and was let in.",
    "Judging by {w}, which I saw finished.",
    "I was called in later on {w} and had time to look.",
    "Saw {w} with my own eyes, twice.",
    "A client of mine owns {w}; I have been over it.",
    "I know {w} from the inside.",
];
const HIRED: &[&str] = &[
    "Hired twice.",
    "We have used {n} since we moved to {town}.",
    "My own money, so I watched.",
    "Once, last spring.",
    "Hired on a recommendation; passing it on.",
    "Three jobs over two years.",
    "I was the client.",
    "We came to {n} after a bad start with somebody else.",
    "A small job for us.",
    "A rush, and I feared the worst.",
    "First for my mother, then for me.",
    "I have been a customer long enough to have seen a bad day.",
    "Found {n} through a neighbour.",
    "We needed somebody fast and got somebody good.",
];
const BESIDE: &[&str] = &[
    "We overlap about four times a year.",
    "I am a {me}, so we see each other at work.",
    "Half a dozen jobs together.",
    "We share clients and have never quarrelled over one.",
    "I have seen {n} start early and stay late.",
    "On two of my own jobs.",
    "We have been in the same rooms, tired, at the end of the day.",
    "I follow {n} onto sites.",
    "Three years of handing work back and forth.",
    "I watched from the next table, so to speak.",
    "Once in a real mess.",
    "Our trades meet at the worst moment of any job.",
];
const LOOKED: &[&str] = &[
    "I have looked at the finished work and not at the process.",
    "I see a lot of this as a {me}.",
    "I know what to look for.",
    "A client asked me to check it.",
    "Seen afterwards, unannounced.",
    "I went round with a torch.",
    "I was curious and asked to look.",
    "Had one in my hands.",
];
const KNOWN: &[&str] = &[
    "I know {n} as a neighbour: straight, early, returns your ladder.",
    "We sit on the school board together. Reads the papers beforehand.",
    "I have not used {n} professionally. As a person, entirely dependable.",
    "We walk the same dogs at six in the morning. I trust the person; I cannot speak for the work.",
    "{n} lent us a van for a week and asked for nothing.",
    "Known for ten years, from the choir. Keeps promises.",
    "Our children share a class. {n} is who they call when one of us is late.",
    "From the food bank: turns up.",
    "I like {n} a great deal and have never seen the work, so take it for that.",
    "Once gave me a straight answer that cost {n} a sale.",
    "We met at a group breakfast and kept meeting because the talk was good.",
    "{n} returned a wallet of mine with everything in it. That is the whole story.",
    "Careful with words, careful with money. The trade itself I cannot judge.",
    "Talks about customers with respect even when they are not there.",
    "I know the family, three generations of it.",
    "We rowed together. You learn who pulls.",
    "Has told me twice 'I would not do that if I were you', and was right twice.",
    "Somebody I would leave my keys with.",
    "A listener. What the craft is like, others must say.",
    "We trade tomatoes. Honest tomatoes.",
    "Helped my father with his papers and would not be thanked.",
    "I have only seen how {n} handles a bad day, and that was handled well.",
    "Quiet, exact, on time; I know nothing about the work itself.",
    "Volunteers at the same clinic as I do, and does the dull jobs.",
    "A decent person in a small dispute over a fence. Mine.",
    "We have lunch. I have never hired {n}.",
    "Coached my daughter's team and never shouted.",
    "From the tenants' union: does the reading, does the talking, shares the credit.",
];
const HEARD: &[&str] = &[
    "Only by name, but the name comes up.",
    "A client mentioned {n} kindly. That is all I have.",
    "Second hand: my sister-in-law was pleased.",
    "I have heard good things and seen nothing.",
    "People in {town} speak well of {n}. I have not tried.",
    "Somebody at our table swore by {n}. A note, no more.",
    "Known to me by the van only.",
    "I keep the card because two people gave it to me in one week.",
    "Never met. The electrician likes {n}, and he likes few.",
    "Heard of at a meeting, twice.",
    "My accountant says so; I cannot.",
    "Reputation only.",
];
const ENDS: &[&str] = &[
    "I would hire {n} again tomorrow.",
    "Not the cheapest.",
    "Ask for the second week, not the first.",
    "Would I send my sister? I did.",
    "You wait a little; it is worth it.",
    "No complaints, and I complain.",
    "Price was fair.",
    "I have no idea how {n} is with very large jobs.",
    "Better in the morning than on the telephone.",
    "A grown-up.",
    "I have sent four people since and kept them all as friends.",
    "Say what you want and it happens.",
    "Slow to answer messages, quick on the job.",
    "Nothing to add.",
    "My one wish: bigger letters on the invoice.",
    "It was two years ago and still holds.",
    "If it matters to you, book early.",
    "I trust the judgement as much as the hands.",
    "I do not know what it would cost today.",
    "Recommended without crossing my fingers.",
    "Not chatty. Good.",
    "Cash or card, and always a receipt.",
    "We argued once and it ended well.",
    "Solid.",
    "I would not go elsewhere for this.",
    "There are fancier people; I would still call {n}.",
    "Have seen the bad-day version: also fine.",
    "The kind of work you stop noticing, which is praise.",
    "I would think twice for a rush.",
    "Came in under.",
    "My standards are annoying and were met.",
    "Only ever small jobs, mind.",
    "It is still holding.",
    "Everybody was paid on time, I asked.",
    "For a beginner with more ambition than money: perfect.",
    "Does what was said.",
];
const FAMILY: &[&str] = &[
    "We are family, so you decide what that is worth.",
    "Family, I should say.",
    "Same household, different trades.",
    "Married into the same family, and still I would hire {n}.",
    "Discount this as you like: we are related.",
];
const FRIEND: &[&str] = &[
    "We are friends by now.",
    "A friend, I should say.",
    "We became friends over it.",
    "I like {n}, so weigh this accordingly.",
    "Friends first, customers second.",
    "Friend of many years; I have tried to be fair.",
];
const MONEY: &[&str] = &[
    "We pass each other paid work, so you know.",
    "I rent {n} a desk.",
    "{n} is a customer of mine too.",
    "There is business between us, both ways.",
];
