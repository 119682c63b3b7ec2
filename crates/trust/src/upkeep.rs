//! What the engine derives as evidence comes and goes: standings, replies, running sums, the first to have joined.

use crate::engine::{Engine, FOUNDERS};
use crate::evidence::{cached_weight, is_evidence_free};
use crate::facts::{Basis, Day, Id, Tie, Trust, Vouch};
use crate::graph::{ALL_FIELDS, Kind, Member, Slot};

impl Engine {
    /// A vouch as author and slot, unless it makes no sense.
    pub(crate) fn slot_of(&mut self, vouch: &Vouch) -> Option<(u32, Slot)> {
        if vouch.from == vouch.to || vouch.field.0 >= self.fields.count() {
            return None;
        }
        let (from, to) = (self.graph.intern(vouch.from), self.graph.intern(vouch.to));
        let kind = Kind::Vouch(vouch.basis);
        Some((from, Slot::new(to, vouch.field.0, kind, vouch.tie, vouch.confidence, vouch.at, vouch.live)))
    }

    pub(crate) fn slot_of_trust(&mut self, trust: &Trust) -> Option<(u32, Slot)> {
        let field = trust.field.map_or(ALL_FIELDS, |field| field.0);
        if trust.from == trust.to || (field != ALL_FIELDS && field >= self.fields.count()) {
            return None;
        }
        let (from, to) = (self.graph.intern(trust.from), self.graph.intern(trust.to));
        Some((from, Slot::new(to, field, Kind::Reliance, Tie::None, 0.99, Day::MAX, true)))
    }

    /// Adds an edge and all that follows from it.
    pub(crate) fn add_edge(&mut self, from: u32, mut slot: Slot) {
        self.judge_slot(from, &mut slot, None);
        if !self.graph.insert(from, slot) {
            return;
        }
        self.account(from, slot, true);
        self.settle_pair(from, slot.other);
    }

    /// Takes an edge out and all that followed from it.
    pub(crate) fn drop_edge(&mut self, from: u32, slot: Slot) {
        if !self.graph.remove(from, slot) {
            return;
        }
        self.account(from, slot, false);
        self.settle_pair(from, slot.other);
    }

    /// The running sums and facts that one edge adds or takes.
    fn account(&mut self, from: u32, slot: Slot, add: bool) {
        let cost = self.scale.cost(slot, &self.parameters);
        charge(&mut self.graph.members[from as usize], slot, cost, add);
        if slot.live() {
            let (author, recipient) = self.facts.note_vouch(from, slot, add);
            if author {
                self.refresh(from);
            }
            if recipient {
                self.refresh(slot.other);
            }
        }
    }

    /// Sets the standing and the weight of an edge.
    fn judge_slot(&self, from: u32, slot: &mut Slot, confirmed: Option<&[u16]>) {
        if let Kind::Vouch(basis) = slot.kind() {
            let about = (slot.other, slot.field, basis == Basis::Hired);
            let constants = (&self.fields, &self.parameters);
            let standing = match confirmed {
                Some(confirmed) => self.facts.derive(constants, confirmed, from, about),
                None => self.facts.derive(constants, &self.facts.confirmed(&self.graph, from), from, about),
            };
            slot.set_standing(standing);
        }
        slot.weight = cached_weight(*slot, &self.parameters);
    }

    /// Derives the standing of a member's words again, after a fact about the member changed.
    pub(crate) fn refresh(&mut self, place: u32) {
        let confirmed = self.facts.confirmed(&self.graph, place);
        for n in 0..self.graph.members[place as usize].out.len() {
            let old = self.graph.members[place as usize].out[n];
            let mut new = old;
            self.judge_slot(place, &mut new, Some(&confirmed));
            if new != old {
                self.graph.update(place, n, |slot| *slot = new);
            }
        }
    }

    /// Finds out which vouches between two people are fast, identical, evidence-free replies.
    fn settle_pair(&mut self, a: u32, b: u32) {
        let (there, back) = (self.graph.between(a, b), self.graph.between(b, a));
        if there.is_empty() && back.is_empty() {
            return;
        }
        for (from, own, others, other) in [(a, there.clone(), back.clone(), b), (b, back, there, a)] {
            for n in own {
                let slot = self.graph.members[from as usize].out[n];
                let answers = self.graph.members[other as usize].out[others.clone()].iter();
                let reply = answers.clone().any(|first| self.is_reply(slot, *first));
                if reply != slot.is_reply() {
                    self.graph.update(from, n, |slot| slot.set_reply(reply));
                }
            }
        }
    }

    /// Whether `slot` answers `first`: later or on the same day, within the days of a fast reply, with the same
    /// confidence, and neither states to have paid for or shared the work.
    fn is_reply(&self, slot: Slot, first: Slot) -> bool {
        let days = slot.day_offset() as i64 - first.day_offset() as i64;
        is_evidence_free(slot)
            && is_evidence_free(first)
            && (0..=i64::from(self.parameters.reply_days)).contains(&days)
            && slot.confidence_step() == first.confidence_step()
    }

    /// After a bulk load: every sum, fact, standing and reply.
    pub(crate) fn derive_all(&mut self) {
        for member in &mut self.graph.members {
            let row = std::mem::take(&mut member.out);
            row.iter().for_each(|slot| charge(member, *slot, self.scale.cost(*slot, &self.parameters), true));
            member.out = row;
        }
        // The facts from the recipients' rows: one entry for each person and field, not one for each edge.
        self.graph.fill_back();
        let mut counts: Vec<(u16, u32, u32)> = Vec::new();
        for place in 0..self.graph.members.len() {
            counts.clear();
            for slot in self.graph.members[place].into.iter().filter(|slot| slot.live()) {
                let Some(basis) = slot.basis() else { continue };
                let work = u32::from(basis.is_work_based());
                match counts.iter_mut().find(|count| count.0 == slot.field) {
                    Some(count) => (count.1, count.2) = (count.1 + 1, count.2 + work),
                    None => counts.push((slot.field, 1, work)),
                }
                if basis == Basis::Hired {
                    self.facts.note_hired(slot.other, slot.field);
                }
            }
            counts.iter().for_each(|&(field, vouches, work)| self.facts.note_many(place as u32, field, vouches, work));
        }
        for place in 0..self.graph.members.len() as u32 {
            let confirmed = self.facts.confirmed(&self.graph, place);
            let mut row = std::mem::take(&mut self.graph.members[place as usize].out);
            row.iter_mut().for_each(|slot| self.judge_slot(place, slot, Some(&confirmed)));
            self.graph.members[place as usize].out = row;
        }
        self.graph.fill_back();
        let mut mutual = Vec::new();
        for (place, member) in self.graph.members.iter().enumerate() {
            note_mutual(place as u32, &member.out, &member.into, &mut mutual);
        }
        for (a, b) in mutual {
            self.settle_pair(a, b);
        }
    }

    /// A person joined.
    pub(crate) fn note_joined(&mut self, joined: Day, id: Id) {
        let key = (joined, id);
        if let Err(place) = self.earliest.binary_search(&key)
            && place < FOUNDERS
        {
            self.earliest.insert(place, key);
            self.earliest.truncate(FOUNDERS);
        }
    }

    /// The first to have joined, from scratch.
    pub(crate) fn find_earliest(&mut self) {
        let people = self.graph.members.iter().zip(&self.graph.ids).filter(|(member, _)| member.known);
        let mut known: Vec<(Day, Id)> = people.map(|(member, id)| (member.joined, *id)).collect();

        if known.len() > FOUNDERS {
            known.select_nth_unstable(FOUNDERS);
            known.truncate(FOUNDERS);
        }
        known.sort_unstable();
        self.earliest = known;
    }
}

fn charge(member: &mut Member, slot: Slot, cost: u128, add: bool) {
    if add {
        member.spent = member.spent.saturating_add(cost);
    } else {
        member.spent = member.spent.saturating_sub(cost);
    }
    let one = if add { 1 } else { -1 };
    if slot.basis().is_none() {
        member.relied = member.relied.saturating_add_signed(one);
    } else {
        member.confidences = member.confidences.saturating_add_signed(one);
        let steps = slot.confidence_step() as u64;
        member.confidence_steps =
            if add { member.confidence_steps + steps } else { member.confidence_steps.saturating_sub(steps) };
    }
}

/// People who are in both rows (sorted alike) with a higher index, so that each pair is noted once.
fn note_mutual(place: u32, out: &[Slot], into: &[Slot], pairs: &mut Vec<(u32, u32)>) {
    let (mut a, mut b) = (0, 0);
    while a < out.len() && b < into.len() {
        match out[a].other.cmp(&into[b].other) {
            std::cmp::Ordering::Less => a += 1,
            std::cmp::Ordering::Greater => b += 1,
            std::cmp::Ordering::Equal => {
                let other = out[a].other;
                if other > place {
                    pairs.push((place, other));
                }
                while a < out.len() && out[a].other == other {
                    a += 1;
                }
                while b < into.len() && into[b].other == other {
                    b += 1;
                }
            }
        }
    }
}
