//! The reasons for one answer: whose words, by which paths, and what part of the reach each carries.

use crate::answer::{Ask, Candidate, Path, Step, StepKind, Visibility, Voice};
use crate::facts::{Basis, Standing};
use crate::graph::{Kind, Slot};
use crate::judgement::{Judges, OWN, Reach, is_hidden, shift_of};
use crate::rank::{Weighed, several, words_for};
use crate::sight::{Sight, portion};

/// Paths shown for one voice.
const PATHS: usize = 3;

/// One path: asker (or founders) → contact → judge → candidate.
#[derive(Clone, Copy)]
struct Trail {
    mass: u64,
    judge: usize,
    /// The judge's word; its other end is the candidate.
    word: Slot,
    reach: Reach,
    /// The word itself may not be read by this viewer.
    unread: bool,
}

/// Fills in `voices` and `shown_share`.
pub(crate) fn explain(sight: &Sight<'_>, judges: &Judges, ask: &Ask<'_>, weighed: Weighed, candidate: &mut Candidate) {
    let about = weighed.place;
    let mut trails = trails_to(sight, judges, ask.visible, about);
    let all: u64 = trails.iter().map(|trail| trail.mass).sum();
    if all == 0 {
        return;
    }
    // Voices: the trails of one readable word, or all unreadable ones by one first contact.
    let key = |trail: &Trail| {
        if trail.unread || trail.reach.hidden {
            (true, trail.reach.contact, 0, None)
        } else {
            let author = judges.members[trail.judge];
            (false, author, trail.word.day_offset(), sight.engine.ledger.name(author, trail.word))
        }
    };
    trails.sort_by_cached_key(key);
    let mut voices: Vec<Vec<Trail>> = trails.chunk_by(|a, b| key(a) == key(b)).map(<[Trail]>::to_vec).collect();
    for voice in &mut voices {
        voice.sort_by(|a, b| b.mass.cmp(&a.mass).then_with(|| order(sight, judges, a, b)));
        voice.truncate(PATHS);
    }
    let mass_of = |voice: &[Trail]| voice.iter().map(|trail| trail.mass).sum::<u64>();
    voices.sort_by(|a, b| mass_of(b).cmp(&mass_of(a)).then_with(|| order(sight, judges, &a[0], &b[0])));
    voices.truncate(ask.voices);
    let share = |mass: u64| mass as f64 / all as f64;
    candidate.shown_share = share(voices.iter().map(|voice| mass_of(voice)).sum());
    candidate.voices = voices
        .iter()
        .map(|voice| {
            let first = voice[0];
            let paths = voice.iter().map(|trail| path(sight, judges, ask.visible, trail, share(trail.mass)));
            let paths = paths.collect();
            if first.unread || first.reach.hidden {
                // Nothing that would describe the person who is not named.
                return Voice {
                    vouch: None,
                    person: None,
                    share: share(mass_of(voice)),
                    standing: Standing::Lay,
                    basis: Basis::NotStated,
                    weight: 0.0,
                    paths,
                };
            }
            let author = judges.members[first.judge];
            Voice {
                vouch: Some(sight.engine.ledger.name(author, first.word).unwrap_or(0)),
                person: Some(sight.engine.graph.id(author)),
                share: share(mass_of(voice)),
                standing: first.word.standing(),
                basis: first.word.basis().unwrap_or(Basis::NotStated),
                weight: sight.weight(first.word, shift_of(sight.engine, author)),
                paths,
            }
        })
        .collect();
}

/// The same order whatever the order of the evidence.
fn order(sight: &Sight<'_>, judges: &Judges, a: &Trail, b: &Trail) -> std::cmp::Ordering {
    let key = |trail: &Trail| {
        let id = |number: usize| sight.engine.graph.id(judges.members[number]);
        let contact = if trail.reach.contact == OWN { 0 } else { id(trail.reach.contact as usize) };
        (trail.reach.hidden, contact, id(trail.judge), trail.word.field, trail.word.day_offset())
    };
    key(a).cmp(&key(b))
}

/// Every path to a candidate that carries anything.
fn trails_to(sight: &Sight<'_>, judges: &Judges, visible: Visibility<'_>, about: u32) -> Vec<Trail> {
    let with_hidden = several(sight, judges, about);
    let own = judges.numbers.get(about).filter(|&number| number < judges.beyond);
    let mut trails = Vec::new();
    words_for(sight, judges, about, |judge, word, share| {
        let author = judges.members[judge];
        let word = word.toward(about);
        let unread = Some(author) != judges.asker && is_hidden(sight, visible, author, word);
        for &reach in judges.reaches_of(judge) {
            let turns_back = own.is_some_and(|number| reach.contact == number as u32);
            let mass = portion(reach.mass, share);
            if !turns_back && mass > 0 && (with_hidden || !reach.hidden) {
                trails.push(Trail { mass, judge, word, reach, unread });
            }
        }
    });
    trails
}

fn path(sight: &Sight<'_>, judges: &Judges, visible: Visibility<'_>, trail: &Trail, share: f64) -> Path {
    let id = |number: usize| Some(sight.engine.graph.id(judges.members[number]));
    let author = judges.members[trail.judge];
    let candidate = sight.engine.graph.id(trail.word.other);
    let mut steps = Vec::with_capacity(3);
    let hidden = trail.unread || trail.reach.hidden;
    if trail.reach.contact != OWN {
        let contact = trail.reach.contact as usize;
        let direct = contact == trail.judge;
        let by = first_step(sight, judges, judges.members[contact]);
        // A contact whose own word may not be read is not named as its author.
        let named = !(direct && trail.unread);
        steps.push(if named { Step { to: id(contact), by } } else { Step { to: None, by: StepKind::Hidden } });
        if !direct {
            steps.push(if hidden {
                Step { to: None, by: StepKind::Hidden }
            } else {
                Step { to: id(trail.judge), by: middle_step(sight, visible, judges.members[contact], author) }
            });
        }
    }
    let by = if hidden {
        StepKind::Hidden
    } else {
        StepKind::Vouch(sight.engine.ledger.name(author, trail.word).unwrap_or(0))
    };
    steps.push(Step { to: Some(candidate), by });
    Path { steps, share }
}

/// How the asker comes to a first contact: by the heavier of the ties, if there are several.
fn first_step(sight: &Sight<'_>, judges: &Judges, contact: u32) -> StepKind {
    match judges.asker {
        Some(asker) if !judges.from_founders => {
            heaviest(sight, asker, contact, |_| true).map_or(StepKind::Hidden, |slot| kind_of(sight, asker, slot))
        }
        _ => StepKind::Founder,
    }
}

/// How a contact comes to rely on a judge, by the heaviest edge this viewer may see.
fn middle_step(sight: &Sight<'_>, visible: Visibility<'_>, contact: u32, judge: u32) -> StepKind {
    heaviest(sight, contact, judge, |slot| !is_hidden(sight, visible, contact, slot))
        .map_or(StepKind::Hidden, |slot| kind_of(sight, contact, slot))
}

fn heaviest(sight: &Sight<'_>, from: u32, to: u32, accept: impl Fn(Slot) -> bool) -> Option<Slot> {
    let graph = &sight.engine.graph;
    let row = &graph.members[from as usize].out[graph.between(from, to)];
    let shift = shift_of(sight.engine, from);
    let weight = |slot: &Slot| if sight.is_without(from, *slot) { 0.0 } else { sight.judging(*slot, shift) };
    let usable = row.iter().copied().filter(|slot| weight(slot) > 0.0 && accept(*slot));
    usable.max_by(|a, b| weight(a).total_cmp(&weight(b)))
}

fn kind_of(sight: &Sight<'_>, from: u32, slot: Slot) -> StepKind {
    match slot.kind() {
        Kind::Reliance => StepKind::PrivateTrust,
        Kind::Vouch(_) => StepKind::Vouch(sight.engine.ledger.name(from, slot).unwrap_or(0)),
    }
}
