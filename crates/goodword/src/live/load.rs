//! From rows to the engine's memory: everything at start, one row again for each change.

use super::{Facts, Memory, Place, Revealed, day, empty, field, id};
use crate::error::Result;
use crate::key::Key;
use std::collections::HashMap;
use store::{Row, Tx, sql};
use trust::{
    Basis, Confirmed, Engine, Id, Job, Outcome, Parameters, Person, Rows, Standing, Tie, Trust, Vouch, Warning,
};

/// A row read again after a change, ready to be applied.
pub(super) enum Fresh {
    Vouch(Id, Option<(Vouch, bool)>),
    Lists(Id, Vec<Trust>),
    Person(Id, Option<(Person, Facts, String)>),
    Referral(Referral),
    Settings(Box<Settings>),
    /// A kind the ranking does not follow.
    Other,
}

/// What a referral's row says.
#[derive(Clone, Copy, Default)]
pub(super) struct Referral {
    id: Id,
    /// About the referrer's word.
    outcome: Option<Outcome>,
    /// About a paid job.
    job: Option<Job>,
    /// Whether its answers are open.
    revealed: Option<Revealed>,
}

/// As stored, e.g. `worked beside`; unknown text weighs nothing.
pub fn basis(text: &str) -> Basis {
    match text {
        "hired" => Basis::Hired,
        "worked beside" => Basis::WorkedBeside,
        "inspected work" => Basis::InspectedWork,
        "knows personally" => Basis::KnowsPersonally,
        "not stated" => Basis::NotStated,
        _ => Basis::HeardOf,
    }
}

/// As stored, e.g. `money`.
pub fn tie(text: &str) -> Tie {
    match text {
        "friend" => Tie::Friend,
        "money" => Tie::Money,
        "family" => Tie::Family,
        "undescribed" => Tie::Undescribed,
        _ => Tie::None,
    }
}

/// As stored, e.g. `repeat buyer`.
pub fn standing(text: &str) -> Standing {
    match text {
        "practitioner" => Standing::Practitioner,
        "adjacent" => Standing::Adjacent,
        "repeat buyer" => Standing::RepeatBuyer,
        "client" => Standing::Client,
        _ => Standing::Lay,
    }
}

/// What reading one row returns.
type Read<T> = store::Result<T>;

#[expect(clippy::cast_precision_loss, reason = "percentages")]
pub(super) fn percent(n: i64) -> f32 {
    n as f32 / 100.0
}

fn vouch(r: &Row<'_>) -> Read<Option<(Vouch, bool)>> {
    let (Some(field), state) = (field(&r.get::<String>(3)?), r.get::<String>(8)?) else { return Ok(None) };
    // Never live yet, or refused: as if it were not there. Withdrawn: it goes on using its part of the author's word.
    if !matches!(state.as_str(), "live" | "withdrawn" | "lapsed") {
        return Ok(None);
    }
    let hidden = r.get::<Option<i64>>(9)?.is_some();
    // Whoever is away (paused, suspended) does not speak either, until they are back.
    let live = state == "live" && !hidden && r.get::<String>(11)? == "active";
    let vouch = Vouch {
        id: id(r.get(0)?),
        from: id(r.get(1)?),
        to: id(r.get(2)?),
        field,
        basis: basis(&r.get::<String>(4)?),
        tie: tie(&r.get::<String>(5)?),
        undisclosed: r.get(12)?,
        confidence: percent(r.get(6)?),
        at: day(r.get(7)?),
        live,
    };
    Ok(Some((vouch, live && r.get::<bool>(10)?)))
}

fn listed(r: &Row<'_>) -> Read<Option<(Person, Facts, String)>> {
    let (kind, status): (String, String) = (r.get(1)?, r.get(2)?);
    if status == "erased" {
        return Ok(None);
    }
    let person = Person {
        id: id(r.get(0)?),
        joined: day(r.get(3)?),
        fields: Vec::new(),
        listed: kind == "member" && status == "active",
    };
    let area = match (r.get::<Option<f64>>(4)?, r.get::<Option<f64>>(5)?) {
        (Some(latitude), Some(longitude)) => {
            let km = r.get::<Option<i64>>(6)?;
            #[expect(clippy::cast_precision_loss, reason = "kilometres")]
            Some((Place { latitude, longitude }, km.map(|km| km as f64)))
        }
        _ => None,
    };
    let public = r.get::<Option<bool>>(7)?.unwrap_or(false) && person.listed;
    Ok(Some((person, Facts { area, public }, r.get::<Option<String>>(8)?.unwrap_or_default())))
}

fn profession(r: &Row<'_>) -> Read<Option<(Id, trust::Field, Confirmed)>> {
    let Some(field) = field(&r.get::<String>(1)?) else { return Ok(None) };
    let confirmed = match r.get::<Option<String>>(2)?.as_deref() {
        Some("licence") => Confirmed::Licence,
        Some("group") => Confirmed::Group,
        _ => Confirmed::No,
    };
    Ok(Some((id(r.get(0)?), field, confirmed)))
}

fn trusted(r: &Row<'_>) -> Read<Option<Trust>> {
    let stated: Option<String> = r.get(2)?;
    let known = match stated {
        None => None,
        Some(code) => match field(&code) {
            None => return Ok(None),
            some => some,
        },
    };
    Ok(Some(Trust { from: id(r.get(0)?), to: id(r.get(1)?), field: known }))
}

fn referral(r: &Row<'_>) -> Read<Referral> {
    let (key, professional) = (id(r.get(0)?), id(r.get(2)?));
    let (opened, answer): (Option<i64>, Option<String>) = (r.get(8)?, r.get(9)?);
    let referrer = id(r.get(1)?);
    let revealed = opened.map(|_| Revealed { referrer, professional, answered: answer.is_some() });
    let known = Referral { id: key, revealed, ..Referral::default() };
    let Some(field) = field(&r.get::<String>(4)?) else { return Ok(known) };
    let state: String = r.get(5)?;
    let job =
        matches!(state.as_str(), "won" | "done").then_some(Job { id: key, client: id(r.get(3)?), professional, field });
    let known = Referral { job, ..known };
    let y = match answer.as_deref() {
        Some("yes") => 1.0,
        Some("partly") => 0.5,
        Some("no") => 0.0,
        _ => return Ok(known),
    };
    // A client who says that no work was done scores nobody.
    let no_work: bool = r.get(11)?;
    let Some(opened) = opened.filter(|_| !no_work) else { return Ok(known) };
    #[expect(clippy::cast_possible_truncation, reason = "a probability")]
    let scored = Outcome {
        id: key,
        referrer: r.get::<Option<i64>>(6)?.map(|_| referrer),
        professional,
        field,
        confidence: percent(r.get::<Option<i64>>(6)?.unwrap_or(75)),
        forecast: r.get::<Option<f64>>(7)?.unwrap_or(0.8) as f32,
        y,
        at: day(opened),
        reporter: 1.0,
        tie: Tie::None,
        verified: r.get::<bool>(10)?,
    };
    Ok(Referral { outcome: Some(scored), ..known })
}

/// Reads the whole network in one snapshot.
pub(super) fn everything(tx: &mut Tx<'_>) -> Result<Memory> {
    let mut memory = empty();
    memory.seq = tx.last_change()?;
    let settings = settings(tx)?;
    let people = tx.rows(
        sql!(
            "SELECT p.id, p.kind, p.status, p.joined_at, f.latitude, f.longitude, f.radius_km, f.is_public, f.town
             FROM parties p LEFT JOIN profiles f ON f.party_id = p.id WHERE p.kind IN ('member', 'client')"
        ),
        &[],
        listed,
    )?;
    let mut persons = HashMap::new();
    for (person, facts, town) in people.into_iter().flatten() {
        remember(&mut memory, person.id, facts, &town);
        persons.insert(person.id, person);
    }
    tracing::info!(people = persons.len(), "reading the network");
    let professions =
        tx.rows(sql!("SELECT party_id, field, confirmed_by FROM professions ORDER BY position"), &[], profession)?;
    let general = field(super::GENERAL);
    memory.general_only =
        !persons.is_empty() && professions.iter().flatten().all(|(_, field, _)| Some(*field) == general);
    for (person, field, confirmed) in professions.into_iter().flatten() {
        if let Some(known) = persons.get_mut(&person) {
            known.fields.push((field, confirmed));
        }
    }
    let vouches = tx.rows(
        sql!(
            "SELECT v.id, v.from_id, v.to_id, v.field, v.basis, v.tie, v.confidence, v.renewed_at, v.state, v.hidden_at,
               v.is_public, p.status, v.tie_sanction_id IS NOT NULL FROM vouches v JOIN parties p ON p.id = v.from_id"
        ),
        &[],
        vouch,
    )?;
    memory.public_vouches = vouches.iter().flatten().filter(|(_, public)| *public).map(|(v, _)| v.id).collect();
    let lists = tx.rows(sql!("SELECT from_id, to_id, field FROM trusts"), &[], trusted)?;
    for trust in lists.iter().flatten() {
        memory.lists.entry(trust.from).or_default().push(*trust);
    }
    let warnings = tx.rows(sql!("SELECT from_id, to_id, field, strength, given_at FROM warnings"), &[], |r| {
        let Some(field) = field(&r.get::<String>(2)?) else { return Ok(None) };
        let strength = percent(r.get::<i64>(3)? * 10);
        Ok(Some(Warning { from: id(r.get(0)?), to: id(r.get(1)?), field, strength, at: day(r.get(4)?) }))
    })?;
    let referrals = tx.rows(
        sql!(
            "SELECT r.id, r.referrer_id, r.professional_id, r.client_id, r.field, r.state, r.confidence, r.forecast,
               r.revealed_at, o.answer,
               EXISTS (SELECT 1 FROM outcomes q WHERE q.referral_id = r.id AND q.role = 'professional'),
               r.lost_by_client OR COALESCE(o.no_work, FALSE)
             FROM referrals r LEFT JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
             WHERE r.state IN ('won', 'done') OR r.revealed_at IS NOT NULL"
        ),
        &[],
        referral,
    )?;
    for referral in &referrals {
        memory.note_revealed(referral.id, referral.revealed);
    }
    let (people, words) = (persons.len(), vouches.len());
    tracing::info!(people, vouches = words, referrals = referrals.len(), "network read, building the ranking");
    let engine = Engine::load(
        memory.engine.fields().clone(),
        settings.constants.clone(),
        Rows {
            people: persons.into_values(),
            vouches: vouches.into_iter().flatten().map(|(v, _)| v),
            trust: lists.into_iter().flatten(),
            jobs: referrals.iter().filter_map(|r| r.job).collect::<Vec<_>>(),
            warnings: warnings.into_iter().flatten(),
            outcomes: referrals.iter().filter_map(|r| r.outcome).collect::<Vec<_>>(),
        },
    );
    memory.engine = engine;
    let size = memory.engine.size();
    let megabytes = (size.edge_bytes + size.id_bytes + size.person_bytes) >> 20;
    tracing::info!(people = size.people, edges = size.edges, megabytes, change = memory.seq, "ranking ready");
    settings.apply(&mut memory);
    Ok(memory)
}

/// What the settings say that pages need at every turn.
pub(super) struct Settings {
    founders: Vec<Id>,
    network: Option<String>,
    operator: Option<String>,
    others: HashMap<String, String>,
    constants: Parameters,
}

impl Settings {
    fn apply(self, memory: &mut Memory) {
        memory.engine.set_founders(self.founders);
        if *memory.engine.parameters() != self.constants {
            memory.engine.set_parameters(self.constants);
        }
        memory.network = self.network;
        memory.operator = self.operator;
        memory.settings = self.others;
    }
}

fn settings(tx: &mut Tx<'_>) -> Result<Settings> {
    let mut known: HashMap<String, String> = tx
        .rows(
            sql!(
                "SELECT name, value FROM settings
                 WHERE name IN ('founders', 'network name', 'operator', 'privacy contact', 'join', 'open',
                   'ranking constants')
                   OR name LIKE 'field %' OR name LIKE 'regulated %' OR name LIKE 'conversations.%'"
            ),
            &[],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
        .into_iter()
        .collect();
    let listed = known.remove("founders").unwrap_or_default();
    Ok(Settings {
        founders: listed.split(',').filter_map(|k| k.trim().parse::<Key>().ok()).map(id).collect(),
        network: known.remove("network name"),
        operator: known.remove("operator"),
        constants: super::fit::read(known.remove(super::fit::SETTING).as_deref()),
        others: known,
    })
}

fn remember(memory: &mut Memory, person: Id, facts: Facts, town: &str) {
    if let (Some((place, _)), false) = (facts.area, town.is_empty()) {
        memory.towns.entry(formats::name::fold(town)).or_insert(place);
    }
    memory.facts.insert(person, facts);
}

/// Reads the row a change points to, as it is now.
pub(super) fn read_again(tx: &mut Tx<'_>, kind: &str, row: Key) -> Result<Fresh> {
    Ok(match kind {
        "vouch" => {
            let found = tx.row(
                sql!(
                    "SELECT v.id, v.from_id, v.to_id, v.field, v.basis, v.tie, v.confidence, v.renewed_at, v.state,
                       v.hidden_at, v.is_public, p.status, v.tie_sanction_id IS NOT NULL
                     FROM vouches v JOIN parties p ON p.id = v.from_id WHERE v.id = $1"
                ),
                &[&row],
                vouch,
            )?;
            Fresh::Vouch(id(row), found.flatten())
        }
        "trust" => {
            let list =
                tx.rows(sql!("SELECT from_id, to_id, field FROM trusts WHERE from_id = $1"), &[&row], trusted)?;
            Fresh::Lists(id(row), list.into_iter().flatten().collect())
        }
        "party" | "profession" => {
            let found = tx.row(
                sql!(
                    "SELECT p.id, p.kind, p.status, p.joined_at, f.latitude, f.longitude, f.radius_km, f.is_public, f.town
                     FROM parties p LEFT JOIN profiles f ON f.party_id = p.id
                     WHERE p.id = $1 AND p.kind IN ('member', 'client')"
                ),
                &[&row],
                listed,
            )?;
            let mut found = found.flatten();
            if let Some((person, _, _)) = &mut found {
                let fields = tx.rows(
                    sql!("SELECT party_id, field, confirmed_by FROM professions WHERE party_id = $1 ORDER BY position"),
                    &[&row],
                    profession,
                )?;
                person.fields = fields.into_iter().flatten().map(|(_, field, confirmed)| (field, confirmed)).collect();
            }
            Fresh::Person(id(row), found)
        }
        "outcome" | "referral" => {
            let found = tx.row(
                sql!(
                    "SELECT r.id, r.referrer_id, r.professional_id, r.client_id, r.field, r.state, r.confidence,
                       r.forecast, r.revealed_at, o.answer,
                       EXISTS (SELECT 1 FROM outcomes q WHERE q.referral_id = r.id AND q.role = 'professional'),
                       r.lost_by_client OR COALESCE(o.no_work, FALSE)
                     FROM referrals r LEFT JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
                     WHERE r.id = $1"
                ),
                &[&row],
                referral,
            )?;
            Fresh::Referral(found.unwrap_or(Referral { id: id(row), ..Referral::default() }))
        }
        "setting" => Fresh::Settings(Box::new(settings(tx)?)),
        _ => Fresh::Other,
    })
}

/// Applies it: twice or late gives the same memory.
pub(super) fn apply(memory: &mut Memory, fresh: Fresh) {
    match fresh {
        Fresh::Vouch(id, None) => {
            memory.engine.remove_vouch(id);
            memory.public_vouches.remove(&id);
        }
        Fresh::Vouch(id, Some((vouch, public))) => {
            memory.engine.put_vouch(vouch);
            if public {
                memory.public_vouches.insert(id);
            } else {
                memory.public_vouches.remove(&id);
            }
        }
        Fresh::Lists(from, list) => {
            for old in memory.lists.remove(&from).unwrap_or_default() {
                memory.engine.remove_trust(old);
            }
            for new in &list {
                memory.engine.put_trust(*new);
            }
            memory.lists.insert(from, list);
        }
        Fresh::Person(id, None) => {
            memory.engine.remove_person(id);
            memory.facts.remove(&id);
        }
        Fresh::Person(id, Some((person, facts, town))) => {
            // A network that began without trades has one now: needs are read as trades from here on.
            memory.general_only &= person.fields.iter().all(|(trade, _)| Some(*trade) == field(super::GENERAL));
            memory.engine.put_person(person);
            remember(memory, id, facts, &town);
        }
        Fresh::Referral(Referral { id, outcome, job, revealed }) => {
            memory.note_revealed(id, revealed);
            match outcome {
                Some(outcome) => memory.engine.put_outcome(outcome),
                None => memory.engine.remove_outcome(id),
            }
            match job {
                Some(job) => memory.engine.put_job(job),
                None => memory.engine.remove_job(id),
            }
        }
        Fresh::Settings(settings) => settings.apply(memory),
        Fresh::Other => {}
    }
}
