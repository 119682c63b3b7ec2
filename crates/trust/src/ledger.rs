//! Which vouch is which edge: from external ids to edges and back, for those that have an id.

use hashbrown::HashTable;

use crate::facts::Id;
use crate::graph::Slot;
use crate::mix::{hash_id, mix};

/// One named vouch: its author and the slot in the author's row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub id: Id,
    pub from: u32,
    pub slot: Slot,
}

/// All named vouches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    by_id: HashTable<u32>,
    by_ends: HashTable<u32>,
}

fn hash_ends(entry: &Entry) -> u64 {
    mix(u64::from(entry.from) << 32 | u64::from(entry.slot.other), u64::from(entry.slot.field))
}

impl Ledger {
    pub fn find(&self, id: Id) -> Option<Entry> {
        self.by_id.find(hash_id(id), |&n| self.entries[n as usize].id == id).map(|&n| self.entries[n as usize])
    }

    /// The id of an edge; the smallest if several vouches say the very same.
    pub fn name(&self, from: u32, slot: Slot) -> Option<Id> {
        let probe = Entry { id: 0, from, slot };
        self.by_ends
            .iter_hash(hash_ends(&probe))
            .map(|&n| self.entries[n as usize])
            .filter(|entry| entry.from == from && entry.slot.is_same_edge(slot))
            .map(|entry| entry.id)
            .min()
    }

    /// Adds an entry. The caller has removed an older one with this id.
    pub fn insert(&mut self, entry: Entry) {
        let n = self.entries.len() as u32;
        self.entries.push(entry);
        let entries = &self.entries;
        self.by_id.insert_unique(hash_id(entry.id), n, |&n| hash_id(entries[n as usize].id));
        self.by_ends.insert_unique(hash_ends(&entry), n, |&n| hash_ends(&entries[n as usize]));
    }

    /// All vouches of one edge now say something else between the same two in the same field.
    pub fn replace(&mut self, from: u32, old: Slot, new: Slot) {
        let probe = Entry { id: 0, from, slot: old };
        let same = |entry: &Entry| entry.from == from && entry.slot.is_same_edge(old);
        let found = self.by_ends.iter_hash(hash_ends(&probe)).copied().filter(|&n| same(&self.entries[n as usize]));
        for n in found.collect::<Vec<u32>>() {
            self.entries[n as usize].slot = new;
        }
    }

    /// Takes an entry out and says what it was.
    pub fn remove(&mut self, id: Id) -> Option<Entry> {
        let found = self.by_id.find_entry(hash_id(id), |&n| self.entries[n as usize].id == id).ok()?;
        let (n, _) = found.remove();
        let entry = self.entries[n as usize];
        if let Ok(found) = self.by_ends.find_entry(hash_ends(&entry), |&known| known == n) {
            found.remove();
        }
        // The last entry moves into the gap.
        let last = self.entries.len() as u32 - 1;
        self.entries.swap_remove(n as usize);
        if n != last {
            let moved = self.entries[n as usize];
            for (table, hash) in [(&mut self.by_id, hash_id(moved.id)), (&mut self.by_ends, hash_ends(&moved))] {
                if let Some(known) = table.find_mut(hash, |&known| known == last) {
                    *known = n;
                }
            }
        }
        Some(entry)
    }

    /// After a bulk load the members have new indices: builds everything from the entries.
    pub fn fill(&mut self, entries: Vec<Entry>) {
        *self = Ledger { entries, ..Ledger::default() };
        let entries = &self.entries;
        for (n, entry) in entries.iter().enumerate() {
            self.by_id.insert_unique(hash_id(entry.id), n as u32, |&n| hash_id(entries[n as usize].id));
            self.by_ends.insert_unique(hash_ends(entry), n as u32, |&n| hash_ends(&entries[n as usize]));
        }
    }

    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + (self.by_id.capacity() + self.by_ends.capacity()) * 5
    }
}
