//! What the engine derives as evidence comes and goes: standings, replies, running sums, the first to have joined.

use crate::engine::{Engine, FOUNDERS};
use crate::evidence::{Scale, cached_weight, is_evidence_free};
use crate::facts::{Basis, Day, Id, Tie, Trust, Vouch};
use crate::graph::{ALL_FIELDS, Kind, Member, Slot, tie_bits};
use crate::parameters::Parameters;
use crate::record::{self, Sums};

impl Engine {
    /// A vouch as author and slot, unless it makes no sense; `known`: the two members, if they have been looked up.
    pub(crate) fn slot_of(&mut self, vouch: &Vouch, known: Option<(u32, u32)>) -> Option<(u32, Slot)> {
        if vouch.from == vouch.to || vouch.field.0 >= self.fields.count() {
            return None;
        }
        let (from, to) = known.unwrap_or_else(|| (self.graph.intern(vouch.from), self.graph.intern(vouch.to)));
        let kind = Kind::Vouch(vouch.basis);
        Some((
            from,
            Slot::new(
                to,
                vouch.field.0,
                kind,
                tie_bits(vouch.tie, vouch.undisclosed),
                vouch.confidence,
                vouch.at,
                vouch.live,
            ),
        ))
    }

    pub(crate) fn slot_of_trust(&mut self, trust: &Trust) -> Option<(u32, Slot)> {
        let field = trust.field.map_or(ALL_FIELDS, |field| field.0);
        if trust.from == trust.to || (field != ALL_FIELDS && field >= self.fields.count()) {
            return None;
        }
        let (from, to) = (self.graph.intern(trust.from), self.graph.intern(trust.to));
        Some((from, Slot::new(to, field, Kind::Reliance, tie_bits(Tie::None, false), 0.99, Day::MAX, true)))
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

    /// A live vouch lapses where it stands: what it costs and whom it answers stays as it is.
    pub(crate) fn lapse_edge(&mut self, from: u32, slot: Slot) {
        let mut lapsed = slot.lapsed();
        self.judge_slot(from, &mut lapsed, None);
        self.ledger.replace(from, slot, lapsed);
        let doubled = !self.graph.replace(from, slot, lapsed);
        // Its facts go, its cost stays; of two that now say the very same one is left.
        self.account(from, slot, false);
        if !doubled {
            let cost = self.scale.cost(lapsed, &self.parameters);
            charge(&mut self.graph.members[from as usize], lapsed, cost, true);
        }
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
    pub(crate) fn judge_slot(&self, from: u32, slot: &mut Slot, confirmed: Option<&[u16]>) {
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
    pub(crate) fn settle_pair(&mut self, a: u32, b: u32) {
        let (there, back) = (self.graph.between(a, b), self.graph.between(b, a));
        if there.is_empty() && back.is_empty() {
            return;
        }
        for (from, own, others, other) in [(a, there.clone(), back.clone(), b), (b, back, there, a)] {
            for n in own {
                let slot = self.graph.members[from as usize].out[n];
                let answers = self.graph.members[other as usize].out[others.clone()].iter();
                let reply = answers.clone().any(|first| is_reply(slot, *first, self.parameters.reply_days));
                if reply != slot.is_reply() {
                    self.graph.update(from, n, |slot| slot.set_reply(reply));
                }
            }
        }
    }

    /// Other constants: the same memory as if everything had been told with them from the start. Fields, what was told
    /// and the replies found stay (the days of a quick reply are not to be changed here).
    pub fn set_parameters(&mut self, parameters: Parameters) {
        self.scale = Scale::new(&parameters);
        self.fresh_factor = record::factor(Sums::default(), Sums::default(), &parameters);
        self.parameters = Parameters { reply_days: self.parameters.reply_days, ..parameters };
        for place in 0..self.graph.members.len() {
            let member = &mut self.graph.members[place];
            let costs = member.out.iter().map(|slot| self.scale.cost(*slot, &self.parameters));
            member.spent = costs.fold(0, u128::saturating_add);
            self.refresh(place as u32);
        }
        self.count_again();
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

/// Whether `slot` answers `first`: later or on the same day, within so many days, with the same confidence, and neither
/// states to have paid for or shared the work.
pub(crate) fn is_reply(slot: Slot, first: Slot, days: i32) -> bool {
    let after = slot.day_offset() as i64 - first.day_offset() as i64;
    is_evidence_free(slot)
        && is_evidence_free(first)
        && (0..=i64::from(days)).contains(&after)
        && slot.confidence_step() == first.confidence_step()
}

pub(crate) fn charge(member: &mut Member, slot: Slot, cost: u128, add: bool) {
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
        if slot.undisclosed() {
            member.undisclosed = member.undisclosed.saturating_add_signed(one);
        }
        let steps = slot.confidence_step() as u64;
        member.confidence_steps =
            if add { member.confidence_steps + steps } else { member.confidence_steps.saturating_sub(steps) };
    }
}
