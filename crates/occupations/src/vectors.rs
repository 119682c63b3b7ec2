//! Words as vectors and the trades as directions among them: tables trained by `generator/`, read where they lie.

/// Components of a vector.
pub const DIMS: usize = 128;
/// Bytes of a word: its weight, then two components a byte.
const WORD: usize = 1 + DIMS / 2;
/// Bytes of a trade: components, then scale and bias.
const TRADE: usize = DIMS + 8;

/// A sum of weighted word vectors.
pub type Vector = [f32; DIMS];

/// The vocabulary: words in the order of their bytes, and their vectors in the same order.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    /// u32 places of the words in `words`, and one past the end.
    pub starts: &'a [u8],
    /// The words, each followed by a newline.
    pub words: &'a [u8],
    /// Per word its weight and vector.
    pub vectors: &'a [u8],
}

impl<'a> Tables<'a> {
    fn start(&self, word: usize) -> usize {
        self.starts
            .get(word * 4..word * 4 + 4)
            .and_then(|b| b.try_into().ok())
            .map_or(0, |b| u32::from_le_bytes(b) as usize)
    }

    /// How many words the table has.
    pub fn len(&self) -> usize {
        (self.starts.len() / 4).saturating_sub(1)
    }

    /// The text of a word.
    pub fn text(&self, word: usize) -> &'a [u8] {
        self.words.get(self.start(word)..self.start(word + 1).saturating_sub(1)).unwrap_or_default()
    }

    /// The place of a word exactly as written.
    pub fn find(&self, word: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.text(middle).cmp(word.as_bytes()) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The weighted vector of a word added to a sum.
    pub fn add(&self, word: usize, sum: &mut Vector) {
        let Some((head, packed)) = self.vectors.get(word * WORD..(word + 1) * WORD).and_then(<[u8]>::split_first)
        else {
            return;
        };
        // The weight is stored as a sixteenth-octave: 2^((byte - 200) / 16).
        let scale = ((f32::from(*head) - 200.0) / 16.0).exp2();
        for (pair, byte) in sum.chunks_exact_mut(2).zip(packed) {
            pair[0] += scale * (f32::from(byte & 15) - 8.0);
            pair[1] += scale * (f32::from(byte >> 4) - 8.0);
        }
    }
}

/// Makes the length 1; a vector of nothing stays nothing.
pub fn normalise(v: &mut Vector) {
    let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 1e-6 {
        v.iter_mut().for_each(|x| *x /= length);
    }
}

/// For each trade how well the vector points its way, in log-odds.
pub fn trades(table: &[u8], v: &Vector) -> impl Iterator<Item = f32> {
    table.chunks_exact(TRADE).map(move |row| {
        let number = |at: usize| row.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0.0, f32::from_le_bytes);
        let dot: f32 = row.iter().zip(v).map(|(a, b)| f32::from(a.cast_signed()) * b).sum();
        dot * number(DIMS) + number(DIMS + 4)
    })
}
