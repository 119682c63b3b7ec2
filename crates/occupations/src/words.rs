//! Text to words: the same folding and stemming for the index (at build time) and for a need (at run time).

/// The words of a text: lower case, letters and digits only, accents folded, possessive `'s` dropped.
pub fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars().chain(std::iter::once(' ')) {
        match fold(c) {
            Some(folded) => word.push_str(folded_str(folded, c, &mut [0; 4])),
            None if matches!(c, '\'' | '\u{2019}') && !word.is_empty() => word.push('\''),
            None => {
                if !word.is_empty() {
                    push(&mut words, &word);
                    word.clear();
                }
            }
        }
    }
    words
}

/// What a character becomes inside a word.
enum Folded {
    Same,
    Str(&'static str),
}

fn fold(c: char) -> Option<Folded> {
    if c.is_ascii_alphanumeric() {
        return Some(Folded::Same);
    }
    Some(Folded::Str(match c {
        'à'..='å' | 'À'..='Å' => "a",
        'è'..='ë' | 'È'..='Ë' => "e",
        'ì'..='ï' | 'Ì'..='Ï' => "i",
        'ò'..='ö' | 'ø' | 'Ò'..='Ö' | 'Ø' => "o",
        'ù'..='ü' | 'Ù'..='Ü' => "u",
        'ç' | 'Ç' => "c",
        'ñ' | 'Ñ' => "n",
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        _ if c.is_alphanumeric() => return Some(Folded::Same),
        _ => return None,
    }))
}

fn folded_str(folded: Folded, c: char, buffer: &mut [u8; 4]) -> &str {
    match folded {
        Folded::Str(s) => s,
        Folded::Same if c.is_ascii() => c.to_ascii_lowercase().encode_utf8(buffer),
        Folded::Same => c.encode_utf8(buffer),
    }
}

fn push(words: &mut Vec<String>, raw: &str) {
    let raw = raw.trim_matches('\'');
    let raw = raw.strip_suffix("'s").unwrap_or(raw);
    if !raw.is_empty() {
        // "don't" and "dont" are one word; nobody types apostrophes reliably.
        words.push(raw.replace('\'', ""));
    }
}

/// Words that say nothing about the trade.
pub fn is_stop(word: &str) -> bool {
    STOP.binary_search(&word).is_ok()
}

const STOP: &[&str] = &[
    "a",
    "about",
    "after",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "anybody",
    "anyone",
    "are",
    "around",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "but",
    "by",
    "can",
    "cant",
    "could",
    "did",
    "do",
    "does",
    "dont",
    "for",
    "from",
    "get",
    "got",
    "had",
    "has",
    "have",
    "he",
    "help",
    "her",
    "him",
    "his",
    "how",
    "i",
    "id",
    "if",
    "im",
    "in",
    "into",
    "is",
    "isnt",
    "it",
    "its",
    "ive",
    "just",
    "like",
    "looking",
    "me",
    "might",
    "my",
    "near",
    "need",
    "needed",
    "needs",
    "no",
    "not",
    "of",
    "on",
    "one",
    "or",
    "our",
    "out",
    "over",
    "own",
    "please",
    "recommend",
    "she",
    "should",
    "so",
    "some",
    "somebody",
    "someone",
    "something",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "they",
    "this",
    "to",
    "too",
    "up",
    "us",
    "very",
    "want",
    "wants",
    "was",
    "we",
    "were",
    "weve",
    "what",
    "when",
    "where",
    "which",
    "who",
    "whom",
    "will",
    "with",
    "without",
    "would",
    "you",
    "your",
];

/// A light English stem: plurals, `-ing`, `-ed`, `-er`/`-ers`/`-or`, so that "roofer", "roofing" and "roofs" meet.
pub fn stem(word: &str) -> String {
    let mut w = word.to_string();
    if w.len() < 4 || !w.is_ascii() || w.bytes().any(|b| b.is_ascii_digit()) {
        return w;
    }
    if w.ends_with("ies") && w.len() > 4 {
        w.truncate(w.len() - 3);
        w.push('y');
    } else if ["sses", "shes", "ches", "xes", "zes"].iter().any(|s| w.ends_with(s)) {
        w.truncate(w.len() - 2);
    } else if w.ends_with('s') && !w.ends_with("ss") && !w.ends_with("us") && !w.ends_with("is") {
        w.pop();
    }
    for suffix in ["ing", "ers", "ors", "ed", "er", "or"] {
        if let Some(base) = w.strip_suffix(suffix)
            && base.len() >= 3
            && base.bytes().any(|b| b"aeiouy".contains(&b))
        {
            w = base.to_string();
            break;
        }
    }
    let bytes = w.as_bytes();
    let n = bytes.len();
    let doubled = n >= 4 && bytes[n - 1] == bytes[n - 2] && !b"aeiouls".contains(&bytes[n - 1]);
    if doubled || (n >= 4 && bytes[n - 1] == b'e') {
        w.pop();
    }
    if w.len() >= 4 && w.ends_with('y') {
        w.pop();
        w.push('i');
    }
    w
}
