//! The shapes the demo world is made of. Texts that name a kind (`basis`, `tie`, `state`, …) are those of the database;
//! times are µs since 1970 UTC, amounts cents, days ISO dates; people, clients and the rest are named by their place in
//! [`World`]'s lists.

/// Everything in the demo network.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Members, in the order they joined; the first twelve are the founding members.
    pub people: Vec<Person>,
    /// Networking groups.
    pub groups: Vec<Group>,
    /// Who belongs to which group.
    pub memberships: Vec<Membership>,
    /// Whose judgement each member relies on.
    pub trusts: Vec<Trust>,
    /// Vouches, by date.
    pub vouches: Vec<Vouch>,
    /// People without an account for whom somebody was sought.
    pub clients: Vec<Client>,
    /// Needs, by date.
    pub needs: Vec<Need>,
    /// Referrals, by date, with their histories.
    pub referrals: Vec<Referral>,
    /// Sealed answers about finished referrals.
    pub outcomes: Vec<Outcome>,
    /// Work won, by source.
    pub jobs: Vec<Job>,
}

impl World {
    /// The person who plays this part.
    pub fn find(&self, character: Character) -> Option<usize> {
        self.people.iter().position(|person| person.character == Some(character))
    }
}

/// Parts that show a principle at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Character {
    /// Dana Whitlock, bookkeeper: asks, for herself and for clients of hers.
    Dana,
    /// Ana Quiroga, wedding planner: her word holds.
    Ana,
    /// Ben Okonkwo, wedding photographer.
    Ben,
    /// Carla Mendes, florist: vouched for by people who know the craft.
    Carla,
    /// Hugo Lindqvist, florist: cheaper, vouched for by clients.
    Hugo,
    /// Junko Arai, florist: practitioners respect her; her jobs begin at $5,000.
    Junko,
    /// Wren Delgado, florist in Malibu: good, and does not come as far as Santa Monica.
    Wren,
    /// Tess Galloway, florist: only her brother vouches for her.
    Tess,
    /// Rory Galloway, caterer: Tess's brother; the two vouch for each other and say so.
    Rory,
    /// Preston Vail, insurance agent: exchanged vouches with Marla three days apart, no work behind them.
    Preston,
    /// Marla Dietz, mortgage broker: the other half.
    Marla,
    /// Chip Hanrahan, real-estate agent: always 95 % sure, often wrong.
    Chip,
    /// Noor Haddad, translator: joined nine days ago, no record.
    Noor,
    /// Gil Santoro, general contractor: hides 2 of 9 vouches.
    Gil,
    /// Leona Banks, chef with a dining room: has bought flowers many times.
    Leona,
    /// Walt Emery, tailor: gave a vouch nearly two years ago and never renewed it.
    Walt,
    /// Ines Carvalho, interior designer: always says what she does not know.
    Ines,
}

/// A member.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub character: Option<Character>,
    pub given: String,
    pub family: String,
    /// At example.org.
    pub email: String,
    /// From the ranges kept free for fiction.
    pub phone: String,
    pub firm: String,
    /// O*NET-SOC code of the profession.
    pub field: &'static str,
    /// The profession as they say it.
    pub own_words: String,
    pub since_year: i64,
    /// Who licensed or certified them, or empty.
    pub licence: &'static str,
    /// `licence`, `group`, or not confirmed yet.
    pub confirmed_by: Option<&'static str>,
    pub headline: String,
    /// Markdown.
    pub bio: String,
    pub keywords: String,
    pub town: &'static str,
    pub latitude: f64,
    pub longitude: f64,
    pub radius_km: i64,
    pub wanted: String,
    pub unwanted: String,
    /// Usual size of a job.
    pub usual_from: i64,
    pub usual_to: i64,
    /// Profile and vouches may be read signed out.
    pub is_public: bool,
    pub findable: bool,
    pub invited_by: Option<usize>,
    pub joined_at: i64,
    pub works: Vec<Work>,
}

impl Person {
    /// Given and family name.
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// A piece of work a member shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    pub title: String,
    pub description: String,
    /// For whom.
    pub client_name: String,
    /// The client agrees to be named.
    pub client_consented: bool,
    pub started_on: String,
    pub finished_on: String,
    pub cost_from: i64,
    pub cost_to: i64,
}

/// A networking group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub name: &'static str,
    /// `advisor network` (monthly) or `referral exchange` (weekly).
    pub kind: &'static str,
    pub about: &'static str,
    pub town: &'static str,
    pub keeper: usize,
    pub created_at: i64,
}

/// Somebody's time in a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    pub group: usize,
    pub person: usize,
    pub since: String,
    pub until: Option<String>,
    /// When the group's keeper confirmed it.
    pub confirmed_at: Option<i64>,
}

/// Somebody relies on somebody's judgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    pub from: usize,
    pub to: usize,
    /// In this field only; in every field when empty.
    pub field: Option<&'static str>,
    pub at: i64,
}

/// One person's word for another's work.
#[derive(Debug, Clone, PartialEq)]
pub struct Vouch {
    pub from: usize,
    pub to: usize,
    pub field: &'static str,
    /// `hired`, `worked beside`, `inspected work`, `knows personally`, `heard of`.
    pub basis: &'static str,
    /// `none`, `friend`, `money`, `family`, `undescribed`.
    pub tie: &'static str,
    /// Percent, 50 to 99.
    pub confidence: i64,
    pub words: String,
    /// Places in the recipient's works.
    pub works: Vec<usize>,
    /// The giver agrees that people signed out read it.
    pub is_public: bool,
    pub given_at: i64,
    /// As `given_at` unless renewed.
    pub renewed_at: i64,
    pub withdrawn_at: Option<i64>,
    /// By the recipient.
    pub hidden_at: Option<i64>,
}

/// Somebody without an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub name: String,
    pub email: String,
    pub town: &'static str,
    pub since: i64,
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    pub asker: usize,
    pub for_client: bool,
    pub field: &'static str,
    pub words: String,
    pub town: &'static str,
    pub latitude: f64,
    pub longitude: f64,
    pub date_from: Option<String>,
    pub date_to: Option<String>,
    pub budget_from: Option<i64>,
    pub budget_to: Option<i64>,
    /// `private`, `trusted`, `groups`, `members`, `public`.
    pub visibility: &'static str,
    /// `open` or `closed`.
    pub state: &'static str,
    pub created_at: i64,
    pub expires_at: i64,
}

/// A member or a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// Place in [`World::people`].
    Member(usize),
    /// Place in [`World::clients`].
    Client(usize),
}

/// A referral and its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Referral {
    /// None: unsolicited.
    pub need: Option<usize>,
    /// `asked`, `offered`, `requested`, `recorded`.
    pub origin: &'static str,
    pub asker: usize,
    pub referrer: usize,
    pub professional: usize,
    pub client: Party,
    pub field: &'static str,
    pub need_words: String,
    pub shared_place: String,
    pub shared_budget: String,
    pub shared_date: String,
    pub note_to_referrer: String,
    /// The state after the last event.
    pub state: &'static str,
    pub vouch: Option<usize>,
    /// The referrer's answer; empty until there is one.
    pub basis: Option<&'static str>,
    pub tie: Option<&'static str>,
    pub confidence: Option<i64>,
    pub words: String,
    pub unknowns: Vec<String>,
    pub level: Option<i64>,
    pub tier: Option<&'static str>,
    pub client_yes_at: Option<i64>,
    pub professional_yes_at: Option<i64>,
    pub understood: String,
    /// What the referrer may read: `how`, `touch`, `nothing`.
    pub progress: &'static str,
    pub introduced_at: Option<i64>,
    /// The outcome window.
    pub opened_at: Option<i64>,
    pub closes_at: Option<i64>,
    pub revealed_at: Option<i64>,
    pub lost_reason: &'static str,
    pub created_at: i64,
    pub updated_at: i64,
    pub events: Vec<Event>,
}

/// One step of a referral.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// None: time itself.
    pub actor: Option<Party>,
    /// The state reached.
    pub kind: &'static str,
    pub from_state: Option<&'static str>,
    pub to_state: &'static str,
    pub at: i64,
}

/// One of the three sealed answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub referral: usize,
    /// `client`, `professional`, `referrer`.
    pub role: &'static str,
    pub party: Party,
    /// `yes`, `partly`, `no`, `heard nothing`.
    pub answer: &'static str,
    /// `yes`, `perhaps`, `no`.
    pub again: Option<&'static str>,
    pub amount: Option<i64>,
    pub tell_amount: bool,
    pub words: String,
    /// `full`, `first`, `anonymous`; None: not published.
    pub publish_as: Option<&'static str>,
    pub answered_at: i64,
}

/// A job somebody won.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub person: usize,
    /// `referral`, `group`, `ambassador`, `direct`.
    pub source: &'static str,
    pub won_on: String,
    pub amount: Option<i64>,
    pub note: &'static str,
}
