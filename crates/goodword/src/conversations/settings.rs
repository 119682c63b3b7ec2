//! The rules a moderator sets: what is held, what is refused, how fast one may write.

use crate::error::Result;
use crate::live::Memory;
use store::{Tx, sql};

/// Whose first comment waits for a moderator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Nobody's.
    Nobody,
    /// Guests'.
    Guests,
    /// Everybody's.
    Everybody,
}

/// All rules; the defaults are WordPress's where it has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// People without an account may comment on public posts.
    pub guests: bool,
    /// Everything waits for a moderator.
    pub hold_all: bool,
    /// Whose first comment waits.
    pub hold_first: First,
    /// With this many links or more a comment waits; 0 is no limit.
    pub links: usize,
    /// Words, one a line, that make a comment wait; also parts of words, in name, address, site and text.
    pub hold_words: String,
    /// Words that send it to spam.
    pub spam_words: String,
    /// Seconds between two comments by the same person or from the same address; 0 is no limit.
    pub flood: i64,
    /// Comments from one network address in an hour, by guests; 0 is no limit.
    pub hourly: i64,
    /// Minutes in which one's own comment may be corrected.
    pub edit_minutes: i64,
    /// Days after which a post takes no more comments; 0 is never.
    pub close_days: i64,
    /// Sites, one a line, that may show a thread (`*`: any).
    pub embed: String,
    /// Address of an Akismet-compatible spam service; empty: none is asked.
    pub spam_url: String,
    /// What it knows us by.
    pub spam_key: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            guests: true,
            hold_all: false,
            hold_first: First::Guests,
            links: 2,
            hold_words: String::new(),
            spam_words: String::new(),
            flood: 15,
            hourly: 20,
            edit_minutes: 15,
            close_days: 0,
            embed: String::new(),
            spam_url: String::new(),
            spam_key: String::new(),
        }
    }
}

impl Rules {
    /// As set.
    ///
    /// # Errors
    /// The database's.
    pub fn read(tx: &mut Tx<'_>) -> Result<Self> {
        let set: Vec<(String, String)> =
            tx.rows(sql!("SELECT name, value FROM settings WHERE name LIKE 'conversations.%'"), &[], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?;
        Ok(Self::from_set(set.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
    }

    /// As the engine's memory holds them: for pages that only show what is allowed. Writes read them again.
    pub fn remembered(memory: &Memory) -> Self {
        let all = memory.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Self::from_set(all.filter(|(name, _)| name.starts_with("conversations.")))
    }

    fn from_set<'a>(set: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut rules = Self::default();
        for (name, value) in set {
            rules.set(name.trim_start_matches("conversations."), value);
        }
        rules
    }

    /// Takes one value over; one that makes no sense leaves the default.
    fn set(&mut self, name: &str, value: &str) {
        let number = |most: i64| value.trim().parse::<i64>().ok().filter(|n| (0..=most).contains(n));
        match name {
            "guests" => self.guests = value == "yes",
            "hold_all" => self.hold_all = value == "yes",
            "hold_first" => {
                self.hold_first = match value {
                    "nobody" => First::Nobody,
                    "everybody" => First::Everybody,
                    _ => First::Guests,
                }
            }
            "links" => self.links = number(1000).and_then(|n| usize::try_from(n).ok()).unwrap_or(self.links),
            "hold_words" => value.clone_into(&mut self.hold_words),
            "spam_words" => value.clone_into(&mut self.spam_words),
            "flood" => self.flood = number(86_400).unwrap_or(self.flood),
            "hourly" => self.hourly = number(1_000_000).unwrap_or(self.hourly),
            "edit_minutes" => self.edit_minutes = number(100_000).unwrap_or(self.edit_minutes),
            "close_days" => self.close_days = number(100_000).unwrap_or(self.close_days),
            "embed" => value.clone_into(&mut self.embed),
            "spam_url" => value.clone_into(&mut self.spam_url),
            "spam_key" => value.trim().clone_into(&mut self.spam_key),
            _ => {}
        }
    }

    /// As stored: name and value of each.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let yes = |b: bool| if b { "yes" } else { "no" }.to_owned();
        let first = match self.hold_first {
            First::Nobody => "nobody",
            First::Guests => "guests",
            First::Everybody => "everybody",
        };
        vec![
            ("guests", yes(self.guests)),
            ("hold_all", yes(self.hold_all)),
            ("hold_first", first.to_owned()),
            ("links", self.links.to_string()),
            ("hold_words", self.hold_words.clone()),
            ("spam_words", self.spam_words.clone()),
            ("flood", self.flood.to_string()),
            ("hourly", self.hourly.to_string()),
            ("edit_minutes", self.edit_minutes.to_string()),
            ("close_days", self.close_days.to_string()),
            ("embed", self.embed.clone()),
            ("spam_url", self.spam_url.clone()),
            ("spam_key", self.spam_key.clone()),
        ]
    }

    /// Reads a form's fields on top of the defaults; an unticked box is a no.
    pub fn from_form(fields: &[(String, String)]) -> Self {
        let mut rules = Self { guests: false, ..Self::default() };
        for (name, value) in fields {
            rules.set(name, formats::text::first_bytes(value, 20_000));
        }
        rules
    }

    /// Keeps them.
    ///
    /// # Errors
    /// The database's.
    pub fn write(&self, tx: &mut Tx<'_>) -> Result<()> {
        for (name, value) in self.pairs() {
            let name = format!("conversations.{name}");
            tx.execute(
                sql!(
                    "INSERT INTO settings (name, value) VALUES ($1, $2)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                ),
                &[&name, &value],
            )?;
        }
        let changed = tx.id();
        tx.change("setting", changed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back() {
        let rules = Rules {
            guests: false,
            hold_first: First::Everybody,
            links: 0,
            hold_words: "casino\nloans".into(),
            flood: 0,
            ..Rules::default()
        };
        let mut read = Rules::default();
        for (name, value) in rules.pairs() {
            read.set(name, &value);
        }
        assert_eq!(read, rules);
        read.set("flood", "-3");
        read.set("flood", "soon");
        assert_eq!(read.flood, 0);
    }
}
