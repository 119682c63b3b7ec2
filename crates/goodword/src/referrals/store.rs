//! The SQL of referrals.

use super::rules::{
    Evidence, Position, Progress, Role, State, Temperature, reads_all, supposed, temperature, visible_state,
};
use crate::error::{Error, Result};
use crate::input::{Email, Name};
use crate::key::Key;
use crate::live::{self, Memory};
use crate::say;
use store::{DAY, Row, Tx, sql};
use trust::Standing;

/// One of the people of a referral.
#[derive(Clone, Debug)]
pub struct Side {
    /// Their party.
    pub id: Key,
    /// Their name.
    pub name: String,
    /// Their page; empty for a client without an account.
    pub handle: String,
    /// `member`, `client`, …
    pub kind: String,
    /// Private.
    pub email: Option<String>,
}

impl Side {
    /// "Ana".
    pub fn first(&self) -> &str {
        say::first_name(&self.name)
    }
}

/// A referral with its people.
#[derive(Clone, Debug)]
pub struct Referral {
    /// Its id.
    pub id: Key,
    /// The need it answers, if one was saved.
    pub need: Option<Key>,
    /// `asked`, `offered`, `requested`, `recorded`.
    pub origin: String,
    /// Who started it.
    pub asker: Side,
    /// Who puts the name to it.
    pub referrer: Side,
    /// Who is recommended.
    pub professional: Side,
    /// Who needs somebody.
    pub client: Side,
    /// Asked for a client of the asker's.
    pub for_client: bool,
    /// Occupation code, or `general`.
    pub field: String,
    /// As it travels.
    pub need_words: String,
    /// As it travels.
    pub place: String,
    /// Empty unless ticked.
    pub budget: String,
    /// Empty unless ticked.
    pub date: String,
    /// To the referrer alone.
    pub note: String,
    /// Where it stands.
    pub state: State,
    /// The referrer's answer, as stored.
    pub basis: Option<String>,
    /// As stored.
    pub tie: Option<String>,
    /// Percent; for the client in words, never for the professional.
    pub confidence: Option<i64>,
    /// Why this person for this need.
    pub words: String,
    /// What the referrer does not know, one a line.
    pub unknowns: String,
    /// The referrer's standing when offered.
    pub standing: Option<String>,
    /// µs.
    pub client_yes_at: Option<i64>,
    /// µs.
    pub professional_yes_at: Option<i64>,
    /// The client's correction of the need.
    pub understood: String,
    /// What the referrer may read.
    pub progress: Progress,
    /// µs: no more letters to the client.
    pub client_stopped_at: Option<i64>,
    /// µs.
    pub introduced_at: Option<i64>,
    /// µs: the outcome window.
    pub opened_at: Option<i64>,
    /// µs.
    pub closes_at: Option<i64>,
    /// µs.
    pub revealed_at: Option<i64>,
    /// µs.
    pub updated_at: i64,
    /// For stale edits.
    pub version: i64,
    /// The basis of the referrer's vouch on file, as stored.
    pub filed: Option<String>,
    /// The tie stated is new to the professional, who is asked before the client reads it.
    pub tie_first: bool,
    /// µs: the first step after the introduction.
    pub touched_at: Option<i64>,
}

impl Referral {
    /// What the next step depends on.
    pub fn position(&self) -> Position {
        Position {
            state: self.state,
            client_yes: self.client_yes_at.is_some(),
            professional_yes: self.professional_yes_at.is_some(),
            tie_first: self.tie_first,
        }
    }

    /// Whether this part may read the tie: the two always, others once the professional has agreed to it.
    pub fn reads_tie(&self, role: Role) -> bool {
        !self.tie_first || self.professional_yes_at.is_some() || matches!(role, Role::Referrer | Role::Professional)
    }

    /// Somebody's part in it.
    pub fn role(&self, party: Key) -> Option<Role> {
        match party {
            p if p == self.professional.id => Some(Role::Professional),
            p if p == self.referrer.id => Some(Role::Referrer),
            p if p == self.client.id => Some(Role::Client),
            p if p == self.asker.id => Some(Role::Asker),
            _ => None,
        }
    }

    /// Who has this part.
    pub fn side(&self, role: Role) -> &Side {
        match role {
            Role::Asker => &self.asker,
            Role::Referrer => &self.referrer,
            Role::Client => &self.client,
            Role::Professional => &self.professional,
        }
    }

    /// Whether somebody may know of it at all: nobody before the one in front has said yes.
    pub fn is_known_to(&self, role: Role) -> bool {
        match role {
            Role::Asker | Role::Referrer => true,
            Role::Client => self.client.id == self.asker.id || (self.basis.is_some() && self.reads_tie(role)),
            Role::Professional => {
                let asked = self.client_yes_at.is_some() || self.tie_first;
                self.professional.id == self.asker.id || (self.basis.is_some() && asked)
            }
        }
    }

    /// Whether nobody asked for it.
    pub fn is_unsolicited(&self) -> bool {
        self.origin == "offered" && self.need.is_none()
    }

    /// Where it stands, as this part may know it.
    pub fn shown_state(&self, role: Role) -> State {
        visible_state(self.state, self.introduced_at.is_some(), self.touched_at.is_some(), role, self.progress)
    }

    /// When it last changed, as far as this part may know (µs).
    pub fn seen_at(&self, role: Role) -> i64 {
        match (self.introduced_at, self.progress) {
            (Some(_), progress) if reads_all(role, progress) => self.updated_at,
            (Some(introduced), Progress::Touch) => self.touched_at.unwrap_or(introduced),
            (Some(introduced), _) => introduced,
            (None, _) => self.updated_at,
        }
    }

    /// Whether somebody reads that it was called off or ended: after the introduction by the client's choice.
    pub fn tells_end(&self, party: Key) -> bool {
        self.introduced_at.is_none() || self.role(party).is_some_and(|role| reads_all(role, self.progress))
    }

    /// The need as it is understood now: the client's correction wins.
    pub fn need_now(&self) -> &str {
        if matches!(self.understood.as_str(), "" | "yes") { &self.need_words } else { &self.understood }
    }

    /// Who gave us the client's address: a professional who asks to be introduced is not the one who knows the client.
    pub fn giver(&self) -> &Side {
        if self.origin == "requested" { &self.referrer } else { &self.asker }
    }

    /// " and Dana", where one who asked for a client hears what the referrer hears.
    pub fn also_hears(&self) -> String {
        let own = [self.referrer.id, self.client.id, self.professional.id].contains(&self.asker.id);
        if own { String::new() } else { format!(" and {}", self.asker.first()) }
    }

    /// What the client is called between asker and referrer.
    pub fn client_name(&self) -> String {
        self.client.name.clone()
    }

    /// "florist".
    pub fn trade(&self) -> String {
        live::field_noun(&self.field)
    }

    /// The facts temperature is computed from.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            client_yes: self.client_yes_at.is_some(),
            professional_yes: self.professional_yes_at.is_some(),
            stated_need: !self.need_words.is_empty(),
            basis: self.basis.as_deref().map(live::basis),
            standing: crate::live::standing(self.standing.as_deref().unwrap_or("")),
            disclosed: self.tie.is_some(),
            confidence: self.confidence.is_some(),
            own_words: !self.words.is_empty(),
        }
    }

    /// What it is.
    pub fn temperature(&self) -> Temperature {
        temperature(&self.evidence())
    }

    /// What it could become, and why not more. Before the referrer has answered, by the vouch on file; `None` where there
    /// is none.
    pub fn could_be(&self, memory: &Memory) -> Option<(Temperature, Vec<&'static str>)> {
        let mut known = self.evidence();
        if self.basis.is_none() {
            known.basis = Some(live::basis(self.filed.as_deref()?));
            known.standing = memory.standing(self.referrer.id, &self.field, self.professional.id);
        }
        Some(supposed(&known))
    }

    /// "Hired them", …
    pub fn basis_tag(&self) -> &'static str {
        crate::needs::recommend::basis_tag(live::basis(self.basis.as_deref().unwrap_or("")))
    }

    /// Whether the referrer has seen the work itself.
    pub fn is_work_based(&self) -> bool {
        self.evidence().basis.is_some_and(trust::Basis::is_work_based)
    }

    /// "works in this field", …
    pub fn standing_words(&self) -> &'static str {
        crate::needs::recommend::standing_words(self.evidence().standing)
    }

    /// "very probably", …: the confidence, as the client reads it.
    pub fn confidence_words(&self) -> &'static str {
        match self.confidence.unwrap_or(0) {
            ..68 => "More likely than not",
            68..80 => "Probably",
            80..90 => "Very probably",
            _ => "Almost certainly",
        }
    }

    /// What the referrer does not know.
    pub fn unknown_list(&self) -> Vec<String> {
        self.unknowns.lines().filter(|l| !l.is_empty()).map(str::to_owned).collect()
    }
}

/// As stored, e.g. `repeat buyer`.
pub fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Practitioner => "practitioner",
        Standing::Adjacent => "adjacent",
        Standing::RepeatBuyer => "repeat buyer",
        Standing::Client => "client",
        Standing::Lay => "lay",
    }
}

/// Reads id, name, handle, kind and address.
///
/// # Errors
/// The database's.
pub fn side(r: &Row<'_>, at: usize) -> store::Result<Side> {
    Ok(Side {
        id: r.get(at)?,
        name: r.get(at + 1)?,
        handle: r.get::<Option<String>>(at + 2)?.unwrap_or_default(),
        kind: r.get(at + 3)?,
        email: r.get(at + 4)?,
    })
}

fn referral(r: &Row<'_>) -> store::Result<Referral> {
    Ok(Referral {
        asker: side(r, 0)?,
        referrer: side(r, 5)?,
        professional: side(r, 10)?,
        client: side(r, 15)?,
        id: r.get(20)?,
        need: r.get(21)?,
        origin: r.get(22)?,
        for_client: r.get(23)?,
        field: r.get(24)?,
        need_words: r.get(25)?,
        place: r.get(26)?,
        budget: r.get(27)?,
        date: r.get(28)?,
        note: r.get(29)?,
        state: State::parse(&r.get::<String>(30)?).unwrap_or(State::Cancelled),
        basis: r.get(31)?,
        tie: r.get(32)?,
        confidence: r.get(33)?,
        words: r.get(34)?,
        unknowns: r.get(35)?,
        standing: r.get(36)?,
        client_yes_at: r.get(37)?,
        professional_yes_at: r.get(38)?,
        understood: r.get(39)?,
        progress: Progress::parse(&r.get::<String>(40)?).unwrap_or(Progress::Nothing),
        client_stopped_at: r.get(41)?,
        introduced_at: r.get(42)?,
        opened_at: r.get(43)?,
        closes_at: r.get(44)?,
        revealed_at: r.get(45)?,
        updated_at: r.get(46)?,
        version: r.get(47)?,
        filed: r.get(48)?,
        tie_first: r.get(49)?,
        touched_at: r.get(50)?,
    })
}

/// One referral, whoever asks: callers decide who may see it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn one(tx: &mut Tx<'_>, id: Key) -> Result<Referral> {
    tx.row(
        sql!(
            "SELECT a.id, a.name, a.handle, a.kind, a.email, f.id, f.name, f.handle, f.kind, f.email,
               p.id, p.name, p.handle, p.kind, p.email, c.id, c.name, c.handle, c.kind, c.email,
               r.id, r.need_id, r.origin, r.for_client, r.field, r.need_words, r.shared_place, r.shared_budget,
               r.shared_date, r.note_to_referrer, r.state, r.basis, r.tie, r.confidence, r.words, r.unknowns, r.standing,
               r.client_yes_at, r.professional_yes_at, r.understood, r.progress, r.client_stopped_at, r.introduced_at,
               r.opened_at, r.closes_at, r.revealed_at, r.updated_at, r.version, v.basis, r.tie_first,
               (SELECT MIN(e.at) FROM referral_events e WHERE e.referral_id = r.id AND e.kind = 'move'
                 AND e.undone_at IS NULL)
             FROM referrals r JOIN parties a ON a.id = r.asker_id JOIN parties f ON f.id = r.referrer_id
               JOIN parties p ON p.id = r.professional_id JOIN parties c ON c.id = r.client_id
               LEFT JOIN vouches v ON v.from_id = r.referrer_id AND v.to_id = r.professional_id AND v.field = r.field
                 AND v.state = 'live' AND v.hidden_at IS NULL
             WHERE r.id = $1"
        ),
        &[&id],
        referral,
    )?
    .ok_or(Error::NotFound)
}

/// Everything somebody takes part in, by [`Referral::seen_at`], newest first; what they may not know of yet is left out by
/// the caller.
///
/// # Errors
/// The database's.
pub fn of_party(tx: &mut Tx<'_>, party: Key) -> Result<Vec<Referral>> {
    of_party_after(tx, party, None, 1_000)
}

/// As [`of_party`], those after one of them.
///
/// # Errors
/// The database's.
pub fn of_party_after(tx: &mut Tx<'_>, party: Key, after: Option<Key>, rows: i64) -> Result<Vec<Referral>> {
    Ok(tx.rows(
        sql!(
            "WITH parts AS (
               SELECT r.*, (SELECT MIN(e.at) FROM referral_events e WHERE e.referral_id = r.id AND e.kind = 'move'
                 AND e.undone_at IS NULL) AS touched_at
               FROM referrals r
               WHERE r.asker_id = $1 OR r.referrer_id = $1 OR r.professional_id = $1 OR r.client_id = $1),
             mine AS (
               SELECT p.*, CASE WHEN p.introduced_at IS NULL OR p.progress = 'how' OR p.client_id = $1
                   OR p.professional_id = $1 THEN p.updated_at
                 WHEN p.progress = 'touch' THEN COALESCE(p.touched_at, p.introduced_at) ELSE p.introduced_at END AS seen_at
               FROM parts p)
             SELECT a.id, a.name, a.handle, a.kind, a.email, f.id, f.name, f.handle, f.kind, f.email,
               p.id, p.name, p.handle, p.kind, p.email, c.id, c.name, c.handle, c.kind, c.email,
               r.id, r.need_id, r.origin, r.for_client, r.field, r.need_words, r.shared_place, r.shared_budget,
               r.shared_date, r.note_to_referrer, r.state, r.basis, r.tie, r.confidence, r.words, r.unknowns, r.standing,
               r.client_yes_at, r.professional_yes_at, r.understood, r.progress, r.client_stopped_at, r.introduced_at,
               r.opened_at, r.closes_at, r.revealed_at, r.updated_at, r.version, v.basis, r.tie_first,
               r.touched_at
             FROM mine r JOIN parties a ON a.id = r.asker_id JOIN parties f ON f.id = r.referrer_id
               JOIN parties p ON p.id = r.professional_id JOIN parties c ON c.id = r.client_id
               LEFT JOIN vouches v ON v.from_id = r.referrer_id AND v.to_id = r.professional_id AND v.field = r.field
                 AND v.state = 'live' AND v.hidden_at IS NULL
             WHERE CAST($2 AS UUID) IS NULL
               OR (r.seen_at, r.id) < (SELECT b.seen_at, b.id FROM mine b WHERE b.id = $2)
             ORDER BY r.seen_at DESC, r.id DESC LIMIT $3"
        ),
        &[&party, &after, &rows],
        referral,
    )?)
}

/// A referral about to be written.
pub struct Draft<'a> {
    /// The need it answers.
    pub need: Option<Key>,
    /// `asked`, `offered`, `requested`, `recorded`.
    pub origin: &'a str,
    /// Who starts it.
    pub asker: Key,
    /// Who is to put the name to it.
    pub referrer: Key,
    /// Who is recommended.
    pub professional: Key,
    /// Who needs somebody.
    pub client: Key,
    /// The client's name as typed.
    pub client_name: &'a str,
    /// For a client of the asker's.
    pub for_client: bool,
    /// Occupation code.
    pub field: &'a str,
    /// As it travels.
    pub need_words: &'a str,
    /// As it travels.
    pub place: &'a str,
    /// Empty unless ticked.
    pub budget: &'a str,
    /// Empty unless ticked.
    pub date: &'a str,
    /// To the referrer alone.
    pub note: &'a str,
    /// Sending it is the client's yes.
    pub client_yes: bool,
    /// Sending it is the professional's yes.
    pub professional_yes: bool,
    /// What the referrer may read of what follows, where the client has chosen.
    pub progress: Option<Progress>,
}

/// Writes a new referral and its first event.
///
/// # Errors
/// The database's.
pub fn insert(tx: &mut Tx<'_>, draft: &Draft<'_>) -> Result<Key> {
    let (id, now) = (Key(tx.id()), tx.now());
    let progress = draft.progress.unwrap_or_else(|| Progress::default_for(draft.field)).as_str();
    let (client_yes, professional_yes) = (draft.client_yes.then_some(now), draft.professional_yes.then_some(now));
    tx.execute(
        sql!(
            "INSERT INTO referrals (id, need_id, origin, asker_id, referrer_id, professional_id, client_id, client_name,
               for_client, field, need_words, shared_place, shared_budget, shared_date, note_to_referrer, state, words,
               unknowns, client_yes_at, professional_yes_at, understood, progress, lost_reason, created_at, updated_at,
               version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'asked', '', '', $16, $17, '', $18,
               '', $19, $19, 1)"
        ),
        &[
            &id,
            &draft.need,
            &draft.origin,
            &draft.asker,
            &draft.referrer,
            &draft.professional,
            &draft.client,
            &draft.client_name,
            &draft.for_client,
            &draft.field,
            &draft.need_words,
            &draft.place,
            &draft.budget,
            &draft.date,
            &draft.note,
            &client_yes,
            &professional_yes,
            &progress,
            &now,
        ],
    )?;
    event(tx, id, Some(draft.asker), "asked", None, Some(State::Asked), "")?;
    Ok(id)
}

/// Moves a referral to a new position; a version that is no longer the newest is a stale edit.
///
/// # Errors
/// [`Error::Conflict`] when somebody was faster.
pub fn put(tx: &mut Tx<'_>, referral: &Referral, position: Position) -> Result<()> {
    let now = tx.now();
    let stamp = |before: Option<i64>, yes: bool| before.or(yes.then_some(now));
    let introduced = stamp(referral.introduced_at, position.state == State::Introduced);
    let done = tx.execute(
        sql!(
            "UPDATE referrals SET state = $1, client_yes_at = $2, professional_yes_at = $3, introduced_at = $4,
               updated_at = $5, version = version + 1 WHERE id = $6 AND version = $7"
        ),
        &[
            &position.state.as_str(),
            &stamp(referral.client_yes_at, position.client_yes),
            &stamp(referral.professional_yes_at, position.professional_yes),
            &introduced,
            &now,
            &referral.id,
            &referral.version,
        ],
    )?;
    if done == 1 { Ok(()) } else { Err(stale()) }
}

/// The answer to a stale edit.
pub fn stale() -> Error {
    Error::Conflict("Somebody moved this in the meantime. Nothing of yours was lost; please look again.".into())
}

/// Something that happened to a referral.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: Key,
    /// Who; `None`: time itself.
    pub actor: Option<Key>,
    /// `asked`, `offer`, `client yes`, …
    pub kind: String,
    /// Where it stood before.
    pub from: Option<State>,
    /// Where it stood after.
    pub to: Option<State>,
    /// For the actor alone.
    pub detail: String,
    /// µs, when it was undone.
    pub undone_at: Option<i64>,
    /// µs.
    pub at: i64,
}

/// Appends to the truth.
///
/// # Errors
/// The database's.
pub fn event(
    tx: &mut Tx<'_>,
    referral: Key,
    actor: Option<Key>,
    kind: &str,
    from: Option<State>,
    to: Option<State>,
    detail: &str,
) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO referral_events (id, referral_id, actor_id, kind, from_state, to_state, detail, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &[&id, &referral, &actor, &kind, &from.map(State::as_str), &to.map(State::as_str), &detail, &now],
    )?;
    Ok(())
}

/// What happened, oldest first.
///
/// # Errors
/// The database's.
pub fn events(tx: &mut Tx<'_>, referral: Key) -> Result<Vec<Event>> {
    Ok(tx.rows(
        sql!(
            "SELECT id, actor_id, kind, from_state, to_state, detail, undone_at, at FROM referral_events
             WHERE referral_id = $1 ORDER BY at, id"
        ),
        &[&referral],
        |r| {
            let state = |text: Option<String>| text.as_deref().and_then(State::parse);
            Ok(Event {
                id: r.get(0)?,
                actor: r.get(1)?,
                kind: r.get(2)?,
                from: state(r.get(3)?),
                to: state(r.get(4)?),
                detail: r.get(5)?,
                undone_at: r.get(6)?,
                at: r.get(7)?,
            })
        },
    )?)
}

/// What the system counts between two people and adds to what was disclosed: shared groups, words and referrals both
/// ways in twelve months.
///
/// # Errors
/// The database's.
pub fn counted(tx: &mut Tx<'_>, referrer: &Side, professional: &Side, except: Key) -> Result<Vec<String>> {
    let since = tx.now() - 365 * DAY;
    let mut facts: Vec<String> = tx
        .rows(
            sql!(
                "SELECT DISTINCT g.name FROM memberships a JOIN memberships b ON b.group_id = a.group_id
                   JOIN networking_groups g ON g.id = a.group_id
                 WHERE a.party_id = $1 AND b.party_id = $2 AND a.confirmed_at IS NOT NULL AND b.confirmed_at IS NOT NULL
                   AND a.until IS NULL AND b.until IS NULL ORDER BY g.name LIMIT 3"
            ),
            &[&referrer.id, &professional.id],
            |r| r.get::<String>(0),
        )?
        .into_iter()
        .map(|name| format!("Both are members of {name}"))
        .collect();
    let counts: Option<(i64, i64, i64)> = tx.row(
        sql!(
            "SELECT (SELECT COUNT(*) FROM vouches WHERE from_id = $1 AND to_id = $2 AND state = 'live'
                 AND hidden_at IS NULL AND renewed_at > $3),
               (SELECT COUNT(*) FROM referrals WHERE referrer_id = $1 AND professional_id = $2 AND introduced_at > $3
                 AND id <> $4),
               (SELECT COUNT(*) FROM referrals WHERE referrer_id = $2 AND professional_id = $1 AND introduced_at > $3
                 AND id <> $4)"
        ),
        &[&professional.id, &referrer.id, &since, &except],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    let (words_back, sent_back, sent) = counts.unwrap_or_default();
    if words_back > 0 {
        facts.push(format!("{} vouched for {} in the last 12 months", professional.first(), referrer.first()));
    }
    for (n, from, to) in [(sent_back, professional, referrer), (sent, referrer, professional)] {
        if n > 0 {
            facts.push(format!(
                "{} sent {} {} in the last 12 months",
                from.first(),
                to.first(),
                say::count(n, "referral")
            ));
        }
    }
    Ok(facts)
}

/// Somebody by id, if not erased.
///
/// # Errors
/// [`Error::NotFound`].
pub fn party(tx: &mut Tx<'_>, id: Key) -> Result<Side> {
    tx.row(
        sql!("SELECT id, name, handle, kind, email FROM parties WHERE id = $1 AND status = 'active'"),
        &[&id],
        |r| side(r, 0),
    )?
    .ok_or(Error::NotFound)
}

/// An active member by id: anybody else is not there.
///
/// # Errors
/// [`Error::NotFound`].
pub fn member(tx: &mut Tx<'_>, id: Key) -> Result<Side> {
    party(tx, id).and_then(|side| if side.kind == "member" { Ok(side) } else { Err(Error::NotFound) })
}

/// The party behind an address, made as a client without an account when nobody has it yet.
///
/// # Errors
/// [`Error::Conflict`] for an address that asked not to be written to.
pub fn client_by_email(tx: &mut Tx<'_>, name: &Name, email: &Email, by: Key) -> Result<Key> {
    let known = tx.row(sql!("SELECT id, status FROM parties WHERE email = $1"), &[email], |r| {
        Ok((r.get::<Key>(0)?, r.get::<String>(1)?))
    })?;
    if let Some((id, status)) = known {
        return if status == "active" { Ok(id) } else { Err(Error::NotFound) };
    }
    if crate::vouches::has_refused(tx, email)? {
        return Err(Error::Conflict("That person has asked us not to write to them. Nothing was sent.".into()));
    }
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO parties (id, kind, status, name, folded, email, invited_by, joined_at, version)
             VALUES ($1, 'client', 'active', $2, $3, $4, $5, $6, 1)"
        ),
        &[&id, name, &formats::name::fold(name.as_str()), email, &by, &now],
    )?;
    Ok(id)
}
