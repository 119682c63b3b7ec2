//! The engine's public verbs: what it is told.

use crate::answer::{Quality, Record};
use crate::evidence::Scale;
use crate::facts::{Confirmed, Day, Field, Id, Job, Outcome, Person, Standing, Trust, Vouch, Warning};
use crate::fields::Fields;
use crate::graph::{ALL_FIELDS, Graph, Kind};
use crate::judgement::shift_of;
use crate::ledger::{Entry, Ledger};
use crate::mix::Map;
use crate::parameters::Parameters;
use crate::record::{self, Sums, Tally, probability};
use crate::standing::Facts;

/// How many of the first to have joined are the founders, unless a list is set.
pub(crate) const FOUNDERS: usize = 12;

/// All evidence of one network in memory, and the questions it answers.
///
/// Every `put_…` is idempotent by id and may come in any order: the same evidence gives the same memory and
/// bit-identical answers at the same day. Nothing here fails or panics: evidence that makes no sense (a vouch for
/// oneself, a field that does not exist) is left out.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) fields: Fields,
    pub(crate) parameters: Parameters,
    pub(crate) scale: Scale,
    /// K of a member without outcomes.
    pub(crate) fresh_factor: f64,
    pub(crate) graph: Graph,
    pub(crate) ledger: Ledger,
    pub(crate) facts: Facts,
    /// By recipient: author, field, strength.
    pub(crate) warnings: Map<u32, Vec<(u32, u16, f32)>>,
    outcomes: Map<Id, Outcome>,
    /// Sums over a referrer's outcomes by field, and over all fields under [`ALL_FIELDS`].
    referred: Map<(u32, u16), Tally>,
    /// Sums over a professional's outcomes, likewise.
    served: Map<(u32, u16), Tally>,
    /// The public list, if one was set.
    founders: Option<Vec<Id>>,
    /// Otherwise: the first to have joined.
    pub(crate) earliest: Vec<(Day, Id)>,
}

impl Default for Engine {
    fn default() -> Self {
        Engine::new(Fields::default(), Parameters::default())
    }
}

/// How big the engine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// People known, also those only named by a vouch.
    pub people: usize,
    /// Vouches and entries of trust lists.
    pub edges: usize,
    /// Bytes of the graph: each edge in both directions.
    pub edge_bytes: usize,
    /// Bytes of the index of vouch ids.
    pub id_bytes: usize,
    /// Bytes of tables with a row for each person.
    pub person_bytes: usize,
}

impl Engine {
    /// An empty engine.
    pub fn new(fields: Fields, parameters: Parameters) -> Self {
        let scale = Scale::new(&parameters);
        let fresh_factor = record::factor(Sums::default(), Sums::default(), &parameters);
        Engine {
            fields,
            scale,
            fresh_factor,
            parameters,
            graph: Graph::default(),
            ledger: Ledger::default(),
            facts: Facts::default(),
            warnings: Map::default(),
            outcomes: Map::default(),
            referred: Map::default(),
            served: Map::default(),
            founders: None,
            earliest: Vec::new(),
        }
    }

    /// The constants in use.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// How much work one answer may be: see [`Parameters::exact_steps`] and [`Parameters::walks`].
    pub fn set_effort(&mut self, exact_steps: usize, walks: usize) {
        (self.parameters.exact_steps, self.parameters.walks) = (exact_steps, walks);
    }

    /// The fields it was made with.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// How many people, edges and bytes of memory: for `/metrics`.
    pub fn size(&self) -> Size {
        let (edge_bytes, members) = self.graph.bytes();
        let tables = (self.referred.capacity() + self.served.capacity()) * (8 + size_of::<Tally>());
        Size {
            people: self.graph.members.len(),
            edges: self.graph.edges,
            edge_bytes,
            id_bytes: self.ledger.bytes(),
            person_bytes: members + self.facts.bytes() + tables,
        }
    }

    /// Adds a person or replaces what is known of them.
    pub fn put_person(&mut self, person: Person) {
        if let Some(place) = self.note_person(&person) {
            self.refresh(place);
        }
    }

    /// Takes a person's row in. Gives the member if their standings must be derived again.
    fn note_person(&mut self, person: &Person) -> Option<u32> {
        let place = self.graph.intern(person.id);
        let old = self.graph.members[place as usize].fields.clone();
        self.take_person(place, person);
        let fields = &self.graph.members[place as usize].fields;
        old.iter().for_each(|known| self.facts.list(place, known.0, false));
        fields.iter().for_each(|known| self.facts.list(place, known.0, true));
        (*fields != old).then_some(place)
    }

    /// The part of it that is in the member's own tables.
    pub(crate) fn take_person(&mut self, place: u32, person: &Person) {
        let mut fields: Vec<(u16, bool)> = person
            .fields
            .iter()
            .filter(|(field, _)| field.0 < self.fields.count())
            .map(|(field, confirmed)| (field.0, *confirmed != Confirmed::No))
            .collect();
        fields.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        fields.dedup_by_key(|known| known.0);
        fields.shrink_to_fit();
        let member = &mut self.graph.members[place as usize];
        member.fields = fields;
        let (was_known, was_joined) = (member.known, member.joined);
        (member.known, member.listed, member.joined) = (true, person.listed, person.joined);
        if !was_known {
            self.note_joined(person.joined, person.id);
        } else if was_joined != person.joined {
            self.find_earliest();
        }
    }

    /// Forgets a person: no answer any more, trust and warnings from or to them go, and no vouch from or to them lives on.
    /// (Such a vouch is kept as a withdrawn one is: it goes on using its part of its author's word until it has faded or is
    /// removed.) Outcomes stay.
    pub fn remove_person(&mut self, id: Id) {
        let Some(place) = self.graph.find(id) else { return };
        let given = self.graph.members[place as usize].out.clone();
        let received = self.graph.members[place as usize].into.clone();
        let given = given.into_iter().map(|slot| (place, slot));
        let received = received.into_iter().map(|slot| (slot.other, slot.toward(place)));
        for (from, slot) in given.chain(received) {
            match slot.kind() {
                Kind::Reliance => self.drop_edge(from, slot),
                Kind::Vouch(_) if slot.live() => self.lapse_edge(from, slot),
                Kind::Vouch(_) => {}
            }
        }
        let fields = std::mem::take(&mut self.graph.members[place as usize].fields);
        fields.iter().for_each(|known| self.facts.list(place, known.0, false));
        if !fields.is_empty() {
            self.refresh(place);
        }
        let member = &mut self.graph.members[place as usize];
        (member.known, member.listed) = (false, false);
        self.warnings.remove(&place);
        self.warnings.retain(|_, list| {
            list.retain(|warning| warning.0 != place);
            !list.is_empty()
        });
        if self.earliest.iter().any(|known| known.1 == id) {
            self.find_earliest();
        }
    }

    /// Adds a vouch, or replaces the one with this id.
    pub fn put_vouch(&mut self, vouch: Vouch) {
        let slot = self.slot_of(&vouch, None);
        if vouch.id != 0
            && let Some(known) = self.ledger.find(vouch.id)
        {
            if slot.is_some_and(|(from, slot)| from == known.from && slot.is_same_edge(known.slot)) {
                return;
            }
            self.remove_vouch(vouch.id);
        }
        let Some((from, slot)) = slot else { return };
        if vouch.id != 0 {
            self.ledger.insert(Entry { id: vouch.id, from, slot });
        }
        self.add_edge(from, slot);
    }

    /// Forgets a vouch altogether. For a withdrawal put it again with `live: false`.
    pub fn remove_vouch(&mut self, id: Id) {
        if id == 0 {
            return;
        }
        if let Some(entry) = self.ledger.remove(id)
            // Another vouch may say the very same: then the edge stays.
            && self.ledger.name(entry.from, entry.slot).is_none()
        {
            self.drop_edge(entry.from, entry.slot);
        }
    }

    /// Adds an entry to a private trust list.
    pub fn put_trust(&mut self, trust: Trust) {
        if let Some((from, slot)) = self.slot_of_trust(&trust) {
            self.add_edge(from, slot);
        }
    }

    /// Takes it off.
    pub fn remove_trust(&mut self, trust: Trust) {
        if let Some((from, slot)) = self.slot_of_trust(&trust) {
            self.drop_edge(from, slot);
        }
    }

    /// Records that somebody paid somebody for work.
    pub fn put_job(&mut self, job: Job) {
        self.remove_job(job.id);
        if job.client == job.professional || job.field.0 >= self.fields.count() {
            return;
        }
        let (client, professional) = (self.graph.intern(job.client), self.graph.intern(job.professional));
        let row = (client, professional, job.field.0);
        self.facts.jobs.insert(job.id, row);
        self.facts.note_job(row, true);
        self.refresh(client);
    }

    /// Forgets it.
    pub fn remove_job(&mut self, id: Id) {
        if let Some(row) = self.facts.jobs.remove(&id) {
            self.facts.note_job(row, false);
            self.refresh(row.0);
        }
    }

    /// Adds a warning, or replaces the one from the same person about the same person in the same field.
    pub fn put_warning(&mut self, warning: Warning) {
        self.remove_warning(warning.from, warning.to, warning.field);
        if warning.from == warning.to || warning.field.0 >= self.fields.count() {
            return;
        }
        let (from, to) = (self.graph.intern(warning.from), self.graph.intern(warning.to));
        let strength = probability(warning.strength) as f32;
        self.warnings.entry(to).or_default().push((from, warning.field.0, strength));
    }

    /// Forgets a warning.
    pub fn remove_warning(&mut self, from: Id, to: Id, field: Field) {
        let (Some(from), Some(to)) = (self.graph.find(from), self.graph.find(to)) else { return };
        if let Some(list) = self.warnings.get_mut(&to) {
            list.retain(|known| (known.0, known.1) != (from, field.0));
        }
    }

    /// Adds an outcome, or replaces the one with this id (the client changed the answer).
    pub fn put_outcome(&mut self, outcome: Outcome) {
        self.remove_outcome(outcome.id);
        if outcome.field.0 >= self.fields.count() || outcome.y.is_nan() {
            return;
        }
        self.count_outcome(&outcome, 1);
        self.outcomes.insert(outcome.id, outcome);
    }

    /// Forgets an outcome.
    pub fn remove_outcome(&mut self, id: Id) {
        if let Some(outcome) = self.outcomes.remove(&id) {
            self.count_outcome(&outcome, -1);
        }
    }

    fn count_outcome(&mut self, outcome: &Outcome, sign: i32) {
        let professional = self.graph.intern(outcome.professional);
        self.graph.tested[professional as usize] = true;
        if !self.served.contains_key(&(professional, outcome.field.0)) {
            self.facts.try_out(professional, outcome.field.0);
        }
        for field in [outcome.field.0, ALL_FIELDS] {
            self.served.entry((professional, field)).or_default().count(outcome, &self.parameters, sign);
        }
        // Nobody is scored on a referral to themselves, nor without a probability stated.
        let Some(referrer) = outcome.referrer.filter(|id| *id != outcome.professional) else { return };
        if outcome.confidence.is_nan() || outcome.forecast.is_nan() {
            return;
        }
        let referrer = self.graph.intern(referrer);
        self.graph.members[referrer as usize].has_record = true;
        for field in [outcome.field.0, ALL_FIELDS] {
            self.referred.entry((referrer, field)).or_default().count(outcome, &self.parameters, sign);
        }
    }

    /// The sums over outcomes again, after a constant they are weighed by has changed.
    pub(crate) fn count_again(&mut self) {
        self.referred.values_mut().chain(self.served.values_mut()).for_each(|tally| *tally = Tally::default());
        let outcomes = std::mem::take(&mut self.outcomes);
        outcomes.values().for_each(|outcome| self.count_outcome(outcome, 1));
        self.outcomes = outcomes;
    }

    /// From whom an answer starts when nobody asks or the asker trusts nobody yet; nobody listed: the first twelve to
    /// have joined.
    pub fn set_founders(&mut self, ids: impl IntoIterator<Item = Id>) {
        let mut ids: Vec<Id> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        self.founders = (!ids.is_empty()).then_some(ids);
    }

    /// The founding members an answer starts from, by external id.
    pub fn founders(&self) -> Vec<Id> {
        match &self.founders {
            Some(ids) => ids.clone(),
            None => {
                let mut ids: Vec<Id> = self.earliest.iter().map(|known| known.1).collect();
                ids.sort_unstable();
                ids
            }
        }
    }

    fn tallies(map: &Map<(u32, u16), Tally>, place: u32, field: u16) -> (Tally, Tally) {
        let find = |field| map.get(&(place, field)).copied().unwrap_or_default();
        (find(ALL_FIELDS), find(field))
    }

    /// K of a member in a field.
    pub(crate) fn factor_of(&self, place: u32, field: u16, day: Day) -> f64 {
        let (all, own) = Self::tallies(&self.referred, place, field);
        let sums = |tally: Tally| tally.sums(day, &self.parameters);
        let undisclosed = self.graph.members[place as usize].undisclosed;
        record::factor(sums(all).charged(undisclosed), sums(own), &self.parameters)
    }

    /// A referrer's record in a field at a day.
    pub fn record(&self, person: Id, field: Field, day: Day) -> Record {
        let (all, own) = match self.graph.find(person) {
            Some(place) => Self::tallies(&self.referred, place, field.0),
            None => Default::default(),
        };
        let undisclosed = self.graph.find(person).map_or(0, |place| self.graph.members[place as usize].undisclosed);
        let sums = |tally: Tally| tally.sums(day, &self.parameters);
        let all = (all, sums(all), sums(all).charged(undisclosed));
        record::describe(all, (own, sums(own)), &self.parameters)
    }

    /// A professional's record with clients in a field at a day.
    pub fn quality(&self, person: Id, field: Field, day: Day) -> Quality {
        self.quality_of(self.graph.find(person), field.0, day)
    }

    pub(crate) fn quality_of(&self, place: Option<u32>, field: u16, day: Day) -> Quality {
        let (all, own) = self.served_sums(place, field, day);
        record::quality(self.parameters.base(field), all.1, own.1, all.0, &self.parameters)
    }

    fn served_sums(&self, place: Option<u32>, field: u16, day: Day) -> ((u32, Sums), (u32, Sums)) {
        let (all, own) = match place {
            Some(place) => Self::tallies(&self.served, place, field),
            None => Default::default(),
        };
        let with_sums = |tally: Tally| (tally.count, tally.sums(day, &self.parameters));
        (with_sums(all), with_sums(own))
    }

    /// Who somebody is to judge a field, about this person.
    pub fn standing(&self, voucher: Id, field: Field, about: Id) -> Standing {
        let Some(from) = self.graph.find(voucher) else { return Standing::Lay };
        let to = self.graph.find(about).unwrap_or(u32::MAX);
        let hired = self.graph.members[from as usize]
            .out
            .iter()
            .any(|slot| slot.other == to && slot.live() && slot.kind() == Kind::Vouch(crate::facts::Basis::Hired));
        let confirmed = self.facts.confirmed(&self.graph, from);
        self.facts.derive((&self.fields, &self.parameters), &confirmed, from, (to, field.0, hired))
    }

    /// Whether a vouch is a fast, identical, evidence-free reply: it counts [`Parameters::reciprocity`] of its weight.
    pub fn is_reply(&self, id: Id) -> bool {
        let Some(entry) = self.ledger.find(id) else { return false };
        let row = &self.graph.members[entry.from as usize].out;
        let between = self.graph.between(entry.from, entry.slot.other);
        row[between].iter().any(|slot| slot.is_same_edge(entry.slot) && slot.is_reply())
    }

    /// Whether an occupation is confirmed by somebody else (work-based vouch, licence or group).
    pub fn is_confirmed(&self, person: Id, field: Field) -> bool {
        self.graph.find(person).is_some_and(|place| self.facts.is_confirmed(&self.graph, place, field.0))
    }

    /// The engine's own forecast of "was this the right person?", without one voucher's word (`without`: their id): to
    /// be frozen with a referral when it is offered, so that its referrer is scored on what their word added.
    pub fn forecast_for(&self, professional: Id, field: Field, without: Option<Id>, day: Day) -> f64 {
        let place = self.graph.find(professional);
        let quality = self.quality_of(place, field.0, day);
        let own = self.served_sums(place, field.0, day).1;
        let mut total = record::field_prior(&self.parameters) + own.1.weight;
        let mut good = quality.mean * total;
        let Some(place) = place else { return quality.mean };
        let today = self.scale.today(day);
        let skip = without.and_then(|id| self.graph.find(id));
        for slot in &self.graph.members[place as usize].into {
            if slot.field != field.0 || slot.weight == 0 || Some(slot.other) == skip || slot.basis().is_none() {
                continue;
            }
            let weight = f64::from(slot.weight) / 65_535.0 * self.scale.age_factor(*slot, today);
            let weight = weight * self.parameters.forecast_vouch.clamp(0.0, 1e6);
            total += weight;
            // A voucher who says 99 of everybody says no more than others who say 75.
            let shift = shift_of(self, slot.other) / 100.0;
            good += weight * (slot.confidence() - shift).max(0.5);
        }
        (good / total).clamp(0.01, 0.99)
    }
}
