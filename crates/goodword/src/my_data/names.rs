//! The parts of a name, taken out of texts that are about its bearer. “Ben” alone is many people's name; in an answer to Ben,
//! or in what came of Ben's introduction, it is his.

/// What is left where a name stood.
pub(super) const NOBODY: &str = "Somebody";

/// Names that are words as well: where a sentence begins, only what follows tells which it is.
const WORDS: &[&str] = &[
    "amber",
    "art",
    "autumn",
    "baker",
    "ball",
    "banks",
    "bell",
    "best",
    "bill",
    "bird",
    "black",
    "bond",
    "bridge",
    "brook",
    "brown",
    "bush",
    "butler",
    "carpenter",
    "case",
    "cash",
    "castle",
    "chance",
    "chase",
    "church",
    "cook",
    "cross",
    "crystal",
    "daisy",
    "dale",
    "dawn",
    "day",
    "dean",
    "drew",
    "eve",
    "faith",
    "field",
    "fields",
    "fisher",
    "fox",
    "frank",
    "frost",
    "gardener",
    "ginger",
    "glen",
    "good",
    "grace",
    "grant",
    "gray",
    "green",
    "guy",
    "hall",
    "hazel",
    "heath",
    "hill",
    "holly",
    "hope",
    "house",
    "hunter",
    "iris",
    "ivy",
    "jack",
    "jade",
    "joy",
    "king",
    "lake",
    "lamb",
    "lily",
    "little",
    "long",
    "love",
    "major",
    "mark",
    "mason",
    "may",
    "miles",
    "moon",
    "nick",
    "noble",
    "norm",
    "olive",
    "page",
    "painter",
    "park",
    "pat",
    "pearl",
    "pierce",
    "potter",
    "price",
    "ray",
    "reed",
    "rich",
    "rivers",
    "rob",
    "rod",
    "rose",
    "ruby",
    "rush",
    "rusty",
    "sandy",
    "sharp",
    "short",
    "skip",
    "smith",
    "snow",
    "star",
    "sterling",
    "stone",
    "strong",
    "sue",
    "summer",
    "sunny",
    "trip",
    "turner",
    "victor",
    "violet",
    "wade",
    "walker",
    "ward",
    "white",
    "will",
    "win",
    "winter",
    "wise",
    "wolf",
    "wood",
    "woods",
    "young",
];
/// These are written large wherever they stand.
const MONTHS: &[&str] = &["april", "august", "june", "may"];

/// `text` without the parts of `name`, each standing for itself and as written; several in a row become one word.
pub(super) fn without(text: &str, name: &str) -> String {
    without_after("", text, name)
}

/// The same for a text that goes on after `context`.
fn without_after(context: &str, text: &str, name: &str) -> String {
    // Initials and single letters are nobody's.
    let mut parts: Vec<&str> =
        name.split_whitespace().filter(|p| p.chars().filter(|c| c.is_alphabetic()).count() > 1).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let part_at = |rest: &str| {
        let fits = |part: &&&str| {
            rest.strip_prefix(**part).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
        };
        parts.iter().find(fits).copied()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let (before, rest) = (&text[..at], &text[at..]);
        let in_a_word = before.ends_with(|p: char| p.is_alphanumeric() || p == '@');
        let Some(part) = part_at(rest).filter(|_| !in_a_word) else {
            out.push(c);
            at += c.len_utf8();
            continue;
        };
        let mut end = at + part.len();
        let mut several = false;
        while let Some(next) = text[end..].strip_prefix(' ').and_then(part_at) {
            end += 1 + next.len();
            several = true;
        }
        let taken = if several || is_a_name(context, before, part, &text[end..]) { NOBODY } else { &text[at..end] };
        out.push_str(taken);
        at = end;
    }
    out
}

/// Whether a part of a name that stands alone is one here, and not the word it is as well.
fn is_a_name(context: &str, before: &str, part: &str, after: &str) -> bool {
    let low = part.to_lowercase();
    let owns = ["'s", "’s", "&#39;s", "&#x27;s"].iter().any(|owner| after.starts_with(owner));
    let called = owns || after.starts_with([',', ':', '!']);
    let opening =
        |c: char| c.is_whitespace() && c != '\n' || matches!(c, '"' | '“' | '‘' | '(' | '*' | '_' | '>' | '#');
    let mut before = before.trim_end_matches(opening);
    if before.is_empty() {
        before = context.trim_end_matches(opening);
    }
    let begins = before.is_empty() || before.ends_with(['.', '!', '?', ':', '…', '\n', '-']);
    if MONTHS.contains(&low.as_str()) {
        return owns || (begins && called);
    }
    called || !begins || !WORDS.contains(&low.as_str())
}

/// The same for HTML of ours: tags and what they point to stay as they are.
pub(super) fn without_in_html(html: &str, name: &str) -> String {
    let (mut out, mut rest, mut context) = (String::with_capacity(html.len()), html, String::new());
    loop {
        let open = rest.find('<').unwrap_or(rest.len());
        let close = rest[open..].find('>').map_or(rest.len(), |close| open + close + 1);
        out.push_str(&without_after(&context, &rest[..open], name));
        out.push_str(&rest[open..close]);
        if close == rest.len() {
            return out;
        }
        let inline = ["a ", "a>", "em>", "strong>", "code>", "del>"];
        let tag = rest[open + 1..close].trim_start_matches('/');
        context.push_str(if inline.iter().any(|name| tag.starts_with(name)) { &rest[..open] } else { "\n" });
        rest = &rest[close..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_of_a_name_go_and_words_stay() {
        for (name, text, left) in [
            (
                "Ben Castle",
                "Ben did our roof. Ask Ben, or Ben's son.",
                "Somebody did our roof. Ask Somebody, or Somebody's son.",
            ),
            (
                "Ben Castle",
                "Ben Castle and Mr Castle; Benefits, Reuben, @ben-castle",
                "Somebody and Mr Somebody; Benefits, Reuben, @ben-castle",
            ),
            ("Ben Castle", "ben is no name, and a castle none", "ben is no name, and a castle none"),
            ("Will Stone", "Will you come? Stone is dear. I will.", "Will you come? Stone is dear. I will."),
            (
                "Will Stone",
                "Will, thank you. As Will said, Will Stone's word.",
                "Somebody, thank you. As Somebody said, Somebody's word.",
            ),
            (
                "Rose Park",
                "“Rose is a colour”, said Rose.\nRose's roses.",
                "“Rose is a colour”, said Somebody.\nSomebody's roses.",
            ),
            (
                "May Lee",
                "May, thanks. May's word, in May, will do.",
                "Somebody, thanks. Somebody's word, in May, will do.",
            ),
            ("Anne-Marie Weiß", "Anne-Marie, Anne, Weiß", "Somebody, Anne, Somebody"),
            ("J. R. Ewing", "J. R. Ewing, Plan J.", "J. R. Somebody, Plan J."),
            ("李 明", "李 明", "李 明"),
            ("", "as it was", "as it was"),
        ] {
            assert_eq!(without(text, name), left, "{name}: {text}");
        }
        let html =
            "<p>Ben: <a href=\"https://Ben.example\">Ben’s</a> work, <em>Will</em></p>\n<p><em>Will</em> you?</p>";
        let left = "<p>Somebody: <a href=\"https://Ben.example\">Somebody’s</a> work, <em>Somebody</em></p>\n<p><em>Will</em> you?</p>";
        assert_eq!(without_in_html(html, "Ben Will"), left);
    }

    proptest! {
        #[test]
        fn whatever_the_text_nothing_else_changes(text in "[A-Za-z ,.<>'\n]{0,60}", name in "[A-Z][a-z]{1,4} [A-Z][a-z]{1,4}") {
            let left = without(&text, &name);
            if !left.contains(NOBODY) {
                prop_assert_eq!(&left, &text);
            }
            prop_assert_eq!(&without(&left, &name), &left);
            without_in_html(&text, &name);
        }
    }
}
