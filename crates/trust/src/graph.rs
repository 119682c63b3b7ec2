//! Who is tied to whom: people by index, and each edge once in either direction, in rows sorted by external id.

use std::cmp::Ordering;

use hashbrown::HashTable;

use crate::facts::{Basis, Day, Id, Standing, Tie};
use crate::mix::hash_id;

/// The field of an entry that counts for all fields.
pub(crate) const ALL_FIELDS: u16 = u16::MAX;

/// Day 0 of the 15 bits a slot has for its date: 1990-01-01. The last one is in 2079; other days are clamped.
const FIRST_DAY: Day = 7305;
const LAST_OFFSET: Day = 0x7fff;

/// Bits of [`Slot::marks`]: kind 3, tie 3, standing 3, confidence 6, live 1.
const KIND: u16 = 0b111;
const TIE: u16 = 0b111 << 3;
const STANDING: u16 = 0b111 << 6;
const CONFIDENCE: u16 = 0b11_1111 << 9;
const LIVE: u16 = 1 << 15;
const REPLY: u16 = 1 << 15;

/// A tie as its three bits: those that came out later stand above the others.
pub(crate) fn tie_bits(tie: Tie, undisclosed: bool) -> u16 {
    match tie {
        _ if !undisclosed => tie as u16,
        Tie::None => Tie::None as u16,
        Tie::Friend => 5,
        Tie::Money => 6,
        Tie::Family | Tie::Undescribed => 7,
    }
}

/// What an edge is: a vouch with its basis, or private trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Vouch(Basis),
    Reliance,
}

/// One direction of one edge: 12 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Index of the person at the other end.
    pub other: u32,
    pub field: u16,
    marks: u16,
    /// 15 bits of date and one bit: a fast, identical, evidence-free reply.
    when: u16,
    /// Weight by basis, standing and tie, in 65,535ths: a cache of what `marks` says, refilled when a standing changes.
    pub weight: u16,
}

impl Slot {
    pub fn new(other: u32, field: u16, kind: Kind, tie: u16, confidence: f32, at: Day, live: bool) -> Self {
        let kind = match kind {
            Kind::Vouch(basis) => basis as u16,
            Kind::Reliance => 6,
        };
        // Not a number counts as the least confidence.
        let percent = if confidence.is_nan() { 50.0 } else { (confidence.clamp(0.5, 0.99) * 100.0).round() };
        let confidence = (percent as u16).saturating_sub(50).min(49);
        let when = (at.saturating_sub(FIRST_DAY)).clamp(0, LAST_OFFSET) as u16;
        let marks = kind | (tie & 0b111) << 3 | (Standing::Lay as u16) << 6 | confidence << 9;
        Slot { other, field, marks: marks | if live { LIVE } else { 0 }, when, weight: 0 }
    }

    pub fn kind(self) -> Kind {
        match self.marks & KIND {
            0 => Kind::Vouch(Basis::Hired),
            1 => Kind::Vouch(Basis::WorkedBeside),
            2 => Kind::Vouch(Basis::InspectedWork),
            3 => Kind::Vouch(Basis::KnowsPersonally),
            4 => Kind::Vouch(Basis::HeardOf),
            5 => Kind::Vouch(Basis::NotStated),
            _ => Kind::Reliance,
        }
    }

    /// The basis, if it is a vouch.
    pub fn basis(self) -> Option<Basis> {
        match self.kind() {
            Kind::Vouch(basis) => Some(basis),
            Kind::Reliance => None,
        }
    }

    pub fn tie(self) -> Tie {
        match (self.marks & TIE) >> 3 {
            0 => Tie::None,
            1 | 5 => Tie::Friend,
            2 | 6 => Tie::Money,
            3 | 7 => Tie::Family,
            _ => Tie::Undescribed,
        }
    }

    /// Whether the tie was not disclosed by the author, but came out later.
    pub fn undisclosed(self) -> bool {
        (self.marks & TIE) >> 3 > Tie::Undescribed as u16
    }

    pub fn standing(self) -> Standing {
        match (self.marks & STANDING) >> 6 {
            0 => Standing::Practitioner,
            1 => Standing::Adjacent,
            2 => Standing::RepeatBuyer,
            3 => Standing::Client,
            _ => Standing::Lay,
        }
    }

    pub fn set_standing(&mut self, standing: Standing) {
        self.marks = (self.marks & !STANDING) | (standing as u16) << 6;
    }

    /// Stated confidence in steps of one percent above 50.
    pub fn confidence_step(self) -> usize {
        usize::from((self.marks & CONFIDENCE) >> 9)
    }

    pub fn confidence(self) -> f64 {
        (50 + self.confidence_step()) as f64 / 100.0
    }

    pub fn live(self) -> bool {
        self.marks & LIVE != 0
    }

    /// The same word, no longer live. (Weight and standing are to be derived again.)
    pub fn lapsed(self) -> Self {
        Slot { marks: self.marks & !LIVE, ..self }
    }

    /// Days since [`FIRST_DAY`].
    pub fn day_offset(self) -> usize {
        usize::from(self.when & !REPLY)
    }

    pub fn is_reply(self) -> bool {
        self.when & REPLY != 0
    }

    pub fn set_reply(&mut self, reply: bool) {
        self.when = (self.when & !REPLY) | if reply { REPLY } else { 0 };
    }

    /// The same edge in another row: from the other end, or back.
    pub fn toward(self, other: u32) -> Self {
        Slot { other, ..self }
    }

    /// What makes this edge this edge, besides its two ends: all that was told, nothing derived.
    pub fn told(self) -> (u16, u16, u16) {
        (self.field, self.marks & !STANDING, self.when & !REPLY)
    }

    pub fn is_same_edge(self, other: Slot) -> bool {
        self.other == other.other && self.told() == other.told()
    }
}

/// Days from [`FIRST_DAY`] to `day`, not clamped to what a slot can hold.
pub(crate) fn day_offset(day: Day) -> i64 {
    i64::from(day) - i64::from(FIRST_DAY)
}

/// One person's tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    /// Edges given, sorted by the external id at the other end, then by what was told.
    pub out: Vec<Slot>,
    /// Sum of what the edges given cost of this person's word, in fixed point, see `evidence`.
    pub spent: u128,
    /// Sum of confidence steps of vouches given, and their number: how generous an author is.
    pub confidence_steps: u64,
    pub confidences: u32,
    /// Vouches given whose tie came out later.
    pub undisclosed: u32,
    /// Entries of the private trust list: they do not fade.
    pub relied: u32,
    pub joined: Day,
    /// A person row was given (not only named by an edge).
    pub known: bool,
    pub listed: bool,
    /// Has outcomes as a referrer, so that a factor must be looked up.
    pub has_record: bool,
    /// Edges received, sorted likewise.
    pub into: Vec<Slot>,
    /// Occupations and whether a licence or a group confirms them, sorted.
    pub fields: Vec<(u16, bool)>,
}

/// People and edges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub members: Vec<Member>,
    /// Who has outcomes as a professional, apart too: asked of every candidate.
    pub tested: Vec<bool>,
    /// Their external ids, apart: comparing two people must not touch their tables.
    pub ids: Vec<Id>,
    pub index: HashTable<u32>,
    /// Members below this index stand in the order of their external ids (after a bulk load).
    pub ordered: u32,
    pub edges: usize,
}

impl Graph {
    pub fn find(&self, id: Id) -> Option<u32> {
        self.index.find(hash_id(id), |&place| self.ids[place as usize] == id).copied()
    }

    /// The index of a person, made on first mention.
    pub fn intern(&mut self, id: Id) -> u32 {
        if let Some(place) = self.find(id) {
            return place;
        }
        let place = self.members.len() as u32;
        self.members.push(Member::default());
        self.tested.push(false);
        self.ids.push(id);
        let ids = &self.ids;
        self.index.insert_unique(hash_id(id), place, |&known| hash_id(ids[known as usize]));
        place
    }

    pub fn id(&self, place: u32) -> Id {
        self.ids[place as usize]
    }

    /// Order of two people: by external id, whatever the order they came in.
    pub fn compare_people(&self, a: u32, b: u32) -> Ordering {
        if a < self.ordered && b < self.ordered { a.cmp(&b) } else { self.id(a).cmp(&self.id(b)) }
    }

    fn compare_slots(&self, a: Slot, b: Slot) -> Ordering {
        self.compare_people(a.other, b.other).then_with(|| a.told().cmp(&b.told()))
    }

    /// Puts an edge in both rows. False if exactly this edge is there already.
    pub fn insert(&mut self, from: u32, slot: Slot) -> bool {
        let to = slot.other;
        let Err(place) = self.members[from as usize].out.binary_search_by(|known| self.compare_slots(*known, slot))
        else {
            return false;
        };
        let back = slot.toward(from);
        let row = &self.members[to as usize].into;
        let back_place = row.binary_search_by(|known| self.compare_slots(*known, back)).unwrap_or_else(|place| place);
        insert_tight(&mut self.members[from as usize].out, place, slot);
        insert_tight(&mut self.members[to as usize].into, back_place, back);
        self.edges += 1;
        true
    }

    /// Takes an edge out of both rows. False if it is not there.
    pub fn remove(&mut self, from: u32, slot: Slot) -> bool {
        let to = slot.other;
        let Ok(place) = self.members[from as usize].out.binary_search_by(|known| self.compare_slots(*known, slot))
        else {
            return false;
        };
        self.members[from as usize].out.remove(place);
        let back = slot.toward(from);
        let row = &self.members[to as usize].into;
        if let Ok(place) = row.binary_search_by(|known| self.compare_slots(*known, back)) {
            self.members[to as usize].into.remove(place);
        }
        self.edges -= 1;
        true
    }

    /// Puts another edge between the same two in the place of one, in both rows. False if it was there already: then
    /// the old one is only taken out.
    pub fn replace(&mut self, from: u32, old: Slot, new: Slot) -> bool {
        let to = old.other;
        let range = self.between(from, to);
        let row = &mut self.members[from as usize].out[range];
        if row.iter().any(|known| known.is_same_edge(new)) {
            self.remove(from, old);
            return false;
        }
        put_in_place(row, old, new);
        let row = &self.members[to as usize].into;
        let start = row.partition_point(|slot| self.compare_people(slot.other, from) == Ordering::Less);
        let end = start + row[start..].iter().take_while(|slot| slot.other == from).count();
        put_in_place(&mut self.members[to as usize].into[start..end], old.toward(from), new.toward(from));
        true
    }

    /// The part of `from`'s row that leads to `to`.
    pub fn between(&self, from: u32, to: u32) -> std::ops::Range<usize> {
        let row = &self.members[from as usize].out;
        let start = row.partition_point(|slot| self.compare_people(slot.other, to) == Ordering::Less);
        let len = row[start..].iter().take_while(|slot| slot.other == to).count();
        start..start + len
    }

    /// Changes what is derived of one edge (standing, reply, weight) in both rows.
    pub fn update(&mut self, from: u32, place: usize, change: impl Fn(&mut Slot)) {
        let slot = &mut self.members[from as usize].out[place];
        change(slot);
        let (to, back) = (slot.other, slot.toward(from));
        let row = &self.members[to as usize].into;
        if let Ok(place) = row.binary_search_by(|known| self.compare_slots(*known, back)) {
            self.members[to as usize].into[place] = back;
        }
    }

    /// Bytes of the rows, and of the tables with one entry for each person.
    pub fn bytes(&self) -> (usize, usize) {
        let slot = size_of::<Slot>();
        let rows = self.members.iter().map(|m| (m.out.capacity() + m.into.capacity()) * slot).sum();
        let fields: usize = self.members.iter().map(|m| m.fields.capacity() * 4).sum();
        (
            rows,
            self.members.capacity() * size_of::<Member>()
                + self.ids.capacity() * 17
                + self.index.capacity() * 5
                + fields,
        )
    }
}

/// One slot for another among those of the same two people, which stay sorted.
fn put_in_place(row: &mut [Slot], old: Slot, new: Slot) {
    if let Some(known) = row.iter_mut().find(|known| known.is_same_edge(old)) {
        *known = new;
    }
    row.sort_unstable_by_key(|slot| slot.told());
}

/// Inserts without the doubling of `Vec`: an eighth of slack is enough, rows are short and many.
fn insert_tight(row: &mut Vec<Slot>, place: usize, slot: Slot) {
    if row.len() == row.capacity() {
        row.reserve_exact(row.len() / 8 + 2);
    }
    row.insert(place, slot);
}
