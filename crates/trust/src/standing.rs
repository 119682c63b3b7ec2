//! Standing to judge a field, derived from facts: confirmed occupations, purchases, and who works in a field.

use crate::Field;
use crate::evidence::best_standing;
use crate::facts::{Basis, Id, Standing};
use crate::fields::Fields;
use crate::graph::{Graph, Slot};
use crate::mix::Map;
use crate::parameters::Parameters;

/// Why somebody counts as working in a field.
#[derive(Clone, Copy, Debug, Default)]
struct Offer {
    /// Live vouches received in it.
    vouches: u32,
    /// Of these, the work-based ones.
    work_based: u32,
    /// The person says so.
    listed: bool,
    /// Stands in the field's list of candidates (and stays there, once put).
    enrolled: bool,
}

/// The facts that give standing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    offers: Map<(u32, u16), Offer>,
    /// For each field the people who may be candidates.
    enrolled: Vec<Vec<u32>>,
    /// For each field the people with outcomes in it.
    tried: Vec<Vec<u32>>,
    /// Live vouches with basis "hired", by author and field.
    hired: Map<(u32, u16), u32>,
    /// Recorded jobs by client and field, by client and professional, and by id.
    bought: Map<(u32, u16), u32>,
    paid: Map<(u32, u32), u32>,
    pub jobs: Map<Id, (u32, u32, u16)>,
}

/// Adds to or takes from a counter, leaving no empty entries. Gives the count before and after.
fn tick<K: std::hash::Hash + Eq>(map: &mut Map<K, u32>, key: K, add: bool) -> (u32, u32) {
    let count = map.entry(key).or_insert(0);
    let before = *count;
    *count = if add { before.saturating_add(1) } else { before.saturating_sub(1) };
    (before, *count)
}

fn push_at(lists: &mut Vec<Vec<u32>>, place: usize, person: u32) {
    if lists.len() <= place {
        lists.resize_with(place + 1, Vec::new);
    }
    lists[place].push(person);
}

impl Facts {
    fn enroll(&mut self, person: u32, field: u16) {
        push_at(&mut self.enrolled, usize::from(field), person);
    }

    /// Somebody's first outcome in a field.
    pub fn try_out(&mut self, person: u32, field: u16) {
        push_at(&mut self.tried, usize::from(field), person);
    }

    /// Everybody who ever had an outcome in the field.
    pub fn tried(&self, field: u16) -> &[u32] {
        self.tried.get(usize::from(field)).map_or(&[], Vec::as_slice)
    }

    /// Everybody who ever worked in the field; [`Facts::works_in`] says who does now.
    pub fn enrolled(&self, field: u16) -> &[u32] {
        self.enrolled.get(usize::from(field)).map_or(&[], Vec::as_slice)
    }

    pub fn works_in(&self, person: u32, field: u16) -> bool {
        self.offers.get(&(person, field)).is_some_and(|offer| offer.listed || offer.vouches > 0)
    }

    /// Room for a bulk load.
    pub fn reserve(&mut self, people: usize) {
        self.offers.reserve(people);
    }

    /// A person lists a field, or no longer does.
    pub fn list(&mut self, person: u32, field: u16, listed: bool) {
        let offer = self.offers.entry((person, field)).or_default();
        offer.listed = listed;
        if listed && !offer.enrolled {
            offer.enrolled = true;
            self.enroll(person, field);
        }
    }

    /// A live vouch comes or goes. True if the standing of (author, recipient) may have changed.
    pub fn note_vouch(&mut self, from: u32, slot: Slot, add: bool) -> (bool, bool) {
        let Some(basis) = slot.basis() else { return (false, false) };
        let offer = self.offers.entry((slot.other, slot.field)).or_default();
        let step = |count: u32| if add { count.saturating_add(1) } else { count.saturating_sub(1) };
        offer.vouches = step(offer.vouches);
        let confirmed = offer.work_based > 0;
        if basis.is_work_based() {
            offer.work_based = step(offer.work_based);
        }
        let recipient = confirmed != (offer.work_based > 0);
        if !offer.enrolled {
            offer.enrolled = true;
            self.enroll(slot.other, slot.field);
        }
        let author = basis == Basis::Hired && {
            let (before, after) = tick(&mut self.hired, (from, slot.field), add);
            (before >= 2) != (after >= 2)
        };
        (author, recipient)
    }

    /// All live vouches somebody received in a field, in a bulk build.
    pub fn note_many(&mut self, person: u32, field: u16, vouches: u32, work_based: u32) {
        let offer = self.offers.entry((person, field)).or_default();
        (offer.vouches, offer.work_based) = (vouches, work_based);
        if !offer.enrolled {
            offer.enrolled = true;
            self.enroll(person, field);
        }
    }

    /// One live vouch with basis "hired", in a bulk build.
    pub fn note_hired(&mut self, author: u32, field: u16) {
        tick(&mut self.hired, (author, field), true);
    }

    /// A job comes or goes.
    pub fn note_job(&mut self, (client, professional, field): (u32, u32, u16), add: bool) {
        tick(&mut self.bought, (client, field), add);
        tick(&mut self.paid, (client, professional), add);
    }

    /// The person says so, and a licence, a group or somebody else's work-based vouch confirms it.
    pub fn is_confirmed(&self, graph: &Graph, person: u32, field: u16) -> bool {
        let Some(member) = graph.members.get(person as usize) else { return false };
        match member.fields.binary_search_by_key(&field, |known| known.0) {
            Ok(place) => {
                member.fields[place].1 || self.offers.get(&(person, field)).is_some_and(|offer| offer.work_based > 0)
            }
            Err(_) => false,
        }
    }

    /// The confirmed occupations of a person.
    pub fn confirmed(&self, graph: &Graph, person: u32) -> Vec<u16> {
        let listed = graph.members[person as usize].fields.iter().map(|known| known.0);
        listed.filter(|&field| self.is_confirmed(graph, person, field)).collect()
    }

    /// Standing of somebody with these confirmed occupations.
    pub fn derive(
        &self,
        (fields, parameters): (&Fields, &Parameters),
        confirmed: &[u16],
        from: u32,
        (to, field, hired): (u32, u16, bool),
    ) -> Standing {
        let mut held = [Standing::Lay; 4];
        if confirmed.contains(&field) {
            held[0] = Standing::Practitioner;
        }
        if confirmed.iter().any(|&own| own != field && fields.relatedness(Field(own), Field(field)) > 0.0) {
            held[1] = Standing::Adjacent;
        }
        let times = |map: &Map<(u32, u16), u32>| map.get(&(from, field)).is_some_and(|&count| count >= 2);
        if times(&self.hired) || times(&self.bought) {
            held[2] = Standing::RepeatBuyer;
        }
        if hired || self.paid.get(&(from, to)).is_some_and(|&count| count > 0) {
            held[3] = Standing::Client;
        }
        best_standing(&held, parameters)
    }

    /// Bytes, all of it tables by person.
    pub fn bytes(&self) -> usize {
        let lists: usize = self.enrolled.iter().map(|list| list.capacity() * 4).sum();
        lists
            + self.offers.capacity() * 21
            + (self.hired.capacity() + self.bought.capacity() + self.paid.capacity()) * 13
    }
}
