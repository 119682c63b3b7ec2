//! What is looked at before a comment is published, in WordPress's order: pure rules over what was typed and what is known.

use super::State;
use super::settings::{First, Rules};

/// Faster than this after the form was shown is no person (µs).
const TOO_FAST: i64 = 2_000_000;

/// What is known about a comment about to be posted.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// Shown name.
    pub name: &'a str,
    /// Address, of a guest.
    pub email: &'a str,
    /// Site, of a guest.
    pub url: &'a str,
    /// As typed.
    pub text: &'a str,
    /// Somebody signed in.
    pub member: bool,
    /// Looks after what is said here: never held.
    pub moderator: bool,
    /// Something of theirs was approved before.
    pub known: bool,
    /// A guest's name that reads as a member's.
    pub borrowed: bool,
    /// The field that people do not see was filled in.
    pub trapped: bool,
    /// Since the form was shown, µs.
    pub took: i64,
}

/// Where a comment goes and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Approved, held or spam.
    pub state: State,
    /// One reason a line; empty when approved.
    pub reasons: Vec<String>,
}

/// Decides. The first comment's rule is asked again when a guest has confirmed the address.
pub fn judge(rules: &Rules, facts: &Facts<'_>) -> Verdict {
    let mut reasons = Vec::new();
    if facts.moderator {
        return Verdict { state: State::Approved, reasons };
    }
    let everything = formats::name::fold(&[facts.name, facts.email, facts.url, facts.text].join(" "));
    if let Some(word) = hit(&rules.spam_words, &everything) {
        reasons.push(format!("has “{word}”, which is on the spam list"));
    }
    if facts.trapped && !facts.member {
        reasons.push("filled in a field that people do not see".into());
    }
    if !reasons.is_empty() {
        return Verdict { state: State::Spam, reasons };
    }
    if rules.hold_all {
        reasons.push("everything is looked at first".into());
    }
    let links = count_links(facts.text);
    if rules.links > 0 && links >= rules.links {
        reasons.push(format!("has {}", crate::say::count(links, "link")));
    }
    if let Some(word) = hit(&rules.hold_words, &everything) {
        reasons.push(format!("has “{word}”, which is on the watch list"));
    }
    if disguised(facts.name) {
        reasons.push("the name mixes alphabets, as disguises do".into());
    }
    if facts.borrowed {
        reasons.push("a guest with the name of a member".into());
    }
    if !facts.member && facts.took < TOO_FAST {
        reasons.push("was sent within two seconds of opening the form".into());
    }
    let first = match rules.hold_first {
        First::Nobody => false,
        First::Guests => !facts.member,
        First::Everybody => true,
    };
    if first && !facts.known {
        reasons.push(FIRST.into());
    }
    let state = if reasons.is_empty() { State::Approved } else { State::Held };
    Verdict { state, reasons }
}

/// The reason for holding somebody's first comment.
pub const FIRST: &str = "first comment by this person";

/// The first word of a list, one a line, that occurs in folded text; parts of words count, as in WordPress.
fn hit(list: &str, folded: &str) -> Option<String> {
    list.lines().map(formats::name::fold).filter(|word| !word.is_empty()).find(|word| folded.contains(word.as_str()))
}

/// Web addresses in a text, written out or as a link.
pub fn count_links(text: &str) -> usize {
    let lower = text.to_lowercase();
    let bare = lower.matches("www.").count() - lower.matches("://www.").count();
    lower.matches("http://").count() + lower.matches("https://").count() + bare
}

/// Whether one word of a name mixes Latin with Cyrillic or Greek letters: `Аna` with a Cyrillic A reads as `Ana`.
pub fn disguised(name: &str) -> bool {
    name.split_whitespace().any(|word| {
        let latin = word.chars().any(|c| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c));
        let lookalike = word.chars().any(|c| ('\u{370}'..='\u{52f}').contains(&c));
        latin && lookalike
    })
}

/// A name folded as members' are, with Cyrillic and Greek letters that look like Latin ones as those.
pub fn as_read(name: &str) -> String {
    let latin = |c: char| match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' | 'н' | 'η' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' | 'μ' => 'm',
        'п' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' => 'y',
        other => other,
    };
    formats::name::fold(&formats::name::fold(name).chars().map(latin).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known_guest(text: &str) -> Facts<'_> {
        Facts { name: "Grace", text, known: true, took: 60_000_000, ..Facts::default() }
    }

    #[test]
    fn the_rules_in_order() {
        let rules = Rules { spam_words: "casino".into(), hold_words: "refund\n\n".into(), ..Rules::default() };
        let state = |facts: &Facts<'_>| judge(&rules, facts).state;
        assert_eq!(state(&known_guest("We tried two groups.")), State::Approved);
        assert_eq!(state(&known_guest("Best CASINÓ bonus")), State::Spam);
        assert_eq!(state(&known_guest("I want my Refunds")), State::Held);
        assert_eq!(state(&known_guest("see https://a.example and www.b.example")), State::Held);
        assert_eq!(state(&known_guest("see https://www.a.example")), State::Approved);
        assert_eq!(state(&Facts { known: false, ..known_guest("Hello") }), State::Held);
        assert_eq!(state(&Facts { known: false, member: true, ..known_guest("Hello") }), State::Approved);
        assert_eq!(state(&Facts { trapped: true, ..known_guest("Hello") }), State::Spam);
        assert_eq!(state(&Facts { took: 1_000_000, ..known_guest("Hello") }), State::Held);
        assert_eq!(state(&Facts { name: "\u{410}na", ..known_guest("Hello") }), State::Held);
        assert_eq!(state(&Facts { moderator: true, ..known_guest("casino") }), State::Approved);
        let all = Rules { hold_all: true, ..Rules::default() };
        assert_eq!(judge(&all, &Facts { member: true, ..known_guest("Hello") }).state, State::Held);
    }

    #[test]
    fn disguises_and_honest_names() {
        for honest in ["Ana Reyes", "Анна Каренина", "Ana Иванова", "Νίκος", "José Ñandú"] {
            assert!(!disguised(honest), "{honest}");
        }
        assert!(disguised("P\u{430}yP\u{430}l"));
        // Wholly in another alphabet, and read as the same.
        assert!(!disguised("Соѕ Кара"));
        assert_eq!(as_read("Соѕ Кара"), as_read("Cos Kapa"));
        assert_eq!(as_read("José Ñandú"), formats::name::fold("José Ñandú"));
    }
}
