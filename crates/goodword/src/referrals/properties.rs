//! Any order of events by anybody, through the verbs and a database: what is stored follows the rules, and nothing else
//! moves it.

use super::rules::{Deed, Position, Progress, Role, State};
use super::store::{self, Draft, Event, Referral};
use super::{answering, api, consenting, course, introduction};
use crate::app::App;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::testing::{START, app, member, run_jobs};
use ::store::{Clock, DAY, Db, Tx, sql};
use proptest::prelude::*;

const FLORIST: &str = "27-1023.00";

/// What somebody tries.
#[derive(Clone, Copy, Debug)]
enum Try {
    Offer,
    /// With a tie the professional has not heard of.
    OfferWithTie,
    Decline,
    Accept,
    Refuse,
    Cancel,
    Move(State),
    Undo,
    /// Nobody does anything for so many days.
    Wait(i64),
}

fn tries() -> impl Strategy<Value = Try> {
    prop_oneof![
        3 => Just(Try::Offer),
        2 => Just(Try::OfferWithTie),
        1 => Just(Try::Decline),
        6 => Just(Try::Accept),
        1 => Just(Try::Refuse),
        1 => Just(Try::Cancel),
        6 => prop::sample::select(State::ALL.to_vec()).prop_map(Try::Move),
        2 => Just(Try::Undo),
        1 => prop::sample::select(vec![1, 3, 8]).prop_map(Try::Wait),
    ]
}

struct Cast {
    app: App,
    /// Asker, referrer, client, professional, and somebody who has no part in it.
    people: [Key; 5],
    _folder: tempfile::TempDir,
}

fn cast() -> Cast {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let db = Db::open(&url, Clock::fixed(START, 42), 2).unwrap();
    db.migrate(crate::schema::MIGRATIONS).unwrap();
    let people = ["Dana Whitfield", "Ana Reyes", "Carla Moon", "Ben Castle", "Sol Stone"].map(|n| member(&db, n));
    Cast { app: app(db), people, _folder: folder }
}

impl Cast {
    fn referral(&self, own_need: bool) -> Key {
        let [dana, ana, carla, ben, _] = self.people;
        let client = if own_need { dana } else { carla };
        let draft = Draft {
            need: None,
            origin: "asked",
            asker: dana,
            referrer: ana,
            professional: ben,
            client,
            client_name: "",
            for_client: !own_need,
            field: FLORIST,
            need_words: "A florist",
            place: "",
            budget: "",
            date: "",
            note: "",
            client_yes: own_need,
            professional_yes: false,
            progress: None,
        };
        self.app
            .db
            .write_here(|tx| {
                let id = store::insert(tx, &draft)?;
                let r = store::one(tx, id)?;
                super::letters::ask_referrer(tx, "http://x", &r, false)?;
                Ok::<_, Error>(id)
            })
            .unwrap()
    }

    fn stored(&self, id: Key) -> (Referral, Vec<Event>) {
        self.app.db.read_here(|tx| Ok::<_, Error>((store::one(tx, id)?, store::events(tx, id)?))).unwrap()
    }

    /// Does it as the pages and the API do.
    fn attempt(&self, id: Key, who: Key, what: Try) -> Result<()> {
        let answer = answering::Typed {
            basis: "hired".into(),
            tie: if matches!(what, Try::OfferWithTie) { "family" } else { "none" }.into(),
            confidence: "85".into(),
            words: "She listens.".into(),
            ..answering::Typed::default()
        };
        let (memory, url) = (self.app.live.memory(), "http://x");
        self.app.db.write_here(|tx: &mut Tx<'_>| {
            match what {
                Try::Offer | Try::OfferWithTie => {
                    api::as_referrer(tx, id, who)?;
                    answering::offer(tx, url, &memory, id, &answer.read(false)?)?;
                }
                Try::Decline => {
                    api::as_referrer(tx, id, who)?;
                    answering::decline(tx, url, id, &answer)?;
                }
                Try::Accept => {
                    consenting::accept(tx, url, id, who, &consenting::ClientYes::default())?;
                }
                Try::Refuse => {
                    consenting::refuse(tx, url, id, who, "")?;
                }
                Try::Cancel => {
                    course::cancel(tx, url, id, who)?;
                }
                Try::Move(to) => {
                    let seen = store::one(tx, id)?.version;
                    course::move_to(tx, id, who, &course::Step::to(to), seen)?;
                }
                Try::Undo => {
                    course::undo(tx, id, who)?;
                }
                Try::Wait(_) => {}
            }
            Ok(())
        })
    }
}

/// The rules' answer to the same try.
fn expected(r: &Referral, events: &[Event], who: Key, what: Try, now: i64) -> Position {
    let at = r.position();
    let role = r.role(who).filter(|role| r.is_known_to(*role));
    let after = |deed| role.and_then(|role| at.after(Some(role), deed)).unwrap_or(at);
    match what {
        Try::Offer => after(Deed::Offer),
        Try::OfferWithTie => match after(Deed::Offer) {
            to if to == at => at,
            to => Position { client_yes: false, professional_yes: false, tie_first: true, ..to },
        },
        Try::Decline if role == Some(Role::Referrer) => after(Deed::Decline),
        Try::Accept if role != Some(Role::Referrer) => after(Deed::Accept),
        Try::Refuse if matches!(role, Some(Role::Client | Role::Professional)) => after(Deed::Decline),
        Try::Cancel => after(Deed::Cancel),
        Try::Move(to) => after(Deed::Move(to)),
        Try::Undo => match course::undoable(r, events, who, now) {
            Some(last) => Position { state: last.from.unwrap_or(at.state), ..at },
            None => at,
        },
        _ => at,
    }
}

/// What holds at any moment.
fn holds(cast: &Cast, id: Key) {
    let (r, events) = cast.stored(id);
    // The state column is what the events say.
    let told = events.iter().rev().find(|e| e.to.is_some() && e.undone_at.is_none()).and_then(|e| e.to);
    assert_eq!(told, Some(r.state), "{events:?}");
    let met = r.state.is_introduced() || r.state.asks_outcome();
    if met {
        assert!(r.basis.is_some() && r.client_yes_at.is_some() && r.professional_yes_at.is_some());
        assert!(r.introduced_at.is_some());
    }
    // In this order, never another.
    let at = |kind: &str| events.iter().position(|e| e.kind == kind);
    if let Some(professional) = at("professional yes") {
        assert!(at("offer").is_some_and(|offer| offer < professional));
        let asked_first = r.tie_first || r.asker.id == r.client.id;
        assert!(asked_first || at("client yes").is_some_and(|client| client < professional));
        assert!(!r.tie_first || at("client yes").is_none_or(|client| client > professional));
    }
    for who in cast.people {
        let role = r.role(who);
        let card = cast.app.db.read_here(|tx| introduction::contact_for(tx, id, who));
        let may = r.introduced_at.is_some() && matches!(role, Some(Role::Client | Role::Professional));
        assert_eq!(card.is_ok(), may, "details of the other go to nobody but the two, and not before both said yes");
        let seen =
            cast.app.db.read_here(|tx| super::one_page::seen(tx, &cast.app.live.memory(), id, who).map(|s| s.state));
        assert_eq!(seen.is_ok(), role.is_some_and(|role| r.is_known_to(role)), "{role:?}");
        if let (Ok(state), Some(Role::Referrer | Role::Asker), true) = (seen, role, r.progress == Progress::Touch) {
            assert!(r.introduced_at.is_none() || matches!(state, State::Introduced | State::InContact));
        }
    }
    let letters: i64 = cast
        .app
        .db
        .read_here(|tx| {
            tx.value(
                sql!("SELECT COUNT(*) FROM letters WHERE subject_id = $1 AND party_id = $2"),
                &[&id, &r.professional.id],
            )
        })
        .unwrap()
        .unwrap();
    let asked = r.client_yes_at.is_some() || r.tie_first;
    assert!(letters == 0 || (r.basis.is_some() && asked), "the professional heard of it too early");
    assert!(r.opened_at.is_none() || met, "nobody is asked how it was before anything was");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_by_anybody_follows_the_rules(
        own_need: bool,
        events in prop::collection::vec((0..5usize, tries()), 1..22),
    ) {
        let cast = cast();
        let id = cast.referral(own_need);
        for (actor, what) in events {
            let who = cast.people[actor];
            let (before, history) = cast.stored(id);
            if let Try::Wait(days) = what {
                cast.app.clock.advance(days * DAY);
                run_jobs(&cast.app);
                let (after, _) = cast.stored(id);
                let waited = before.position().waits_for().is_some();
                prop_assert!(after.state == before.state || (waited && after.state == State::Expired));
            } else {
                let should = expected(&before, &history, who, what, cast.app.clock.now());
                let done = cast.attempt(id, who, what);
                let (after, _) = cast.stored(id);
                prop_assert_eq!(after.position(), should, "{:?} by {}: {:?}", what, actor, done.as_ref().err());
                if before.position() == should {
                    prop_assert_eq!(after.version, before.version, "{:?} by {} changed something", what, actor);
                } else {
                    prop_assert!(after.version > before.version && done.is_ok());
                }
            }
            holds(&cast, id);
        }
    }
}
