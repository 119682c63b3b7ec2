//! Whose judgement the asker relies on, and how much: walks of at most two steps that never turn straight back.

use crate::answer::{Edge, EdgeKind, Visibility};
use crate::engine::Engine;
use crate::evidence::generosity;
use crate::graph::{Kind, Slot};
use crate::mix::{hash_id, mix};
use crate::places::Places;
use crate::sight::{ONE, Sight, portion};

/// The contact number of the asker's own word.
pub(crate) const OWN: u32 = u32::MAX;

/// A row is followed whole rather than sampled while it has at most this many edges for each walk that came to it:
/// reading on in a row costs a fraction of a jump to another.
pub(crate) const CHEAP: f64 = 2.0;

/// A judge reached through one first contact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// Number of the judge.
    pub judge: u32,
    /// Number of the first contact (contacts are judges too, so the numbers are the same), or [`OWN`].
    pub contact: u32,
    /// The step from the contact to the judge may not be shown to this viewer.
    pub hidden: bool,
    pub mass: u64,
}

/// All judges of one question.
pub(crate) struct Judges {
    pub asker: Option<u32>,
    pub from_founders: bool,
    pub exact: bool,
    /// Numbers of the judges by member.
    pub numbers: Places,
    /// Members by number. The asker, if any, comes first, then the contacts, then those the contacts rely on.
    pub members: Vec<u32>,
    /// How many first contacts there are, also those whose tie was withdrawn: fewer contacts must not lift the cap.
    pub contacts: usize,
    /// Number of the first judge who is neither asker nor contact.
    pub beyond: usize,
    /// All ways to reach a judge, grouped: those of judge n are `reaches[starts[n]..starts[n + 1]]`.
    pub reaches: Vec<Reach>,
    pub starts: Vec<u32>,
    /// Sum of the masses of each judge, and the part of it that came by hidden steps.
    pub total: Vec<u64>,
    pub hidden: Vec<u64>,
    pub seed: u64,
}

impl Judges {
    pub fn reaches_of(&self, judge: usize) -> &[Reach] {
        &self.reaches[self.starts[judge] as usize..self.starts[judge + 1] as usize]
    }

    /// Mass of a judge as a voice for `about`, who must not be the first contact on the way (that would turn back).
    pub fn mass_for(&self, judge: usize, about: u32, with_hidden: bool) -> u64 {
        let mut mass = self.total[judge] - if with_hidden { 0 } else { self.hidden[judge] };
        if let Some(contact) = self.numbers.get(about)
            && contact < self.beyond
            && Some(about) != self.asker
        {
            let back = self.reaches_of(judge).iter().filter(|reach| reach.contact == contact as u32);
            mass -= back.filter(|reach| with_hidden || !reach.hidden).map(|reach| reach.mass).sum::<u64>();
        }
        mass
    }
}

/// Who may see a step between two other people.
pub(crate) fn is_hidden(sight: &Sight<'_>, visible: Visibility<'_>, from: u32, slot: Slot) -> bool {
    match (visible, slot.kind()) {
        (Visibility::Everything, _) => false,
        (Visibility::Members, kind) => kind == Kind::Reliance,
        (Visibility::Rule(rule), kind) => {
            let engine = sight.engine;
            let kind = match kind {
                Kind::Reliance => EdgeKind::PrivateTrust,
                Kind::Vouch(_) => EdgeKind::Vouch(engine.ledger.name(from, slot).unwrap_or(0)),
            };
            !rule(&Edge { kind, from: engine.graph.id(from), to: engine.graph.id(slot.other) })
        }
    }
}

/// Steps taken back for an author's habitual generosity.
pub(crate) fn shift_of(engine: &Engine, place: u32) -> f64 {
    let member = &engine.graph.members[place as usize];
    generosity(member.confidence_steps, member.confidences, &engine.parameters)
}

/// The walk: the asker's own contacts (or the founders), exactly, and whom they rely on, exactly while that is cheap.
pub(crate) fn judges(sight: &Sight<'_>, asker: Option<u32>, visible: Visibility<'_>) -> Judges {
    let engine = sight.engine;
    let graph = &engine.graph;
    let follow = engine.parameters.follow.clamp(0.0, 1.0);
    let asker_id = asker.map_or(0, |place| graph.id(place));
    let seed = mix(hash_id(asker_id), mix(u64::from(sight.field), sight.day as u64));
    let mut numbers = Places::new(256);
    let mut members = Vec::new();
    let mut loose: Vec<Reach> = Vec::new();
    let mut contacts: Vec<(u32, u64)> = Vec::new();
    if let Some(asker) = asker {
        numbers.number(asker);
        members.push(asker);
        loose.push(Reach { judge: 0, contact: OWN, hidden: false, mass: ONE });
        let member = &graph.members[asker as usize];
        let (unit, shift) = (sight.unit(member), shift_of(engine, asker));
        for slot in &member.out {
            let weight = if sight.is_without(asker, *slot) { 0.0 } else { sight.judging(*slot, shift) };
            let mass = portion(ONE, follow * weight * unit);
            match contacts.last_mut() {
                Some(last) if last.0 == slot.other => last.1 += mass,
                _ => contacts.push((slot.other, mass)),
            }
        }
    }
    let mut count = contacts.len();
    contacts.retain(|contact| contact.1 > 0);
    let from_founders = contacts.is_empty();
    if from_founders {
        let ids = engine.founders();
        let known = ids.iter().filter_map(|&id| graph.find(id)).filter(|&place| Some(place) != asker);
        let founders: Vec<u32> = known.collect();
        let share = follow / (engine.parameters.budget.max(0.0) + founders.len() as f64);
        count = founders.len();
        contacts = founders.into_iter().map(|place| (place, portion(ONE, share))).collect();
    }
    for &(contact, mass) in &contacts {
        let number = numbers.number(contact);
        if number == members.len() {
            members.push(contact);
        }
        loose.push(Reach { judge: number as u32, contact: number as u32, hidden: false, mass });
    }
    let beyond = members.len();
    let steps: usize = contacts.iter().map(|&(contact, _)| graph.members[contact as usize].out.len()).sum();
    let mass: u64 = contacts.iter().map(|contact| contact.1).sum();
    let exact = steps <= engine.parameters.exact_steps;
    for &(contact, mass_here) in &contacts {
        let member = &graph.members[contact as usize];
        let share = follow * sight.passing(contact, member) * sight.unit(member);
        let shift = shift_of(engine, contact);
        let number = numbers.number(contact) as u32;
        let mut step = |slot: Slot, times: f64| {
            if Some(slot.other) == asker {
                return;
            }
            let weight = sight.judging(slot, shift);
            if weight <= 0.0 || sight.is_without(contact, slot) {
                return;
            }
            let judge = numbers.number(slot.other);
            if judge == members.len() {
                members.push(slot.other);
            }
            let hidden = is_hidden(sight, visible, contact, slot);
            let mass = portion(mass_here, share * weight * times);
            match loose.last_mut() {
                Some(last) if (last.judge, last.contact, last.hidden) == (judge as u32, number, hidden) => {
                    last.mass += mass;
                }
                _ => loose.push(Reach { judge: judge as u32, contact: number, hidden, mass }),
            }
        };
        let walks = engine.parameters.walks as f64 * mass_here as f64 / mass.max(1) as f64;
        let row = member.out.as_slice();
        if exact || row.len() as f64 <= CHEAP * walks {
            row.iter().for_each(|&slot| step(slot, 1.0));
        } else {
            sample(row.len(), walks.ceil() as usize, mix(seed, hash_id(graph.id(contact))), |n, times| {
                step(row[n], times)
            });
        }
    }
    let mut judges = group(loose, members, numbers);
    (judges.asker, judges.from_founders, judges.exact, judges.seed) = (asker, from_founders, exact, seed);
    (judges.beyond, judges.contacts) = (beyond, count);
    confirm(&mut judges, engine.parameters.lone_judge);
    judges
}

/// Systematic sample: `picks` places out of `len`, evenly spaced from an offset by the seed, each standing for
/// `len / picks` of them.
pub(crate) fn sample(len: usize, picks: usize, seed: u64, mut take: impl FnMut(usize, f64)) {
    let picks = picks.clamp(1, len.max(1));
    let stride = len as f64 / picks as f64;
    let offset = (seed >> 11) as f64 / (1u64 << 53) as f64;
    for n in 0..picks {
        let place = ((n as f64 + offset) * stride) as usize;
        if place < len {
            take(place, stride);
        }
    }
}

/// Groups the ways by judge, keeping their order (a counting sort).
fn group(loose: Vec<Reach>, members: Vec<u32>, numbers: Places) -> Judges {
    let mut starts = vec![0u32; members.len() + 1];
    let (mut total, mut hidden) = (vec![0u64; members.len()], vec![0u64; members.len()]);
    for reach in &loose {
        starts[reach.judge as usize + 1] += 1;
        total[reach.judge as usize] += reach.mass;
        if reach.hidden {
            hidden[reach.judge as usize] += reach.mass;
        }
    }
    for n in 1..starts.len() {
        starts[n] += starts[n - 1];
    }
    let mut next = starts.clone();
    let mut reaches = loose.clone();
    for reach in loose {
        let place = &mut next[reach.judge as usize];
        reaches[*place as usize] = reach;
        *place += 1;
    }
    let beyond = members.len();
    Judges {
        asker: None,
        from_founders: false,
        exact: true,
        numbers,
        members,
        contacts: 0,
        beyond,
        reaches,
        starts,
        total,
        hidden,
        seed: 0,
    }
}

/// Judgement diversity: of a judge who is no contact of the asker, the part of the trust that only one contact vouches
/// for counts `lone` times.
fn confirm(judges: &mut Judges, lone: f64) {
    if lone.is_nan() || lone >= 1.0 {
        return;
    }
    let lone = lone.max(0.0);
    for judge in judges.beyond..judges.members.len() {
        let range = judges.starts[judge] as usize..judges.starts[judge + 1] as usize;
        let (mut most, mut current, mut contact) = (0u64, 0u64, OWN);
        for reach in &judges.reaches[range.clone()] {
            current = if reach.contact == contact { current + reach.mass } else { reach.mass };
            contact = reach.contact;
            most = most.max(current);
        }
        let total = judges.total[judge];
        if total == 0 {
            continue;
        }
        let confirmed = (2 * (total - most)).min(total) as f64 / total as f64;
        let part = lone + (1.0 - lone) * confirmed;
        let (mut sum, mut unseen) = (0, 0);
        for reach in &mut judges.reaches[range] {
            reach.mass = portion(reach.mass, part);
            sum += reach.mass;
            unseen += if reach.hidden { reach.mass } else { 0 };
        }
        (judges.total[judge], judges.hidden[judge]) = (sum, unseen);
    }
}
