//! The demo network's world as plain data: some 300 invented people of the west side of Los Angeles and two years of
//! what happened between them. Pure and deterministic: the same `now` gives the same world, to the letter.

mod cast;
mod dealings;
mod names;
mod people;
mod places;
mod random;
mod ties;
mod trades;
mod voices;
mod world;

#[cfg(test)]
mod tests;

pub use world::*;

/// One day in microseconds.
pub const DAY: i64 = 86_400_000_000;

/// The demo world as seen at `now` (µs since 1970 UTC): nothing in it happened later, and it reaches two years back.
pub fn world(now: i64) -> World {
    let mut texts = random::Texts::new(0x600d_0a1d);
    let mut people = people::people(now, &mut texts);
    let (groups, memberships) = ties::groups(now, &mut people, &mut texts);
    let trusts = ties::trusts(now, &people, &memberships, &mut texts);
    let vouches = voices::vouches(now, &people, &memberships, &mut texts);
    let clients = dealings::clients(now, &mut texts);
    let dealings = dealings::dealings(now, &people, &vouches, &clients, &mut texts);
    let jobs = dealings::jobs(now, &people, &mut texts);
    World {
        people,
        groups,
        memberships,
        trusts,
        vouches,
        clients,
        needs: dealings.needs,
        referrals: dealings.referrals,
        outcomes: dealings.outcomes,
        jobs,
    }
}
