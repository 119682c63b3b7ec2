//! Every constant of the model, with its source and whether public data has measured it.

use crate::facts::{Basis, Standing, Tie};

/// The constants of the model. Defaults are the stated priors; see [`Parameters::table`] for the source of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// Evidence weight of each [`Basis`], in its order.
    pub basis: [f64; 6],
    /// Evidence weight of each [`Standing`], in its order.
    pub standing: [f64; 5],
    /// Evidence weight of each [`Tie`], in its order.
    pub tie: [f64; 5],
    /// Weight of an entry in a private trust list.
    pub reliance: f64,
    /// Part of a vouch's weight it keeps at confidence .5; it grows linearly to 1 at .99.
    pub confidence_floor: f64,
    /// How much of a generous author's excess confidence is taken back, 0 to 1.
    pub offset: f64,
    /// Vouches it takes before half of that excess is believed to be a habit.
    pub offset_prior: f64,
    /// Days after which a vouch weighs half.
    pub half_life: f64,
    /// B0: the part of a member's word that is never given away, in vouches of full weight.
    pub budget: f64,
    /// α: how much of a judge's trust passes on to whom that judge relies on, a step.
    pub follow: f64,
    /// Part of a judge's trust that one contact alone may carry; the rest must be confirmed by another contact.
    pub lone_judge: f64,
    /// Weight of a step in a related field, at relatedness 1.
    pub related_field: f64,
    /// Weight of a step in any other field.
    pub other_field: f64,
    /// Weight of a vouch for the candidate in a related field, at relatedness 1.
    pub related_vouch: f64,
    /// Lower and upper bound of the calibration factor K.
    pub factor_bounds: (f64, f64),
    /// K of a member without outcomes: below 1, so that starting afresh never pays.
    pub factor_fresh: f64,
    /// η: how fast K grows with skill, in standard deviations.
    pub factor_slope: f64,
    /// σ_S: standard deviation of skill among members.
    pub skill_deviation: f64,
    /// n0: outcomes worth as much as the prior, member level.
    pub skill_prior: f64,
    /// n0: outcomes worth as much as the member's level, for one field.
    pub skill_field_prior: f64,
    /// Days after which an outcome weighs half in a record.
    pub outcome_half_life: f64,
    /// Part of its own reach a candidate keeps when a single voucher carries it all. Lower resists one fooled contact
    /// better; higher gives the word of one trusted contact its due.
    pub lone_voucher: f64,
    /// θ: the most one first contact may carry of a candidate's reach (never less than 1 / number of contacts).
    pub contact_cap: f64,
    /// Share of clients for whom it was the right person, over all fields: where a record starts from.
    pub quality_base: f64,
    /// The same for fields where outcomes showed another share, sorted by field; other fields start from the share of all.
    pub quality_fields: Vec<(u16, f64)>,
    /// n0: outcomes after which half of what sets a professional apart from the share of their fields is believed.
    pub quality_member: f64,
    /// n0: outcomes in a field that weigh as much as the professional's record elsewhere.
    pub quality_field: f64,
    /// The quantile of that posterior that ranks.
    pub quality_quantile: f64,
    /// Weight of an outcome whose job nobody confirmed.
    pub unverified: f64,
    /// ε: the part of the score a good record alone earns.
    pub record_alone: f64,
    /// R0: the reach at which the score is 63 % saturated.
    pub reach_scale: f64,
    /// ρ: the factor on a fast, identical, evidence-free reply, in the last step only.
    pub reciprocity: f64,
    /// Days within which a reply is fast.
    pub reply_days: i32,
    /// Pseudo-outcomes one vouch of full weight adds to [`crate::Engine::forecast_for`].
    pub forecast_vouch: f64,
    /// Path steps up to which every path is followed; beyond it the walk is sampled.
    pub exact_steps: usize,
    /// Sampling budget: the number of walks whose cost a sampled answer may have.
    pub walks: usize,
    /// How many outcomes the constants that [`crate::fit`] replaces were fitted on; 0: they are priors.
    pub outcomes: usize,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            basis: [1.0, 0.7, 0.4, 0.1, 0.0, 1.0],
            standing: [1.0, 0.8, 0.9, 0.8, 0.5],
            tie: [1.0, 0.6, 0.25, 0.25, 0.25],
            reliance: 1.0,
            confidence_floor: 0.4,
            offset: 0.5,
            offset_prior: 8.0,
            half_life: 1826.0,
            budget: 3.0,
            follow: 1.0,
            lone_judge: 1.0,
            related_field: 0.5,
            other_field: 0.2,
            related_vouch: 0.3,
            factor_bounds: (0.25, 4.0),
            factor_fresh: 0.8,
            factor_slope: 0.7,
            skill_deviation: 0.05,
            skill_prior: 4.0,
            skill_field_prior: 4.0,
            outcome_half_life: 730.0,
            lone_voucher: 0.01,
            contact_cap: 0.5,
            quality_base: 0.8,
            quality_fields: Vec::new(),
            quality_member: 8.0,
            quality_field: 5.0,
            quality_quantile: 0.2,
            unverified: 0.5,
            record_alone: 0.05,
            reach_scale: 0.006,
            reciprocity: 0.5,
            reply_days: 7,
            forecast_vouch: 0.5,
            exact_steps: 20_000,
            walks: 10_000,
            outcomes: 0,
        }
    }
}

/// One constant as the page "How this ranking works" lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// What it is, in words.
    pub name: &'static str,
    /// Its value now.
    pub value: f64,
    /// Where the value comes from.
    pub source: &'static str,
    /// Whether public data has measured it; otherwise the page says "prior, not yet measured".
    pub measured: bool,
}

impl Parameters {
    /// κ: weight of a basis.
    pub fn basis(&self, basis: Basis) -> f64 {
        self.basis[basis as usize]
    }

    /// s: weight of a standing.
    pub fn standing(&self, standing: Standing) -> f64 {
        self.standing[standing as usize]
    }

    /// δ: weight of a tie.
    pub fn tie(&self, tie: Tie) -> f64 {
        self.tie[tie as usize]
    }

    /// Share of good outcomes that a record in this field starts from.
    pub fn base(&self, field: u16) -> f64 {
        let known = self.quality_fields.binary_search_by_key(&field, |known| known.0);
        let base = known.map_or(self.quality_base, |place| self.quality_fields[place].1);
        if base.is_nan() { 0.5 } else { base.clamp(0.01, 0.99) }
    }

    /// Every constant with its source, for people.
    pub fn table(&self) -> Vec<Stated> {
        const RULE: &str = "house rule";
        const PRIOR: &str = "house rule, refitted every night once 200 outcomes are known";
        const DATA: &str = "chosen on the validation part of public networks, see docs/trust-model.md";
        const CIAO: &str = "chosen on the validation part of the Ciao outcomes, see docs/trust-forecast.md";
        const ATTACK: &str = "chosen on attacks other than those that are scored, see docs/trust-model.md";
        const STUDY: &str = "from a study of the Ciao outcomes, not refitted";
        const HERE: &str = "fitted on this network's own outcomes";
        let row = |name, value, source, measured| Stated { name, value, source, measured };
        let fitted = self.outcomes > 0;
        let (kind, floor) = (if fitted { HERE } else { PRIOR }, if fitted { HERE } else { DATA });
        vec![
            row("weight of: hired them", self.basis[0], kind, fitted),
            row("weight of: worked beside them", self.basis[1], kind, fitted),
            row("weight of: inspected finished work", self.basis[2], kind, fitted),
            row("weight of: know them personally", self.basis[3], kind, fitted),
            row("weight of: heard of them", self.basis[4], RULE, false),
            row("weight of: basis not stated (imports)", self.basis[5], kind, fitted),
            row("standing: practitioner", self.standing[0], kind, fitted),
            row("standing: adjacent field", self.standing[1], kind, fitted),
            row("standing: repeat buyer", self.standing[2], kind, fitted),
            row("standing: client of this person", self.standing[3], kind, fitted),
            row("standing: lay", self.standing[4], kind, fitted),
            row("tie: none", self.tie[0], kind, fitted),
            row("tie: friend", self.tie[1], kind, fitted),
            row("tie: money or business", self.tie[2], kind, fitted),
            row("tie: family or household", self.tie[3], kind, fitted),
            row("tie: personal, not described", self.tie[4], kind, fitted),
            row("weight of an entry in a private trust list", self.reliance, RULE, false),
            row("weight a vouch keeps at confidence 50 %", self.confidence_floor, floor, true),
            row("part of a generous author's excess taken back", self.offset, DATA, true),
            row("days after which a vouch weighs half", self.half_life, kind, fitted),
            row("part of one's word never given away (vouches)", self.budget, DATA, true),
            row("trust passed on from judge to judge", self.follow, DATA, true),
            row("part of a judge's trust one contact alone may carry", self.lone_judge, DATA, true),
            row("weight of a step in a related field", self.related_field, RULE, false),
            row("weight of a step in another field", self.other_field, RULE, false),
            row("weight of a vouch in a related field", self.related_vouch, RULE, false),
            row("factor on the word of somebody without outcomes", self.factor_fresh, RULE, false),
            row("lowest factor", self.factor_bounds.0, RULE, false),
            row("highest factor", self.factor_bounds.1, RULE, false),
            row("outcomes before a referrer's record outweighs the prior", self.skill_prior, STUDY, false),
            row("the same, for one field", self.skill_field_prior, STUDY, false),
            row("how fast a referrer's factor grows with skill", self.factor_slope, RULE, false),
            row("days after which an outcome weighs half", self.outcome_half_life, RULE, false),
            row("usual spread of skill among those who refer", self.skill_deviation, kind, fitted),
            row("share of clients who were glad, to start from", self.quality_base, kind, fitted),
            row("outcomes before a professional's own share outweighs it", self.quality_member, CIAO, true),
            row("the same, for one field", self.quality_field, CIAO, true),
            row("the quantile of a professional's record that ranks", self.quality_quantile, RULE, false),
            row("weight of an outcome whose job only one side confirms", self.unverified, RULE, false),
            row("part of the reach a single voucher can give", self.lone_voucher, ATTACK, true),
            row("the most one of your contacts can carry", self.contact_cap, RULE, false),
            row("the part a good record alone earns", self.record_alone, RULE, false),
            row("reach at which the score is 63 % of its most", self.reach_scale, RULE, false),
            row("factor on a quick, identical vouch in return", self.reciprocity, kind, fitted),
            row("days within which it is quick", f64::from(self.reply_days), RULE, false),
            row("outcomes that one vouch counts as in a forecast", self.forecast_vouch, RULE, false),
        ]
    }
}
