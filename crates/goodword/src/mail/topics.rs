//! What letters are about, as people choose by it: every kind of letter belongs to one topic.

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At once.
    Instant,
    /// Gathered, once a day.
    Daily,
    /// Gathered, once a week.
    Weekly,
    /// Not by e-mail; the site still says it.
    Never,
}

impl Pace {
    /// As stored and as forms send it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Never => "never",
        }
    }

    /// As pages say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Instant => "At once",
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
            Self::Never => "Never",
        }
    }

    /// Reads [`Pace::name`].
    pub fn parse(text: &str) -> Option<Self> {
        ALL.iter().copied().find(|pace| pace.name() == text)
    }
}

const ALL: &[Pace] = &[Pace::Instant, Pace::Daily, Pace::Weekly, Pace::Never];

/// What letters are about.
#[derive(Debug)]
pub struct Topic {
    /// As stored, and the first part of `List-Id`.
    pub name: &'static str,
    /// As the page of choices calls it.
    pub title: &'static str,
    /// What comes under it; where nothing can be chosen, why not.
    pub what: &'static str,
    /// "You get this because …", at the end of each letter.
    pub because: &'static str,
    /// What can be chosen, the default first; nothing where it cannot be switched off.
    pub paces: &'static [Pace],
    /// Letters about one thing keep one subject line, and unsubscribing ends that one thing.
    pub is_thread: bool,
}

/// All of them, as the page lists them.
pub static TOPICS: &[Topic] = &[
    Topic {
        name: "asked",
        title: "Somebody asks you",
        what: "A member asks whether you would introduce a professional you vouched for. It closes after seven days, so weekly would come too late.",
        because: "a member asked for your word",
        paces: &[Pace::Instant, Pace::Daily, Pace::Never],
        is_thread: false,
    },
    Topic {
        name: "progress",
        title: "What becomes of introductions",
        what: "How it ended, how it was, what the others answered.",
        because: "you are part of this introduction",
        paces: ALL,
        is_thread: false,
    },
    Topic {
        name: "vouches",
        title: "Vouches",
        what: "Somebody vouched for you, or a word of yours is about to fade.",
        because: "it is about a vouch you gave or received",
        paces: ALL,
        is_thread: false,
    },
    Topic {
        name: "needs",
        title: "Needs",
        what: "Somebody who relies on you, or a group of yours, looks for a professional; answers to a need of yours.",
        because: "a need was posted to people like you, or you posted one",
        paces: ALL,
        is_thread: false,
    },
    Topic {
        name: "dates",
        title: "Dates and reminders",
        what: "Meetings that were set, moved or called off, for your calendar.",
        because: "a date of yours was set or changed",
        paces: &[Pace::Instant, Pace::Never],
        is_thread: false,
    },
    Topic {
        name: "groups",
        title: "Groups",
        what: "Meetings, admissions and news of groups you belong to.",
        because: "you belong to this group, or are its guest",
        paces: ALL,
        is_thread: false,
    },
    Topic {
        name: "replies",
        title: "Replies to you",
        what: "Somebody answered what you wrote in a conversation.",
        because: "somebody replied to you",
        paces: ALL,
        is_thread: true,
    },
    Topic {
        name: "conversations",
        title: "Conversations you follow",
        what: "New posts and comments where you asked to be told.",
        because: "you follow this conversation",
        paces: ALL,
        is_thread: true,
    },
    Topic {
        name: "ambassadors",
        title: "Being a reference",
        what: "Whether a firm you were happy with may name you, or whether you would speak for it.",
        because: "you were a client here and said how it went",
        paces: &[Pace::Instant, Pace::Never],
        is_thread: false,
    },
    Topic {
        name: "consents",
        title: "Introductions that wait for your yes",
        what: "Always sent: somebody real waits behind each of them, and after both said yes the other’s details come by this letter. To be left alone, pause being asked in your profile.",
        because: "an introduction needs your answer, or both of you gave it",
        paces: &[],
        is_thread: false,
    },
    Topic {
        name: "account",
        title: "Signing in and your account",
        what: "Always sent: without the link in it nobody gets in, and whatever changes about your account you have to hear of.",
        because: "it is about your account",
        paces: &[],
        is_thread: false,
    },
];

/// Letters to people who are not here: a no ends them for good.
static INVITATIONS: Topic = Topic {
    name: "invitations",
    title: "Invitations",
    what: "Somebody you know asks you to have a look.",
    because: "somebody you know typed your address and asked us to write to you",
    paces: &[Pace::Instant, Pace::Never],
    is_thread: false,
};

/// Several letters in one. Unsubscribing ends the digests.
static DIGEST: Topic = Topic {
    name: "digest",
    title: "Digests",
    what: "What you chose to get daily or weekly.",
    because: "you chose to get these together instead of one by one",
    paces: &[Pace::Instant, Pace::Never],
    is_thread: false,
};

/// The topic of a kind of letter. A kind nobody listed is about the account: rather too many letters than a lost one.
pub fn of(kind: &str) -> &'static Topic {
    let name = match kind {
        "digest" => return &DIGEST,
        "invitation" | "vouch-invitation" => return &INVITATIONS,
        "ask" | "next-voice" => "asked",
        "consent" | "introduction" => "consents",
        "ended" | "outcome" | "referral" => "progress",
        "appointment" => "dates",
        "comment-reply" => "replies",
        _ => match kind.split('-').next().unwrap_or_default() {
            "vouch" => "vouches",
            "need" => "needs",
            "reminder" => "dates",
            "group" | "meeting" | "guest" | "review" => "groups",
            "comment" | "post" | "conversation" => "conversations",
            "ambassador" | "reference" => "ambassadors",
            _ => "account",
        },
    };
    named(name).unwrap_or(&TOPICS[TOPICS.len() - 1])
}

/// The topic called `name`.
pub fn named(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().chain([&INVITATIONS, &DIGEST]).find(|topic| topic.name == name)
}
