//! The answer to a need: professionals with the reasons, as page, API and command line show them.

use super::Understood;
use super::forecast::RatingForecast;
use crate::error::Result;
use crate::key::Key;
use crate::live::{self, Memory, Reach, key};
use crate::referrals::rules::{Evidence, supposed};
use crate::regulated;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use store::{DAY, Tx, sql};
use trust::{Basis, Candidate, Standing, StepKind, Voice};
use utoipa::ToSchema;

/// As many as are shown.
pub const MOST: usize = 5;
/// A record with fewer scored outcomes shows no figure to others.
pub const ENOUGH_OUTCOMES: usize = 5;

/// Somebody, as far as a list needs to know them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonRef {
    /// Their id.
    pub id: Key,
    /// As shown.
    pub name: String,
    /// In URLs.
    pub handle: String,
    /// One line about their work.
    pub headline: String,
    /// Where they work from.
    pub town: String,
    /// Their photo, if any.
    #[serde(skip)]
    pub photo: Option<Key>,
    #[serde(skip)]
    usual: (Option<i64>, Option<i64>, String),
    #[serde(skip)]
    paused: bool,
    /// Says that they work in the field that was asked about.
    #[serde(skip)]
    claims: bool,
    /// Paused, suspended or gone: not to be asked.
    #[serde(skip)]
    pub away: bool,
}

/// The whole answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recommendations {
    /// Best first.
    pub results: Vec<Recommended>,
    /// People left out because they do not come that far.
    pub farther: usize,
    /// Ranked from the founding members, because nobody is signed in or trusts anybody yet.
    pub from_founders: bool,
    /// Whom to ask when there are few answers.
    pub best_to_ask: Vec<PersonRef>,
    /// What would change the first answer, found by ranking again.
    pub what_if: Option<String>,
    /// Paths were sampled, not all followed.
    pub sampled: bool,
}

/// One professional.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recommended {
    /// Who.
    pub person: PersonRef,
    /// What the list is sorted by, 0 to 1.
    pub score: f64,
    /// R, the additive sum that shares are of.
    pub reach: f64,
    /// Different people's words in it.
    pub vouchers: usize,
    /// Who stands behind them.
    pub voices: Vec<Spoken>,
    /// How much of the reach the paths shown carry, percent.
    pub shown_percent: u32,
    /// Their record with clients.
    pub record: Held,
    /// People who warned (imported networks).
    pub warned: usize,
    /// What nobody has said.
    pub not_known: Vec<String>,
    /// What is known and does not fit.
    pub mismatches: Vec<String>,
    /// Kilometres from the place, if known.
    pub km: Option<u32>,
    /// No path leads there: found by its record alone.
    pub nobody_you_know: bool,
    /// The last person who may be named on the way to a voice that may not.
    #[serde(skip)]
    pub through: Option<PersonRef>,
    /// How the asker might rate them; only where ratings were imported with warnings. It changes neither order nor score.
    pub forecast: Option<RatingForecast>,
}

/// One voice behind a professional.
#[derive(Debug, Serialize, ToSchema)]
pub struct Spoken {
    /// Whose; `None` where this viewer may not know.
    pub person: Option<PersonRef>,
    /// "hired them", …; "not shown to you" of somebody who is not named.
    pub basis: &'static str,
    /// "Hired them", …
    #[serde(skip)]
    pub basis_tag: &'static str,
    /// Whether they have seen the work itself.
    pub work_based: bool,
    /// "Practitioner", …: standing to judge this field.
    pub standing: &'static str,
    /// Facts beside the word: ties, shared groups, words both ways.
    pub disclosures: Vec<String>,
    /// Whether they were asked for a tie: an imported word was not.
    pub tie_asked: bool,
    /// Their own words.
    pub words: String,
    /// Work they cite.
    pub work: Option<String>,
    /// When given or last renewed, µs.
    pub at: Option<i64>,
    /// Part of the reach, percent.
    pub percent: u32,
    /// How often their word held.
    pub record: Held,
    /// The chains from the asker, best first.
    pub paths: Vec<Chain>,
    /// What an introduction by this voice could be; nothing for somebody who is not named.
    pub could_be: Option<&'static str>,
    /// Why it could not be more.
    pub missing: Vec<&'static str>,
    /// Takes no asks just now.
    pub paused: bool,
    /// The viewer's own word.
    pub is_viewer: bool,
}

/// A chain of people from the asker to the professional.
#[derive(Debug, Serialize, ToSchema)]
pub struct Chain {
    /// In order; the asker ("You") is not in it, the professional is the last.
    pub steps: Vec<Link>,
    /// Part of the reach, percent.
    pub percent: u32,
}

/// One step of a chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    /// "Ana Reyes", or "somebody Ana relies on".
    pub name: String,
    /// Their page, where they may be known.
    pub handle: Option<String>,
    /// "you rely on their judgement", "hired them", …
    pub how: &'static str,
}

/// How often a word, or a professional's work, held; without figures while there are too few.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Held {
    /// Scored outcomes.
    pub n: usize,
    /// Percent, with a 90 % interval; `None` below five outcomes.
    pub figure: Option<(u32, u32, u32)>,
    /// Clients asked in all, and those of them who answered: published with every figure.
    pub rate: Option<(i64, i64)>,
}

impl Held {
    /// "held in 81 % of 12 referrals (68 to 90 %)", "2 so far, too few to say", "none yet".
    pub fn words(&self) -> String {
        match (self.n, self.figure) {
            (0, _) => "no outcomes yet".to_owned(),
            (n, None) => format!("{n} so far, too few to say"),
            (n, Some((mean, low, high))) => format!("{mean} % of {n} (between {low} and {high} %)"),
        }
    }

    /// "9 of 11 clients asked have answered", where there is a figure.
    pub fn rate_words(&self) -> Option<String> {
        let (asked, answered) = self.rate?;
        Some(format!("{answered} of {} asked answered", crate::say::count(asked, "client")))
    }
}

/// A share as whole percent.
fn percent(share: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
    let whole = (share.clamp(0.0, 1.0) * 100.0).round() as u32;
    whole
}

fn held(n: usize, mean: f64, interval: (f64, f64), rate: (i64, i64)) -> Held {
    let figure = (n >= ENOUGH_OUTCOMES).then(|| (percent(mean), percent(interval.0), percent(interval.1)));
    Held { n, figure, rate: figure.map(|_| rate) }
}

/// A referrer's record as others see it.
pub fn record_of(memory: &Memory, person: Key, field: &str, now: i64) -> Held {
    let rate = memory.responses(person).as_referrer;
    memory.record(person, field, now).map_or_else(Held::default, |r| held(r.scored, r.held, r.held_interval, rate))
}

/// A professional's record with clients as others see it. The interval is a normal approximation from the posterior's
/// mean and 20 % quantile (z = 0.84), widened to 90 % (z = 1.645).
pub fn quality_of(memory: &Memory, person: Key, field: &str, now: i64) -> Held {
    memory.quality(person, field, now).map_or_else(Held::default, |q| {
        let half = (q.mean - q.low) / 0.84 * 1.645;
        held(q.outcomes, q.mean, (q.mean - half, q.mean + half), memory.responses(person).as_professional)
    })
}

/// A basis in words that complete "Ana …".
pub fn basis_words(basis: Basis) -> &'static str {
    match basis {
        Basis::Hired => "hired them",
        Basis::WorkedBeside => "worked beside them",
        Basis::InspectedWork => "looked closely at their finished work",
        Basis::KnowsPersonally => "knows them personally",
        Basis::HeardOf => "has heard of them",
        Basis::NotStated => "did not say how they know",
    }
}

/// A basis as a tag.
pub fn basis_tag(basis: Basis) -> &'static str {
    match basis {
        Basis::Hired => "Hired them",
        Basis::WorkedBeside => "Worked beside them",
        Basis::InspectedWork => "Inspected finished work",
        Basis::KnowsPersonally => "Knows them personally",
        Basis::HeardOf => "Heard of them",
        Basis::NotStated => "Did not say",
    }
}

impl Spoken {
    /// "Ana’s", or "Their".
    pub fn who_capital(&self) -> String {
        if self.is_viewer {
            return "Your".to_owned();
        }
        self.person.as_ref().map_or_else(|| "Their".to_owned(), |p| format!("{}’s", crate::say::first_name(&p.name)))
    }

    /// What somebody is called whom this viewer may not know: the step before the last says who relies on them.
    pub fn hidden_name(&self) -> String {
        let steps = self.paths.first().map(|p| p.steps.as_slice()).unwrap_or_default();
        let voucher = steps.len().checked_sub(2).and_then(|i| steps.get(i));
        voucher.map_or_else(|| "A member".to_owned(), |s| s.name.clone())
    }

    /// 4 for a vouched referral … 1 for a cold lead, 0 for somebody who is not named.
    pub fn level(&self) -> u8 {
        match self.could_be {
            None => 0,
            Some("a vouched referral") => 4,
            Some("a warm referral") => 3,
            Some("an introduction") => 2,
            Some(_) => 1,
        }
    }

    /// What keeps it from being a vouched referral, as one line: "Ana has not seen the work".
    pub fn lacks(&self) -> Option<String> {
        let who = self.person.as_ref().map_or("the voice", |p| crate::say::first_name(&p.name));
        let lines: Vec<String> = self.missing.iter().map(|m| m.replacen("the referrer", who, 1)).collect();
        (!lines.is_empty()).then(|| crate::say::list(&lines))
    }
}

impl Recommended {
    /// The voice to read first: the strongest that may be named, else the strongest.
    pub fn lead(&self) -> Option<&Spoken> {
        self.voices.iter().find(|v| v.person.is_some()).or(self.voices.first())
    }

    /// Whom to ask for the introduction: the strongest voice that may be named and takes asks; where none may be named,
    /// whoever relies on them.
    pub fn ask(&self) -> Option<&PersonRef> {
        let named = self.voices.iter().filter(|v| !v.paused && !v.is_viewer).find_map(|v| v.person.as_ref());
        named.or(self.through.as_ref())
    }
}

/// A standing as pages say it.
pub fn standing_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Practitioner => "works in this field",
        Standing::Adjacent => "works in a related field",
        Standing::RepeatBuyer => "has hired in this field more than once",
        Standing::Client => "was their client: can say how it went",
        Standing::Lay => "not from this field",
    }
}

/// Said of a voice whose name this viewer may not know.
const NOT_SHOWN: &str = "not shown to you";

/// Standing that is only claimed, and so counts as lay.
pub const SAYS_SO: &str = "says they work in this field; nobody has confirmed it";

/// What an introduction could be, if this person agrees: the temperature with consents, confidence and words supposed.
fn could_be(basis: Basis, standing: Standing) -> (&'static str, Vec<&'static str>) {
    let known = Evidence { stated_need: true, basis: Some(basis), standing, ..Evidence::default() };
    let (temperature, missing) = supposed(&known);
    (temperature.noun(), missing)
}

/// A vouch's row with the facts that belong beside it.
pub struct VouchRow {
    /// As stored.
    pub tie: String,
    /// The giver's.
    pub words: String,
    /// When given or last renewed, µs.
    pub at: i64,
    /// They vouched for each other, both within twelve months.
    pub mutual: bool,
    /// When the other's word was given that is nearest in time, µs.
    pub returned_at: Option<i64>,
    /// What it counts as a quick, equally sure word in return, if it is one.
    pub reply: Option<f64>,
    /// A group both belong to.
    pub group: Option<String>,
    /// Referrals within twelve months: sent back by the recipient, and sent by the giver.
    pub referred: (i64, i64),
    /// One of the two is a lawyer, and they recommend clients to each other: said always.
    pub arranged: bool,
    /// Title of a piece of work it cites.
    pub work: Option<String>,
    /// How the giver knows.
    pub basis: Basis,
}

/// The vouches with these ids.
///
/// # Errors
/// The database's.
pub fn vouch_rows(tx: &mut Tx<'_>, ids: &[Key], now: i64) -> Result<HashMap<Key, VouchRow>> {
    let since = now - 365 * DAY;
    let rows = tx.rows_in(
        sql!(
            "SELECT v.id, v.tie, v.words, v.renewed_at,
               v.renewed_at > $1 AND EXISTS (SELECT 1 FROM vouches b WHERE b.from_id = v.to_id AND b.to_id = v.from_id
                 AND b.state = 'live' AND b.hidden_at IS NULL AND b.renewed_at > $1),
               (SELECT MIN(g.name) FROM memberships a JOIN memberships b ON b.group_id = a.group_id
                  JOIN networking_groups g ON g.id = a.group_id
                WHERE a.party_id = v.from_id AND b.party_id = v.to_id AND a.confirmed_at IS NOT NULL
                  AND b.confirmed_at IS NOT NULL AND a.until IS NULL AND b.until IS NULL),
               (SELECT COUNT(*) FROM referrals r WHERE r.referrer_id = v.to_id AND r.professional_id = v.from_id
                  AND r.introduced_at > $1),
               (SELECT MIN(w.title) FROM vouch_work x JOIN work_items w ON w.id = x.work_item_id WHERE x.vouch_id = v.id),
               v.basis,
               (SELECT b.renewed_at FROM vouches b WHERE b.from_id = v.to_id AND b.to_id = v.from_id AND b.state = 'live'
                  AND b.hidden_at IS NULL ORDER BY ABS(b.renewed_at - v.renewed_at) LIMIT 1),
               (SELECT COUNT(*) FROM referrals r WHERE r.referrer_id = v.from_id AND r.professional_id = v.to_id
                  AND r.introduced_at > $1),
               (v.field = '23-1011.00' OR EXISTS (SELECT 1 FROM professions l
                  WHERE l.party_id IN (v.from_id, v.to_id) AND l.field = '23-1011.00'))
                 AND (EXISTS (SELECT 1 FROM vouches b WHERE b.from_id = v.to_id AND b.to_id = v.from_id AND b.state = 'live')
                   OR EXISTS (SELECT 1 FROM referrals r WHERE r.referrer_id = v.to_id AND r.professional_id = v.from_id
                     AND r.introduced_at IS NOT NULL))
             FROM vouches v WHERE v.id IN ($list)"
        ),
        &[&since],
        ids,
        |r| {
            Ok((
                r.get::<Key>(0)?,
                VouchRow {
                    tie: r.get(1)?,
                    words: r.get(2)?,
                    at: r.get(3)?,
                    mutual: r.get(4)?,
                    group: r.get(5)?,
                    returned_at: r.get(9)?,
                    reply: None,
                    referred: (r.get(6)?, r.get(10)?),
                    arranged: r.get(11)?,
                    work: r.get(7)?,
                    basis: live::basis(&r.get::<String>(8)?),
                },
            ))
        },
    )?;
    Ok(rows.into_iter().collect())
}

/// The people with these ids, for names in lists, asked about a field.
///
/// # Errors
/// The database's.
pub fn people(tx: &mut Tx<'_>, ids: &[Key], field: &str) -> Result<HashMap<Key, PersonRef>> {
    let rows = tx.rows_in(
        sql!(
            "SELECT p.id, p.name, COALESCE(p.handle, ''), COALESCE(f.headline, ''), COALESCE(f.town, ''), f.photo_id,
               f.usual_from, f.usual_to, COALESCE(f.currency, 'USD'), COALESCE(f.asks_paused, FALSE), p.status,
               EXISTS (SELECT 1 FROM professions c WHERE c.party_id = p.id AND c.field = $1)
             FROM parties p LEFT JOIN profiles f ON f.party_id = p.id WHERE p.id IN ($list)"
        ),
        &[&field],
        ids,
        |r| {
            Ok(PersonRef {
                id: r.get(0)?,
                name: r.get(1)?,
                handle: r.get(2)?,
                headline: r.get(3)?,
                town: r.get(4)?,
                photo: r.get(5)?,
                usual: (r.get(6)?, r.get(7)?, r.get(8)?),
                paused: r.get(9)?,
                away: r.get::<String>(10)? != "active",
                claims: r.get(11)?,
            })
        },
    )?;
    Ok(rows.into_iter().map(|p| (p.id, p)).collect())
}

/// What a tie is called on a page.
pub fn tie_words(tie: &str) -> Option<&'static str> {
    match tie {
        "friend" => Some("they are friends"),
        "money" => Some("there is a money or business tie between them"),
        "family" => Some("they are family or share a household"),
        "undescribed" => Some("there is a personal tie they would rather not describe"),
        _ => None,
    }
}

/// Facts beside a word: the stated tie, a shared group, words and referrals both ways.
pub fn disclosures(row: &VouchRow, voucher: &str, candidate: &str) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(tie_words(&row.tie).map(str::to_owned));
    facts.extend(row.group.as_ref().map(|g| format!("both are members of {g}")));
    let (voucher, candidate) = (crate::say::first_name(voucher), crate::say::first_name(candidate));
    if let Some(part) = row.reply.and_then(part_words) {
        facts.push(format!("they vouched for each other{}; this one counts {part}", apart(row)));
    } else if row.mutual {
        facts.push("they vouched for each other within twelve months".to_owned());
    }
    let (back, there) = row.referred;
    for (n, from, to) in [(back, candidate, voucher), (there, voucher, candidate)] {
        if n > 0 {
            facts.push(format!("{from} sent {to} {} in twelve months", crate::say::count(n, "referral")));
        }
    }
    if row.arranged {
        facts.push(regulated::arrangement_words(voucher, candidate));
    }
    facts
}

/// " 3 days apart".
fn apart(row: &VouchRow) -> String {
    let days = row.returned_at.map(|at| i64::from(live::day(row.at) - live::day(at)).abs());
    match days {
        None => String::new(),
        Some(0) => " on the same day".to_owned(),
        Some(days) => format!(" {} apart", crate::say::count(days, "day")),
    }
}

/// What a part of a word's weight is called; nothing where it counts in full.
fn part_words(part: f64) -> Option<String> {
    match percent(part) {
        95.. => None,
        45..=55 => Some("half".to_owned()),
        part => Some(format!("{part} in 100")),
    }
}

/// What a vouch counts as a quick, equally sure word in return without work behind it, if it is one.
pub fn reply(memory: &Memory, vouch: Key) -> Option<f64> {
    memory.engine.is_reply(live::id(vouch)).then(|| memory.engine.parameters().reciprocity)
}

/// Ranks the professionals for a need and gathers the reasons: two statements, whatever the number of results.
///
/// # Errors
/// The database's.
pub fn recommend(
    tx: &mut Tx<'_>,
    memory: &Memory,
    viewer: Option<Key>,
    need: &Understood,
    farther: bool,
) -> Result<Recommendations> {
    let now = tx.now();
    let Some(field) = live::field(&need.field) else {
        return Ok(Recommendations {
            results: Vec::new(),
            farther: 0,
            from_founders: viewer.is_none(),
            best_to_ask: Vec::new(),
            what_if: None,
            sampled: false,
        });
    };
    let reach = Reach { at: need.at, farther };
    let (answer, too_far) = memory.recommend(viewer, field, now, MOST, reach);
    let mut ids: BTreeSet<Key> = answer.best_to_ask.iter().take(MOST).map(|(person, _)| key(*person)).collect();
    let mut vouches: BTreeSet<Key> = BTreeSet::new();
    for candidate in &answer.candidates {
        ids.insert(key(candidate.person));
        for voice in &candidate.voices {
            ids.extend(voice.person.map(key));
            vouches.extend(voice.vouch.map(key));
            for step in voice.paths.iter().flat_map(|p| &p.steps) {
                ids.extend(step.to.map(key));
                if let StepKind::Vouch(vouch) = step.by {
                    vouches.insert(key(vouch));
                }
            }
        }
    }
    let ids: Vec<Key> = ids.into_iter().collect();
    let people = people(tx, &ids, &need.field)?;
    let mut vouches = vouch_rows(tx, &vouches.into_iter().collect::<Vec<_>>(), now)?;
    vouches.iter_mut().for_each(|(vouch, row)| row.reply = reply(memory, *vouch));
    let what_if = answer.candidates.first().and_then(|first| what_if(memory, viewer, need, now, reach, first, &people));
    let told = Told { memory, need, people: &people, vouches: &vouches, viewer, now };
    Ok(Recommendations {
        results: answer.candidates.iter().filter_map(|c| told.recommended(c)).collect(),
        farther: if farther { 0 } else { too_far },
        from_founders: answer.from_founders,
        best_to_ask: answer
            .best_to_ask
            .iter()
            .filter_map(|(p, _)| people.get(&key(*p)).filter(|p| !p.away).cloned())
            .take(MOST)
            .collect(),
        what_if,
        sampled: !answer.exact,
    })
}

struct Told<'a> {
    memory: &'a Memory,
    need: &'a Understood,
    people: &'a HashMap<Key, PersonRef>,
    vouches: &'a HashMap<Key, VouchRow>,
    viewer: Option<Key>,
    now: i64,
}

impl Told<'_> {
    fn recommended(&self, candidate: &Candidate) -> Option<Recommended> {
        let person = self.people.get(&key(candidate.person))?.clone();
        let (mut not_known, mut mismatches) = (Vec::new(), Vec::new());
        let (from, to, currency) = &person.usual;
        let stated = crate::say::money_range(*from, *to, currency);
        match (&stated, from, self.need.budget_to) {
            (None, ..) => not_known.push("what they charge".to_owned()),
            (Some(_), Some(from), Some(budget)) if *from > budget && *currency == self.need.currency => {
                mismatches.push(format!("usual jobs from {}", crate::say::money(*from, currency)));
            }
            _ => {}
        }
        if self.need.date_from.is_some() || !self.need.date_words.is_empty() {
            not_known.push("whether they are free then".to_owned());
        }
        let record = quality_of(self.memory, person.id, &self.need.field, self.now);
        if record.n == 0 {
            not_known.push("how referred clients fared: none has reported yet".to_owned());
        }
        let km = self.memory.distance(candidate.person, self.need.at);
        if self.need.at.is_some() && km.is_none() {
            not_known.push(format!("whether they come to {}", self.need.place));
        } else if !self.memory.serves(candidate.person, self.need.at) {
            mismatches.push(format!("does not usually come as far as {}", self.need.place));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "kilometres on earth")]
        let km = km.map(|km| km.round() as u32);
        let through = candidate.voices.iter().filter(|v| v.person.is_none()).find_map(|voice| {
            let mut named = voice.paths.first()?.steps.iter().filter_map(|step| self.people.get(&key(step.to?)));
            named.rfind(|p| p.id != person.id && Some(p.id) != self.viewer && !p.paused && !p.away).cloned()
        });
        Some(Recommended {
            through,
            forecast: RatingForecast::of(self.memory, self.viewer, person.id, &person.name, self.now),
            voices: candidate.voices.iter().map(|v| self.spoken(v, &person)).collect(),
            person,
            score: candidate.score,
            reach: candidate.reach,
            vouchers: candidate.vouchers,
            shown_percent: percent(candidate.shown_share),
            record,
            warned: candidate.warned,
            not_known,
            mismatches,
            km,
            nobody_you_know: candidate.reach <= 0.0,
        })
    }

    fn spoken(&self, voice: &Voice, candidate: &PersonRef) -> Spoken {
        let person = voice.person.and_then(|p| self.people.get(&key(p))).cloned();
        let row = voice.vouch.and_then(|v| self.vouches.get(&key(v)));
        let name = person.as_ref().map_or("they", |p| p.name.as_str());
        // Of somebody who is not named the engine tells nothing but the share: what it fills in is no fact.
        let named = person.is_some();
        let (could_be, missing) = if named {
            let (could_be, missing) = could_be(voice.basis, voice.standing);
            (Some(could_be), missing)
        } else {
            (None, Vec::new())
        };
        let standing = match voice.standing {
            _ if !named => NOT_SHOWN,
            _ if self.need.field == live::GENERAL => "not stated in this network",
            Standing::Lay if person.as_ref().is_some_and(|p| p.claims) => SAYS_SO,
            known => standing_words(known),
        };
        Spoken {
            basis: if named { basis_words(voice.basis) } else { NOT_SHOWN },
            basis_tag: if named { basis_tag(voice.basis) } else { "Not shown" },
            work_based: named && voice.basis.is_work_based(),
            standing,
            is_viewer: person.as_ref().is_some_and(|p| Some(p.id) == self.viewer),
            disclosures: row.map(|r| disclosures(r, name, &candidate.name)).unwrap_or_default(),
            tie_asked: row.is_some_and(|r| r.tie != "not stated"),
            words: row.map(|r| r.words.clone()).unwrap_or_default(),
            work: row.and_then(|r| r.work.clone()),
            at: row.map(|r| r.at),
            percent: percent(voice.share),
            record: person
                .as_ref()
                .map_or_else(Held::default, |p| record_of(self.memory, p.id, &self.need.field, self.now)),
            paths: voice.paths.iter().map(|p| self.chain(p)).collect(),
            could_be,
            missing,
            paused: person.as_ref().is_some_and(|p| p.paused),
            person,
        }
    }

    fn chain(&self, path: &trust::Path) -> Chain {
        let mut steps: Vec<Link> = Vec::new();
        for step in &path.steps {
            let known = step.to.and_then(|p| self.people.get(&key(p)));
            let name = match (known, steps.last()) {
                (Some(person), _) => person.name.clone(),
                (None, Some(before)) => format!("somebody {} relies on", crate::say::first_name(&before.name)),
                (None, None) => "somebody".to_owned(),
            };
            let how = match step.by {
                StepKind::PrivateTrust => "you rely on their judgement",
                StepKind::Founder => "a founding member",
                StepKind::Hidden => "a private tie",
                StepKind::Vouch(vouch) => {
                    self.vouches.get(&key(vouch)).map_or("vouched for them", |v| basis_words(v.basis))
                }
            };
            steps.push(Link { name, handle: known.map(|p| p.handle.clone()), how });
        }
        Chain { steps, percent: percent(path.share) }
    }
}

/// What would become of the first answer without its strongest word: found by ranking again, not guessed.
fn what_if(
    memory: &Memory,
    viewer: Option<Key>,
    need: &Understood,
    now: i64,
    reach: Reach,
    first: &Candidate,
    people: &HashMap<Key, PersonRef>,
) -> Option<String> {
    let voice = first.voices.first()?;
    let (voucher, candidate) = (people.get(&key(voice.person?))?, people.get(&key(first.person))?);
    let answer = memory.recommend_without(viewer, live::field(&need.field)?, now, MOST, reach, voice.vouch?);
    let voucher = crate::say::first_name(&voucher.name);
    let candidate = crate::say::first_name(&candidate.name);
    let place = answer.candidates.iter().position(|c| c.person == first.person);
    Some(match place {
        Some(0) => format!("Even without {voucher}’s word, {candidate} would still come first."),
        Some(n) => format!("Without {voucher}’s word, {candidate} would come {} instead of first.", ordinal(n)),
        None => format!("Without {voucher}’s word, {candidate} would not be among these."),
    })
}

fn ordinal(place: usize) -> &'static str {
    ["first", "second", "third", "fourth", "fifth"].get(place).copied().unwrap_or("later")
}

/// Whose id is this, for a command line: a handle, or an id.
///
/// # Errors
/// The database's.
pub fn find_person(tx: &mut Tx<'_>, text: &str) -> Result<Option<Key>> {
    if let Ok(key) = text.parse::<Key>() {
        return Ok(Some(key));
    }
    // An imported name as it was written, else as a handle is made of a name.
    for handle in [crate::imports::handle_part(text), formats::name::fold(text)] {
        let found = tx.value(
            sql!("SELECT id FROM parties WHERE kind = 'member' AND (handle = $1 OR handle = 'member-' || $1)"),
            &[&handle],
        )?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
