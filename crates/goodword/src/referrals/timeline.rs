//! What happened, in words, as far as each may read it.

use super::rules::{Progress, Role, State, reads_all};
use super::store::{Event, Referral};

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What happened.
    pub words: String,
    /// Somebody's own words.
    pub quote: String,
    /// A note or reason of the reader's own.
    pub own: String,
    /// Taken back later.
    pub undone: bool,
    /// Nothing follows.
    pub ended: bool,
    /// µs.
    pub at: i64,
}

/// The timeline of a referral for one of its people, newest first.
pub fn lines(r: &Referral, events: &[Event], role: Role) -> Vec<Line> {
    let me = r.side(role).id;
    let whole = reads_all(role, r.progress);
    let mut touched = false;
    let mut all = Vec::new();
    for event in events {
        let after =
            event.kind == "move" || event.kind == "undo" || (event.kind == "cancel" && r.introduced_at.is_some());
        if after && !whole && event.actor != Some(me) {
            // The first step is "they got in touch"; nothing else is told.
            let first = event.kind == "move" && event.undone_at.is_none() && !touched;
            if r.progress == Progress::Touch && first && event.to != Some(State::Cancelled) {
                touched = true;
                all.push(Line {
                    words: "They got in touch".into(),
                    quote: String::new(),
                    own: String::new(),
                    undone: false,
                    ended: false,
                    at: event.at,
                });
            }
            continue;
        }
        let own = if event.actor == Some(me) { event.detail.clone() } else { String::new() };
        let quote = if event.kind == "offer" { r.words.clone() } else { String::new() };
        let ended = event.to.is_some_and(State::is_end) && event.to != Some(State::Done);
        all.push(Line {
            words: words(r, event, role),
            quote,
            own,
            undone: event.undone_at.is_some(),
            ended,
            at: event.at,
        });
    }
    all.reverse();
    all
}

fn words(r: &Referral, event: &Event, role: Role) -> String {
    let me = r.side(role).id;
    let too_early =
        r.introduced_at.is_none() && (role == Role::Professional || (role == Role::Referrer && r.for_client));
    // A client without an account whose name is deleted later must not be seen to have left by whoever is not told.
    let may_not_name = too_early || (r.client.kind != "member" && !reads_all(role, r.progress));
    let who = |id| {
        if id == me {
            "You".to_owned()
        } else if id == r.client.id && may_not_name {
            "The client".to_owned()
        } else {
            [Role::Asker, Role::Referrer, Role::Professional, Role::Client]
                .into_iter()
                .map(|part| r.side(part))
                .find(|side| side.id == id)
                .map_or_else(|| "Somebody".to_owned(), |side| side.first().to_owned())
        }
    };
    let actor = event.actor.map_or_else(String::new, who);
    let referrer = if role == Role::Referrer { "you".to_owned() } else { r.referrer.first().to_owned() };
    match event.kind.as_str() {
        "asked" => match r.origin.as_str() {
            "asked" => format!("{actor} asked {referrer}"),
            "requested" => format!("{actor} asked {referrer} for an introduction"),
            "recorded" => format!("{actor} recorded a referral made by telephone"),
            _ => format!("{actor} had somebody in mind"),
        },
        "offer" => format!(
            "{actor} put {} name to {}",
            if role == Role::Referrer { "your" } else { "their" },
            if role == Role::Professional { "you" } else { r.professional.first() }
        ),
        "client yes" | "professional yes" => format!("{actor} said yes"),
        "details sent" => "Both received each other’s details".to_owned(),
        "move" => format!("{actor} moved it to “{}”", event.to.map_or("", State::words)),
        "undo" => format!("{actor} took the last step back"),
        "decline" if event.actor == Some(me) => "You said no".to_owned(),
        "decline" | "expire" | "cancel" if r.basis.is_none() && role != Role::Referrer => {
            format!("{} cannot help with this one", r.referrer.first())
        }
        "cancel" if event.actor == Some(me) => "You called it off".to_owned(),
        _ => "This did not go ahead".to_owned(),
    }
}
