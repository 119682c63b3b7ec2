//! Vouches: somebody's word for somebody's work. Given, disclosed, renewed, withdrawn, hidden.

mod absent;
pub(crate) mod api;
pub mod found;
mod invitation;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use absent::{add_absent, erase_absent, give_absent, has_refused, party_by_email, refuse_letters};
pub use store::{Shown, Side, about};

use crate::error::{Error, Result};
use crate::input::{Check, Words};
use crate::key::Key;
use crate::mail::{self, Letter, Part};
use crate::{live, phone, say};
use ::store::{Bind, DAY, Tx, Value, sql};

/// `/vouches/…` and `/vouch-invitations/…`.
pub fn routes() -> axum::Router<crate::app::App> {
    pages::routes().merge(invitation::routes())
}

/// After this the giver is asked whether it still holds.
const FADES_AFTER: i64 = 365 * DAY;

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $field:literal, $refusal:literal, $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// As stored and as sent by forms.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads what a form sent.
            ///
            /// # Errors
            /// [`Error::Invalid`] when nothing was chosen.
            pub fn parse(typed: &str) -> Result<Self> {
                match typed {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(Error::field($field, $refusal)),
                }
            }
        }

        impl Bind for $name {
            fn value(&self) -> Value<'_> {
                Value::Text(self.as_str())
            }
        }
    };
}

choice!(
    /// How the giver knows the work.
    Basis, "basis", "Please say how you know the work.",
    /// Paid for it.
    Hired = "hired",
    /// Did it beside them.
    WorkedBeside = "worked beside",
    /// Looked closely at it when finished.
    InspectedWork = "inspected work",
    /// Knows the person, not the work.
    KnowsPersonally = "knows personally",
    /// Hearsay: kept as a note, weighs nothing.
    HeardOf = "heard of",
);

choice!(
    /// What else ties the two; "none" must be chosen.
    Tie, "tie", "Please say whether there is a tie between you, or choose none.",
    /// Chosen, not left empty.
    None = "none",
    /// Friends.
    Friend = "friend",
    /// Money or business, either way.
    Money = "money",
    /// Family or household.
    Family = "family",
    /// One the giver would rather not describe; weighs as family.
    Undescribed = "undescribed",
);

/// How likely a typical client would call them the right person, percent. Seen by its author alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confidence(i64);

impl Confidence {
    /// 50 to 99.
    ///
    /// # Errors
    /// [`Error::Invalid`] for anything else.
    pub fn parse(typed: &str) -> Result<Self> {
        match typed.trim().trim_end_matches('%').trim().parse::<i64>() {
            Ok(percent @ 50..=99) => Ok(Self(percent)),
            _ => Err(Error::field("confidence", "Please choose how sure you are, from 50 to 99 in 100.")),
        }
    }
}

impl Bind for Confidence {
    fn value(&self) -> Value<'_> {
        Value::Int(self.0)
    }
}

/// What somebody says of somebody's work.
#[derive(Clone, Debug)]
pub struct Word {
    /// Occupation code, or `general`.
    pub field: String,
    /// How they know.
    pub basis: Basis,
    /// What ties them.
    pub tie: Tie,
    /// How sure they are.
    pub confidence: Confidence,
    /// In their own words.
    pub words: Words,
    /// Work items cited.
    pub work: Vec<Key>,
    /// The giver agrees that people signed out read it.
    pub public: bool,
}

impl Typed {
    /// A word as the form shows it, to be changed.
    fn of(vouch: &Shown, work: &[Key]) -> Self {
        Self {
            field: vouch.field.clone(),
            basis: vouch.basis.clone(),
            tie: vouch.tie.clone(),
            confidence: vouch.confidence.to_string(),
            words: vouch.words.clone(),
            work: work.iter().map(Key::to_string).collect(),
            public: if vouch.public { "yes".into() } else { String::new() },
            ..Self::default()
        }
    }

    /// The number of one's own, where none of the four was chosen.
    fn own_percent(&self) -> Option<&str> {
        let stated = stated(&self.confidence, &self.percent);
        (self.confidence == "own" || !(stated.is_empty() || is_worded(stated))).then_some(stated)
    }
}

/// The fields of the form, as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Occupation code.
    pub field: String,
    /// See [`Basis`].
    pub basis: String,
    /// See [`Tie`].
    pub tie: String,
    /// See [`Confidence`]; `own` when it is in `percent`.
    pub confidence: String,
    /// A number of one's own, 50 to 99.
    pub percent: String,
    /// Own words.
    pub words: String,
    /// Ids of work items.
    pub work: Vec<String>,
    /// `yes`.
    pub public: String,
    /// For somebody who is not here: their name.
    pub name: String,
    /// And their address.
    pub email: String,
}

impl Typed {
    /// Reads the form; all refusals at once.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn read(&self) -> Result<Word> {
        let mut check = Check::default();
        if live::field(&self.field).is_none() {
            check.refuse("field", "Please choose the field the work was in.");
        }
        let basis = check.take(Basis::parse(&self.basis))?;
        let words = check.take(Words::parse("words", &self.words))?;
        let tie = check.take(Tie::parse(&self.tie))?;
        let confidence = check.take(Confidence::parse(stated(&self.confidence, &self.percent)))?;
        check.finish()?;
        match (basis, words, tie, confidence) {
            (Some(basis), Some(words), Some(tie), Some(confidence)) => Ok(Word {
                field: self.field.clone(),
                basis,
                tie,
                confidence,
                words,
                work: self.work.iter().filter_map(|k| k.parse().ok()).collect(),
                public: self.public == "yes",
            }),
            _ => Err(Error::BadRequest("The form could not be read.".into())),
        }
    }
}

/// Gives a vouch to a member: live at once, unless a tie has to be shown to them first.
///
/// # Errors
/// [`Error::Conflict`] when this word stands already, [`Error::Invalid`] for oneself.
pub fn give(tx: &mut Tx<'_>, public_url: &str, from: Key, to: Key, word: &Word) -> Result<Key> {
    if from == to {
        return Err(Error::field("to", "One cannot vouch for oneself."));
    }
    let (to_kind, to_name, to_email) = store::party(tx, to)?.ok_or(Error::NotFound)?;
    let (_, from_name, _) = store::party(tx, from)?.ok_or(Error::NotFound)?;
    if store::standing_word(tx, from, to, &word.field)?.is_some() {
        return Err(Error::Conflict(format!(
            "You have vouched for {to_name} in this field already. That word can be renewed or withdrawn, and changed while it \
             waits for their yes."
        )));
    }
    let waits = to_kind != "member" || word.tie != Tie::None;
    let id = store::insert(tx, from, to, word, if waits { "pending" } else { "live" })?;
    store::event(tx, id, from, "given", "")?;
    if to_kind != "member" {
        return Ok(id);
    }
    let first = say::first_name(&from_name);
    let trade = say::a(live::field_noun(&word.field));
    let (notice, subject, lead) = if waits {
        (
            format!("{from_name} would vouch for you, and disclose a tie between you. It waits for your yes."),
            format!("{from_name} would like to vouch for your work"),
            format!(
                "{from_name} would put their name to your work as {trade}. They stated a tie between you, which would be \
                 shown beside their words: {}. You see it first, and may refuse: then the vouch is not shown at all.",
                tie_words(word.tie)
            ),
        )
    } else {
        (
            format!("{from_name} vouched for your work."),
            format!("{from_name} vouched for your work"),
            format!("{from_name} put their name to your work as {trade}. It can be read on your profile now."),
        )
    };
    notify(tx, to, "vouch", &notice, &format!("/vouches/{id}"))?;
    if let Some(email) = to_email {
        let letter = Letter {
            kind: "vouch",
            about: Some(id),
            to: Some(to),
            address: &email,
            name: &to_name,
            subject,
            parts: vec![
                Part::Text(lead),
                Part::Quote(word.words.to_string()),
                Part::Button("Read it".into(), format!("/vouches/{id}")),
                Part::Text(format!(
                    "You cannot edit it, and you may hide it in one press; your profile then says that one is hidden. {first} is told."
                )),
            ],
            card: None,
        };
        mail::post(tx, public_url, &letter)?;
    }
    if !waits {
        went_live(tx, id)?;
    }
    Ok(id)
}

/// What becomes of a vouch once it counts: the ranking hears of it, and its giver is asked a year on.
fn went_live(tx: &mut Tx<'_>, id: Key) -> Result<()> {
    tx.change("vouch", id.0)?;
    let due = tx.now() + FADES_AFTER;
    // A reminder that was sent must not keep the next one away.
    Ok(tx.enqueue_anew("vouch-fades", &id.to_string(), "", due)?)
}

/// What its recipient can do with a vouch, and its giver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Giver: it still holds, as of today.
    Renew,
    /// Giver: takes the word back.
    Withdraw,
    /// Giver: undoes a withdrawal within a day.
    Restore,
    /// Recipient: neither shown nor counted.
    Hide,
    /// Recipient: shown and counted again.
    Show,
    /// Recipient: agrees to the tie being disclosed; somebody not here yet: agrees to the vouch.
    Agree,
    /// Recipient: not to be shown at all.
    Refuse,
}

/// Acts on a vouch as its giver or its recipient; for anybody else it is not there.
///
/// # Errors
/// [`Error::NotFound`] for a stranger, [`Error::Conflict`] when its state does not allow it.
pub fn act(tx: &mut Tx<'_>, who: Key, id: Key, act: Act) -> Result<Shown> {
    let vouch = store::one(tx, id)?.ok_or(Error::NotFound)?;
    let (giver, recipient) = (vouch.from.id == who, vouch.to.id == who);
    let allowed = match act {
        Act::Renew | Act::Withdraw | Act::Restore => giver,
        Act::Hide | Act::Show | Act::Agree | Act::Refuse => recipient,
    };
    if !(giver || recipient) {
        return Err(Error::NotFound);
    }
    if !allowed {
        return Err(Error::Forbidden("Only the other of you two can do that.".into()));
    }
    let done = |what: &str| Err(Error::Conflict(format!("{what} Nothing was changed.")));
    let (to, name) = (vouch.from.id, vouch.to.name.clone());
    match (act, vouch.state.as_str(), vouch.hidden) {
        (Act::Renew, "live", _) => {
            store::set_renewed(tx, id)?;
            went_live(tx, id)?;
        }
        (Act::Withdraw, "live" | "pending", _) => {
            store::set_state(tx, id, "withdrawn")?;
            if vouch.state == "live" {
                let words = format!("{} withdrew a vouch for your work.", vouch.from.name);
                notify(tx, vouch.to.id, "vouch", &words, &format!("/vouches/{id}"))?;
            }
            tx.change("vouch", id.0)?;
            tx.cancel_job("vouch-fades", &id.to_string())?;
            absent::after_withdrawal(tx, vouch.to.id)?;
        }
        (Act::Restore, "withdrawn", _) => {
            let recent = vouch.withdrawn_at.is_some_and(|at| tx.now() - at < DAY);
            if !recent {
                return done("A withdrawal can be undone for a day; now please give a new vouch.");
            }
            if store::party(tx, vouch.to.id)?.is_none() {
                return done("With your withdrawal everything about them was erased.");
            }
            if store::standing_word(tx, who, vouch.to.id, &vouch.field)?.is_some() {
                return done("You have given another word since.");
            }
            // As it was: what waited for a yes waits on.
            if store::withdrawn_from(tx, id)?.as_deref() == Some("live") {
                store::set_state(tx, id, "live")?;
                went_live(tx, id)?;
            } else {
                store::set_state(tx, id, "pending")?;
            }
        }
        (Act::Hide, "live", false) => {
            store::set_hidden(tx, id, true)?;
            notify(
                tx,
                to,
                "vouch",
                &format!("{name} hid your vouch: it is not shown and does not count."),
                &format!("/vouches/{id}"),
            )?;
            tx.change("vouch", id.0)?;
        }
        (Act::Show, "live", true) => {
            store::set_hidden(tx, id, false)?;
            tx.change("vouch", id.0)?;
        }
        (Act::Agree, "pending", _) => {
            store::set_state(tx, id, "live")?;
            notify(tx, to, "vouch", &format!("{name} agreed: your vouch is live."), &format!("/vouches/{id}"))?;
            went_live(tx, id)?;
        }
        (Act::Refuse, "pending", _) => {
            store::set_state(tx, id, "refused")?;
            notify(
                tx,
                to,
                "vouch",
                &format!("{name} would rather not have this vouch shown. It is not."),
                &format!("/vouches/{id}"),
            )?;
        }
        (Act::Renew | Act::Withdraw, ..) => return done("This vouch is not live any more."),
        _ => return done("That has been done already."),
    }
    let detail = if act == Act::Withdraw { vouch.state.as_str() } else { "" };
    store::event(tx, id, who, &format!("{act:?}").to_lowercase(), detail)?;
    store::one(tx, id)?.ok_or(Error::NotFound)
}

/// Changes a word that waits for its recipient's yes: they read it by the same link, or on the site.
///
/// # Errors
/// [`Error::NotFound`] for anybody but its giver, [`Error::Conflict`] once it does not wait any more.
pub fn edit(tx: &mut Tx<'_>, who: Key, id: Key, word: &Word) -> Result<()> {
    let vouch = waiting_of(tx, who, id)?;
    if store::standing_word(tx, who, vouch.to.id, &word.field)?.is_some_and(|other| other != id) {
        return Err(Error::field("field", "Another word of yours for this person stands in this field."));
    }
    store::rewrite(tx, &vouch, word)?;
    store::event(tx, id, who, "edit", "")?;
    let is_member = store::party(tx, vouch.to.id)?.is_some_and(|(kind, ..)| kind == "member");
    if is_member {
        let words = format!("{} changed the vouch that waits for your yes.", vouch.from.name);
        notify(tx, vouch.to.id, "vouch", &words, &format!("/vouches/{id}"))?;
    }
    Ok(())
}

/// A word of one's own that may still be changed.
fn waiting_of(tx: &mut Tx<'_>, who: Key, id: Key) -> Result<Shown> {
    let vouch = store::one(tx, id)?.filter(|v| v.from.id == who).ok_or(Error::NotFound)?;
    if vouch.state == "pending" {
        return Ok(vouch);
    }
    Err(Error::Conflict(
        "Only a word that waits for a yes can be changed. One that others read can be withdrawn, and a new one given."
            .into(),
    ))
}

/// A note on the site for a member.
///
/// # Errors
/// The database's.
pub fn notify(tx: &mut Tx<'_>, to: Key, kind: &str, words: &str, url: &str) -> Result<()> {
    let (id, now) = (Key(tx.id()), tx.now());
    tx.execute(
        sql!("INSERT INTO notices (id, party_id, kind, words, url, created_at) VALUES ($1, $2, $3, $4, $5, $6)"),
        &[&id, &to, &kind, &words, &url, &now],
    )?;
    phone::offer(tx, to, kind, id)?;
    crate::webhooks::emit(tx, to, kind, words, url)
}

/// A tie as pages say it.
pub fn tie_words(tie: Tie) -> &'static str {
    match tie {
        Tie::None => "no tie",
        Tie::Friend => "friends",
        Tie::Money => "a money or business tie",
        Tie::Family => "family or household",
        Tie::Undescribed => "a personal tie they would rather not describe",
    }
}

/// The jobs this feature enqueued.
///
/// # Errors
/// The database's.
pub fn run_job(tx: &mut Tx<'_>, public_url: &str, kind: &str, id: Key) -> Result<()> {
    if kind != "vouch-fades" {
        return absent::run_job(tx, public_url, kind, id);
    }
    let Some(vouch) = store::one(tx, id)?.filter(|v| v.state == "live") else { return Ok(()) };
    let words = format!("You vouched for {} a year ago. Does it still hold?", vouch.to.name);
    notify(tx, vouch.from.id, "vouch", &words, &format!("/vouches/{id}"))
}

/// What a form offers as basis: value, title, explanation.
pub const BASES: [(&str, &str, &str); 5] = [
    ("hired", "I hired them", "You paid for the work"),
    ("worked beside", "I worked beside them", "Same job, same team or same site"),
    ("inspected work", "I inspected finished work", "You looked closely at what they made"),
    ("knows personally", "I know them personally", "Says who they are, not how they work"),
    ("heard of", "I have heard of them", "Kept as a note. It does not count."),
];

/// What a form offers as tie.
pub const TIES: [(&str, &str, &str); 5] = [
    ("none", "None", ""),
    ("friend", "Friend", ""),
    ("money", "Money or business", "Either way: a client, a partner, a commission, a loan"),
    ("family", "Family or household", ""),
    ("undescribed", "A personal tie I would rather not describe", "Counts as family"),
];

/// What a form offers as confidence, in 100.
pub const CONFIDENCES: [(&str, &str); 4] =
    [("60", "More likely than not"), ("75", "Probably"), ("85", "Very probably"), ("95", "Almost certainly")];

/// What was chosen: one of the four, or the number typed beside them.
pub fn stated<'a>(chosen: &'a str, percent: &'a str) -> &'a str {
    if matches!(chosen, "" | "own") { percent } else { chosen }
}

/// Whether a confidence is one of the four with words; a number of one's own is shown as a choice beside them.
pub fn is_worded(percent: &str) -> bool {
    CONFIDENCES.iter().any(|(value, _)| *value == percent)
}

/// An event of a vouch in words.
pub fn event_words(kind: &str) -> &'static str {
    match kind {
        "given" => "Given",
        "edit" => "Changed by its giver, before a yes",
        "renew" => "Renewed",
        "withdraw" => "Withdrawn",
        "restore" => "Withdrawal undone",
        "hide" => "Hidden by its recipient",
        "show" => "Shown again by its recipient",
        "agree" => "Agreed to by its recipient",
        "refuse" => "Refused by its recipient",
        "tie found" => "A tie that was not disclosed was added by a moderator",
        "tie taken back" => "The tie a moderator added was taken away again",
        _ => "Changed",
    }
}
