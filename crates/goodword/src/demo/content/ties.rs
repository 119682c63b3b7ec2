//! Groups, who belongs to them, and whose judgement people rely on.

use super::people::day;
use super::random::Texts;
use super::{Character, DAY, Group, Membership, Person, Trust};

const ADVISORS: &str = "advisor network";
const EXCHANGE: &str = "referral exchange";

/// Name, kind, what it says of itself, town, how many members.
const GROUPS: &[(&str, &str, &str, &str, usize)] = &[
    (
        "Bluffside Advisors",
        ADVISORS,
        "Second Wednesday, breakfast above the bluffs. Attorneys, accountants and the people they send clients to. Guests from sister groups welcome, twice.",
        "Santa Monica",
        34,
    ),
    (
        "Meridian Circle",
        ADVISORS,
        "Monthly, in a borrowed board room. Several members per profession; troikas are drawn by lot and taken seriously.",
        "Westwood",
        30,
    ),
    (
        "Ballona Forum",
        ADVISORS,
        "Last Thursday, at lunch. We began as nine trustees' advisers and kept the manners.",
        "Playa Vista",
        26,
    ),
    (
        "Sawtelle Morning Exchange",
        EXCHANGE,
        "Every Tuesday at seven. One seat per trade, coffee, out by half past eight.",
        "Sawtelle",
        24,
    ),
    (
        "Rose Avenue Referral Breakfast",
        EXCHANGE,
        "Fridays. Weddings, homes and whatever comes in. We read last week's slips back, out loud.",
        "Venice",
        26,
    ),
    ("Overland Exchange", EXCHANGE, "Thursdays at noon, tacos. Trades first, speeches second.", "Culver City", 22),
    ("Palisade Table", EXCHANGE, "Wednesday mornings, a long table and a bell.", "Pacific Palisades", 18),
];

/// The groups and their memberships.
pub(super) fn groups(now: i64, people: &mut [Person], texts: &mut Texts) -> (Vec<Group>, Vec<Membership>) {
    let random = &mut texts.random;
    let mut groups = Vec::new();
    let mut memberships: Vec<Membership> = Vec::new();
    let mut groups_of = vec![0; people.len()];
    for (index, &(name, kind, about, town, size)) in GROUPS.iter().enumerate() {
        let mut order: Vec<usize> = (0..people.len()).collect();
        random.shuffle(&mut order);
        // Neighbours first, and people who are in no group yet.
        order.sort_by_key(|&i| (groups_of[i], people[i].town != town));
        let fixed: &[Character] = match index {
            0 => &[Character::Dana, Character::Preston, Character::Marla, Character::Chip],
            4 => &[Character::Ana, Character::Ben, Character::Carla, Character::Leona],
            _ => &[],
        };
        let mut members: Vec<usize> =
            fixed.iter().filter_map(|&part| people.iter().position(|person| person.character == Some(part))).collect();
        for i in order {
            let seat_taken = kind == EXCHANGE && members.iter().any(|&m| people[m].field == people[i].field);
            let cast = people[i].character.is_some();
            if members.len() < size && !members.contains(&i) && !seat_taken && groups_of[i] < 2 && !cast {
                members.push(i);
            }
        }
        members.sort_unstable();
        let created_at = now - random.between(760, 4000) * DAY;
        for &person in &members {
            groups_of[person] += 1;
            let since = people[person].joined_at - random.between(-10, 500) * DAY;
            let since = since.clamp(created_at, now - 8 * DAY);
            let left = person != members[0] && people[person].character.is_none() && random.chance(14);
            let until = left.then(|| since + (now - since) / 100 * random.between(40, 95));
            let confirmed = person == members[0] || random.chance(85) || people[person].character.is_some();
            let seen = since.max(people[person].joined_at) + random.between(1, 6) * DAY;
            memberships.push(Membership {
                group: index,
                person,
                since: day(since),
                until: until.map(day),
                confirmed_at: confirmed.then_some(seen.min(now)),
            });
        }
        groups.push(Group { name, kind, about, town, keeper: members[0], created_at });
    }
    // Only a group's admission can confirm a profession as "group".
    for (i, person) in people.iter_mut().enumerate() {
        if person.confirmed_by == Some("group") && groups_of[i] == 0 {
            person.confirmed_by = None;
        }
    }
    (groups, memberships)
}

/// Three to five people for most members, more readily from their groups and among those longest here.
pub(super) fn trusts(now: i64, people: &[Person], memberships: &[Membership], texts: &mut Texts) -> Vec<Trust> {
    use Character::*;
    let at = |part: Character| people.iter().position(|person| person.character == Some(part));
    let mut trusts = Vec::new();
    for (from, person) in people.iter().enumerate() {
        let fixed: &[Character] = match person.character {
            Some(Dana) => &[Ana, Ben, Leona, Ines],
            Some(Ana) => &[Ben, Leona, Ines, Carla],
            Some(Ben) => &[Ana, Junko, Walt],
            Some(Noor) => &[],
            _ => &[],
        };
        let mut chosen: Vec<usize> = fixed.iter().filter_map(|&part| at(part)).collect();
        if person.character == Some(Noor) {
            chosen.push(person.invited_by.unwrap_or(0));
        } else if chosen.is_empty() && texts.random.chance(91) {
            let count = 3 + texts.random.below(3);
            let mine: Vec<usize> = memberships.iter().filter(|m| m.person == from).map(|m| m.group).collect();
            let near: Vec<usize> =
                memberships.iter().filter(|m| mine.contains(&m.group) && m.person != from).map(|m| m.person).collect();
            for _ in 0..60 {
                let to = match texts.random.below(10) {
                    0..=4 if !near.is_empty() => texts.random.pick(&near),
                    5 => person.invited_by.unwrap_or(0),
                    6 => texts.random.below(40.min(people.len())),
                    _ => texts.random.below(people.len()),
                };
                let newcomer = people[to].character == Some(Noor);
                if to != from && !newcomer && !chosen.contains(&to) && chosen.len() < count {
                    chosen.push(to);
                }
            }
        }
        for to in chosen {
            let since = person.joined_at.max(people[to].joined_at);
            let limited = fixed.is_empty() && texts.random.chance(22);
            trusts.push(Trust {
                from,
                to,
                field: limited.then_some(people[to].field),
                at: since + (now - since) / 100 * texts.random.between(1, 60),
            });
        }
    }
    trusts
}
