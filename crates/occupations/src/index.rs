//! The word index made by `build.rs`, read where it lies in the binary.

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lexical.bin"));

fn u32_at(at: usize) -> usize {
    BYTES.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, |b| u32::from_le_bytes(b) as usize)
}

/// Bytes before the terms: how many there are, and the scale.
const HEAD: usize = 8;

/// What the heaviest posting weighs.
fn scale() -> f32 {
    BYTES.get(4..8).and_then(|b| b.try_into().ok()).map_or(0.0, f32::from_le_bytes)
}

fn terms() -> usize {
    u32_at(0)
}

/// Where a term's text and postings begin.
fn head(term: usize) -> (usize, usize) {
    (u32_at(HEAD + term * 8), u32_at(HEAD + 4 + term * 8))
}

fn text(term: usize) -> &'static [u8] {
    let base = HEAD + (terms() + 1) * 8;
    BYTES.get(base + head(term).0..base + head(term + 1).0).unwrap_or_default()
}

/// The place of a stem in the index, if any occupation's text has it.
fn find(stem: &str) -> Option<usize> {
    let (mut low, mut high) = (0, terms());
    while low < high {
        let middle = (low + high) / 2;
        match text(middle).cmp(stem.as_bytes()) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// Occupations whose text has this stem, with the weight of the word for each.
pub fn postings(stem: &str) -> impl Iterator<Item = (u16, f32)> {
    let bytes = find(stem).map_or(&[][..], |term| {
        let base = HEAD + (terms() + 1) * 8 + head(terms()).0;
        BYTES.get(base + head(term).1 * 3..base + head(term + 1).1 * 3).unwrap_or_default()
    });
    bytes.chunks_exact(3).map(|p| (u16::from_le_bytes([p[0], p[1]]), f32::from(p[2]) / 255.0 * scale()))
}
