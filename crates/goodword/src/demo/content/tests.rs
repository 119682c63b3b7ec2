//! The demo world holds together, shows what it is meant to show, and does not repeat itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::*;

/// 2026-06-01.
const NOW: i64 = 1_780_272_000_000_000;

fn made() -> &'static World {
    static WORLD: std::sync::LazyLock<World> = std::sync::LazyLock::new(|| world(NOW));
    &WORLD
}

fn part(character: Character) -> usize {
    made().find(character).expect("every character is in the world")
}

fn received(character: Character) -> Vec<&'static Vouch> {
    made().vouches.iter().filter(|vouch| vouch.to == part(character)).collect()
}

#[test]
fn the_same_moment_gives_the_same_world() {
    assert!(world(NOW) == *made());
}

#[test]
fn it_has_the_size_it_should_have() {
    let world = made();
    let fields: HashSet<_> = world.people.iter().map(|person| person.field).collect();
    let counts = [
        ("people", world.people.len(), 280..=300),
        ("professions", fields.len(), 38..=45),
        ("groups", world.groups.len(), 6..=8),
        ("memberships", world.memberships.len(), 140..=220),
        ("trusts", world.trusts.len(), 950..=1300),
        ("vouches", world.vouches.len(), 1600..=2000),
        ("needs", world.needs.len(), 380..=480),
        ("referrals", world.referrals.len(), 390..=410),
        ("outcomes", world.outcomes.len(), 400..=650),
        ("clients", world.clients.len(), 80..=120),
        ("jobs", world.jobs.len(), 700..=1400),
    ];
    for (what, count, range) in counts {
        println!("{what}: {count}");
        assert!(range.contains(&count), "{what}: {count} is outside {range:?}");
    }
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for referral in &world.referrals {
        *states.entry(referral.state).or_default() += 1;
    }
    println!("{states:?}");
    assert_eq!(states.len(), 13, "referrals at all states: {states:?}");
}

#[test]
fn addresses_names_and_numbers_are_unique_and_ring_nowhere() {
    let world = made();
    let mut seen = HashSet::new();
    for email in world.people.iter().map(|p| &p.email).chain(world.clients.iter().map(|c| &c.email)) {
        assert!(email.ends_with("@example.org") && email.is_ascii(), "{email}");
        assert!(seen.insert(email.clone()), "twice: {email}");
    }
    for person in &world.people {
        assert!(seen.insert(person.phone.clone()) && person.phone.contains(" 555 01"), "{}", person.phone);
        assert!(seen.insert(person.name()), "{}", person.name());
    }
}

#[test]
fn professions_are_occupations_of_onet() {
    let known = occupations::all().iter().map(|occupation| occupation.code.to_string()).collect::<HashSet<_>>();
    for person in &made().people {
        assert!(known.contains(person.field), "{}", person.field);
    }
}

#[test]
fn everything_points_at_something_and_in_the_right_order() {
    let world = made();
    let (people, clients) = (world.people.len(), world.clients.len());
    let exists = |party: Party| match party {
        Party::Member(i) => i < people,
        Party::Client(i) => i < clients,
    };
    let mut pairs = HashSet::new();
    for vouch in &world.vouches {
        assert!(vouch.from < people && vouch.to < people && vouch.from != vouch.to);
        assert!(pairs.insert((vouch.from, vouch.to)), "one vouch a pair and field");
        assert!(vouch.works.iter().all(|&work| work < world.people[vouch.to].works.len()));
        assert!((50..=99).contains(&vouch.confidence));
        let joined = world.people[vouch.from].joined_at.max(world.people[vouch.to].joined_at);
        assert!(joined <= vouch.given_at && vouch.given_at <= vouch.renewed_at && vouch.renewed_at <= NOW, "{vouch:?}");
        assert!(vouch.withdrawn_at.is_none_or(|at| vouch.renewed_at <= at && at <= NOW));
        assert!(!vouch.words.is_empty() && !vouch.words.contains(['{', '}']), "{}", vouch.words);
    }
    for trust in &world.trusts {
        assert!(trust.from != trust.to && trust.from < people && trust.to < people && trust.at <= NOW);
    }
    for membership in &world.memberships {
        assert!(membership.group < world.groups.len() && membership.person < people);
        assert!(membership.until.as_ref().is_none_or(|until| *until >= membership.since));
    }
    for need in &world.needs {
        assert!(need.asker < people && need.created_at <= NOW && !need.words.contains(['{', '}']), "{need:?}");
    }
    for referral in &world.referrals {
        assert!(referral.referrer != referral.professional && referral.client != Party::Member(referral.professional));
        assert!(exists(referral.client) && referral.asker < people);
        assert!(referral.need.is_none_or(|need| world.needs[need].field == referral.field));
        assert_eq!(
            referral.events.last().map(|event| (event.to_state, event.at)),
            Some((referral.state, referral.updated_at))
        );
        assert!(referral.events.is_sorted_by_key(|event| event.at) && referral.updated_at <= NOW);
        assert!(
            referral.introduced_at.is_none()
                || (referral.client_yes_at.is_some() && referral.professional_yes_at.is_some())
        );
        let offered = referral.events.iter().any(|event| event.to_state == "offered");
        assert_eq!(offered, referral.basis.is_some() && referral.confidence.is_some() && !referral.words.is_empty());
    }
    for outcome in &world.outcomes {
        let referral = &world.referrals[outcome.referral];
        assert!(exists(outcome.party) && outcome.answered_at <= NOW);
        assert!(referral.opened_at.is_some_and(|at| at <= outcome.answered_at));
        assert!(referral.closes_at.is_some_and(|at| outcome.answered_at <= at));
    }
    assert!(world.people[0].joined_at <= world.people[11].joined_at && world.people.is_sorted_by_key(|p| p.joined_at));
}

#[test]
fn no_text_wears_out() {
    let world = made();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for text in world.vouches.iter().map(|v| v.words.as_str()).chain(world.referrals.iter().map(|r| r.words.as_str())) {
        *times.entry(text).or_default() += 1;
    }
    times.remove("");
    let worst = times.iter().max_by_key(|(_, n)| **n).expect("some text");
    println!(
        "most repeated vouch or referral: {worst:?}; repeated at all: {}",
        times.values().filter(|&&n| n > 1).count()
    );
    assert!(*worst.1 <= 3, "{worst:?}");
    let mut bios: HashMap<&str, usize> = HashMap::new();
    for person in &world.people {
        *bios.entry(&person.bio).or_default() += 1;
    }
    assert!(bios.values().all(|&n| n <= 2));
    // Nobody's page says the same thing twice.
    for to in 0..world.people.len() {
        let mut seen = HashSet::new();
        for vouch in world.vouches.iter().filter(|vouch| vouch.to == to) {
            assert!(seen.insert(&vouch.words), "{}", vouch.words);
        }
    }
}

#[test]
fn the_florists_for_santa_monica_differ_in_their_backing() {
    let backing =
        |character| received(character).iter().map(|vouch| (vouch.from, vouch.basis, vouch.tie)).collect::<Vec<_>>();
    let (dana, ana, carla) = (part(Character::Dana), part(Character::Ana), part(Character::Carla));
    assert!(made().trusts.iter().any(|trust| trust.from == dana && trust.to == ana && trust.field.is_none()));
    assert!(backing(Character::Carla).contains(&(ana, "worked beside", "none")));
    let same_craft = |vouch: &&&Vouch| {
        made().people[vouch.from].field == made().people[carla].field && vouch.basis == "inspected work"
    };
    assert!(received(Character::Carla).iter().filter(same_craft).count() >= 1, "a practitioner vouches for Carla");
    assert!(backing(Character::Tess).iter().all(|&(_, _, tie)| tie == "family") && backing(Character::Tess).len() == 1);
    let person = |character| &made().people[part(character)];
    assert!(person(Character::Hugo).usual_to < person(Character::Carla).usual_to / 2, "Hugo is cheaper");
    assert!(person(Character::Junko).usual_from >= 500_000, "Junko begins at $5,000");
    // Malibu's centre to Santa Monica's is 26 km.
    assert!(person(Character::Wren).town == "Malibu" && person(Character::Wren).radius_km < 20);
    for character in [Character::Carla, Character::Hugo, Character::Junko, Character::Tess] {
        assert!(person(character).radius_km >= 12, "{character:?} reaches Santa Monica");
    }
}

#[test]
fn each_principle_has_its_character() {
    let world = made();
    let by = |from: Character, to: Character| {
        world.vouches.iter().find(|vouch| vouch.from == part(from) && vouch.to == part(to)).expect("a vouch")
    };
    use Character::*;
    assert!(by(Rory, Tess).tie == "family" && by(Tess, Rory).tie == "family");
    let (one, other) = (by(Preston, Marla), by(Marla, Preston));
    assert_eq!((other.given_at - one.given_at, one.confidence), (3 * DAY, other.confidence));
    assert!(one.basis == "knows personally" && other.basis == "knows personally");
    assert_eq!((received(Gil).len(), received(Gil).iter().filter(|vouch| vouch.hidden_at.is_some()).count()), (9, 2));
    let noor = part(Noor);
    assert!(received(Noor).is_empty() && world.referrals.iter().all(|r| r.referrer != noor && r.professional != noor));
    let old = by(Walt, Ben);
    assert!(NOW - old.given_at > 700 * DAY && old.renewed_at == old.given_at);
    let florists =
        world.vouches.iter().filter(|v| v.from == part(Leona) && v.field == "27-1023.00" && v.basis == "hired");
    assert!(florists.count() >= 3, "Leona has hired several florists");
    assert!(
        world
            .referrals
            .iter()
            .filter(|r| r.referrer == part(Ines) && r.basis.is_some())
            .all(|r| !r.unknowns.is_empty())
    );

    let answers = |character| {
        let scored = world.outcomes.iter().filter(|outcome| {
            outcome.role == "client" && world.referrals[outcome.referral].referrer == part(character)
        });
        let scores: Vec<f64> = scored
            .map(|outcome| match outcome.answer {
                "yes" => 1.0,
                "partly" => 0.5,
                _ => 0.0,
            })
            .collect();
        println!("{character:?}: {scores:?}");
        (scores.len(), scores.iter().sum::<f64>() / scores.len() as f64)
    };
    let (ana, chip) = (answers(Ana), answers(Chip));
    assert!(ana.0 >= 10 && ana.1 > 0.85, "Ana's word holds: {ana:?}");
    assert!(chip.0 >= 10 && chip.1 < 0.65, "Chip is often wrong: {chip:?}");
    assert!(world.referrals.iter().filter(|r| r.referrer == part(Chip)).all(|r| r.confidence.is_none_or(|c| c == 95)));
}
