//! The answer: the judges' words for the candidates, weighed for diversity and record, sorted.

use std::cell::RefCell;

use crate::answer::{Answer, Ask, Candidate, Candidates, Comparison, Quality};
use crate::engine::Engine;
use crate::explain::explain;
use crate::facts::Id;
use crate::graph::Slot;
use crate::judgement::{CHEAP, Judges, OWN, judges, sample, shift_of};
use crate::mix::mix;
use crate::places::Places;
use crate::sight::{ONE, Sight, portion};

/// How many people are named as best to ask.
const BEST_TO_ASK: usize = 5;

/// What the judges say of one candidate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weighed {
    pub place: u32,
    /// R: all voices.
    pub sum: u64,
    /// The strongest single voice.
    pub most: u64,
    /// R after the cap for each first contact.
    pub capped: u64,
    pub vouchers: usize,
}

impl Engine {
    /// The professionals for a need, best first, with the reasons.
    pub fn recommend(&self, ask: &Ask<'_>) -> Answer {
        self.answer(ask, Vec::new())
    }

    /// The same answer as if these vouches were withdrawn: what would change the answer. (A standing that they alone
    /// confirm is left as it is.)
    pub fn what_if(&self, ask: &Ask<'_>, without: &[Id]) -> Answer {
        let found = without.iter().filter_map(|id| self.ledger.find(*id));
        self.answer(ask, found.map(|entry| (entry.from, entry.slot)).collect())
    }

    /// Two candidates side by side, by the same ask.
    pub fn compare(&self, ask: &Ask<'_>, a: Id, b: Id) -> Comparison {
        let both = [a, b];
        let answer = self.answer(&Ask { candidates: Candidates::Only(&both), limit: 2, ..*ask }, Vec::new());
        let find = |id: Id| answer.candidates.iter().find(|candidate| candidate.person == id).cloned();
        Comparison { a: find(a), b: find(b) }
    }

    fn answer(&self, ask: &Ask<'_>, without: Vec<(u32, Slot)>) -> Answer {
        if ask.field.0 >= self.fields.count() {
            return Answer { exact: true, ..Answer::default() };
        }
        let mut sight = Sight::new(self, ask.field.0, ask.day);
        sight.without = without;
        let asker = ask.asker.and_then(|id| self.graph.find(id));
        let judges = judges(&sight, asker, ask.visible);
        let mut ranking = Ranking {
            sight: &sight,
            judges: &judges,
            ask,
            exact: judges.exact,
            words: judges.members.iter().map(|&judge| self.graph.members[judge as usize].out.len()).sum(),
            short_listed: false,
            prior: self.quality_of(None, ask.field.0, ask.day),
            scratch: RefCell::default(),
        };
        let best = ranking.best();
        let best = ranking.fill_up(best);
        let exact = ranking.exact;
        let mut candidates: Vec<Candidate> = best.iter().map(|&(weighed, _)| ranking.candidate(weighed)).collect();
        if ask.voices > 0 {
            for (candidate, (weighed, _)) in candidates.iter_mut().zip(&best) {
                explain(&sight, &judges, ask, *weighed, candidate);
            }
        }
        Answer { from_founders: judges.from_founders, exact, candidates, best_to_ask: best_to_ask(&sight, &judges) }
    }
}

/// One answer in the making.
struct Ranking<'a> {
    sight: &'a Sight<'a>,
    judges: &'a Judges,
    ask: &'a Ask<'a>,
    exact: bool,
    /// How many words all judges have given.
    words: usize,
    /// All candidates were weighed one by one.
    short_listed: bool,
    /// Quality of somebody without outcomes.
    prior: Quality,
    /// Room for one candidate's mass by contact: all zero between two candidates.
    scratch: RefCell<Vec<u64>>,
}

impl Ranking<'_> {
    fn quality(&self, place: u32) -> Quality {
        let engine = self.sight.engine;
        if engine.graph.tested[place as usize] {
            engine.quality_of(Some(place), self.sight.field, self.sight.day)
        } else {
            self.prior
        }
    }

    /// Reach that counts: two voices or more, no first contact with more than its part. Whichever of the two is
    /// stricter holds (their product would not grow with every voice).
    fn effective(&self, weighed: Weighed) -> f64 {
        let lone = self.sight.engine.parameters.lone_voucher.clamp(0.0, 1.0);
        let (sum, most) = (weighed.sum as f64, weighed.most as f64);
        let diverse = sum.min(2.0 * (sum - most)).min(weighed.capped as f64);
        (diverse + lone * sum) / ONE as f64
    }

    /// Good outcomes count as far as the asker reaches somebody who vouches (a ring can farm them among itself), bad
    /// ones always.
    fn score(&self, effective: f64, low: f64) -> f64 {
        let parameters = &self.sight.engine.parameters;
        let alone = parameters.record_alone.clamp(0.0, 1.0);
        let scale = if parameters.reach_scale > 0.0 { parameters.reach_scale } else { 1.0 };
        let reached = -libm::expm1(-effective / scale);
        let base = low.min(self.prior.low);
        (base + (low - base) * reached) * (alone + (1.0 - alone) * reached)
    }

    fn score_of(&self, weighed: Weighed) -> f64 {
        self.score(self.effective(weighed), self.quality(weighed.place).low)
    }

    /// Whether somebody may be an answer.
    fn accepts(&self, place: u32) -> bool {
        let engine = self.sight.engine;
        let member = &engine.graph.members[place as usize];
        if !member.listed || Some(place) == self.judges.asker {
            return false;
        }
        match self.ask.candidates {
            Candidates::InField => engine.facts.works_in(place, self.sight.field),
            Candidates::Where(accept) => {
                engine.facts.works_in(place, self.sight.field) && accept(engine.graph.id(place))
            }
            Candidates::Only(_) => true,
        }
    }

    /// The best, at most as many as asked for; from a scan, only candidates with a path.
    fn best(&mut self) -> Vec<(Weighed, f64)> {
        let engine = self.sight.engine;
        if let Some(places) = self.short_list() {
            self.short_listed = true;
            let weighed = places.into_iter().filter(|&place| self.accepts(place)).map(|place| self.weigh(place));
            return self.top(weighed.map(|weighed| (weighed, self.score_of(weighed))).collect());
        }
        let mut scanned: Vec<(Weighed, f64)> = self.scan().into_iter().map(|w| (w, self.score_of(w))).collect();
        // The cap lowers a score, so a few more than asked for are weighed in full before the last sorting.
        let wanted = self.ask.limit.saturating_mul(2).saturating_add(64);
        let mut budget = engine.parameters.exact_steps;
        let mut kept = Vec::new();
        while !scanned.is_empty() && kept.len() < wanted {
            let chunk = wanted.min(scanned.len());
            let rest = scanned.len() - chunk;
            // The best `chunk` go to the end.
            if rest > 0 {
                scanned.select_nth_unstable_by(rest, |a, b| self.compare(b, a));
            }
            for (weighed, score) in scanned.split_off(rest) {
                if !self.accepts(weighed.place) {
                    continue;
                }
                let degree = engine.graph.members[weighed.place as usize].into.len();
                if self.exact || degree <= budget {
                    budget = budget.saturating_sub(degree);
                    let weighed = self.weigh(weighed.place);
                    kept.push((weighed, self.score_of(weighed)));
                } else {
                    kept.push((weighed, score));
                }
            }
        }
        self.top(kept)
    }

    fn compare(&self, a: &(Weighed, f64), b: &(Weighed, f64)) -> std::cmp::Ordering {
        let graph = &self.sight.engine.graph;
        let low = |scored: &(Weighed, f64)| self.quality(scored.0.place).low;
        let by_reach = b.1.total_cmp(&a.1).then(b.0.sum.cmp(&a.0.sum));
        by_reach.then_with(|| low(b).total_cmp(&low(a))).then_with(|| graph.compare_people(a.0.place, b.0.place))
    }

    fn top(&self, mut scored: Vec<(Weighed, f64)>) -> Vec<(Weighed, f64)> {
        if scored.len() > self.ask.limit {
            if self.ask.limit == 0 {
                return Vec::new();
            }
            scored.select_nth_unstable_by(self.ask.limit - 1, |a, b| self.compare(a, b));
            scored.truncate(self.ask.limit);
        }
        scored.sort_unstable_by(|a, b| self.compare(a, b));
        scored
    }

    /// The candidates one by one, if that is cheaper than following every judge's words.
    fn short_list(&self) -> Option<Vec<u32>> {
        let graph = &self.sight.engine.graph;
        if let Candidates::Only(ids) = self.ask.candidates {
            let mut places: Vec<u32> = ids.iter().filter_map(|&id| graph.find(id)).collect();
            places.sort_unstable();
            places.dedup();
            return Some(places);
        }
        let enrolled = self.sight.engine.facts.enrolled(self.sight.field);
        let parameters = &self.sight.engine.parameters;
        let effort = parameters.exact_steps.max(CHEAP as usize * parameters.walks);
        let forward = if self.words <= parameters.exact_steps { self.words } else { effort };
        if enrolled.len() > forward.max(1000) {
            return None;
        }
        let backward: usize = enrolled.iter().map(|&place| 1 + graph.members[place as usize].into.len()).sum();
        (backward <= forward.max(1000)).then(|| enrolled.to_vec())
    }

    /// Follows the judges' words to whoever they speak for; sampled if there are too many.
    fn scan(&mut self) -> Vec<Weighed> {
        let (sight, judges) = (self.sight, self.judges);
        let engine = sight.engine;
        let words = self.words;
        let exact = words <= engine.parameters.exact_steps;
        self.exact &= exact;
        let mass: u64 = judges.total.iter().skip(usize::from(judges.asker.is_some())).sum();
        let mut numbers = Places::new(if exact { words.min(1 << 16) } else { engine.parameters.walks * 2 });
        let mut seen: Vec<Heard> = Vec::new();
        let mut carried = (mix(judges.seed, 7) >> 11) as f64 / (1u64 << 53) as f64;
        for (number, &place) in judges.members.iter().enumerate() {
            if judges.total[number] == 0 {
                continue;
            }
            let walks = engine.parameters.walks as f64 * judges.total[number] as f64 / mass.max(1) as f64;
            // A judge who may not be picked is passed over untouched: most of those whom a hub leads to.
            let whole = exact || number == 0 && judges.asker.is_some();
            let unsure = carried + walks < 1.0 && CHEAP * walks < 1.0;
            if unsure && !whole {
                carried += walks;
                continue;
            }
            let member = &engine.graph.members[place as usize];
            let mut hear = |slot: Slot, times: f64, share: f64, shift: f64| {
                let weight = sight.speaking(slot, shift);
                if weight <= 0.0 || Some(slot.other) == judges.asker || sight.is_without(place, slot) {
                    return;
                }
                let with_hidden = judges.hidden[number] == 0 || self.several(slot.other);
                let said = portion(judges.mass_for(number, slot.other, with_hidden), share * weight * times);
                if said == 0 {
                    return;
                }
                let candidate = numbers.number(slot.other);
                if candidate == seen.len() {
                    seen.push(Heard { place: slot.other, ..Heard::default() });
                }
                seen[candidate].hear(number as u32, said);
            };
            if whole {
                let (share, shift) = (sight.factor(place, member) * sight.unit(member), shift_of(sight.engine, place));
                member.out.iter().for_each(|&slot| hear(slot, 1.0, share, shift));
                continue;
            }
            let len = member.out.len();
            if len as f64 <= CHEAP * walks {
                let (share, shift) = (sight.factor(place, member) * sight.unit(member), shift_of(sight.engine, place));
                member.out.iter().for_each(|&slot| hear(slot, 1.0, share, shift));
                continue;
            }
            // Whole picks in proportion to the mass; what is left over is carried to the next judge.
            carried += walks;
            let picks = carried as usize;
            carried -= picks as f64;
            if picks > 0 {
                let (share, shift) = (sight.factor(place, member) * sight.unit(member), shift_of(sight.engine, place));
                // Each pick stands for `len / walks` words, so that the sum is right on average.
                let times = len as f64 / walks;
                sample(len, picks, mix(judges.seed, number as u64), |n, _| hear(member.out[n], times, share, shift));
            }
        }
        seen.into_iter().map(Heard::weighed).collect()
    }

    /// Whether at least two people vouch for somebody, so that "somebody Ana relies on" identifies nobody.
    fn several(&self, about: u32) -> bool {
        several(self.sight, self.judges, about)
    }

    /// Everything the judges say of one candidate.
    fn weigh(&self, place: u32) -> Weighed {
        weigh(self.sight, self.judges, place, &mut self.scratch.borrow_mut())
    }

    /// After a scan: people without a path whose record alone stands high enough. In a field so large nobody without
    /// either is listed.
    fn fill_up(&self, mut best: Vec<(Weighed, f64)>) -> Vec<(Weighed, f64)> {
        if self.short_listed {
            return best;
        }
        let mut have: Vec<u32> = best.iter().map(|(weighed, _)| weighed.place).collect();
        have.sort_unstable();
        // With fewer than asked for, everybody with a path is in already.
        let few = best.len() < self.ask.limit;
        let rest = self.sight.engine.facts.tried(self.sight.field).iter();
        let rest = rest.filter(|&&place| have.binary_search(&place).is_err() && self.accepts(place));
        best.extend(rest.map(|&place| {
            let weighed = if self.exact && !few { self.weigh(place) } else { Weighed { place, ..Weighed::default() } };
            (weighed, self.score_of(weighed))
        }));
        self.top(best)
    }

    fn candidate(&self, weighed: Weighed) -> Candidate {
        let engine = self.sight.engine;
        let quality = self.quality(weighed.place);
        let effective = self.effective(weighed);
        let warned = engine.warnings.get(&weighed.place).map_or(0, |list| {
            let near = |who: u32| self.judges.numbers.get(who).is_some();
            list.iter()
                .filter(|(who, field, strength)| *field == self.sight.field && *strength > 0.0 && near(*who))
                .count()
        });
        Candidate {
            person: engine.graph.id(weighed.place),
            score: self.score(effective, quality.low),
            reach: weighed.sum as f64 / ONE as f64,
            effective,
            vouchers: weighed.vouchers,
            quality,
            warned,
            voices: Vec::new(),
            shown_share: 0.0,
        }
    }
}

/// What is heard of one candidate while the judges speak in turn.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    place: u32,
    judge: u32,
    vouchers: u32,
    sum: u64,
    most: u64,
    current: u64,
}

impl Heard {
    fn hear(&mut self, judge: u32, said: u64) {
        if self.vouchers == 0 || self.judge != judge {
            (self.judge, self.current) = (judge, 0);
            self.vouchers += 1;
        }
        self.current += said;
        self.sum += said;
        self.most = self.most.max(self.current);
    }

    fn weighed(self) -> Weighed {
        Weighed {
            place: self.place,
            sum: self.sum,
            most: self.most,
            capped: self.sum,
            vouchers: self.vouchers as usize,
        }
    }
}

/// Whether at least two people other than the asker vouch for somebody in a field that counts.
pub(crate) fn several(sight: &Sight<'_>, judges: &Judges, about: u32) -> bool {
    let mut first = None;
    for slot in &sight.engine.graph.members[about as usize].into {
        if Some(slot.other) == judges.asker || sight.speaking(*slot, 0.0) <= 0.0 {
            continue;
        }
        match first {
            None => first = Some(slot.other),
            Some(other) if other != slot.other => return true,
            Some(_) => {}
        }
    }
    false
}

/// Calls back for each word a judge has for the candidate: the judge's number, the word (its other end is the judge),
/// and the part of the judge's mass it carries.
pub(crate) fn words_for(sight: &Sight<'_>, judges: &Judges, about: u32, mut word: impl FnMut(usize, Slot, f64)) {
    for slot in &sight.engine.graph.members[about as usize].into {
        let Some(judge) = judges.numbers.get(slot.other) else { continue };
        let member = &sight.engine.graph.members[slot.other as usize];
        let weight = sight.speaking(*slot, shift_of(sight.engine, slot.other));
        if weight <= 0.0 || sight.is_without(slot.other, slot.toward(about)) {
            continue;
        }
        word(judge, *slot, sight.factor(slot.other, member) * sight.unit(member) * weight);
    }
}

/// Everything the judges say of one candidate, with the cap for each first contact.
fn weigh(sight: &Sight<'_>, judges: &Judges, about: u32, by_contact: &mut Vec<u64>) -> Weighed {
    let mut heard = Heard { place: about, ..Heard::default() };
    let with_hidden = several(sight, judges, about);
    let own =
        judges.numbers.get(about).filter(|&number| number < judges.beyond).map_or(OWN - 1, |number| number as u32);
    // The contacts by number, then the asker's own word. Only those named are looked at and cleared again: an asker may
    // have a million contacts.
    by_contact.resize(judges.beyond + 1, 0);
    let mut named: Vec<usize> = Vec::new();
    words_for(sight, judges, about, |judge, _, share| {
        let said = portion(judges.mass_for(judge, about, with_hidden), share);
        if said == 0 {
            return;
        }
        heard.hear(judge as u32, said);
        for reach in judges.reaches_of(judge) {
            if reach.contact != own && (with_hidden || !reach.hidden) {
                let contact = if reach.contact == OWN { judges.beyond } else { reach.contact as usize };
                if by_contact[contact] == 0 {
                    named.push(contact);
                }
                by_contact[contact] += portion(reach.mass, share);
            }
        }
    });
    let cap = sight.engine.parameters.contact_cap.clamp(0.0, 1.0).max(1.0 / judges.contacts.max(1) as f64);
    let most = portion(heard.sum, cap);
    let mut capped = 0u64;
    // A contact whose part was nothing may be named twice: the second time there is nothing left.
    for contact in named {
        capped += std::mem::take(&mut by_contact[contact]).min(most);
    }
    Weighed { capped: capped.min(heard.sum), ..heard.weighed() }
}

/// Judges reached by steps the viewer may see, by their part of all judgement trust.
fn best_to_ask(sight: &Sight<'_>, judges: &Judges) -> Vec<(Id, f64)> {
    let all: u64 = judges.total.iter().skip(usize::from(judges.asker.is_some())).sum();
    let mut open: Vec<(u64, Id)> = judges
        .members
        .iter()
        .enumerate()
        .filter(|&(number, &place)| Some(place) != judges.asker && judges.total[number] > judges.hidden[number])
        .map(|(number, &place)| (judges.total[number] - judges.hidden[number], sight.engine.graph.id(place)))
        .collect();
    let by_mass = |a: &(u64, Id), b: &(u64, Id)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
    if open.len() > BEST_TO_ASK {
        open.select_nth_unstable_by(BEST_TO_ASK, by_mass);
        open.truncate(BEST_TO_ASK);
    }
    open.sort_unstable_by(by_mass);
    open.into_iter().map(|(mass, id)| (id, mass as f64 / all.max(1) as f64)).collect()
}
