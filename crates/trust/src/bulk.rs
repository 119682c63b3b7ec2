//! A whole network at once: the same memory as row by row, by counting and placing instead of searching and inserting.

use hashbrown::HashTable;

use crate::engine::Engine;
use crate::facts::{Basis, Id, Job, Outcome, Person, Trust, Vouch, Warning};
use crate::fields::Fields;
use crate::graph::{Graph, Member, Slot};
use crate::ledger::Entry;
use crate::mix::{Map, hash_id};
use crate::parameters::Parameters;
use crate::upkeep::{charge, is_reply};

/// The rows of a network, for [`Engine::load`]: any of them may be empty.
#[derive(Debug)]
pub struct Rows<P, V, T, J, W, O> {
    /// People.
    pub people: P,
    /// Vouches, live or not.
    pub vouches: V,
    /// Private trust lists.
    pub trust: T,
    /// Paid jobs.
    pub jobs: J,
    /// Negative ratings.
    pub warnings: W,
    /// Outcomes.
    pub outcomes: O,
}

/// Vouches whose ends are looked up together.
const BATCH: usize = 256;

/// No member.
const NOBODY: u32 = u32::MAX;

/// Finds many people at once: searches that do not wait for one another cost a part of as many single ones.
struct Finder {
    /// Part of the hash, and the member or [`NOBODY`]; at most half full.
    cells: Vec<(u32, u32)>,
    mask: usize,
}

impl Finder {
    fn of(ids: &[Id]) -> Self {
        let size = (ids.len() * 2).next_power_of_two();
        let mut finder = Finder { cells: vec![(0, NOBODY); size], mask: size - 1 };
        for (member, id) in ids.iter().enumerate() {
            let hash = hash_id(*id);
            let mut place = hash as usize & finder.mask;
            while finder.cells[place].1 != NOBODY {
                place = (place + 1) & finder.mask;
            }
            finder.cells[place] = ((hash >> 32) as u32, member as u32);
        }
        finder
    }

    /// Whose ids these are, in `found`.
    fn find(&self, ids: &[Id], wanted: impl Iterator<Item = Id> + Clone, found: &mut Vec<u32>) {
        found.clear();
        found.extend(wanted.clone().map(|id| self.cells[hash_id(id) as usize & self.mask].1));
        for (id, found) in wanted.zip(found) {
            if ids.get(*found as usize) != Some(&id) {
                *found = self.search(ids, id);
            }
        }
    }

    fn search(&self, ids: &[Id], id: Id) -> u32 {
        let hash = hash_id(id);
        let mut place = hash as usize & self.mask;
        loop {
            let (part, member) = self.cells[place];
            if member == NOBODY || (part == (hash >> 32) as u32 && ids[member as usize] == id) {
                return member;
            }
            place = (place + 1) & self.mask;
        }
    }
}

/// The rows of all members in one table: those of member n are `slots[starts[n]..starts[n + 1]]`.
struct Flat {
    slots: Vec<Slot>,
    starts: Vec<usize>,
}

impl Flat {
    /// Room for one slot for each key, to be [`Flat::put`] in any order.
    fn sized(members: usize, keys: impl Iterator<Item = u32>) -> Self {
        // `starts[key + 1]` is where the next slot of `key` goes: in the end, where the row of `key + 1` starts.
        let mut starts = vec![0; members + 2];
        keys.for_each(|key| starts[key as usize + 2] += 1);
        for n in 2..starts.len() {
            starts[n] += starts[n - 1];
        }
        Flat { slots: vec![Slot::default(); starts[members + 1]], starts }
    }

    fn put(&mut self, key: u32, slot: Slot) {
        let place = &mut self.starts[key as usize + 1];
        self.slots[*place] = slot;
        *place += 1;
    }

    fn row(&self, member: usize) -> &[Slot] {
        &self.slots[self.starts[member]..self.starts[member + 1]]
    }

    fn row_mut(&mut self, member: usize) -> &mut [Slot] {
        &mut self.slots[self.starts[member]..self.starts[member + 1]]
    }

    fn members(&self) -> usize {
        self.starts.len() - 2
    }

    /// Every edge in the row of its other end. Members are visited in order, so the new rows are sorted by the other end.
    fn turned(&self) -> Flat {
        let mut turned = Flat::sized(self.members(), self.slots.iter().map(|slot| slot.other));
        for member in 0..self.members() {
            self.row(member).iter().for_each(|slot| turned.put(slot.other, slot.toward(member as u32)));
        }
        turned
    }

    /// Sorts the rows by the other end, then by what was told, and leaves out doubles.
    fn settle(&mut self) {
        let mut doubles = false;
        for member in 0..self.members() {
            let row = self.row_mut(member);
            row.sort_unstable_by_key(|slot| slot.other);
            if row.windows(2).any(|pair| pair[0].other == pair[1].other) {
                row.sort_unstable_by_key(|slot| (slot.other, slot.told()));
                doubles |= row.windows(2).any(|pair| pair[0].is_same_edge(pair[1]));
            }
        }
        if doubles {
            let (mut kept, mut start) = (0, 0);
            for member in 0..self.members() {
                let end = self.starts[member + 1];
                let first = kept;
                for place in start..end {
                    if kept == first || !self.slots[kept - 1].is_same_edge(self.slots[place]) {
                        self.slots[kept] = self.slots[place];
                        kept += 1;
                    }
                }
                (start, self.starts[member + 1]) = (end, kept);
            }
            self.slots.truncate(kept);
        }
    }
}

impl Graph {
    /// The first people of an empty graph, in the order of their ids.
    fn open(&mut self, mut ids: Vec<Id>) {
        ids.sort_unstable();
        ids.dedup();
        self.members = vec![Member::default(); ids.len()];
        self.tested = vec![false; ids.len()];
        self.ids = ids;
        self.index_all();
    }

    fn index_all(&mut self) {
        let ids = &self.ids;
        self.index = HashTable::with_capacity(ids.len());
        for place in 0..ids.len() as u32 {
            self.index.insert_unique(hash_id(ids[place as usize]), place, |&known| hash_id(ids[known as usize]));
        }
        self.ordered = ids.len() as u32;
    }

    /// Brings members without edges into the order of their ids, if some were named only by an edge. The answer says
    /// where each went, or nothing if all stay.
    fn order(&mut self) -> Option<Vec<u32>> {
        if self.ids.is_sorted() {
            self.ordered = self.ids.len() as u32;
            return None;
        }
        let mut order: Vec<(Id, u32)> = self.ids.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| place[old.1 as usize] = new as u32);
        self.ids = order.into_iter().map(|known| known.0).collect();
        self.index_all();
        Some(place)
    }
}

impl Engine {
    /// The whole network at once: the same memory as one call for each row, built faster.
    pub fn load<P, V, T, J, W, O>(fields: Fields, parameters: Parameters, rows: Rows<P, V, T, J, W, O>) -> Self
    where
        P: IntoIterator<Item = Person>,
        V: IntoIterator<Item = Vouch>,
        T: IntoIterator<Item = Trust>,
        J: IntoIterator<Item = Job>,
        W: IntoIterator<Item = Warning>,
        O: IntoIterator<Item = Outcome>,
    {
        let mut engine = Engine::new(fields, parameters);
        let people: Vec<Person> = rows.people.into_iter().collect();
        engine.graph.open(people.iter().map(|person| person.id).collect());
        engine.facts.reserve(people.len());
        let mut vouches = rows.vouches.into_iter();
        let mut edges = Vec::with_capacity(vouches.size_hint().0);
        let mut named = Vec::new();
        let finder = Finder::of(&engine.graph.ids);
        let (mut batch, mut ends): (Vec<Vouch>, Vec<u32>) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        let mut author = NOBODY;
        loop {
            batch.clear();
            batch.extend(vouches.by_ref().take(BATCH));
            if batch.is_empty() {
                break;
            }
            finder.find(&engine.graph.ids, batch.iter().map(|vouch| vouch.to), &mut ends);
            for (vouch, &to) in batch.iter().zip(&ends) {
                // Vouches often come author by author.
                if engine.graph.ids.get(author as usize) != Some(&vouch.from) {
                    author = finder.search(&engine.graph.ids, vouch.from);
                }
                let known = (author != NOBODY && to != NOBODY).then_some((author, to));
                let Some((from, slot)) = engine.slot_of(vouch, known) else { continue };
                match vouch.id {
                    0 => edges.push((from, slot)),
                    id => named.push(Entry { id, from, slot }),
                }
            }
        }
        // Of several rows with one id the last counts, as if they had come one by one.
        named.reverse();
        named.sort_by_key(|entry: &Entry| entry.id);
        named.dedup_by_key(|entry| entry.id);
        edges.extend(named.iter().map(|entry| (entry.from, entry.slot)));
        edges.extend(rows.trust.into_iter().filter_map(|trust| engine.slot_of_trust(&trust)));
        let mut places = Vec::with_capacity(people.len());
        finder.find(&engine.graph.ids, people.iter().map(|person| person.id), &mut places);
        if let Some(place) = engine.graph.order() {
            places.iter_mut().for_each(|member| *member = place[*member as usize]);
            let ends = named.iter_mut().map(|entry| (&mut entry.from, &mut entry.slot));
            for (from, slot) in ends.chain(edges.iter_mut().map(|(from, slot)| (from, slot))) {
                (*from, slot.other) = (place[*from as usize], place[slot.other as usize]);
            }
        }
        engine.ledger.fill(named);
        for (person, &member) in people.iter().zip(&places) {
            engine.take_person(member, person);
        }
        drop((people, places));
        rows.jobs.into_iter().for_each(|row| engine.put_job(row));
        engine.fill(edges);
        rows.warnings.into_iter().for_each(|row| engine.put_warning(row));
        rows.outcomes.into_iter().for_each(|row| engine.put_outcome(row));
        engine
    }

    /// All rows from all edges, and every sum, fact, standing and reply that follows from them.
    fn fill(&mut self, edges: Vec<(u32, Slot)>) {
        let days = self.parameters.reply_days;
        let members = self.graph.members.len();
        let mut given = Flat::sized(members, edges.iter().map(|edge| edge.0));
        edges.iter().for_each(|(from, slot)| given.put(*from, *slot));
        drop(edges);
        given.settle();
        self.graph.edges = given.slots.len();
        let counts = self.count_received(&given);
        for (place, count) in counts.into_iter().enumerate() {
            let (author, row) = (place as u32, given.row_mut(place));
            self.graph.members[place].fields.iter().for_each(|known| self.facts.list(author, known.0, true));
            if count.vouches > 0 {
                self.facts.note_many(author, count.field, count.vouches, count.work_based);
            }
            let hired = row.iter().filter(|slot| slot.live() && slot.basis() == Some(Basis::Hired));
            hired.for_each(|slot| self.facts.note_hired(author, slot.field));
            let confirmed = self.facts.confirmed(&self.graph, author);
            for slot in row {
                charge(&mut self.graph.members[place], *slot, self.scale.cost(*slot, &self.parameters), true);
                self.judge_slot(author, slot, Some(&confirmed));
            }
        }
        let received = given.turned();
        let mut replies = Vec::new();
        for (place, member) in self.graph.members.iter_mut().enumerate() {
            let (out, into) = (given.row(place), received.row(place));
            mutual(out, into, |there, back| {
                let answer =
                    there.iter().any(|a| back.iter().any(|b| is_reply(*a, *b, days) || is_reply(*b, *a, days)));
                // Each pair comes twice: once from either end.
                if answer && there[0].other > place as u32 {
                    replies.push((place as u32, there[0].other));
                }
            });
            member.out = out.to_vec();
        }
        drop(given);
        for (place, member) in self.graph.members.iter_mut().enumerate() {
            member.into = received.row(place).to_vec();
        }
        drop(received);
        for (a, b) in replies {
            self.settle_pair(a, b);
        }
    }

    /// How many live vouches each member received, in the first field there is one; those in other fields are noted.
    fn count_received(&mut self, given: &Flat) -> Vec<Count> {
        let mut counts = vec![Count::default(); given.members()];
        let mut others: Map<(u32, u16), (u32, u32)> = Map::default();
        for slot in given.slots.iter().filter(|slot| slot.live()) {
            let Some(basis) = slot.basis() else { continue };
            let work = u32::from(basis.is_work_based());
            let count = &mut counts[slot.other as usize];
            if count.vouches == 0 || count.field == slot.field {
                *count = Count { field: slot.field, vouches: count.vouches + 1, work_based: count.work_based + work };
            } else {
                let count = others.entry((slot.other, slot.field)).or_default();
                *count = (count.0 + 1, count.1 + work);
            }
        }
        for ((person, field), (vouches, work_based)) in others {
            self.facts.note_many(person, field, vouches, work_based);
        }
        counts
    }
}

/// Live vouches received in one field.
#[derive(Clone, Copy, Default)]
struct Count {
    field: u16,
    vouches: u32,
    work_based: u32,
}

/// Calls back for each person in both rows (sorted alike), with the part of either.
fn mutual(out: &[Slot], into: &[Slot], mut both: impl FnMut(&[Slot], &[Slot])) {
    let (mut a, mut b) = (0, 0);
    while a < out.len() && b < into.len() {
        match out[a].other.cmp(&into[b].other) {
            std::cmp::Ordering::Less => a += 1,
            std::cmp::Ordering::Greater => b += 1,
            std::cmp::Ordering::Equal => {
                let other = out[a].other;
                let len = |row: &[Slot]| row.iter().take_while(|slot| slot.other == other).count();
                let ends = (a + len(&out[a..]), b + len(&into[b..]));
                both(&out[a..ends.0], &into[b..ends.1]);
                (a, b) = ends;
            }
        }
    }
}
