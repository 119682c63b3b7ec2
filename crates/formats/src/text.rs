//! Cleaning of typed text before it is stored: one Unicode form, one kind of newline, nothing invisible that could
//! reorder or disguise what a reader sees.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// More marks than this stacked on one letter is decoration that spills over the neighbouring lines; no living
/// orthography needs as many.
const MAX_MARKS: usize = 6;

/// One line: composed (NFC), without control, bidirectional-override and invisible characters; every run of white
/// space, newlines included, becomes one space; trimmed.
///
/// ```
/// assert_eq!(formats::text::clean_line("  Dana\r\n\u{202e}Whitlock\u{0} "), "Dana Whitlock");
/// ```
pub fn clean_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in visible(text).collect::<String>().split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Several lines: as [`clean_line`], but newlines stay (all kinds become `\n`, at most one empty line in a row) and so
/// does white space inside and before a line, which Markdown gives a meaning.
///
/// ```
/// assert_eq!(formats::text::clean_text("\n\na\r\n\r\n\r\n\r\n  b\r"), "a\n\n  b");
/// ```
pub fn clean_text(text: &str) -> String {
    let unified = text.replace("\r\n", "\n");
    let unified: String = visible(&unified)
        .map(|c| match c {
            '\r' | '\u{85}' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' => '\n',
            c => c,
        })
        .collect();
    let mut out = String::with_capacity(unified.len());
    let mut empty = 0;
    for line in unified.split('\n') {
        let line = if line.trim().is_empty() { "" } else { line };
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(line);
    }
    out.truncate(out.trim_end().len());
    out
}

/// The beginning of `text`, at most `bytes` bytes, cut between two characters.
pub fn first_bytes(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

/// The characters of `text` in composed form that a reader can see or that separate words and lines.
fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut marks = 0;
    text.chars().filter(|&c| !is_hidden(c)).nfc().filter(move |&c| {
        marks = if canonical_combining_class(c) == 0 { 0 } else { marks + 1 };
        marks <= MAX_MARKS
    })
}

/// Characters that show nothing and change how their neighbours read: controls, overrides and embeddings of writing
/// direction, zero-width spaces, tags. The joiners of Persian, Indic scripts and emoji stay, and so do the plain
/// left-to-right and right-to-left marks.
fn is_hidden(c: char) -> bool {
    let separates = matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}');
    (c.is_control() && !separates)
        || matches!(c,
            '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn overrides_and_invisible_characters_go_letters_and_joiners_stay() {
        assert_eq!(clean_line("Ana \u{202e}gnp.exe\u{202c}"), "Ana gnp.exe");
        assert_eq!(clean_line("pay\u{200b}pal"), "paypal");
        assert_eq!(clean_line("👩\u{200d}🎨 شرکت\u{200c}ها"), "👩\u{200d}🎨 شرکت\u{200c}ها");
        assert_eq!(clean_line("Rene\u{301}"), "René");
    }

    #[test]
    fn towers_of_marks_are_cut() {
        let tower = format!("a{}b", "\u{301}".repeat(500));
        assert!(clean_line(&tower).chars().count() <= MAX_MARKS + 2);
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in "\\PC{0,40}|[\\s\\S]{0,60}") {
            let line = clean_line(&text);
            prop_assert_eq!(&clean_line(&line), &line);
            let many = clean_text(&text);
            prop_assert_eq!(&clean_text(&many), &many);
            let has_newline = line.contains(['\n', '\r']);
            prop_assert!(!has_newline);
        }
    }
}
