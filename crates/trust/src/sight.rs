//! One question's view of the evidence: what each step weighs for this field at this day.

use crate::engine::Engine;
use crate::facts::{Basis, Day};
use crate::graph::{ALL_FIELDS, Kind, Member, Slot};
use crate::record::factor_bounds;

/// Trust mass 1 in the fixed point in which all masses are added, so that their order never matters.
pub(crate) const ONE: u64 = 1 << 60;

/// `mass · share`, rounded down to whole units; a share is never above 1.
pub(crate) fn portion(mass: u64, share: f64) -> u64 {
    (mass as f64 * share) as u64
}

/// The view.
pub(crate) struct Sight<'e> {
    pub engine: &'e Engine,
    pub field: u16,
    pub day: Day,
    /// A vouch to leave out: "what if".
    pub without: Vec<(u32, Slot)>,
    today: f64,
    /// Weight of a judgement step by the field of its edge.
    judge: Vec<f32>,
    /// Weight of a vouch for the candidate by its field.
    speak: Vec<f32>,
    budget: f64,
}

impl<'e> Sight<'e> {
    pub fn new(engine: &'e Engine, field: u16, day: Day) -> Self {
        let parameters = &engine.parameters;
        let unit = |x: f64| if x.is_finite() { x.clamp(0.0, 1.0) as f32 } else { 0.0 };
        let count = usize::from(engine.fields.count());
        let mut judge = vec![unit(parameters.other_field); count];
        let mut speak = vec![0.0; count];
        for &(other, strength) in engine.fields.practised_near(field) {
            let place = usize::from(other);
            judge[place] = judge[place].max(unit(parameters.related_field * f64::from(strength)));
            speak[place] = unit(parameters.related_vouch * f64::from(strength));
        }
        if let Some(same) = judge.get_mut(usize::from(field)) {
            *same = 1.0;
            speak[usize::from(field)] = 1.0;
        }
        let budget = if parameters.budget.is_finite() { parameters.budget.max(1e-3) } else { 1e9 };
        Sight { engine, field, day, without: Vec::new(), today: engine.scale.today(day), judge, speak, budget }
    }

    /// What one unit of edge weight in this row is of the author's whole word: 1 / (B0 + Σ), without K.
    pub fn unit(&self, member: &Member) -> f64 {
        let relied = f64::from(member.relied) * self.engine.parameters.reliance.clamp(0.0, 1.0);
        1.0 / (self.budget + relied + self.engine.scale.spent(member.spent, self.today))
    }

    /// Whether this is the edge to leave out.
    pub fn is_without(&self, from: u32, slot: Slot) -> bool {
        self.without.iter().any(|(author, left_out)| *author == from && left_out.is_same_edge(slot))
    }

    /// K of a member's own word for somebody, over the highest K: at most 1.
    pub fn factor(&self, place: u32, member: &Member) -> f64 {
        let (_, high) = factor_bounds(&self.engine.parameters);
        (self.calibration(place, member) / high).clamp(0.0, 1.0)
    }

    /// K of a member as somebody who says whose judgement is good: a bad record lowers it, a good one does not raise
    /// it above 1, so that farmed records never make a ring's inner steps worth more.
    pub fn passing(&self, place: u32, member: &Member) -> f64 {
        self.calibration(place, member).clamp(0.0, 1.0)
    }

    fn calibration(&self, place: u32, member: &Member) -> f64 {
        if member.has_record || member.undisclosed > 0 {
            self.engine.factor_of(place, self.field, self.day)
        } else {
            self.engine.fresh_factor
        }
    }

    /// Weight of an edge today, by basis, standing, tie, confidence and age.
    pub fn weight(&self, slot: Slot, shift: f64) -> f64 {
        if slot.weight == 0 {
            return 0.0;
        }
        let told = f64::from(slot.weight) * (1.0 / 65_535.0) * self.engine.scale.confidence_factor(slot, shift);
        if slot.basis().is_none() { told } else { told * self.engine.scale.age_factor(slot, self.today) }
    }

    /// Weight of an edge as "I rely on this person's judgement": private trust, or a vouch by somebody who saw the work.
    pub fn judging(&self, slot: Slot, shift: f64) -> f64 {
        match slot.kind() {
            Kind::Vouch(Basis::KnowsPersonally | Basis::HeardOf) => 0.0,
            _ if slot.field == ALL_FIELDS => self.weight(slot, shift),
            _ => self.weight(slot, shift) * f64::from(self.judge.get(usize::from(slot.field)).copied().unwrap_or(0.0)),
        }
    }

    /// Weight of an edge as a word for the candidate.
    pub fn speaking(&self, slot: Slot, shift: f64) -> f64 {
        if slot.basis().is_none() {
            return 0.0;
        }
        let part = f64::from(self.speak.get(usize::from(slot.field)).copied().unwrap_or(0.0));
        if part <= 0.0 {
            return 0.0;
        }
        let reply = if slot.is_reply() { self.engine.parameters.reciprocity.clamp(0.0, 1.0) } else { 1.0 };
        self.weight(slot, shift) * part * reply
    }
}
