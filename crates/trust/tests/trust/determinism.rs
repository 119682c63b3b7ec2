//! The same evidence gives the same answers, to the bit, whatever the order and however it was told.

use proptest::prelude::*;
use trust::{Ask, Engine, Field, Parameters, Visibility, Vouch};

use crate::networks::{Fact, TODAY, fields, load, network, tell};

/// Answers to every question a network of `people` can ask.
pub fn answers(engine: &Engine, people: u128) -> Vec<trust::Answer> {
    let mut all = Vec::new();
    for asker in (0..=people).map(|id| (id > 0).then_some(id)) {
        for field in 0..4 {
            for visible in [Visibility::Members, Visibility::Everything] {
                all.push(engine.recommend(&Ask {
                    visible,
                    limit: 20,
                    voices: 5,
                    ..Ask::new(asker, Field(field), TODAY)
                }));
            }
        }
    }
    all
}

/// Small limits, so that the sampled walk is tested as well as the exact one.
fn settings() -> impl Strategy<Value = Parameters> {
    (prop_oneof![Just(0usize), Just(12), Just(60_000)], 1usize..40).prop_map(|(exact_steps, walks)| Parameters {
        exact_steps,
        walks,
        offset: 0.5,
        ..Parameters::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_twice_over_equals_from_scratch(
        (facts, order) in (network(12), 0u128..12).prop_flat_map(|(mut facts, strangers)| {
            // The first few are only named by others' evidence.
            facts.retain(|fact| !matches!(fact, Fact::Person(row) if row.id <= strangers));
            (Just(facts.clone()), Just(facts).prop_shuffle())
        }),
        parameters in settings(),
    ) {
        let scratch = load(parameters.clone(), &facts);
        let mut one_by_one = Engine::new(fields(), parameters);
        for fact in order.iter().chain(&facts[..facts.len() / 2]) {
            tell(&mut one_by_one, fact);
        }
        prop_assert_eq!(answers(&one_by_one, 12), answers(&scratch, 12));
        for person in 1..=12 {
            for field in (0..4).map(Field) {
                prop_assert_eq!(scratch.record(person, field, TODAY), one_by_one.record(person, field, TODAY));
                prop_assert_eq!(scratch.quality(person, field, TODAY), one_by_one.quality(person, field, TODAY));
                let forecast = |engine: &Engine| engine.forecast_for(person, field, Some(1), TODAY).to_bits();
                prop_assert_eq!(forecast(&scratch), forecast(&one_by_one));
            }
        }
    }

    /// Forgetting people is the same as never having known them while their vouches, and those for them, were withdrawn.
    #[test]
    fn people_who_left_are_as_if_their_words_had_been_withdrawn(
        facts in network(10), gone in proptest::collection::btree_set(1u128..=10, 1..4), parameters in settings(),
    ) {
        let left = |id: u128| gone.contains(&id);
        let kept: Vec<Fact> = facts.iter().filter_map(|fact| match fact {
            Fact::Person(row) => (!left(row.id)).then(|| fact.clone()),
            Fact::Vouch(row) => {
                Some(Fact::Vouch(Vouch { live: row.live && !left(row.from) && !left(row.to), ..*row }))
            }
            Fact::Trust(row) => (!left(row.from) && !left(row.to)).then(|| fact.clone()),
            Fact::Warning(row) => (!left(row.from) && !left(row.to)).then(|| fact.clone()),
            Fact::Job(_) | Fact::Outcome(_) => Some(fact.clone()),
        }).collect();
        let mut engine = load(parameters.clone(), &facts);
        gone.iter().for_each(|id| engine.remove_person(*id));
        let scratch = load(parameters, &kept);
        prop_assert_eq!(answers(&engine, 10), answers(&scratch, 10));
        prop_assert_eq!(engine.size().edges, scratch.size().edges);
        prop_assert_eq!(engine.founders(), scratch.founders());
    }

    #[test]
    fn evidence_that_came_and_went_leaves_no_trace(
        (kept, gone) in (network(10), network(10)),
        parameters in settings(),
    ) {
        let scratch = load(parameters.clone(), &kept);
        let mut engine = Engine::new(fields(), parameters);
        // Other people, so that nothing of `kept` is replaced for good; then every id again.
        gone.iter().for_each(|fact| tell(&mut engine, fact));
        for fact in &gone {
            match fact {
                Fact::Person(row) => engine.remove_person(row.id),
                Fact::Vouch(row) => engine.remove_vouch(row.id),
                Fact::Trust(row) => engine.remove_trust(*row),
                Fact::Job(row) => engine.remove_job(row.id),
                Fact::Warning(row) => engine.remove_warning(row.from, row.to, row.field),
                Fact::Outcome(row) => engine.remove_outcome(row.id),
            }
        }
        kept.iter().for_each(|fact| tell(&mut engine, fact));
        prop_assert_eq!(answers(&engine, 10), answers(&scratch, 10));
        prop_assert_eq!(engine.size().edges, scratch.size().edges);
    }
}
