//! What outcomes teach about the priors, and what they never do.

use proptest::prelude::*;
use trust::{Basis, ENOUGH, Engine, Field, Parameters, Seen, Standing, Tie, fit};

use crate::networks::{TODAY, fields, florist, load, network, outcome};

const HIRED: Seen = Seen { basis: Basis::Hired, standing: Standing::Client, tie: Tie::None, confidence: 0.85, y: 1.0 };

/// Outcomes of which `good` in ten were.
fn cases(like: Seen, n: usize, good: usize) -> Vec<Seen> {
    (0..n).map(|k| Seen { y: if k % 10 < good { 1.0 } else { 0.0 }, ..like }).collect()
}

#[test]
fn below_two_hundred_the_priors_stand() {
    assert_eq!(fit(&cases(HIRED, ENOUGH - 1, 8), &Parameters::default()), None);
    assert!(fit(&cases(HIRED, ENOUGH, 8), &Parameters::default()).is_some());
}

#[test]
fn a_basis_that_does_as_well_as_the_best_weighs_more_than_its_prior() {
    let prior = Parameters::default();
    let personal = Seen { basis: Basis::KnowsPersonally, ..HIRED };
    let fitted = fit(&[cases(HIRED, 300, 8), cases(personal, 300, 8)].concat(), &prior).unwrap();
    assert!(fitted.basis(Basis::KnowsPersonally) > 3.0 * prior.basis(Basis::KnowsPersonally), "{:?}", fitted.basis);
    assert_eq!((fitted.basis(Basis::Hired), fitted.outcomes), (1.0, 600));
    let worse = fit(&[cases(HIRED, 300, 9), cases(personal, 300, 3)].concat(), &prior).unwrap();
    assert!(worse.basis(Basis::KnowsPersonally) < fitted.basis(Basis::KnowsPersonally));
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
    (0usize..5, 0usize..5, 0usize..5, any::<f32>(), 0u8..3).prop_map(move |(b, s, t, confidence, y)| Seen {
        basis: basis[b],
        standing: standing[s],
        tie: tie[t],
        confidence: if confidence.is_finite() { confidence.abs().fract() } else { f32::NAN },
        y: f32::from(y) / 2.0,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the outcomes: the order of the rules holds, all weights are sound, and the order of the rows is nothing.
    #[test]
    fn the_stated_order_never_turns_round(rows in proptest::collection::vec(seen(), 400..500)) {
        let Some(p) = fit(&rows, &Parameters::default()) else { return Ok(()) };
        let weights = [&p.basis[..], &p.standing, &p.tie, &[p.confidence_floor]].concat();
        prop_assert!(weights.iter().all(|weight| (0.0..=1.0).contains(weight)), "{weights:?}");
        prop_assert!(p.basis[..4].is_sorted_by(|a, b| a >= b), "{:?}", p.basis);
        prop_assert!(p.standing[0] >= p.standing[2] && p.standing[2] >= p.standing[1].max(p.standing[3]));
        prop_assert!(p.standing[1].min(p.standing[3]) >= p.standing[4], "{:?}", p.standing);
        prop_assert!(p.tie[0] >= p.tie[1] && p.tie[1] >= p.tie[2].max(p.tie[3]) && p.tie[3] == p.tie[4]);
        let turned: Vec<Seen> = rows.iter().rev().copied().collect();
        prop_assert_eq!(fit(&turned, &Parameters::default()), Some(p));
    }

    /// New constants over old evidence are the same as the evidence told anew.
    #[test]
    fn new_constants_are_as_if_they_had_always_been(facts in network(10), rows in proptest::collection::vec(seen(), 300..400)) {
        let Some(fitted) = fit(&rows, &Parameters::default()) else { return Ok(()) };
        let mut engine = load(Parameters::default(), &facts);
        engine.set_parameters(fitted.clone());
        prop_assert_eq!(crate::determinism::answers(&engine, 10), crate::determinism::answers(&load(fitted, &facts), 10));
    }
}
