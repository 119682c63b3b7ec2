//! What an attacker can and cannot get, and that nothing makes the engine fall over.

use proptest::prelude::*;
use trust::{
    Ask, Basis, Candidates, Confirmed, Engine, Field, Fields, Job, Outcome, Parameters, Person, Rows, Tie, Trust,
    Visibility, Vouch, Warning,
};

use crate::networks::{TODAY, florist, outcome, person, trusts, vouch};

/// The asker trusts ten members who vouch for each other; two of them are fooled into one vouch each for a ring of
/// `ring` fakes, all vouching for all, with a farmed record. Gives the reach of all fakes together.
fn captured(ring: u128, farmed: bool) -> f64 {
    let mut engine = Engine::new(Fields::single(), Parameters::default());
    for id in 1..=11 {
        engine.put_person(person(id));
    }
    for id in 2..=11 {
        engine.put_trust(trusts(1, id));
        engine.put_vouch(vouch(id, 2 + (id - 1) % 10));
    }
    for fake in 100..100 + ring {
        engine.put_person(florist(fake));
        for other in 100..100 + ring {
            engine.put_vouch(vouch(fake, other));
            if farmed {
                engine.put_outcome(Outcome { forecast: 0.5, ..outcome(fake << 32 | other, fake, other, 1.0) });
            }
        }
    }
    engine.put_vouch(vouch(2, 100));
    engine.put_vouch(vouch(3, 100 + ring - 1));
    let ask = Ask { limit: 5000, voices: 0, visible: Visibility::Everything, ..Ask::new(Some(1), Field(0), TODAY) };
    let answer = engine.recommend(&ask);
    answer.candidates.iter().filter(|candidate| candidate.person >= 100).map(|candidate| candidate.reach).sum()
}

/// §5a.8 with the walk's own W^J(h, s) = min(K, 1) · w / (B0 + Σ), which is never less than the W = K / K_max · w / (B0 + Σ) of a
/// word: the engine's J reaches two steps, so the bound is J(h) · W^J · (1 + α) for each entry.
#[test]
fn what_a_ring_captures_is_bounded_by_its_entries_whatever_its_size_and_record() {
    let parameters = Parameters::default();
    let judge = parameters.follow / (parameters.budget + 10.0);
    // Each fooled contact has given two vouches at 85 %: the entry is one of them.
    let weight = parameters.confidence_floor + (1.0 - parameters.confidence_floor) * 35.0 / 49.0;
    let entry = parameters.factor_fresh * weight / (parameters.budget + 2.0 * weight);
    let bound = 2.0 * judge * entry * (1.0 + parameters.follow);
    for farmed in [false, true] {
        let reach: Vec<f64> = [2, 10, 40, 120].map(|ring| captured(ring, farmed)).to_vec();
        assert!(reach.iter().all(|&mass| mass > 0.0 && mass <= bound), "{reach:?} against {bound}");
        // Three times as many fakes bring a fraction more, and the bound is near: it says something.
        assert!(reach[3] < 1.1 * reach[2] && reach[3] > 0.2 * bound, "{reach:?} against {bound}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// The bound for any ring: mass on the fakes ≤ Σ over entries J(h) · W^J(h, s) · (1 + α).
    #[test]
    fn any_ring_is_bounded_by_its_entries(
        inner in proptest::collection::vec((0u128..30, 0u128..30, 0.5f32..0.99), 0..300),
        entries in proptest::collection::vec((2u128..8, 0u128..30), 1..4),
    ) {
        let parameters = Parameters { lone_judge: 1.0, ..Parameters::default() };
        let mut engine = Engine::new(Fields::single(), parameters.clone());
        (1..8).for_each(|id| engine.put_person(person(id)));
        (2..8).for_each(|id| engine.put_trust(trusts(1, id)));
        (0..30).for_each(|fake| engine.put_person(florist(100 + fake)));
        for (n, &(from, to, confidence)) in inner.iter().enumerate() {
            engine.put_vouch(Vouch { id: 1 << 64 | n as u128, confidence, ..vouch(100 + from, 100 + to) });
        }
        for &(from, to) in &entries {
            engine.put_vouch(vouch(from, 100 + to));
        }
        let ask = Ask { limit: 100, voices: 0, ..Ask::new(Some(1), Field(0), TODAY) };
        let reach: f64 = engine.recommend(&ask).candidates.iter().map(|candidate| candidate.reach).sum();
        let alpha = parameters.follow;
        // A host's entries share one word; doubles are one vouch.
        let mut hosts = std::collections::BTreeMap::<u128, std::collections::BTreeSet<u128>>::new();
        entries.iter().for_each(|&(from, to)| { hosts.entry(from).or_default().insert(to); });
        let weight = parameters.confidence_floor + (1.0 - parameters.confidence_floor) * 35.0 / 49.0;
        let entries: f64 = hosts.values().map(|to| to.len() as f64 * weight / (parameters.budget + to.len() as f64 * weight)).sum();
        let bound = parameters.factor_fresh * entries * alpha / (parameters.budget + 6.0) * (1.0 + alpha);
        prop_assert!(reach <= bound, "{reach} > {bound}");
    }

    /// Any numbers at all, doubled, looping, out of range, not numbers: an answer, never a panic, and finite figures.
    #[test]
    fn nothing_makes_it_panic(
        vouches in proptest::collection::vec((any::<u8>(), 0u128..9, 0u128..9, any::<u16>(), any::<f32>(), any::<i32>(), any::<bool>()), 0..60),
        others in proptest::collection::vec((0u128..9, 0u128..9, any::<u16>(), any::<f32>(), any::<f32>(), any::<i32>()), 0..40),
        wild in proptest::collection::vec(prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(0.0), any::<f64>()], 16),
        tame in any::<bool>(),
        day in any::<i32>(),
        limit in 0usize..12,
    ) {
        let mut parameters = Parameters { exact_steps: limit * 3, walks: limit, ..Parameters::default() };
        if !tame {
            parameters = Parameters {
                basis: [wild[0]; 6], tie: [wild[1]; 5], half_life: wild[2], budget: wild[3], follow: wild[4], lone_judge: wild[5],
                factor_bounds: (wild[6], wild[7]), factor_fresh: wild[8], skill_deviation: wild[9], quality_base: wild[10], quality_member: wild[11], quality_field: wild[3],
                reach_scale: wild[12], contact_cap: wild[13], confidence_floor: wild[14], outcome_half_life: wild[15], ..parameters
            };
        }
        let mut engine = Engine::new(Fields::new(3, [(0, 1, 0.5), (7, 1, 0.5), (1, 1, f32::NAN)]), parameters);
        (0..5).for_each(|id| engine.put_person(Person { id, joined: day, fields: vec![(Field(0), Confirmed::No), (Field(9), Confirmed::Group)], listed: true }));
        for &(id, from, to, field, confidence, at, live) in &vouches {
            let basis = [Basis::Hired, Basis::InspectedWork, Basis::NotStated][usize::from(id % 3)];
            engine.put_vouch(Vouch { id: u128::from(id / 4), from, to, field: Field(field % 4), basis, tie: Tie::Friend, undisclosed: id % 5 == 0, confidence, at, live });
        }
        for (n, &(a, b, field, x, y, at)) in others.iter().enumerate() {
            let field = Field(field % 4);
            engine.put_trust(Trust { from: a, to: b, field: Some(field) });
            engine.put_job(Job { id: n as u128 / 2, client: a, professional: b, field });
            engine.put_warning(Warning { from: a, to: b, field, strength: x, at });
            engine.put_outcome(Outcome { id: n as u128 / 2, referrer: Some(a), professional: b, field, confidence: x, forecast: y, y, at, reporter: y, tie: Tie::None, verified: live_from(n) });
            if n % 7 == 0 {
                engine.remove_person(b);
                engine.remove_vouch(n as u128);
                engine.remove_outcome(n as u128 / 3);
            }
        }
        engine.set_founders([1, 2, 77]);
        for asker in [None, Some(0), Some(1), Some(99)] {
            for field in [0, 1, 2, 9] {
                let ask = Ask { limit, voices: 3, ..Ask::new(asker, Field(field), day) };
                for candidate in engine.recommend(&ask).candidates {
                    prop_assert!(!tame || (candidate.score.is_finite() && candidate.reach.is_finite()));
                }
                engine.what_if(&ask, &[3, 7]);
                engine.compare(&Ask { candidates: Candidates::InField, ..ask }, 1, 2);
            }
        }
        for id in 0..9 {
            engine.record(id, Field(1), day);
            engine.quality(id, Field(1), day);
            engine.standing(id, Field(1), 0);
            engine.forecast_for(id, Field(1), Some(1), day);
        }
    }
}

fn live_from(n: usize) -> bool {
    n.is_multiple_of(2)
}

#[test]
fn one_account_that_vouches_for_everybody_gains_nothing_and_breaks_nothing() {
    const MILLION: u128 = 1_000_000;
    let mut engine = Engine::load(
        Fields::single(),
        Parameters::default(),
        Rows {
            people: (100..100 + MILLION).map(florist),
            vouches: (100..100 + MILLION).map(|to| vouch(2, to)).chain([vouch(3, 100)]),
            trust: [trusts(1, 2), trusts(1, 3)],
            jobs: [],
            warnings: [],
            outcomes: [],
        },
    );
    let answer = engine.recommend(&Ask::new(Some(1), Field(0), TODAY));
    assert_eq!(answer.candidates[0].person, 100, "two voices stand before a spread-out one");
    assert!(answer.candidates[1].reach < answer.candidates[0].reach / 100.0);
    // The account itself asks, with a million contacts; then it goes.
    let own = engine.recommend(&Ask::new(Some(2), Field(0), TODAY));
    assert!(!own.candidates.is_empty());
    engine.put_vouch(vouch(2, 99));
    engine.remove_person(2);
    let answer = engine.recommend(&Ask::new(Some(1), Field(0), TODAY));
    assert_eq!((answer.candidates[0].person, answer.candidates[0].vouchers), (100, 1));
    assert!(answer.candidates[1..].iter().all(|candidate| candidate.reach == 0.0));
}
