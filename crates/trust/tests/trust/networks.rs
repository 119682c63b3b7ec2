//! Networks for the tests: small ones written down, and arbitrary ones for proptest.

use proptest::prelude::*;
use trust::{
    Basis, Confirmed, Engine, Field, Fields, Id, Job, Outcome, Parameters, Person, Rows, Tie, Trust, Vouch, Warning,
};

pub const TODAY: i32 = 20_600;

pub fn fields() -> Fields {
    Fields::new(4, [(0, 1, 0.8), (1, 0, 0.8), (2, 1, 0.4)])
}

pub fn person(id: Id) -> Person {
    Person { id, joined: 0, fields: Vec::new(), listed: true }
}

pub fn florist(id: Id) -> Person {
    Person { fields: vec![(Field(0), Confirmed::No)], ..person(id) }
}

/// A vouch in field 0 by somebody who hired the work, no tie, 85 %, given today.
pub fn vouch(from: Id, to: Id) -> Vouch {
    Vouch {
        id: from << 32 | to,
        from,
        to,
        field: Field(0),
        basis: Basis::Hired,
        tie: Tie::None,
        undisclosed: false,
        confidence: 0.85,
        at: TODAY,
        live: true,
    }
}

pub fn trusts(from: Id, to: Id) -> Trust {
    Trust { from, to, field: None }
}

pub fn outcome(id: Id, referrer: Id, professional: Id, y: f32) -> Outcome {
    Outcome {
        id,
        referrer: Some(referrer),
        professional,
        field: Field(0),
        confidence: 0.9,
        forecast: 0.8,
        y,
        at: TODAY,
        reporter: 1.0,
        tie: Tie::None,
        verified: true,
    }
}

/// One piece of evidence.
#[derive(Clone, Debug)]
pub enum Fact {
    Person(Person),
    Vouch(Vouch),
    Trust(Trust),
    Job(Job),
    Warning(Warning),
    Outcome(Outcome),
}

pub fn tell(engine: &mut Engine, fact: &Fact) {
    match fact.clone() {
        Fact::Person(row) => engine.put_person(row),
        Fact::Vouch(row) => engine.put_vouch(row),
        Fact::Trust(row) => engine.put_trust(row),
        Fact::Job(row) => engine.put_job(row),
        Fact::Warning(row) => engine.put_warning(row),
        Fact::Outcome(row) => engine.put_outcome(row),
    }
}

pub fn load(parameters: Parameters, facts: &[Fact]) -> Engine {
    macro_rules! rows {
        ($kind:ident) => {
            facts.iter().filter_map(|fact| if let Fact::$kind(row) = fact { Some(row.clone()) } else { None })
        };
    }
    Engine::load(
        fields(),
        parameters,
        Rows {
            people: rows!(Person),
            vouches: rows!(Vouch),
            trust: rows!(Trust),
            jobs: rows!(Job),
            warnings: rows!(Warning),
            outcomes: rows!(Outcome),
        },
    )
}

fn basis() -> impl Strategy<Value = Basis> {
    prop_oneof![
        Just(Basis::Hired),
        Just(Basis::WorkedBeside),
        Just(Basis::InspectedWork),
        Just(Basis::KnowsPersonally),
        Just(Basis::HeardOf),
        Just(Basis::NotStated),
    ]
}

fn tie() -> impl Strategy<Value = Tie> {
    prop_oneof![
        Just(Tie::None),
        Just(Tie::None),
        Just(Tie::Friend),
        Just(Tie::Money),
        Just(Tie::Family),
        Just(Tie::Undescribed)
    ]
}

fn confirmed() -> impl Strategy<Value = Confirmed> {
    prop_oneof![Just(Confirmed::No), Just(Confirmed::Licence), Just(Confirmed::Group)]
}

/// A sensible network of at most `people` people (ids from 1), each fact with an id of its own.
pub fn network(people: Id) -> impl Strategy<Value = Vec<Fact>> {
    let persons = proptest::collection::vec(
        (0i32..50, proptest::collection::vec((0u16..4, confirmed()), 0..3), proptest::bool::weighted(0.9)),
        people as usize,
    );
    let ends = move || (1..=people, 1..=people);
    let vouches = proptest::collection::vec(
        (ends(), 0u16..4, basis(), tie(), 0.5f32..0.99, TODAY - 40..TODAY, proptest::bool::weighted(0.9)),
        0..60,
    );
    let trust = proptest::collection::vec((ends(), proptest::option::of(0u16..4)), 0..25);
    let jobs = proptest::collection::vec((ends(), 0u16..4), 0..8);
    let warnings = proptest::collection::vec((ends(), 0u16..4, 0.0f32..1.0), 0..5);
    let outcomes = proptest::collection::vec((ends(), 0u16..4, 0.5f32..0.99, 0.05f32..0.95, 0u8..3), 0..20);
    (persons, vouches, trust, jobs, warnings, outcomes).prop_map(
        |(persons, vouches, trust, jobs, warnings, outcomes)| {
            let mut facts = Vec::new();
            for (n, (joined, fields, listed)) in persons.into_iter().enumerate() {
                let fields = fields.into_iter().map(|(field, confirmed)| (Field(field), confirmed)).collect();
                facts.push(Fact::Person(Person { id: n as Id + 1, joined, fields, listed }));
            }
            for (n, ((from, to), field, basis, tie, confidence, at, live)) in vouches.into_iter().enumerate() {
                let id = 1000 + n as Id;
                let undisclosed = n % 11 == 3;
                let field = Field(field);
                facts.push(Fact::Vouch(Vouch { id, from, to, field, basis, tie, undisclosed, confidence, at, live }));
            }
            for ((from, to), field) in trust {
                facts.push(Fact::Trust(Trust { from, to, field: field.map(Field) }));
            }
            for (n, ((client, professional), field)) in jobs.into_iter().enumerate() {
                facts.push(Fact::Job(Job { id: 2000 + n as Id, client, professional, field: Field(field) }));
            }
            // One warning for each pair and field, as put_warning replaces.
            let mut seen = std::collections::BTreeSet::new();
            for ((from, to), field, strength) in warnings {
                if seen.insert((from, to, field)) {
                    facts.push(Fact::Warning(Warning { from, to, field: Field(field), strength, at: TODAY }));
                }
            }
            for (n, ((referrer, professional), field, confidence, forecast, y)) in outcomes.into_iter().enumerate() {
                facts.push(Fact::Outcome(Outcome {
                    id: 3000 + n as Id,
                    referrer: Some(referrer),
                    professional,
                    field: Field(field),
                    confidence,
                    forecast,
                    y: f32::from(y) / 2.0,
                    at: TODAY - 3 * n as i32,
                    reporter: 1.0,
                    tie: Tie::None,
                    verified: n % 3 != 0,
                }));
            }
            facts
        },
    )
}
