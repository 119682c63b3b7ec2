//! What admins decide for the whole network: its name, who answers for it, who may join and look, how long things are kept.
//! Rows by name in `settings`; what pages need at every turn, the engine's memory holds.

#[cfg(test)]
mod tests;

use crate::audit::{self, Subject};
use crate::error::Result;
use crate::input::{Check, Name};
use crate::key::Key;
use crate::regulated;
use std::collections::HashMap;
use store::{Tx, sql};

/// The settings as typed and as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    /// At the top of every page.
    pub network: String,
    /// Who runs it: a person or a firm.
    pub operator: String,
    /// Whom to write to about privacy: an address of any kind.
    pub contact: String,
    /// `invitation` or `open`.
    pub join: String,
    /// `yes` or `no`: whether people signed out see public people and voices.
    pub open: String,
    /// Handles, one a line; empty: the first twelve to have joined.
    pub founders: String,
    /// `off`, `member` or `open`.
    pub law: String,
    /// `off`, `member` or `open`.
    pub health: String,
    /// `off`, `member` or `open`.
    pub settlement: String,
    /// Single fields that differ, one a line: `27-1023.00 off`.
    pub fields: String,
    /// Notices that were read go after so many days.
    pub keep_notices: String,
    /// The record that a letter was sent goes after so many days; its text goes at once.
    pub keep_letters: String,
}

/// Days that things are kept for, where nobody set anything else: notices, letters.
pub const KEEP: (i64, i64) = (180, 365);

/// The names under which they are stored.
const NAMES: [&str; 11] = [
    "network name",
    "operator",
    "privacy contact",
    "join",
    "open",
    "founders",
    "regulated law",
    "regulated health",
    "regulated settlement",
    "keep notices",
    "keep letters",
];

/// All settings by name.
fn stored(tx: &mut Tx<'_>) -> Result<HashMap<String, String>> {
    // Not `refused …`: those are fingerprints of addresses, one each.
    Ok(tx
        .rows(sql!("SELECT name, value FROM settings WHERE name NOT LIKE 'refused %'"), &[], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?
        .into_iter()
        .collect())
}

impl Settings {
    /// As they stand; where nobody set anything, what `serve` was started with (`join`, `open`) or the shipped values.
    ///
    /// # Errors
    /// The database's.
    pub fn read(tx: &mut Tx<'_>, join: bool, open: bool) -> Result<Self> {
        let known = stored(tx)?;
        let get = |name: &str, otherwise: &str| known.get(name).cloned().unwrap_or_else(|| otherwise.to_owned());
        let ids: Vec<Key> = get("founders", "").split(',').filter_map(|k| k.trim().parse().ok()).collect();
        let mut handles: HashMap<Key, String> = tx
            .rows_in(sql!("SELECT id, COALESCE(handle, '') FROM parties WHERE id IN ($list)"), &[], &ids, |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?
            .into_iter()
            .collect();
        let founders: Vec<String> =
            ids.iter().filter_map(|id| handles.remove(id)).filter(|handle| !handle.is_empty()).collect();
        let mut fields: Vec<String> = known
            .iter()
            .filter_map(|(name, value)| name.strip_prefix("field ").map(|code| format!("{code} {value}")))
            .collect();
        fields.sort();
        Ok(Self {
            network: get("network name", "Goodword"),
            operator: get("operator", ""),
            contact: get("privacy contact", ""),
            join: get("join", if join { "open" } else { "invitation" }),
            open: get("open", if open { "yes" } else { "no" }),
            founders: founders.join("\n"),
            law: get("regulated law", "member"),
            health: get("regulated health", "member"),
            settlement: get("regulated settlement", "member"),
            fields: fields.join("\n"),
            keep_notices: get("keep notices", &KEEP.0.to_string()),
            keep_letters: get("keep letters", &KEEP.1.to_string()),
        })
    }

    /// Checks and stores them; what changed is noted in the audit log by name, never by value.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] with everything that cannot be used.
    pub fn write(&self, tx: &mut Tx<'_>, by: Key, before: &Self) -> Result<()> {
        let mut check = Check::default();
        check.take(Name::parse("network", &self.network))?;
        check.take(Name::parse("operator", &self.operator))?;
        check.take(Name::optional("contact", &self.contact))?;
        if !matches!(self.join.as_str(), "invitation" | "open") {
            check.refuse("join", "Please choose who may join.");
        }
        if !matches!(self.open.as_str(), "yes" | "no") {
            check.refuse("open", "Please choose who may look around.");
        }
        for (field, value) in [("law", &self.law), ("health", &self.health), ("settlement", &self.settlement)] {
            if regulated::Policy::parse(value).is_none() {
                check.refuse(field, "Please choose one of the three.");
            }
        }
        for (field, value) in [("keep_notices", &self.keep_notices), ("keep_letters", &self.keep_letters)] {
            if !matches!(value.trim().parse::<i64>(), Ok(7..=3_650)) {
                check.refuse(field, "Please type a number of days from 7 to 3650.");
            }
        }
        let mut founders = Vec::new();
        for handle in self.founders.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let handle = handle.trim_start_matches("/people/");
            let found: Option<Key> = tx.value(
                sql!("SELECT id FROM parties WHERE handle = $1 AND kind = 'member' AND status = 'active'"),
                &[&handle],
            )?;
            match found {
                Some(id) if founders.len() < 50 => founders.push(id.to_string()),
                Some(_) => check.refuse("founders", "Fifty founding members are the most."),
                None => check.refuse("founders", format!("There is no member with the page /people/{handle}.")),
            }
        }
        let mut fields = Vec::new();
        for line in self.fields.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let parsed = line.split_once(' ').filter(|(code, policy)| {
                occupations::by_code(code).is_some() && regulated::Policy::parse(policy.trim()).is_some()
            });
            match parsed {
                Some((code, policy)) => fields.push((format!("field {code}"), policy.trim().to_owned())),
                None => check.refuse("fields", format!("“{line}” is not a code and a choice, such as 27-1023.00 off.")),
            }
        }
        check.finish()?;
        let values = [
            self.network.trim(),
            self.operator.trim(),
            self.contact.trim(),
            &self.join,
            &self.open,
            &founders.join(","),
            &self.law,
            &self.health,
            &self.settlement,
            self.keep_notices.trim(),
            self.keep_letters.trim(),
        ];
        for (name, value) in NAMES.iter().zip(values) {
            put(tx, name, value)?;
        }
        tx.execute(sql!("DELETE FROM settings WHERE name LIKE 'field %'"), &[])?;
        for (name, value) in &fields {
            put(tx, name, value)?;
        }
        tx.change("setting", by.0)?;
        let changed = self.differences(before);
        if !changed.is_empty() {
            audit::log(tx, Some(by), "settings changed", Subject::Network("settings"), &changed.join(", "))?;
        }
        Ok(())
    }

    fn differences(&self, other: &Self) -> Vec<&'static str> {
        let (a, b) = (self.values(), other.values());
        a.iter()
            .zip(b)
            .filter(|((_, mine), (_, theirs))| mine.trim() != theirs.trim())
            .map(|((name, _), _)| *name)
            .collect()
    }

    fn values(&self) -> [(&'static str, &str); 12] {
        [
            ("name", &self.network),
            ("operator", &self.operator),
            ("privacy contact", &self.contact),
            ("who may join", &self.join),
            ("who may look", &self.open),
            ("founding members", &self.founders),
            ("law", &self.law),
            ("health", &self.health),
            ("settlement", &self.settlement),
            ("single fields", &self.fields),
            ("days notices are kept", &self.keep_notices),
            ("days letters are kept", &self.keep_letters),
        ]
    }
}

/// Stores one setting.
///
/// # Errors
/// The database's.
pub fn put(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
        &[&name, &value],
    )?;
    Ok(())
}

/// How many days notices and letters are kept.
///
/// # Errors
/// The database's.
pub fn keep_days(tx: &mut Tx<'_>) -> Result<(i64, i64)> {
    let rows: Vec<(String, String)> =
        tx.rows(sql!("SELECT name, value FROM settings WHERE name IN ('keep notices', 'keep letters')"), &[], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let days = |name: &str, otherwise: i64| {
        rows.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.parse().ok()).unwrap_or(otherwise)
    };
    Ok((days("keep notices", KEEP.0), days("keep letters", KEEP.1)))
}
