//! A need cut into words, numbers and signs, each with its place.

/// A word, a number with its commas and suffix, or one sign.
pub struct Token<'a> {
    pub text: &'a str,
    /// In lower case, without apostrophes.
    pub low: String,
    pub start: usize,
    pub end: usize,
}

impl Token<'_> {
    /// Begins with a capital letter.
    pub fn capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// A number in figures, "1,500", "2.5" or "4k"; whether a k was there.
    pub fn number(&self) -> Option<(f64, bool)> {
        let (digits, k) = match self.low.strip_suffix('k') {
            Some(digits) => (digits, true),
            None => (self.low.as_str(), false),
        };
        let plain = digits.replace(',', "");
        if !plain.starts_with(|c: char| c.is_ascii_digit())
            || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            || plain.len() > 15
        {
            return None;
        }
        let value: f64 = plain.parse().ok()?;
        Some((if k { value * 1000.0 } else { value }, k))
    }

    /// A whole number in figures or words.
    pub fn count(&self) -> Option<u32> {
        const WORDS: [&str; 21] = [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ];
        if let Some(place) = WORDS.iter().position(|w| *w == self.low) {
            return u32::try_from(place).ok();
        }
        let tens = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        if let Some(place) = tens.iter().position(|w| *w == self.low) {
            return u32::try_from(30 + 10 * place).ok();
        }
        match self.low.as_str() {
            "dozen" => Some(12),
            "hundred" => Some(100),
            low => low.replace(',', "").parse().ok(),
        }
    }
}

/// Cuts a text. Letters and digits run together, with apostrophes between letters and points or commas between digits.
pub fn split(text: &str) -> Vec<Token<'_>> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut tokens = Vec::new();
    let mut i = 0;
    while let Some(&(start, c)) = chars.get(i) {
        i += 1;
        if c.is_whitespace() || c.is_control() {
            continue;
        }
        if c.is_alphanumeric() {
            while let Some(&(_, d)) = chars.get(i) {
                let digit = |at: Option<&(usize, char)>| at.is_some_and(|(_, c)| c.is_ascii_digit());
                let letter = |at: Option<&(usize, char)>| at.is_some_and(|(_, c)| c.is_alphabetic());
                let (before, after) = (chars.get(i - 1), chars.get(i + 1));
                let joined = d.is_alphanumeric()
                    || matches!(d, '\'' | '\u{2019}') && letter(before) && letter(after)
                    || matches!(d, '.' | ',') && digit(before) && digit(after);
                if !joined {
                    break;
                }
                i += 1;
            }
        }
        let end = chars.get(i).map_or(text.len(), |(at, _)| *at);
        let own = &text[start..end];
        tokens.push(Token { text: own, low: own.to_lowercase().replace(['\'', '\u{2019}'], ""), start, end });
    }
    tokens
}
