//! The house rules, by example.

use trust::{Ask, Basis, Confirmed, Engine, Field, Parameters, Person, Standing, StepKind, Tie, Vouch};

use crate::networks::{TODAY, fields, florist, outcome, person, trusts, vouch};

const ME: u128 = 1;
const ANA: u128 = 2;
const BEN: u128 = 3;
const DAN: u128 = 4;
const CARLA: u128 = 10;
const EVE: u128 = 11;

fn engine() -> Engine {
    let mut engine = Engine::new(fields(), Parameters::default());
    for id in [ME, ANA, BEN, DAN] {
        engine.put_person(person(id));
    }
    engine.put_person(florist(CARLA));
    engine.put_person(florist(EVE));
    engine
}

fn first(engine: &Engine, asker: Option<u128>) -> trust::Answer {
    engine.recommend(&Ask::new(asker, Field(0), TODAY))
}

#[test]
fn the_answer_names_the_path_and_whom_to_ask() {
    let mut engine = engine();
    engine.put_trust(trusts(ME, ANA));
    engine.put_vouch(vouch(ANA, BEN));
    engine.put_vouch(vouch(BEN, CARLA));
    let answer = first(&engine, Some(ME));
    assert!(!answer.from_founders && answer.exact);
    let carla = answer.candidates.iter().find(|candidate| candidate.person == CARLA).expect("Carla is an answer");
    let steps: Vec<_> = carla.voices[0].paths[0].steps.iter().map(|step| (step.to, step.by)).collect();
    assert_eq!(
        steps,
        [
            (Some(ANA), StepKind::PrivateTrust),
            (Some(BEN), StepKind::Vouch(ANA << 32 | BEN)),
            (Some(CARLA), StepKind::Vouch(BEN << 32 | CARLA)),
        ]
    );
    assert!((carla.shown_share - 1.0).abs() < 1e-9);
    assert_eq!(answer.best_to_ask[0].0, ANA);
}

#[test]
fn somebody_else_s_private_trust_counts_but_is_not_named_and_not_used_if_only_one_is_possible() {
    let mut engine = engine();
    engine.put_trust(trusts(ME, ANA));
    engine.put_trust(trusts(ANA, BEN));
    engine.put_vouch(vouch(BEN, CARLA));
    let alone = first(&engine, Some(ME));
    assert!(alone.candidates.iter().all(|candidate| candidate.reach == 0.0), "Ben would be the only one possible");
    engine.put_vouch(vouch(DAN, CARLA));
    let answer = first(&engine, Some(ME));
    let carla = &answer.candidates[0];
    assert_eq!((carla.person, carla.voices[0].person), (CARLA, None));
    let steps: Vec<_> = carla.voices[0].paths[0].steps.iter().map(|step| (step.to, step.by)).collect();
    assert_eq!(steps, [(Some(ANA), StepKind::PrivateTrust), (None, StepKind::Hidden), (Some(CARLA), StepKind::Hidden)]);
    assert!(answer.best_to_ask.iter().all(|(id, _)| *id != BEN));
}

#[test]
fn standing_is_derived() {
    let mut engine = engine();
    engine.put_person(Person { fields: vec![(Field(0), Confirmed::No)], ..person(ANA) });
    assert_eq!(engine.standing(ANA, Field(0), CARLA), Standing::Lay, "so far she says so herself");
    engine.put_vouch(Vouch { basis: Basis::WorkedBeside, ..vouch(BEN, ANA) });
    assert_eq!(engine.standing(ANA, Field(0), CARLA), Standing::Practitioner);
    assert_eq!(engine.standing(ANA, Field(1), CARLA), Standing::Adjacent);
    assert_eq!(engine.standing(DAN, Field(0), CARLA), Standing::Lay);
    engine.put_vouch(vouch(DAN, CARLA));
    assert_eq!(engine.standing(DAN, Field(0), CARLA), Standing::Client);
    assert_eq!(engine.standing(DAN, Field(0), EVE), Standing::Lay);
    engine.put_vouch(vouch(DAN, EVE));
    assert_eq!(engine.standing(DAN, Field(0), BEN), Standing::RepeatBuyer);
    engine.put_vouch(Vouch { live: false, ..vouch(BEN, ANA) });
    assert!(!engine.is_confirmed(ANA, Field(0)));
}

#[test]
fn nobody_trusted_yet_starts_from_the_founders() {
    let mut engine = engine();
    engine.put_vouch(vouch(BEN, CARLA));
    let answer = first(&engine, None);
    assert!(answer.from_founders);
    assert_eq!(answer.candidates[0].person, CARLA);
    assert_eq!(answer.candidates[0].voices[0].paths[0].steps[0].by, StepKind::Founder);
    engine.set_founders([DAN]);
    assert_eq!(first(&engine, None).candidates[0].reach, 0.0);
    // An emptied list is no list: the first to have joined again.
    engine.set_founders([]);
    assert!(first(&engine, None).candidates[0].reach > 0.0);
}

#[test]
fn bad_referrals_cost_the_referrer_and_good_ones_pay_only_beyond_the_forecast() {
    let mut engine = engine();
    let fresh = engine.record(ANA, Field(0), TODAY).factor;
    assert!((fresh - 0.8).abs() < 1e-9);
    engine.put_outcome(outcome(1, ANA, CARLA, 0.0));
    assert!(engine.record(ANA, Field(0), TODAY).factor < fresh);
    for id in 0..6 {
        engine.put_outcome(outcome(10 + id, BEN, CARLA, 1.0));
        // Stating what the engine forecast anyway earns no skill, however good the outcomes.
        engine.put_outcome(trust::Outcome { confidence: 0.8, ..outcome(20 + id, DAN, CARLA, 1.0) });
    }
    let (ben, dan) = (engine.record(BEN, Field(0), TODAY), engine.record(DAN, Field(0), TODAY));
    assert!(ben.factor > 1.0 && ben.skill > 0.0);
    assert!(dan.skill <= 0.0);
    assert_eq!(ben.scored, 6);
}

#[test]
fn a_tie_that_came_out_later_weighs_less_than_one_disclosed_and_costs_its_author_s_record() {
    let told = |tie, undisclosed| {
        let mut engine = engine();
        engine.put_trust(trusts(ME, ANA));
        engine.put_vouch(Vouch { tie, undisclosed, ..vouch(ANA, CARLA) });
        engine.put_vouch(vouch(ANA, EVE));
        let of = |person| first(&engine, Some(ME)).candidates.iter().find(|c| c.person == person).unwrap().reach;
        (of(CARLA), of(EVE), engine.record(ANA, Field(0), TODAY))
    };
    let (disclosed, other, before) = told(Tie::Friend, false);
    let (came_out, lesser, after) = told(Tie::Friend, true);
    let factor = after.factor / before.factor;
    assert!(factor < 0.7 && before.factor > 0.79, "{before:?} {after:?}");
    // δ² instead of δ, and all her words weigh by her lower factor.
    assert!((came_out / disclosed - 0.6 * factor).abs() < 1e-3, "{came_out} {disclosed}");
    assert!((lesser / other - factor).abs() < 1e-3);
    assert_eq!((after.scored, after.held), (before.scored, before.held), "it is no outcome");
}

/// Proven: outcomes no worse than the field's base rate leads to expect. However few they are, nobody without any is
/// ahead; and a referrer who beat the forecast is ahead of a fresh one.
#[test]
fn a_fresh_account_is_never_ahead_of_a_proven_one() {
    for n in 1..=40u32 {
        let mut engine = engine();
        let good = (f64::from(n) * Parameters::default().base(0)).ceil() as u32;
        for k in 0..n {
            let y = if k < good { 1.0 } else { 0.0 };
            engine.put_outcome(outcome(u128::from(k), BEN, CARLA, y));
            engine.put_outcome(outcome(u128::from(100 + k), ANA, EVE, 1.0));
        }
        let (proven, fresh) = (engine.quality(CARLA, Field(0), TODAY), engine.quality(DAN, Field(0), TODAY));
        assert!(proven.low >= fresh.low, "{good} of {n}: {proven:?} {fresh:?}");
        let factor = |id: u128| engine.record(id, Field(0), TODAY).factor;
        assert!(factor(ANA) > factor(DAN) && factor(DAN) < 1.0, "{n}");
    }
}

#[test]
fn family_and_a_quick_identical_return_weigh_less() {
    let reach = |tie, answered: bool| {
        let mut engine = engine();
        engine.put_trust(trusts(ME, ANA));
        engine.put_vouch(Vouch { tie, basis: Basis::InspectedWork, ..vouch(ANA, CARLA) });
        if answered {
            let first = Vouch { at: TODAY - 3, basis: Basis::InspectedWork, ..vouch(CARLA, ANA) };
            engine.put_vouch(first);
        }
        first(&engine, Some(ME)).candidates[0].reach
    };
    assert!(reach(Tie::Family, false) < 0.5 * reach(Tie::None, false));
    assert!((reach(Tie::None, true) / reach(Tie::None, false) - 0.5).abs() < 1e-3);
}
