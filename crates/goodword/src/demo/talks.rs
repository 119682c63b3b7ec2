//! The demo's conversations: who said what, when, under what; and what people say of the groups.

use super::content::Character::{
    self, Ana, Ben, Carla, Dana, Gil, Hugo, Ines, Junko, Leona, Marla, Noor, Preston, Walt,
};
use crate::conversations::{arrange, plain, rendered};
use crate::error::Result;
use crate::key::Key;
use store::{DAY, Tx, sql};

/// Who says something.
#[derive(Clone, Copy)]
enum By {
    /// One of the cast.
    One(Character),
    /// Somebody without an account.
    Guest(&'static str),
}

/// A comment: by whom, how many hours after the post, what it answers (an index below its own), the words, what else.
type Said = (By, i64, Option<usize>, &'static str, Extra);

#[derive(Clone, Copy)]
enum Extra {
    None,
    /// So many members called it useful.
    Useful(i64),
    /// Asks to be recommended somebody.
    Asks,
    /// Names a professional.
    Names(Character),
    /// Waits for a moderator, because of this.
    Held(&'static str),
}
use Extra::{Asks, Held, Names, None as Plain, Useful};

struct Talk {
    by: Character,
    title: &'static str,
    text: &'static str,
    tags: &'static [(&'static str, &'static str)],
    field: Option<&'static str>,
    public: bool,
    days_ago: i64,
    said: &'static [Said],
}

const GROUPS: (&str, &str) = ("networking-groups", "networking groups");
const PRICING: (&str, &str) = ("pricing", "pricing");
const WEDDINGS: (&str, &str) = ("weddings", "weddings");
const REVIEWS: (&str, &str) = ("group-reviews", "group reviews");

const TALKS: &[Talk] = &[
    Talk {
        by: Dana,
        title: "Which networking groups have you tried, and did it work?",
        text: "A friend keeps asking me to her Tuesday group. I have been to one of each kind by now: the **monthly sort**, where everybody has a card for three sorts of attorney, and the **weekly sort**, where there is one of each trade and a bell.\n\nBoth were friendly. Neither has sent me anybody who stayed. I keep books for eleven small firms, and every one of them came because somebody who had seen my work said my name.\n\nSo, honestly: which have you tried, for how long, and what came of it?",
        tags: &[GROUPS],
        field: None,
        public: true,
        days_ago: 9,
        said: &[
            (
                By::One(Ana),
                2,
                None,
                "Four years of Fridays. I would put it at **five weddings** that would not have come otherwise, and all five came through *one* person who had watched me handle a flooded tent.\n\nThe other twenty-five members passed me cards. That is not the group working; that is Leona working, and the group is where I met her.",
                Useful(14),
            ),
            (
                By::One(Leona),
                5,
                Some(0),
                "She is right, and I would have met her at the flower market anyway. But I would not have *seen her work* without the breakfast where the oven died.",
                Useful(6),
            ),
            (By::One(Ben), 8, Some(1), "The oven! I still have the picture.", Plain),
            (
                By::Guest("Marguerite O."),
                11,
                Some(0),
                "Is that not an argument for fewer members? I left a group of forty because I could not have told you what half of them did.",
                Useful(3),
            ),
            (
                By::One(Ana),
                20,
                Some(3),
                "It is an argument for sitting next to the same six people for two years.",
                Useful(9),
            ),
            (
                By::One(Preston),
                14,
                None,
                "I belong to three and recommend it to anybody. The trick is to give first: I pass eight or nine slips a week.",
                Plain,
            ),
            (By::One(Carla), 16, Some(5), "Eight a week? How many of those people’s work had you seen?", Useful(17)),
            (
                By::One(Marla),
                18,
                Some(6),
                "To be fair to Preston, I got one good client from his nine hundred. To be fair to Carla, I had to meet the other eight hundred and ninety-nine.",
                Useful(11),
            ),
            (
                By::One(Gil),
                26,
                None,
                "Contractor here. The weekly kind cost me about $90 a month and five hours a week, counting the drive. In two years: three kitchens. One of the three was a client for life, so I do not call it wasted. But ask people for the *hours*, not the fee.",
                Useful(12),
            ),
            (
                By::One(Dana),
                30,
                Some(8),
                "> ask people for the *hours*, not the fee\n\nThat is the line I came for. Thank you.",
                Plain,
            ),
            (
                By::One(Noor),
                41,
                None,
                "New here, and a translator, so nobody’s trade. Is there a kind where one is simply allowed to come and listen a few times?",
                Asks,
            ),
            (
                By::One(Ines),
                44,
                Some(10),
                "The monthly ones take guests twice, and mean it. Sit beside Walt; he introduces people by what they *made*, not by what they are called.",
                Names(Walt),
            ),
            (
                By::Guest("Theo"),
                60,
                None,
                "We tried direct mail, a group, and then simply asking our five happiest clients. In that order. I would now start from the end.",
                Useful(8),
            ),
            (
                By::Guest("Growth Partner"),
                70,
                None,
                "Great post! Get 500 leads a week at https://leads.example and https://more-leads.example",
                Held("has 2 links\nfirst comment by this person"),
            ),
        ],
    },
    Talk {
        by: Hugo,
        title: "What do you tell a couple who ask for peonies in October?",
        text: "Third one this month. I say ranunculus and show a picture, and they look at me as if I had offered them a cabbage. What do you say?",
        tags: &[WEDDINGS, PRICING],
        field: Some("27-1023.00"),
        public: true,
        days_ago: 5,
        said: &[
            (
                By::One(Junko),
                3,
                None,
                "I ask what they remember about peonies. Nobody has ever answered “the species”. They say *heavy*, or *my grandmother*, or *pink that goes to nothing*. Then I can work.",
                Useful(21),
            ),
            (
                By::One(Carla),
                6,
                Some(0),
                "This is why I send people to Junko and then cannot afford her myself.",
                Useful(4),
            ),
            (
                By::One(Ana),
                9,
                None,
                "As the planner in the room: tell them the price per stem from the southern hemisphere, out loud, before the picture. It ends the conversation kindly.",
                Useful(7),
            ),
            (
                By::One(Hugo),
                12,
                Some(2),
                "Fourteen dollars a stem. I will practise saying it without flinching.",
                Plain,
            ),
            (
                By::Guest("A bride, eventually"),
                33,
                None,
                "I was that couple. Ours said “they travel badly, and so would you after nineteen hours”. We had dahlias. I would hire her again tomorrow.",
                Useful(10),
            ),
        ],
    },
    Talk {
        by: Gil,
        title: "How we look after this place",
        text: "Members and guests write here; I read what is reported. Three rules, and the rest is manners:\n\n- Say what you saw, and how you know it.\n- A tie between you and somebody you praise is said in the same breath.\n- No advertising. If you would be good for somebody, let the person who knows your work say so.\n\nWhat I take away stands in the log with the reason, and can be put back.",
        tags: &[("about-this-place", "about this place")],
        field: None,
        public: true,
        days_ago: 120,
        said: &[],
    },
    Talk {
        by: Walt,
        title: "Half a day for a troika: is it worth closing the shop?",
        text: "Drawn with an accountant and a lady who insures boats. I mend suits. Tell me what to bring.",
        tags: &[GROUPS],
        field: None,
        public: false,
        days_ago: 2,
        said: &[
            (By::One(Ines), 1, None, "Bring the jacket with the moth hole. Show, do not tell.", Useful(5)),
            (
                By::One(Dana),
                4,
                Some(0),
                "And ask the accountant what clients complain about. It will be clothes.",
                Plain,
            ),
        ],
    },
];

/// A review: by whom, of which group, how they know it, joined and left, dollars and hours a month, good jobs, again, words.
type Reviewed = (
    Character,
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    Option<i64>,
    Option<i64>,
    i64,
    Option<bool>,
    &'static str,
);

const FRIDAYS: &str = "Rose Avenue Referral Breakfast";
const BLUFFSIDE: &str = "Bluffside Advisors";

const GROUP_REVIEWS: &[Reviewed] = &[
    (
        Ben,
        FRIDAYS,
        "member",
        Some("2024-12-06"),
        None,
        Some(85),
        Some(10),
        4,
        Some(true),
        "Four weddings in two years, all from two people who had stood next to me at one. Reading last week’s slips back out loud is the best and most painful ten minutes of my Friday.",
    ),
    (
        Carla,
        FRIDAYS,
        "member",
        Some("2025-02-14"),
        None,
        Some(85),
        Some(9),
        3,
        Some(true),
        "Small jobs that paid. I have stopped bringing cards and started bringing a bucket of what is in season.",
    ),
    (
        Gil,
        FRIDAYS,
        "ex-member",
        Some("2023-03-03"),
        Some("2025-03-28"),
        Some(90),
        Some(20),
        3,
        Some(false),
        "Three kitchens in two years, one a client for life. Twenty hours a month with the drive. I left for the hours, not for the people.",
    ),
    (
        Dana,
        BLUFFSIDE,
        "member",
        Some("2025-06-11"),
        None,
        Some(140),
        Some(6),
        0,
        None,
        "None yet. Good breakfasts, serious people; I have learned what a trust officer does. Everybody there already has a bookkeeper.",
    ),
    (
        Marla,
        BLUFFSIDE,
        "member",
        Some("2024-11-13"),
        None,
        Some(140),
        Some(8),
        2,
        Some(true),
        "Two estates that needed a lender in a hurry. Both from the same attorney, after a year of lunches.",
    ),
    (
        Noor,
        BLUFFSIDE,
        "guest",
        None,
        None,
        None,
        None,
        0,
        None,
        "Came twice as a guest. Nobody sold me anything, three people asked what I actually do all day.",
    ),
];

/// Puts them into the demo network.
///
/// # Errors
/// The database's.
pub fn plant(tx: &mut Tx<'_>, party: &dyn Fn(Character) -> Option<Key>, members: &[Key]) -> Result<()> {
    if let Some(gil) = party(Gil) {
        tx.execute(
            sql!(
                "INSERT INTO roles (party_id, role, scope) VALUES ($1, 'moderator', 'network')
                 ON CONFLICT (party_id, role, scope) DO NOTHING"
            ),
            &[&gil],
        )?;
    }
    for talk in TALKS {
        let Some(author) = party(talk.by) else { continue };
        let at = tx.now() - talk.days_ago * DAY;
        let post = begin(tx, "discussion", author, talk.title, talk.text, talk.field, talk.public, at)?;
        for (slug, name) in talk.tags {
            tag(tx, post, slug, name)?;
        }
        let mut ids: Vec<Key> = Vec::new();
        for said in talk.said {
            let id = say(tx, party, members, post, at, &ids, said)?;
            ids.push(id);
        }
        arrange(tx, post)?;
        follow(tx, post, author)?;
    }
    for (i, review) in GROUP_REVIEWS.iter().enumerate() {
        review_group(tx, party, review, i)?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the columns of a post, once")]
fn begin(
    tx: &mut Tx<'_>,
    kind: &str,
    author: Key,
    title: &str,
    text: &str,
    field: Option<&str>,
    public: bool,
    at: i64,
) -> Result<Key> {
    let id = Key(tx.id());
    let slug = crate::conversations::free_slug(tx, title, id)?;
    let words = plain("markdown", text);
    let visibility = if public { "public" } else { "members" };
    let field = field.map(str::to_owned);
    tx.execute(
        sql!(
            "INSERT INTO posts (id, slug, kind, author_id, author_name, author_email, author_url, title, format, text, html,
               excerpt, folded, field, visibility, state, held_for, pings_open, comments, roots, last_number, created_at,
               active_at, version)
             VALUES ($1, $2, $3, $4, '', '', '', $5, 'markdown', $6, $7, $8, $9, $10, $11, 'published', '', TRUE, 0, 0, 0, $12,
               $12, 1)"
        ),
        &[
            &id,
            &slug,
            &kind,
            &author,
            &title,
            &text,
            &rendered("markdown", text),
            &crate::say::shorten(&words, 240),
            &formats::name::fold(&format!("{title} {words}")),
            &field,
            &visibility,
            &at,
        ],
    )?;
    Ok(id)
}

fn tag(tx: &mut Tx<'_>, post: Key, slug: &str, name: &str) -> Result<()> {
    let new = tx.id();
    tx.execute(
        sql!("INSERT INTO tags (id, kind, slug, name) VALUES ($1, 'tag', $2, $3) ON CONFLICT (kind, slug) DO NOTHING"),
        &[&new, &slug, &name],
    )?;
    tx.execute(
        sql!("INSERT INTO post_tags (post_id, tag_id) SELECT $1, id FROM tags WHERE kind = 'tag' AND slug = $2"),
        &[&post, &slug],
    )?;
    Ok(())
}

/// A guest of the demo; none has an address that exists.
fn guest(tx: &mut Tx<'_>, name: &str) -> Result<(Key, Key)> {
    let (party, browser, now) = (Key(tx.id()), Key(tx.id()), tx.now());
    let folded = formats::name::fold(name);
    let email = format!("{}@example.org", folded.replace([' ', '.', ','], "-"));
    tx.execute(
        sql!(
            "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
             VALUES ($1, 'guest', 'active', $2, $3, $4, $5, 1)"
        ),
        &[&party, &name, &folded, &email, &now],
    )?;
    let token = crate::key::new_token(tx.clock());
    tx.execute(
        sql!(
            "INSERT INTO guest_browsers (id, token_hash, party_id, name, website, remembered, confirmed_at, created_at,
               expires_at) VALUES ($1, $2, $3, $4, '', FALSE, $5, $5, $5)"
        ),
        &[&browser, &crate::key::hash_token(&token), &party, &name, &now],
    )?;
    Ok((party, browser))
}

fn say(
    tx: &mut Tx<'_>,
    party: &dyn Fn(Character) -> Option<Key>,
    members: &[Key],
    post: Key,
    began: i64,
    before: &[Key],
    (by, hours, answers, text, extra): &Said,
) -> Result<Key> {
    let (author, browser, name) = match by {
        By::One(one) => (party(*one), None, ""),
        By::Guest(name) => {
            let (party, browser) = guest(tx, name)?;
            (Some(party), Some(browser), *name)
        }
    };
    let (id, at) = (Key(tx.id()), began + hours * DAY / 24);
    let parent = answers.and_then(|i| before.get(i).copied());
    let number = i64::try_from(before.len() + 1).unwrap_or(1);
    let (purpose, named, useful, state, why) = match extra {
        Plain => ("comment", None, 0, "approved", ""),
        Useful(n) => ("comment", None, *n, "approved", ""),
        Asks => ("request", None, 0, "approved", ""),
        Names(whom) => ("answer", party(*whom), 0, "approved", ""),
        Held(why) => ("comment", None, 0, "held", *why),
    };
    tx.execute(
        sql!(
            "INSERT INTO comments (id, post_id, parent_id, number, root, path, depth, kind, author_id, browser_id, author_name,
               author_email, author_url, format, text, html, state, held_for, shown, purpose, named_id, useful, replies,
               created_at, version)
             VALUES ($1, $2, $3, $4, 0, '', 0, 'comment', $5, $6, $7, '', '', 'markdown', $8, $9, $10, $11, FALSE, $12, $13, $14,
               0, $15, 1)"
        ),
        &[
            &id,
            &post,
            &parent,
            &number,
            &author,
            &browser,
            &name,
            text,
            &rendered("markdown", text),
            &state,
            &why,
            &purpose,
            &named,
            &useful,
            &at,
        ],
    )?;
    let fans = members.iter().filter(|m| Some(**m) != author).skip(before.len() * 3);
    for fan in fans.take(usize::try_from(useful).unwrap_or(0)) {
        tx.execute(sql!("INSERT INTO usefuls (comment_id, party_id, at) VALUES ($1, $2, $3)"), &[&id, fan, &at])?;
    }
    Ok(id)
}

fn follow(tx: &mut Tx<'_>, post: Key, author: Key) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    tx.execute(
        sql!(
            "INSERT INTO subscriptions (id, post_id, party_id, scope, cadence, confirmed_at, told_at, created_at)
             VALUES ($1, $2, $3, 'post', 'at once', $4, $4, $4)"
        ),
        &[&id, &post, &author, &now],
    )?;
    Ok(())
}

fn review_group(
    tx: &mut Tx<'_>,
    party: &dyn Fn(Character) -> Option<Key>,
    (by, group, attended, joined, left, fee, hours, jobs, again, words): &Reviewed,
    i: usize,
) -> Result<()> {
    let found: Option<Key> = tx.value(sql!("SELECT id FROM networking_groups WHERE name = $1"), &[group])?;
    let (Some(author), Some(id)) = (party(*by), found) else { return Ok(()) };
    let at = tx.now() - (40 - i64::try_from(i).unwrap_or(0) * 5) * DAY;
    let post = begin(tx, "review", author, &format!("{group}: a review"), words, None, true, at)?;
    tag(tx, post, REVIEWS.0, REVIEWS.1)?;
    let fee = fee.map(|dollars| dollars * 100);
    tx.execute(
        sql!(
            "INSERT INTO group_reviews (post_id, group_id, author_id, attended, joined_on, left_on, fee, currency, hours,
               good_jobs, again) VALUES ($1, $2, $3, $4, $5, $6, $7, 'USD', $8, $9, $10)"
        ),
        &[&post, &id, &author, attended, &joined.map(str::to_owned), &left.map(str::to_owned), &fee, hours, jobs, again],
    )?;
    follow(tx, post, author)
}
