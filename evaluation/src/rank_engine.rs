//! An imported network as the engine sees it: positive edges are vouches whose basis is not stated.

use trust::{
    Basis, Confirmed, Engine, Field, Fields, Job, Outcome, Parameters, Person, Rows, Tie, Trust, Vouch, Warning,
};

use crate::network::{Dice, Link};

/// `count` different items (all if there are fewer).
pub fn choose<T: Copy>(dice: &mut Dice, items: &[T], count: usize) -> Vec<T> {
    let mut all = items.to_vec();
    let count = count.min(all.len());
    for n in 0..count {
        let other = n + dice.below(all.len() - n);
        all.swap(n, other);
    }
    all.truncate(count);
    all
}

/// The field every member of an imported network works in.
pub const FIELD: Field = Field(0);

/// Member number to external id.
pub fn id(member: u32) -> u128 {
    u128::from(member) + 1
}

/// Days since 1970 of a link; untimed links are all of one day.
pub fn day(time: Option<f64>) -> i32 {
    time.map_or(15_000, |seconds| (seconds / 86_400.0).clamp(-1e6, 1e6) as i32)
}

/// A positive link as a vouch whose basis is not stated; the scaled weight is its confidence, from .5 up.
pub fn vouch(link: &Link) -> Vouch {
    Vouch {
        id: 0,
        from: id(link.source),
        to: id(link.target),
        field: FIELD,
        basis: Basis::NotStated,
        tie: Tie::None,
        undisclosed: false,
        confidence: 0.5 + 0.49 * link.weight as f32,
        at: day(link.time),
        live: true,
    }
}

/// Everybody of a network as a person who works in the one field.
pub fn person(member: u32) -> Person {
    Person { id: id(member), joined: 0, fields: vec![(FIELD, Confirmed::No)], listed: true }
}

/// An engine over these links.
pub fn engine(members: usize, links: &[Link], parameters: Parameters) -> Engine {
    let positive = links.iter().filter(|link| link.weight > 0.0).map(vouch);
    let negative = links.iter().filter(|link| link.weight <= 0.0).map(|link| Warning {
        from: id(link.source),
        to: id(link.target),
        field: FIELD,
        strength: -link.weight as f32,
        at: day(link.time),
    });
    Engine::load(
        Fields::single(),
        parameters,
        Rows {
            people: (0..members as u32).map(person),
            vouches: positive,
            trust: std::iter::empty::<Trust>(),
            jobs: std::iter::empty::<Job>(),
            warnings: negative,
            outcomes: std::iter::empty::<Outcome>(),
        },
    )
}

/// The engine's constants for an imported network: nobody's basis, standing or tie is known, so they weigh alike.
pub fn imported() -> Parameters {
    let standard = Parameters::default();
    let mut basis = standard.basis;
    basis[Basis::NotStated as usize] = 1.0;
    Parameters { basis, standing: [1.0; 5], exact_steps: usize::MAX, ..standard }
}
