//! What outcomes teach about the priors, and what they never do.

use proptest::prelude::*;
use trust::{Basis, ENOUGH, Engine, Field, Parameters, Seen, Standing, Tie, fit};

use crate::networks::{TODAY, fields, florist, load, network, outcome};

const HIRED: Seen = Seen {
    referrer: Some(1),
    field: Field(0),
    basis: Basis::Hired,
    standing: Standing::Client,
    tie: Tie::None,
    confidence: 0.85,
    forecast: 0.8,
    age: 0,
    reply: false,
    y: 1.0,
    at: TODAY,
};

fn fitted(rows: &[Seen]) -> Option<Parameters> {
    fit(rows, &Parameters::default(), TODAY)
}

/// Outcomes of which `good` in ten were.
fn cases(like: Seen, n: usize, good: usize) -> Vec<Seen> {
    (0..n).map(|k| Seen { y: if k % 10 < good { 1.0 } else { 0.0 }, ..like }).collect()
}

#[test]
fn below_two_hundred_the_priors_stand() {
    assert_eq!(fitted(&cases(HIRED, ENOUGH - 1, 8)), None);
    assert!(fitted(&cases(HIRED, ENOUGH, 8)).is_some());
}

#[test]
fn a_basis_that_does_as_well_as_the_best_weighs_more_than_its_prior() {
    let prior = Parameters::default();
    let personal = Seen { basis: Basis::KnowsPersonally, ..HIRED };
    let same = fitted(&[cases(HIRED, 300, 8), cases(personal, 300, 8)].concat()).unwrap();
    assert!(same.basis(Basis::KnowsPersonally) > 3.0 * prior.basis(Basis::KnowsPersonally), "{:?}", same.basis);
    assert_eq!((same.basis(Basis::Hired), same.outcomes), (1.0, 600));
    let worse = fitted(&[cases(HIRED, 300, 9), cases(personal, 300, 3)].concat()).unwrap();
    assert!(worse.basis(Basis::KnowsPersonally) < same.basis(Basis::KnowsPersonally));
}

#[test]
fn what_a_quick_reply_and_an_old_word_are_worth_is_learnt() {
    let prior = Parameters::default();
    let (reply, old) = (Seen { reply: true, ..HIRED }, Seen { age: 4 * 365, ..HIRED });
    let good = fitted(&[cases(HIRED, 300, 8), cases(reply, 300, 8), cases(old, 300, 8)].concat()).unwrap();
    assert!(good.reciprocity > 0.8 && good.half_life > 2.0 * prior.half_life, "{good:?}");
    let bad = fitted(&[cases(HIRED, 300, 9), cases(reply, 300, 3), cases(old, 300, 3)].concat()).unwrap();
    assert!(bad.reciprocity < 0.2 && bad.half_life < 0.5 * prior.half_life, "{bad:?}");
    // Nothing known of either: the priors stand.
    let none = fitted(&cases(HIRED, 300, 8)).unwrap();
    assert_eq!((none.reciprocity, none.half_life), (prior.reciprocity, prior.half_life));
}

#[test]
fn base_rates_are_learnt_by_field_and_no_single_answer_moves_one() {
    let elsewhere = Seen { field: Field(1), ..HIRED };
    let rows = [cases(HIRED, 300, 9), cases(elsewhere, 100, 5)].concat();
    let known = fitted(&rows).unwrap();
    assert!((known.base(0) - 0.9).abs() < 0.01 && (known.base(1) - 0.5).abs() < 0.03, "{known:?}");
    assert!((known.base(2) - 0.8).abs() < 0.01, "a field without outcomes starts from the share of all");
    let few = [rows, cases(Seen { field: Field(2), ..HIRED }, 4, 0)].concat();
    let few = fitted(&few).unwrap();
    assert_eq!(few.base(2), few.quality_base, "four answers are too few to say");
    // The older an outcome, the less it says.
    let faded =
        fitted(&[cases(HIRED, 200, 9), cases(Seen { at: TODAY - 9000, ..elsewhere }, 200, 1)].concat()).unwrap();
    assert!(faded.quality_base > 0.75 && faded.base(1) > 0.15, "{faded:?}");
}

#[test]
fn how_far_skill_is_spread_is_learnt_from_many_referrers_not_from_one() {
    let said = |referrer: u128, y: f32| Seen { referrer: Some(referrer), confidence: 0.95, forecast: 0.6, y, ..HIRED };
    let alike: Vec<Seen> = (0..400).map(|n| said(n % 40, 1.0)).collect();
    let apart: Vec<Seen> = (0..400).map(|n| said(n % 40, f32::from(u8::from(n % 2 == 0)))).collect();
    let (alike, apart) = (fitted(&alike).unwrap().skill_deviation, fitted(&apart).unwrap().skill_deviation);
    assert!(alike < 0.05 && apart > 0.1, "{alike} {apart}");
    let one: Vec<Seen> = (0..400).map(|n| said(1, f32::from(u8::from(n % 2 == 0)))).collect();
    assert!((fitted(&one).unwrap().skill_deviation - 0.05).abs() < 0.005);
}

#[test]
fn one_outcome_moves_nobody_elses_factor() {
    let mut engine = Engine::new(fields(), Parameters::default());
    (1..=6).for_each(|id| engine.put_person(florist(id)));
    (0..5).for_each(|n| engine.put_outcome(outcome(n, 2, 3, 1.0)));
    let others = |engine: &Engine| [2u128, 4].map(|id| engine.record(id, Field(0), TODAY).factor.to_bits());
    let before = others(&engine);
    engine.put_outcome(outcome(99, 1, 3, 0.0));
    assert_eq!(others(&engine), before);
}

fn seen() -> impl Strategy<Value = Seen> {
    let basis = [Basis::Hired, Basis::WorkedBeside, Basis::InspectedWork, Basis::KnowsPersonally, Basis::NotStated];
    let standing = [Standing::Practitioner, Standing::Adjacent, Standing::RepeatBuyer, Standing::Client, Standing::Lay];
    let tie = [Tie::None, Tie::Friend, Tie::Money, Tie::Family, Tie::Undescribed];
    let known = (0u128..6, 0u16..6, any::<i32>(), any::<bool>(), any::<i32>(), any::<f32>());
    (0usize..5, 0usize..5, 0usize..5, any::<f32>(), 0u8..3, known).prop_map(move |(b, s, t, confidence, y, known)| {
        Seen {
            referrer: known.0.checked_sub(1),
            field: Field(known.1),
            age: known.2,
            reply: known.3,
            at: known.4,
            forecast: known.5,
            basis: basis[b],
            standing: standing[s],
            tie: tie[t],
            confidence: if confidence.is_finite() { confidence.abs().fract() } else { f32::NAN },
            y: f32::from(y) / 2.0,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the outcomes: the order of the rules holds, all weights are sound, and the order of the rows is nothing.
    #[test]
    fn the_stated_order_never_turns_round(rows in proptest::collection::vec(seen(), 400..500)) {
        let Some(p) = fitted(&rows) else { return Ok(()) };
        let weights = [&p.basis[..], &p.standing, &p.tie, &[p.confidence_floor, p.reciprocity, p.quality_base]].concat();
        prop_assert!(p.half_life >= Parameters::default().half_life / 4.0 - 1.0 && p.half_life.is_finite());
        prop_assert!((0.0125..=0.2).contains(&p.skill_deviation), "{}", p.skill_deviation);
        prop_assert!(weights.iter().all(|weight| (0.0..=1.0).contains(weight)), "{weights:?}");
        prop_assert!(p.basis[..4].is_sorted_by(|a, b| a >= b), "{:?}", p.basis);
        prop_assert!(p.standing[0] >= p.standing[2] && p.standing[2] >= p.standing[1].max(p.standing[3]));
        prop_assert!(p.standing[1].min(p.standing[3]) >= p.standing[4], "{:?}", p.standing);
        prop_assert!(p.tie[0] >= p.tie[1] && p.tie[1] >= p.tie[2].max(p.tie[3]) && p.tie[3] == p.tie[4]);
        let turned: Vec<Seen> = rows.iter().rev().copied().collect();
        prop_assert_eq!(fitted(&turned), Some(p));
    }

    /// New constants over old evidence are the same as the evidence told anew.
    #[test]
    fn new_constants_are_as_if_they_had_always_been(facts in network(10), rows in proptest::collection::vec(seen(), 300..400)) {
        let Some(learnt) = fitted(&rows) else { return Ok(()) };
        let mut engine = load(Parameters::default(), &facts);
        engine.set_parameters(learnt.clone());
        prop_assert_eq!(crate::determinism::answers(&engine, 10), crate::determinism::answers(&load(learnt, &facts), 10));
    }
}
