//! A small open-addressing table from a member's index to a running number, made for one question.

/// Numbers keys 0, 1, 2 … in the order they are first seen.
#[derive(Debug)]
pub(crate) struct Places {
    /// Key and number; `u32::MAX` as key is empty.
    cells: Vec<(u32, u32)>,
    shift: u32,
    count: u32,
}

const EMPTY: u32 = u32::MAX;

impl Places {
    /// Room for about this many before it grows.
    pub fn new(expected: usize) -> Self {
        let bits = (expected.max(8) * 2).next_power_of_two().trailing_zeros().min(31);
        Places { cells: vec![(EMPTY, 0); 1 << bits], shift: 32 - bits, count: 0 }
    }

    fn start(&self, key: u32) -> usize {
        (key.wrapping_mul(0x9e37_79b1) >> self.shift) as usize
    }

    pub fn get(&self, key: u32) -> Option<usize> {
        let mask = self.cells.len() - 1;
        let mut place = self.start(key);
        loop {
            let cell = self.cells[place];
            if cell.0 == key {
                return Some(cell.1 as usize);
            }
            if cell.0 == EMPTY {
                return None;
            }
            place = (place + 1) & mask;
        }
    }

    /// The number of a key; the next free one if it is new. `key` is never `u32::MAX`.
    pub fn number(&mut self, key: u32) -> usize {
        let mask = self.cells.len() - 1;
        let mut place = self.start(key);
        loop {
            let cell = self.cells[place];
            if cell.0 == key {
                return cell.1 as usize;
            }
            if cell.0 == EMPTY {
                break;
            }
            place = (place + 1) & mask;
        }
        let number = self.count;
        self.cells[place] = (key, number);
        self.count += 1;
        if self.count as usize * 2 > self.cells.len() {
            self.grow();
        }
        number as usize
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.cells);
        self.cells = vec![(EMPTY, 0); old.len() * 2];
        self.shift -= 1;
        let mask = self.cells.len() - 1;
        for cell in old {
            if cell.0 != EMPTY {
                let mut place = self.start(cell.0);
                while self.cells[place].0 != EMPTY {
                    place = (place + 1) & mask;
                }
                self.cells[place] = cell;
            }
        }
    }
}
