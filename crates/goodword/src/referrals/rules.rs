//! The rules, without a database: temperature, who may do what next, who is asked before whom, who reads what.

use crate::error::{Error, Result};
use trust::{Basis, Standing};

/// What a referral is, computed from facts and never declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Temperature {
    /// Everything else.
    Cold,
    /// The client agrees, and the referrer knows the person.
    Introduction,
    /// The client agrees, the need is stated, and the referrer knows the work.
    Warm,
    /// All of that, with standing, disclosures, a stated confidence and own words; and the professional agrees.
    Vouched,
}

impl Temperature {
    /// 1 to 4, as pages draw it.
    pub fn level(self) -> u8 {
        match self {
            Self::Cold => 1,
            Self::Introduction => 2,
            Self::Warm => 3,
            Self::Vouched => 4,
        }
    }

    /// As pages say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cold => "Cold lead",
            Self::Introduction => "Introduction",
            Self::Warm => "Warm referral",
            Self::Vouched => "Vouched referral",
        }
    }

    /// In the middle of a sentence: "a vouched referral".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Cold => "a cold lead",
            Self::Introduction => "an introduction",
            Self::Warm => "a warm referral",
            Self::Vouched => "a vouched referral",
        }
    }
}

/// The facts temperature is computed from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The client said yes.
    pub client_yes: bool,
    /// The professional said yes.
    pub professional_yes: bool,
    /// Somebody said what is needed.
    pub stated_need: bool,
    /// How the referrer knows the work; `None` until they answered.
    pub basis: Option<Basis>,
    /// The referrer's standing to judge the field.
    pub standing: Standing,
    /// Whether a tie was asked for and answered.
    pub disclosed: bool,
    /// Whether the referrer said how sure they are.
    pub confidence: bool,
    /// Whether the referrer wrote own words for this need.
    pub own_words: bool,
}

impl Default for Evidence {
    /// Nothing said, nothing known.
    fn default() -> Self {
        Self {
            client_yes: false,
            professional_yes: false,
            stated_need: false,
            basis: None,
            standing: Standing::Lay,
            disclosed: false,
            confidence: false,
            own_words: false,
        }
    }
}

/// The first line of the rules that is true.
pub fn temperature(e: &Evidence) -> Temperature {
    let work = e.basis.is_some_and(Basis::is_work_based);
    let knows = work || e.basis == Some(Basis::KnowsPersonally);
    let warm = e.client_yes && e.stated_need && work;
    let vouched = e.professional_yes && e.standing != Standing::Lay && e.disclosed && e.confidence && e.own_words;
    match (warm, vouched, e.client_yes && knows) {
        (true, true, _) => Temperature::Vouched,
        (true, false, _) => Temperature::Warm,
        (false, _, true) => Temperature::Introduction,
        _ => Temperature::Cold,
    }
}

/// What it could be with consents, confidence and words supposed, and why not more.
pub fn supposed(e: &Evidence) -> (Temperature, Vec<&'static str>) {
    let could = Evidence {
        client_yes: true,
        professional_yes: true,
        disclosed: true,
        confidence: true,
        own_words: true,
        basis: e.basis,
        standing: e.standing,
        stated_need: e.stated_need,
    };
    let mut missing = Vec::new();
    if !e.stated_need {
        missing.push("no need was stated");
    }
    match e.basis {
        Some(basis) if basis.is_work_based() => {}
        Some(Basis::NotStated) => missing.push("the referrer did not say how they know the work"),
        _ => missing.push("the referrer has not seen the work"),
    }
    if e.standing == Standing::Lay {
        missing.push("the referrer is not from this field and was not a client");
    }
    (temperature(&could), missing)
}

/// Where a referral stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// A referrer was asked.
    Asked,
    /// The referrer put the name to it.
    Offered,
    /// Both said yes: details went out.
    Introduced,
    /// They have spoken.
    InContact,
    /// A meeting is set.
    MeetingSet,
    /// There is a proposal.
    Proposal,
    /// The job was given.
    Won,
    /// The job was done.
    Done,
    /// Somebody said no.
    Declined,
    /// Nobody answered.
    Expired,
    /// No job came of it.
    Lost,
    /// The two did not fit.
    NotSuitable,
    /// Called off.
    Cancelled,
}

impl State {
    /// Every state, the way of a referral first, then its ends.
    pub const ALL: [Self; 13] = [
        Self::Asked,
        Self::Offered,
        Self::Introduced,
        Self::InContact,
        Self::MeetingSet,
        Self::Proposal,
        Self::Won,
        Self::Done,
        Self::Declined,
        Self::Expired,
        Self::Lost,
        Self::NotSuitable,
        Self::Cancelled,
    ];

    /// The way without its ends, as the stepper draws it.
    pub const WAY: [Self; 8] = [
        Self::Asked,
        Self::Offered,
        Self::Introduced,
        Self::InContact,
        Self::MeetingSet,
        Self::Proposal,
        Self::Won,
        Self::Done,
    ];

    /// As stored and as sent by forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Offered => "offered",
            Self::Introduced => "introduced",
            Self::InContact => "in contact",
            Self::MeetingSet => "meeting set",
            Self::Proposal => "proposal",
            Self::Won => "won",
            Self::Done => "done",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Lost => "lost",
            Self::NotSuitable => "not suitable",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads what is stored, or what a form sent.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// As a step on a page.
    pub fn words(self) -> &'static str {
        match self {
            Self::Asked => "Asked",
            Self::Offered => "Offered",
            Self::Introduced => "Introduced",
            Self::InContact => "In contact",
            Self::MeetingSet => "Meeting set",
            Self::Proposal => "Proposal",
            Self::Won => "Won",
            Self::Done => "Done",
            // A no and silence look alike to everyone.
            Self::Declined | Self::Expired | Self::Cancelled => "Did not go ahead",
            Self::Lost => "No job came of it",
            Self::NotSuitable => "Not suitable",
        }
    }

    /// Whether nothing follows.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Done | Self::Declined | Self::Expired | Self::Lost | Self::NotSuitable | Self::Cancelled)
    }

    /// Whether both have each other's details.
    pub fn is_introduced(self) -> bool {
        matches!(self, Self::Introduced | Self::InContact | Self::MeetingSet | Self::Proposal | Self::Won)
    }

    /// Whether marking it opens the outcome window.
    pub fn asks_outcome(self) -> bool {
        matches!(self, Self::Done | Self::Lost | Self::NotSuitable)
    }
}

/// Why no job came of it, as sent and as read: kept with whoever says so.
pub const LOST: [(&str, &str); 4] = [
    ("chose another", "Somebody else was chosen"),
    ("price", "The price"),
    ("timing", "The time"),
    ("dropped", "It was dropped"),
];

/// Somebody's part in a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Asked for it, for somebody else; an asker who is the client is [`Role::Client`].
    Asker,
    /// Puts the name to it.
    Referrer,
    /// Needs somebody.
    Client,
    /// Is recommended.
    Professional,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The referrer puts the name to it.
    Offer,
    /// The one who is asked says yes.
    Accept,
    /// The one who is asked says no.
    Decline,
    /// Moves it on, or to one of its ends after the introduction.
    Move(State),
    /// Calls it off.
    Cancel,
    /// Seven days without an answer.
    Expire,
}

/// What the next step depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Where it stands.
    pub state: State,
    /// The client said yes (an asker who is the client: by asking).
    pub client_yes: bool,
    /// The professional said yes (one who asked to be introduced: by asking).
    pub professional_yes: bool,
    /// The referrer stated a tie that the professional has not agreed to have shown: they come before the client.
    pub tie_first: bool,
}

impl Position {
    /// Whose answer everybody waits for. Nobody is asked before the one in front has said yes.
    pub fn waits_for(self) -> Option<Role> {
        match (self.state, self.client_yes, self.professional_yes) {
            (State::Asked, ..) => Some(Role::Referrer),
            (State::Offered, false, false) if self.tie_first => Some(Role::Professional),
            (State::Offered, false, _) => Some(Role::Client),
            (State::Offered, true, false) => Some(Role::Professional),
            _ => None,
        }
    }

    /// The position after `deed` by `role` (`None`: time itself), or `None` where the rules do not allow it.
    pub fn after(self, role: Option<Role>, deed: Deed) -> Option<Self> {
        let asked = self.waits_for().is_some() && self.waits_for() == role;
        let to = |state| Some(Self { state, ..self });
        match deed {
            Deed::Offer if asked && role == Some(Role::Referrer) => {
                Some(Self { state: State::Offered, ..self }.settled())
            }
            Deed::Accept if asked && role == Some(Role::Client) => Some(Self { client_yes: true, ..self }.settled()),
            Deed::Accept if asked && role == Some(Role::Professional) => {
                Some(Self { professional_yes: true, ..self }.settled())
            }
            Deed::Decline if asked => to(State::Declined),
            Deed::Expire if role.is_none() && self.waits_for().is_some() => to(State::Expired),
            // Before the introduction whoever stands for it may take it back; the professional says no instead.
            Deed::Cancel if self.waits_for().is_some() && !matches!(role, None | Some(Role::Professional)) => {
                to(State::Cancelled)
            }
            Deed::Cancel if self.state.is_introduced() && may_move(role) => to(State::Cancelled),
            Deed::Move(state) if may_move(role) && self.leads_to(state) => to(state),
            _ => None,
        }
    }

    /// Introduced by the second yes.
    fn settled(self) -> Self {
        let both = self.state == State::Offered && self.client_yes && self.professional_yes;
        if both { Self { state: State::Introduced, ..self } } else { self }
    }

    /// Steps may be skipped forward.
    fn leads_to(self, state: State) -> bool {
        if !self.state.is_introduced() {
            return false;
        }
        match state {
            State::InContact | State::MeetingSet | State::Proposal | State::Won | State::Done => state > self.state,
            State::Lost => self.state != State::Won,
            State::NotSuitable => true,
            _ => false,
        }
    }

    /// Where this role can move it, in the order of pages.
    pub fn moves(self, role: Role) -> Vec<State> {
        State::ALL.into_iter().filter(|s| self.after(Some(role), Deed::Move(*s)).is_some()).collect()
    }
}

fn may_move(role: Option<Role>) -> bool {
    matches!(role, Some(Role::Client | Role::Professional))
}

/// How much the referrer reads of what follows: the client's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// How it goes.
    How,
    /// Only that they got in touch.
    Touch,
    /// Nothing.
    Nothing,
}

impl Progress {
    /// As stored and as sent by forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::How => "how",
            Self::Touch => "touch",
            Self::Nothing => "nothing",
        }
    }

    /// Reads what is stored, or what a form sent.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::How, Self::Touch, Self::Nothing].into_iter().find(|p| p.as_str() == text)
    }

    /// What a form or a program sent.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn read(sent: &str) -> Result<Self> {
        Self::parse(sent)
            .ok_or_else(|| Error::field("hear", "Please choose what they may hear: how, touch or nothing."))
    }

    /// What is chosen until the client chooses: nothing for law, health, tax and counselling.
    pub fn default_for(field: &str) -> Self {
        let private = occupations::by_code(field).is_some_and(|o| occupations::private(o.index));
        if private { Self::Nothing } else { Self::Touch }
    }
}

/// Whether this part reads all that follows the introduction: client and professional do, the referrer (and one who asked
/// for a client) by the client's choice.
pub fn reads_all(role: Role, progress: Progress) -> bool {
    matches!(role, Role::Client | Role::Professional) || progress == Progress::How
}

/// The state as somebody may know it; `touched`: the two have got in touch.
pub fn visible_state(state: State, introduced: bool, touched: bool, role: Role, progress: Progress) -> State {
    match progress {
        _ if !introduced || reads_all(role, progress) => state,
        Progress::Touch if touched => State::InContact,
        _ => State::Introduced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASES: [Option<Basis>; 7] = [
        None,
        Some(Basis::Hired),
        Some(Basis::WorkedBeside),
        Some(Basis::InspectedWork),
        Some(Basis::KnowsPersonally),
        Some(Basis::HeardOf),
        Some(Basis::NotStated),
    ];
    const STANDINGS: [Standing; 5] =
        [Standing::Practitioner, Standing::Adjacent, Standing::RepeatBuyer, Standing::Client, Standing::Lay];

    /// All cases against the table of the rules, written out a second way.
    #[test]
    fn temperature_is_the_first_line_that_is_true() {
        let mut seen = [0; 4];
        for bits in 0..64u8 {
            for basis in BASES {
                for standing in STANDINGS {
                    let bit = |n: u8| bits & (1 << n) != 0;
                    let e = Evidence {
                        client_yes: bit(0),
                        professional_yes: bit(1),
                        stated_need: bit(2),
                        disclosed: bit(3),
                        confidence: bit(4),
                        own_words: bit(5),
                        basis,
                        standing,
                    };
                    let work = matches!(basis, Some(Basis::Hired | Basis::WorkedBeside | Basis::InspectedWork));
                    let lines = [
                        bits == 63 && work && standing != Standing::Lay,
                        bit(0) && bit(2) && work,
                        bit(0) && (basis == Some(Basis::KnowsPersonally) || (work && !bit(2))),
                        true,
                    ];
                    let first = lines.iter().position(|l| *l).unwrap();
                    assert_eq!(usize::from(4 - temperature(&e).level()), first, "{e:?}");
                    assert!(supposed(&e).0 >= temperature(&e), "supposing never cools: {e:?}");
                    seen[first] += 1;
                }
            }
        }
        assert!(seen.iter().all(|n| *n > 0), "{seen:?}");
    }

    #[test]
    fn what_is_missing_is_said() {
        let e = Evidence {
            client_yes: false,
            professional_yes: false,
            stated_need: true,
            basis: Some(Basis::KnowsPersonally),
            standing: Standing::Lay,
            disclosed: false,
            confidence: false,
            own_words: false,
        };
        let (could, missing) = supposed(&e);
        assert_eq!(could, Temperature::Introduction);
        assert_eq!(missing.len(), 2, "{missing:?}");
    }

    fn roles() -> impl Strategy<Value = Option<Role>> {
        prop::sample::select(vec![
            None,
            Some(Role::Asker),
            Some(Role::Referrer),
            Some(Role::Client),
            Some(Role::Professional),
        ])
    }

    fn deeds() -> impl Strategy<Value = Deed> {
        prop_oneof![
            4 => Just(Deed::Offer),
            6 => Just(Deed::Accept),
            1 => Just(Deed::Decline),
            1 => Just(Deed::Cancel),
            1 => Just(Deed::Expire),
            6 => prop::sample::select(State::ALL.to_vec()).prop_map(Deed::Move),
        ]
    }

    proptest! {
        #[test]
        fn any_order_of_events_by_anybody_keeps_the_rules(
            client_asks: bool,
            professional_asks: bool,
            tie_first: bool,
            events in prop::collection::vec((roles(), deeds()), 0..60),
        ) {
            // A tie not agreed to takes back what was said by asking.
            let (client_yes, professional_yes) = (client_asks && !tie_first, professional_asks && !tie_first);
            let mut now = Position { state: State::Asked, client_yes, professional_yes, tie_first };
            let mut offered = false;
            for (role, deed) in events {
                let Some(next) = now.after(role, deed) else { continue };
                prop_assert!(!now.state.is_end(), "nothing follows an end");
                if deed == Deed::Offer {
                    prop_assert_eq!(role, Some(Role::Referrer));
                    offered = true;
                }
                if next.client_yes && !now.client_yes {
                    prop_assert!(offered && role == Some(Role::Client), "only the client, and only after the referrer");
                    prop_assert!(!tie_first || now.professional_yes, "nobody reads a tie before the two have agreed");
                }
                if next.professional_yes && !now.professional_yes {
                    prop_assert!(offered && now.client_yes != tie_first && role == Some(Role::Professional));
                }
                if next.state.is_introduced() || next.state.asks_outcome() {
                    prop_assert!(offered && next.client_yes && next.professional_yes, "no details before all said yes");
                }
                if let Deed::Move(_) = deed {
                    prop_assert!(matches!(role, Some(Role::Client | Role::Professional)));
                    prop_assert!(next.state > now.state, "only forward");
                }
                now = next;
            }
        }
    }

    #[test]
    fn nobody_is_asked_before_the_one_in_front_said_yes() {
        let orders = [
            (false, [Role::Referrer, Role::Client, Role::Professional]),
            (true, [Role::Referrer, Role::Professional, Role::Client]),
        ];
        for (tie_first, expected) in orders {
            let mut at = Position { state: State::Asked, client_yes: false, professional_yes: false, tie_first };
            let mut order = Vec::new();
            while let Some(role) = at.waits_for() {
                order.push(role);
                let deed = if role == Role::Referrer { Deed::Offer } else { Deed::Accept };
                at = at.after(Some(role), deed).unwrap();
            }
            assert_eq!(order, expected);
            assert_eq!(at.state, State::Introduced);
        }
        let mine = Position { state: State::Offered, client_yes: true, professional_yes: false, tie_first: false };
        assert_eq!(mine.waits_for(), Some(Role::Professional), "asking is the client's yes");
    }

    #[test]
    fn the_referrer_reads_what_the_client_chose() {
        for state in State::ALL {
            for role in [Role::Client, Role::Professional] {
                assert_eq!(visible_state(state, true, true, role, Progress::Nothing), state);
            }
            for role in [Role::Referrer, Role::Asker] {
                assert_eq!(visible_state(state, true, true, role, Progress::How), state);
                assert_eq!(visible_state(state, false, false, role, Progress::Nothing), state, "nothing to hide yet");
                for (touched, shown) in [(true, State::InContact), (false, State::Introduced)] {
                    assert_eq!(visible_state(state, true, touched, role, Progress::Touch), shown, "{state:?}");
                    let nothing = visible_state(state, true, touched, role, Progress::Nothing);
                    assert_eq!(nothing, State::Introduced, "{state:?}");
                }
            }
        }
        assert_eq!(Progress::default_for("23-1011.00"), Progress::Nothing);
        assert_eq!(Progress::default_for("27-1023.00"), Progress::Touch);
    }
}
