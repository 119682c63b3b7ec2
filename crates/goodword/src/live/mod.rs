//! The trust engine in memory: loaded from the store at start, kept up by the change feed, asked by pages.

mod figures;
mod fit;
mod forecast;
#[cfg(test)]
mod forecast_tests;
mod load;
#[cfg(test)]
mod tests;

pub use figures::{BOUNDS, Figures};
pub use fit::{JOB as FIT, plan as plan_fit, run as fit};
pub use forecast::Expected;
pub use load::{basis, standing};

use crate::error::Result;
use crate::key::Key;
use crate::needs::Readings;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard};
use store::{Change, DAY, Db, Tx};
use trust::{
    Answer, Ask, Candidates, Comparison, Edge, EdgeKind, Engine, Field, Fields, Id, Parameters, Quality, Record,
    Standing, Trust, Visibility,
};

/// The field of imported networks that state none.
pub const GENERAL: &str = "general";

/// The engine and what else ranking needs to know of people, following the store.
pub struct Live {
    memory: RwLock<Memory>,
    /// One catch-up at a time: how many had been asked for when the last one began.
    following: Mutex<u64>,
    asked: AtomicU64,
}

/// Everything in memory.
#[derive(Default)]
pub struct Memory {
    /// The ranking engine.
    pub engine: Engine,
    /// The network's name, once given.
    pub network: Option<String>,
    /// Who runs it, once said.
    pub operator: Option<String>,
    /// Other settings that pages need at every turn, by name.
    pub settings: HashMap<String, String>,
    /// The last change applied.
    pub seq: i64,
    /// How long questions took: kept when everything is loaded anew.
    questions: Arc<figures::Questions>,
    /// How people might rate each other: kept likewise, and learnt anew.
    pub forecasts: Arc<forecast::Forecasts>,
    lists: HashMap<Id, Vec<Trust>>,
    facts: HashMap<Id, Facts>,
    /// By referral, and summed up by person.
    revealed: HashMap<Id, Revealed>,
    responses: HashMap<Id, Responses>,
    public_vouches: HashSet<Id>,
    towns: HashMap<String, Place>,
    general_only: bool,
    /// Needs read lately.
    pub(crate) readings: Readings,
}

/// What ranking needs to know of a person beside the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Where they work from, and how far they go (km), where stated.
    pub area: Option<(Place, Option<f64>)>,
    /// Whether people signed out may see them.
    pub public: bool,
}

/// A referral whose answers are open.
#[derive(Clone, Copy, Debug)]
struct Revealed {
    referrer: Id,
    professional: Id,
    /// The client answered.
    answered: bool,
}

/// How many clients were asked about somebody and how many answered, over all fields: published with every figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Responses {
    /// As the one who put the name to it.
    pub as_referrer: (i64, i64),
    /// As the one recommended.
    pub as_professional: (i64, i64),
}

/// Degrees north and east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Place {
    /// Great-circle distance in km (haversine, mean earth radius 6,371 km).
    pub fn km_to(self, other: Place) -> f64 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let (dy, dx) = ((b - a) / 2.0, (other.longitude - self.longitude).to_radians() / 2.0);
        let h = dy.sin().powi(2) + a.cos() * b.cos() * dx.sin().powi(2);
        2.0 * 6_371.0 * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// The engine's index of a field: an occupation, or [`GENERAL`]; `None` for anything else.
pub fn field(code: &str) -> Option<Field> {
    if code == GENERAL {
        return u16::try_from(occupations::all().len()).ok().map(Field);
    }
    occupations::by_code(code).map(|o| Field(o.index))
}

/// The code of an index that [`field`] gave.
fn field_code(index: u16) -> &'static str {
    occupations::get(index).map_or(GENERAL, |o| o.code)
}

/// What a field is called: "Florist".
pub fn field_name(code: &str) -> &str {
    match occupations::by_code(code) {
        Some(occupation) => occupation.plain,
        None if code == GENERAL => "any work",
        None => code,
    }
}

/// What a field is called in the middle of a sentence: "florist", "web developer", but "IT manager".
pub fn field_noun(code: &str) -> String {
    crate::say::lower(field_name(code))
}

fn fields() -> Fields {
    let count = u16::try_from(occupations::all().len()).unwrap_or(0);
    let related =
        (0..count).flat_map(|from| occupations::related(from).iter().map(move |(to, weight)| (from, *to, *weight)));
    Fields::new(count + 1, related)
}

/// The engine's day of a time in µs.
pub fn day(at: i64) -> trust::Day {
    i32::try_from(at.div_euclid(DAY)).unwrap_or(0)
}

/// The engine's id of a key.
pub fn id(key: Key) -> Id {
    key.0.as_u128()
}

/// The key of an engine's id.
pub fn key(id: Id) -> Key {
    Key(store::Uuid::from_u128(id))
}

/// Where the work is to be done, and whether to look beyond people's stated service areas.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach {
    /// `None`: anywhere.
    pub at: Option<Place>,
    /// Also those who do not come that far.
    pub farther: bool,
}

impl Live {
    /// Loads the whole network.
    ///
    /// # Errors
    /// The database's.
    pub fn load(db: &Db) -> Result<Self> {
        let memory = db.read_here(load::everything)?;
        Ok(Self { memory: RwLock::new(memory), following: Mutex::default(), asked: AtomicU64::default() })
    }

    /// The memory, for questions.
    pub fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(|p| p.into_inner())
    }

    /// Applies what was committed since the last time: a page that follows a write sees it. Many writers who ask at once
    /// are content with one that began after they had asked.
    ///
    /// # Errors
    /// The database's.
    pub fn catch_up(&self, db: &Db) -> Result<()> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut followed = self.following.lock().unwrap_or_else(|p| p.into_inner());
        if *followed >= mine {
            return Ok(());
        }
        let begun = self.asked.load(Ordering::SeqCst);
        self.follow(db)?;
        *followed = begun;
        Ok(())
    }

    fn follow(&self, db: &Db) -> Result<()> {
        loop {
            let known = self.memory().seq;
            let changes = db.read_here(|tx| fetch(tx, known))?;
            match changes {
                Fetched::Nothing => return Ok(()),
                Fetched::Afresh => {
                    let fresh = db.read_here(load::everything)?;
                    let mut memory = self.memory.write().unwrap_or_else(|p| p.into_inner());
                    let (questions, forecasts) = (memory.questions.clone(), memory.forecasts.clone());
                    *memory = Memory { questions, forecasts, ..fresh };
                    memory.forecasts.look_again();
                }
                Fetched::Rows(seq, rows) => {
                    let mut memory = self.memory.write().unwrap_or_else(|p| p.into_inner());
                    for row in rows {
                        load::apply(&mut memory, row);
                    }
                    memory.seq = seq;
                }
            }
        }
    }
}

impl Live {
    /// What `ask` answers without one outcome and with it, of the same memory: the difference is that outcome's alone.
    /// The memory holds the outcome as stored afterwards, applied or not before.
    ///
    /// # Errors
    /// The database's.
    pub fn without_and_with<T>(&self, db: &Db, outcome: Key, ask: impl Fn(&Memory) -> T) -> Result<(T, T)> {
        let _one = self.following.lock().unwrap_or_else(|p| p.into_inner());
        let fresh = db.read_here(|tx| load::read_again(tx, "outcome", outcome))?;
        let mut memory = self.memory.write().unwrap_or_else(|p| p.into_inner());
        memory.engine.remove_outcome(id(outcome));
        let without = ask(&memory);
        load::apply(&mut memory, fresh);
        let with = ask(&memory);
        Ok((without, with))
    }
}

enum Fetched {
    Nothing,
    /// Too far behind, or an import: load everything again.
    Afresh,
    Rows(i64, Vec<load::Fresh>),
}

fn fetch(tx: &mut Tx<'_>, known: i64) -> Result<Fetched> {
    let changes: Vec<Change> = tx.changes_after(known, 500)?;
    let Some(last) = changes.last() else { return Ok(Fetched::Nothing) };
    let gap = changes.first().is_some_and(|first| first.seq > known + 1);
    if gap || changes.iter().any(|c| c.kind == "import") {
        return Ok(Fetched::Afresh);
    }
    let seq = last.seq;
    let mut rows = Vec::new();
    let mut done = HashSet::new();
    for change in changes {
        if done.insert((change.kind.clone(), change.row)) {
            rows.push(load::read_again(tx, &change.kind, Key(change.row))?);
        }
    }
    Ok(Fetched::Rows(seq, rows))
}

impl Memory {
    /// The professionals for a field, as this viewer may see them; the number left out because they do not come that far.
    pub fn recommend(
        &self,
        viewer: Option<Key>,
        field: Field,
        now: i64,
        limit: usize,
        reach: Reach,
    ) -> (Answer, usize) {
        // A set, since the engine may ask about a person more than once.
        let too_far = Mutex::new(HashSet::new());
        let answer = self.ask(viewer, field, now, limit, reach, &too_far, |ask| self.engine.recommend(ask));
        let too_far = too_far.into_inner().unwrap_or_else(|p| p.into_inner());
        (answer, too_far.len())
    }

    /// The same without one vouch: ranked again.
    pub fn recommend_without(
        &self,
        viewer: Option<Key>,
        field: Field,
        now: i64,
        limit: usize,
        reach: Reach,
        without: Id,
    ) -> Answer {
        self.ask(viewer, field, now, limit, reach, &Mutex::default(), |ask| self.engine.what_if(ask, &[without]))
    }

    /// Two professionals side by side, as this viewer may see them: nothing where either can be no answer.
    pub fn compare(&self, viewer: Option<Key>, field: Field, now: i64, both: [Id; 2]) -> Comparison {
        let far = Reach { farther: true, at: None };
        if both.iter().any(|person| viewer.is_none() && !self.is_public(*person)) {
            return Comparison { a: None, b: None };
        }
        self.ask(viewer, field, now, 2, far, &Mutex::default(), |ask| self.engine.compare(ask, both[0], both[1]))
    }

    /// Of the two, who comes first without this vouch: ranked again.
    pub fn first_without(&self, viewer: Option<Key>, field: Field, now: i64, both: [Id; 2], without: Id) -> Option<Id> {
        let far = Reach { farther: true, at: None };
        let answer = self.ask(viewer, field, now, 2, far, &Mutex::default(), |ask| {
            self.engine.what_if(&Ask { candidates: Candidates::Only(&both), ..*ask }, &[without])
        });
        answer.candidates.first().map(|candidate| candidate.person)
    }

    #[expect(clippy::too_many_arguments, reason = "one question, asked in four ways just above")]
    fn ask<T>(
        &self,
        viewer: Option<Key>,
        field: Field,
        now: i64,
        limit: usize,
        reach: Reach,
        too_far: &Mutex<HashSet<Id>>,
        question: impl FnOnce(&Ask<'_>) -> T,
    ) -> T {
        let signed_out = viewer.is_none();
        let me = viewer.map(id);
        let accept = |person: Id| {
            if Some(person) == me || (signed_out && !self.is_public(person)) {
                return false;
            }
            let far = !self.serves(person, reach.at);
            if far {
                too_far.lock().unwrap_or_else(|p| p.into_inner()).insert(person);
            }
            reach.farther || !far
        };
        let visible = |edge: &Edge| match edge.kind {
            EdgeKind::PrivateTrust => false,
            EdgeKind::Vouch(vouch) => {
                !signed_out
                    || (self.public_vouches.contains(&vouch) && self.is_public(edge.from) && self.is_public(edge.to))
            }
        };
        #[expect(clippy::disallowed_methods, reason = "how long an answer takes, for operators; it decides nothing")]
        let start = std::time::Instant::now();
        let answer = question(&Ask {
            limit,
            candidates: Candidates::Where(&accept),
            visible: Visibility::Rule(&visible),
            ..Ask::new(me, field, day(now))
        });
        self.questions.note(start.elapsed());
        answer
    }

    /// Whether a person comes to a place; unknown areas are not held against anybody.
    pub fn serves(&self, person: Id, at: Option<Place>) -> bool {
        let Some(at) = at else { return true };
        match self.facts.get(&person).and_then(|f| f.area) {
            Some((home, Some(km))) => home.km_to(at) <= km,
            _ => true,
        }
    }

    /// How far a person works from a place (km), where both are known.
    pub fn distance(&self, person: Id, at: Option<Place>) -> Option<f64> {
        let (home, _) = self.facts.get(&person)?.area?;
        Some(home.km_to(at?))
    }

    /// Whether people signed out may see a person.
    pub fn is_public(&self, person: Id) -> bool {
        self.facts.get(&person).is_some_and(|f| f.public)
    }

    /// Whether nobody here has stated an occupation: an imported network with one field for everything.
    pub fn is_general(&self) -> bool {
        self.general_only
    }

    /// Where a town of this network lies, by its folded name.
    pub fn town(&self, folded: &str) -> Option<Place> {
        self.towns.get(folded).copied()
    }

    /// The longest town name of this network found in folded words.
    pub fn town_in(&self, folded: &str) -> Option<(&str, Place)> {
        let padded = format!(" {folded} ");
        self.towns
            .iter()
            .filter(|(town, _)| padded.contains(&format!(" {town} ")))
            .max_by_key(|(town, _)| (town.len(), town.as_str()))
            .map(|(town, place)| (town.as_str(), *place))
    }

    /// Who somebody is to judge a field, about a person.
    pub fn standing(&self, voucher: Key, code: &str, about: Key) -> Standing {
        field(code).map_or(Standing::Lay, |f| self.engine.standing(id(voucher), f, id(about)))
    }

    /// A referrer's record in a field.
    pub fn record(&self, person: Key, code: &str, now: i64) -> Option<Record> {
        Some(self.engine.record(id(person), field(code)?, day(now)))
    }

    /// A professional's record with clients in a field.
    pub fn quality(&self, person: Key, code: &str, now: i64) -> Option<Quality> {
        Some(self.engine.quality(id(person), field(code)?, day(now)))
    }

    /// How many clients were asked about somebody, and answered.
    pub fn responses(&self, person: Key) -> Responses {
        self.responses.get(&id(person)).copied().unwrap_or_default()
    }

    /// Notes that a referral's answers are open, or that they are not.
    fn note_revealed(&mut self, referral: Id, now: Option<Revealed>) {
        let before = match now {
            Some(now) => self.revealed.insert(referral, now),
            None => self.revealed.remove(&referral),
        };
        for (side, sign) in [(before, -1), (now, 1)] {
            let Some(Revealed { referrer, professional, answered }) = side else { continue };
            let add = |sum: &mut (i64, i64)| *sum = (sum.0 + sign, sum.1 + sign * i64::from(answered));
            add(&mut self.responses.entry(referrer).or_default().as_referrer);
            add(&mut self.responses.entry(professional).or_default().as_professional);
        }
    }

    /// The engine's own forecast without the referrer's word: frozen when a referral is offered.
    pub fn forecast(&self, professional: Key, code: &str, without: Key, now: i64) -> Option<f64> {
        Some(self.engine.forecast_for(id(professional), field(code)?, Some(id(without)), day(now)))
    }
}

/// An engine with nothing in it.
fn empty() -> Memory {
    Memory { engine: Engine::new(fields(), Parameters::default()), ..Memory::default() }
}
