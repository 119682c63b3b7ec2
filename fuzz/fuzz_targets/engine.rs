//! Eight bytes are one piece of evidence among sixteen people; the last ones ask.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trust::{
    Ask, Basis, Confirmed, Engine, Field, Fields, Job, Outcome, Parameters, Person, Rows, Tie, Trust, Visibility, Vouch,
    Warning,
};

const BASES: [Basis; 6] = [
    Basis::Hired,
    Basis::WorkedBeside,
    Basis::InspectedWork,
    Basis::KnowsPersonally,
    Basis::HeardOf,
    Basis::NotStated,
];
const TIES: [Tie; 5] = [Tie::None, Tie::Friend, Tie::Money, Tie::Family, Tie::Undescribed];

#[derive(Default)]
struct Told {
    people: Vec<Person>,
    vouches: Vec<Vouch>,
    trust: Vec<Trust>,
    jobs: Vec<Job>,
    outcomes: Vec<Outcome>,
}

fn fields() -> Fields {
    Fields::new(4, [(0, 1, 0.8), (1, 0, 0.8), (2, 1, 0.4)])
}

fuzz_target!(|bytes: &[u8]| {
    let parameters = Parameters { exact_steps: bytes.len() % 40, walks: bytes.len() % 7, ..Parameters::default() };
    let mut engine = Engine::new(fields(), parameters.clone());
    let mut told = Told::default();
    for (n, row) in bytes.chunks_exact(8).enumerate() {
        let id = 1000 + n as u128;
        let (from, to) = (u128::from(row[1] % 16), u128::from(row[2] % 16));
        let field = Field(u16::from(row[3] % 5));
        let at = i32::from_le_bytes([row[4], row[5], row[6], 0]) / 64;
        let share = f32::from_bits(u32::from_le_bytes([row[4], row[5], row[6], row[7]]));
        match row[0] % 6 {
            0 => told.people.push(Person {
                id: from,
                joined: at,
                fields: vec![(field, if row[7] > 200 { Confirmed::Licence } else { Confirmed::No })],
                listed: row[7] % 8 > 0,
            }),
            1 | 2 => told.vouches.push(Vouch {
                id,
                from,
                to,
                field,
                basis: BASES[usize::from(row[7] % 6)],
                tie: TIES[usize::from(row[6] % 5)],
                undisclosed: row[2] % 7 == 0,
                confidence: share,
                at,
                live: row[7] < 230,
            }),
            3 => told.trust.push(Trust { from, to, field: (row[7] % 2 > 0).then_some(field) }),
            4 => told.jobs.push(Job { id, client: from, professional: to, field }),
            _ => told.outcomes.push(Outcome {
                id,
                referrer: (row[7] % 4 > 0).then_some(from),
                professional: to,
                field,
                confidence: share,
                forecast: 0.7,
                y: f32::from(row[7] % 3) / 2.0,
                at,
                reporter: 1.0,
                tie: Tie::None,
                verified: row[7] % 2 > 0,
            }),
        }
    }
    // One person row for each, as a table of people has; the last wins.
    told.people.reverse();
    told.people.sort_by_key(|person| person.id);
    told.people.dedup_by_key(|person| person.id);
    told.outcomes.iter().for_each(|row| engine.put_outcome(*row));
    told.trust.iter().for_each(|row| engine.put_trust(*row));
    told.vouches.iter().rev().for_each(|row| engine.put_vouch(*row));
    told.jobs.iter().for_each(|row| engine.put_job(*row));
    told.people.iter().for_each(|row| engine.put_person(row.clone()));
    let scratch = Engine::load(
        fields(),
        parameters,
        Rows {
            people: told.people,
            vouches: told.vouches,
            trust: told.trust,
            jobs: told.jobs,
            warnings: std::iter::empty::<Warning>(),
            outcomes: told.outcomes,
        },
    );
    for asker in [None, Some(0), Some(1), Some(15), Some(99)] {
        for field in (0..5).map(Field) {
            let ask = Ask { visible: Visibility::Everything, limit: 20, ..Ask::new(asker, field, 20_600) };
            let answer = engine.recommend(&ask);
            assert_eq!(answer, scratch.recommend(&ask));
            for candidate in &answer.candidates {
                assert!(candidate.score.is_finite() && candidate.shown_share <= 1.0 + 1e-9);
            }
        }
    }
});
