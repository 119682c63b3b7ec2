//! Plain words to occupations: what the trained vectors, the nearest everyday phrase and the words themselves say, added up.

use crate::vectors::{self, DIMS, Tables, Vector};
use crate::{ALTERNATES, DEMAND, Match, OCCUPATIONS, index, words};

static TABLES: Tables = Tables {
    starts: include_bytes!(concat!(env!("OUT_DIR"), "/starts.bin")),
    words: include_bytes!("../data/words.txt"),
    vectors: include_bytes!("../data/vectors.bin"),
};
static TRADES: &[u8] = include_bytes!("../data/trades.bin");
static USES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/uses.bin"));
static PHRASES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/phrases.bin"));

/// How much the nearest phrase counts against the trained log-odds; chosen on the tuning half of the needs.
const PHRASE_WEIGHT: f32 = 12.0;
/// What a step of demand is worth, in log-odds.
const DEMAND_WEIGHT: f32 = 0.16;
/// Turns sums into chances: the first is about as often right as its score says (the accuracy example prints both).
const SHARPNESS: f32 = 0.9;

/// Adds up everything known for each occupation, in the order of the codes.
fn evidence(words: &[String]) -> Vec<f32> {
    let mut v: Vector = [0.0; DIMS];
    for word in words {
        for place in places(word) {
            TABLES.add(place, &mut v);
        }
    }
    vectors::normalise(&mut v);
    let mut sums: Vec<f32> = vectors::trades(TRADES, &v).collect();
    sums.resize(OCCUPATIONS.len(), 0.0);
    let near = nearest_phrases(&v);
    for ((sum, near), demand) in sums.iter_mut().zip(near).zip(DEMAND) {
        *sum += PHRASE_WEIGHT * near + DEMAND_WEIGHT * f32::from(demand);
    }
    let mut stems: Vec<String> = words.iter().map(|w| words::stem(w)).collect();
    stems.sort();
    stems.dedup();
    for stem in &stems {
        for (i, weight) in index::postings(stem) {
            if let Some(s) = sums.get_mut(usize::from(i)) {
                *s += weight;
            }
        }
    }
    sums
}

/// For each occupation the cosine of its nearest phrase.
fn nearest_phrases(v: &Vector) -> Vec<f32> {
    let query = v.map(|x| (x * 127.0).round() as i8);
    let mut near = vec![-1.0_f32; OCCUPATIONS.len()];
    for row in PHRASES.chunks_exact(2 + DIMS) {
        let (head, phrase) = row.split_at(2);
        let dot: i32 = phrase.iter().zip(query).map(|(a, b)| i32::from(a.cast_signed()) * i32::from(b)).sum();
        if let Some(best) = near.get_mut(usize::from(u16::from_le_bytes([head[0], head[1]]))) {
            *best = best.max(dot as f32 / (127.0 * 127.0));
        }
    }
    near
}

/// The places of a word in the table: as written, without its ending, as two words run together, or as a likely misspelling.
fn places(word: &str) -> Vec<usize> {
    if word.len() < 2 || word.bytes().all(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    if let Some(place) = TABLES.find(word) {
        return vec![place];
    }
    for (ending, instead) in [
        ("s", ""),
        ("es", ""),
        ("ies", "y"),
        ("ing", ""),
        ("ing", "e"),
        ("ed", ""),
        ("ed", "e"),
        ("er", ""),
        ("ly", ""),
    ] {
        if let Some(base) = word.strip_suffix(ending)
            && base.len() >= 3
            && let Some(place) = TABLES.find(&format!("{base}{instead}"))
        {
            return vec![place];
        }
    }
    if let Some(place) = misspelt(word, 1) {
        return vec![place];
    }
    for cut in 3..word.len().saturating_sub(2) {
        if let Some((a, b)) = word.split_at_checked(cut)
            && let (Some(a), Some(b)) = (TABLES.find(a), TABLES.find(b))
            && uses(a).min(uses(b)) > 0
        {
            return vec![a, b];
        }
    }
    misspelt(word, 2).into_iter().collect()
}

/// How often a word stands in the everyday words and titles.
fn uses(place: usize) -> u8 {
    USES.get(place).copied().unwrap_or(0)
}

/// The most used word of the trades one or two slips away. The first letter is taken as right; short words have no spelling to speak of.
fn misspelt(word: &str, slips: usize) -> Option<usize> {
    if !(3 + 2 * slips..=24).contains(&word.len()) {
        return None;
    }
    let (word, first) = (word.as_bytes(), word.as_bytes().first()?);
    let near = |place: &usize| {
        let other = TABLES.text(*place);
        uses(*place) > 0
            && other.first() == Some(first)
            && other.len().abs_diff(word.len()) <= slips
            && distance(word, other) <= slips
    };
    // A letter is dropped or doubled more often than it is taken for another.
    (0..TABLES.len()).filter(near).max_by_key(|place| (TABLES.text(*place).len() != word.len(), uses(*place)))
}

/// Letters missing, added, changed, or two neighbours swapped (Damerau-Levenshtein, optimal string alignment).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            let plain = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + usize::from(a[i - 1] != b[j - 1]));
            row.push(if swap { plain.min(before[j - 2] + 1) } else { plain });
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// The occupations for these words, best first, `limit` of them while there are so many.
pub fn search(words: &[String], limit: usize) -> Vec<Match> {
    let sums = evidence(words);
    let top = sums.iter().copied().fold(f32::MIN, f32::max);
    let chances: Vec<f32> = sums.iter().map(|s| ((s - top) * SHARPNESS).exp()).collect();
    let total: f32 = chances.iter().sum();
    let mut order: Vec<usize> = (0..OCCUPATIONS.len()).collect();
    order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]).then(a.cmp(b)));
    order.truncate(limit);
    let stems: Vec<String> = words.iter().map(|w| words::stem(w)).collect();
    let matched = |i: usize| Match {
        occupation: &OCCUPATIONS[i],
        score: (chances[i] / total).clamp(0.0, 1.0),
        why: why(i, &stems),
    };
    order.into_iter().map(matched).collect()
}

/// The title of an occupation that shares most words with the need, if any does.
fn why(index: usize, stems: &[String]) -> String {
    let mut best = (0.0_f32, "");
    for title in [&OCCUPATIONS[index].plain, &OCCUPATIONS[index].title].into_iter().chain(ALTERNATES[index]) {
        let words = words::split(title);
        let shared = words.iter().filter(|w| stems.contains(&words::stem(w))).count() as f32;
        let fit = shared * shared / (words.len() as f32 + 0.5);
        if fit > best.0 {
            best = (fit, title);
        }
    }
    best.1.to_string()
}
