//! What a person's page reads, in two statements: who they are with what lies between them and the visitor, and every
//! list on the page.

use super::{Person, Trade, person};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::live::{self, Memory};
use crate::needs::recommend::{self, VouchRow};
use crate::outcomes::{self, Published};
use crate::viewer::Who;
use crate::vouches::Side;
use crate::{groups, works};
use std::collections::HashMap;
use store::{DAY, Row, Tx, sql};

/// What stands between the visitor and a person.
#[derive(Default)]
pub(super) struct Between {
    /// The visitor relies on this person's judgement: shown to the visitor alone.
    pub relied_on: bool,
    /// They were introduced to each other, so contact data is theirs.
    pub introduced: bool,
    /// The visitor's own standing word for this person.
    pub vouched: Option<Key>,
}

/// Somebody as a visitor meets them.
pub(super) struct Met {
    pub person: Person,
    pub between: Between,
    /// People who warned, in the network this was imported from.
    pub warned: i64,
}

/// As [`super::by_handle`], with what lies between the two.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::SignIn`] where the network is for members only.
pub(super) fn meet(tx: &mut Tx<'_>, who: &Who, handle: &str) -> Result<Met> {
    who.may_browse()?;
    let found = tx.row(
        sql!(
            "SELECT p.id, COALESCE(p.handle, ''), p.name, p.email, p.phone, p.joined_at, f.headline, f.bio, f.keywords,
               f.town, f.radius_km, f.wanted, f.unwanted, f.usual_from, f.usual_to, f.currency, f.website, f.links,
               f.is_public, f.findable, f.asks_paused, f.photo_id, f.version,
               EXISTS (SELECT 1 FROM trusts t WHERE t.from_id = $2 AND t.to_id = p.id),
               EXISTS (SELECT 1 FROM introductions i WHERE i.one_id = $2 AND i.other_id = p.id),
               (SELECT v.id FROM vouches v WHERE v.from_id = $2 AND v.to_id = p.id AND v.state IN ('pending', 'live')
                ORDER BY v.given_at DESC LIMIT 1),
               (SELECT COUNT(*) FROM warnings w WHERE w.to_id = p.id)
             FROM parties p JOIN profiles f ON f.party_id = p.id
             WHERE p.handle = $1 AND p.kind = 'member' AND p.status = 'active'"
        ),
        &[&handle, &who.id()],
        |r| {
            let between = Between { relied_on: r.get(23)?, introduced: r.get(24)?, vouched: r.get(25)? };
            Ok(Met { person: person(r)?, between, warned: r.get(26)? })
        },
    )?;
    found.filter(|met| who.member.is_some() || met.person.is_public).ok_or(Error::NotFound)
}

/// Somebody's word as the page shows it.
pub(super) struct Word {
    pub id: Key,
    pub from: Side,
    /// Occupation code.
    pub field: String,
    /// As stored.
    pub basis: String,
    /// µs.
    pub given_at: i64,
    /// The giver's main field; none for "any work".
    pub trade: Option<String>,
    /// The word itself, and the facts that belong beside it.
    pub row: VouchRow,
}

/// Words on one basis.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    /// Live ones.
    pub all: usize,
    /// Of those, hidden by the recipient.
    pub hidden: usize,
    /// Of those, for this visitor to read.
    pub readable: usize,
}

/// Every list on somebody's page.
#[derive(Default)]
pub(super) struct Lists {
    /// The main one first.
    pub trades: Vec<Trade>,
    /// Newest first.
    pub works: Vec<works::Card>,
    /// Present ones first.
    pub groups: Vec<groups::Membership>,
    /// Those this visitor may read, newest first; of each basis as many as were asked for.
    pub words: Vec<Word>,
    /// By basis, as stored.
    pub counts: HashMap<String, Count>,
    /// Clients' words about how it went, newest first.
    pub told: Vec<Published>,
}

enum Item {
    Trade(Trade),
    Work(works::Card),
    Group(groups::Membership),
    /// And whether its giver agrees that people signed out read it.
    Word(Word, bool),
    Count(String, Count),
    Told(Published),
}

/// Reads them; `shown` is how many words of each basis. Whoever is signed out reads only what both sides made public: the
/// statement fetches nothing else, and the memory is asked again.
///
/// # Errors
/// The database's.
pub(super) fn lists(tx: &mut Tx<'_>, memory: &Memory, who: &Who, id: Key, shown: i64) -> Result<Lists> {
    let since = who.now - 365 * DAY;
    let items = tx.rows(
        sql!(
            "WITH received AS (
               SELECT v.id, v.from_id, a.name, COALESCE(a.handle, '') AS handle, v.field, v.basis, v.tie, v.words,
                 v.given_at, v.renewed_at, v.hidden_at, v.is_public, v.hidden_at IS NULL AND ($2 OR (v.is_public
                   AND COALESCE(f.is_public, FALSE) AND a.kind = 'member' AND a.status = 'active')) AS readable
               FROM vouches v JOIN parties a ON a.id = v.from_id LEFT JOIN profiles f ON f.party_id = v.from_id
               WHERE v.to_id = $1 AND v.state = 'live' AND a.status <> 'deactivated'),
             words AS (
               SELECT r.*, ROW_NUMBER() OVER (PARTITION BY basis ORDER BY renewed_at DESC, id) AS place
               FROM received r WHERE readable),
             works AS (
               SELECT i.*, ROW_NUMBER() OVER (ORDER BY COALESCE(finished_on, started_on, '') DESC, created_at DESC, id)
                 AS place FROM work_items i WHERE party_id = $1 AND deleted_at IS NULL),
             groups_of AS (
               SELECT m.id, m.group_id, g.name, g.kind, m.since, m.until, m.confirmed_at, g.keeper_id = $1 AS keeps,
                 ROW_NUMBER() OVER (ORDER BY COALESCE(m.until, '9999') DESC, m.since DESC, g.name) AS place
               FROM memberships m JOIN networking_groups g ON g.id = m.group_id WHERE m.party_id = $1),
             told AS (
               SELECT o.words, o.publish_as, c.name, c.status, CASE WHEN c.kind = 'member'
                   THEN COALESCE(f.town, '') ELSE r.shared_place END AS town, r.field, r.revealed_at,
                 ROW_NUMBER() OVER (ORDER BY r.revealed_at DESC, r.id DESC) AS place
               FROM referrals r JOIN outcomes o ON o.referral_id = r.id AND o.role = 'client'
                 JOIN parties c ON c.id = o.party_id LEFT JOIN profiles f ON f.party_id = c.id
               WHERE r.professional_id = $1 AND r.revealed_at IS NOT NULL AND o.publish_as IS NOT NULL AND o.words <> '')
             SELECT 'trade' AS list, ROW_NUMBER() OVER (ORDER BY position, field) AS place, id, CAST(NULL AS UUID), field,
               own_words, licence, confirmed_by, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT),
               CAST(NULL AS TEXT), CAST(NULL AS TEXT), since_year, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
               CAST(NULL AS BOOLEAN), CAST(NULL AS BOOLEAN), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
               CAST(NULL AS BOOLEAN)
             FROM professions WHERE party_id = $1
             UNION ALL
             SELECT 'work', w.place, w.id, p.id, w.title, w.client_name, w.started_on, w.finished_on, w.currency, p.alt,
               NULL, NULL, NULL, w.cost_from, w.cost_to, NULL, w.client_consented, NULL, NULL, NULL, NULL
             FROM works w LEFT JOIN pictures p ON p.id = (SELECT x.id FROM pictures x WHERE x.work_item_id = w.id
               AND x.party_id = $1 ORDER BY x.created_at, x.id LIMIT 1)
             WHERE w.place <= 60
             UNION ALL
             SELECT 'group', place, id, group_id, name, kind, since, until, NULL, NULL, NULL, NULL, NULL, confirmed_at,
               NULL, NULL, keeps, NULL, NULL, NULL, NULL
             FROM groups_of WHERE place <= 50
             UNION ALL
             SELECT 'word', w.place, w.id, w.from_id, w.name, w.handle, w.field, w.basis, w.tie, w.words,
               (SELECT MIN(g.name) FROM memberships a JOIN memberships b ON b.group_id = a.group_id
                  JOIN networking_groups g ON g.id = a.group_id
                WHERE a.party_id = w.from_id AND b.party_id = $1 AND a.confirmed_at IS NOT NULL
                  AND b.confirmed_at IS NOT NULL AND a.until IS NULL AND b.until IS NULL),
               (SELECT MIN(i.title) FROM vouch_work x JOIN work_items i ON i.id = x.work_item_id WHERE x.vouch_id = w.id),
               (SELECT x.field FROM professions x WHERE x.party_id = w.from_id AND x.field <> 'general'
                ORDER BY x.position LIMIT 1),
               w.given_at, w.renewed_at,
               (SELECT COUNT(*) FROM referrals r WHERE r.referrer_id = $1 AND r.professional_id = w.from_id
                  AND r.introduced_at > $3),
               w.is_public, w.renewed_at > $3 AND EXISTS (SELECT 1 FROM vouches b WHERE b.from_id = $1
                 AND b.to_id = w.from_id AND b.state = 'live' AND b.hidden_at IS NULL AND b.renewed_at > $3),
               (SELECT b.renewed_at FROM vouches b WHERE b.from_id = $1 AND b.to_id = w.from_id AND b.state = 'live'
                  AND b.hidden_at IS NULL ORDER BY ABS(b.renewed_at - w.renewed_at) LIMIT 1),
               (SELECT COUNT(*) FROM referrals r WHERE r.referrer_id = w.from_id AND r.professional_id = $1
                  AND r.introduced_at > $3),
               (w.field = '23-1011.00' OR EXISTS (SELECT 1 FROM professions l
                  WHERE l.party_id IN (w.from_id, $1) AND l.field = '23-1011.00'))
                 AND (EXISTS (SELECT 1 FROM vouches b WHERE b.from_id = $1 AND b.to_id = w.from_id AND b.state = 'live')
                   OR EXISTS (SELECT 1 FROM referrals r WHERE r.referrer_id = $1 AND r.professional_id = w.from_id
                     AND r.introduced_at IS NOT NULL))
             FROM words w WHERE w.place <= $4
             UNION ALL
             SELECT 'count', 0, NULL, NULL, basis, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, COUNT(*),
               COUNT(hidden_at), SUM(CASE WHEN readable THEN 1 ELSE 0 END), NULL, NULL, NULL, NULL, NULL
             FROM received GROUP BY basis
             UNION ALL
             SELECT 'told', place, NULL, NULL, words, publish_as, name, status, town, field, NULL, NULL, NULL, revealed_at,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL
             FROM told WHERE place <= 100
             ORDER BY list, place"
        ),
        &[&id, &who.member.is_some(), &since, &shown],
        item,
    )?;
    let mut all = Lists::default();
    for item in items {
        match item {
            Item::Trade(trade) => all.trades.push(trade.known_to(memory, id)),
            Item::Work(work) => all.works.push(work),
            Item::Group(group) => all.groups.push(group),
            Item::Word(mut word, public) => {
                word.row.reply = recommend::reply(memory, word.id);
                if who.member.is_some() || (public && memory.is_public(live::id(word.from.id))) {
                    all.words.push(word);
                }
            }
            Item::Count(basis, count) => {
                all.counts.insert(basis, count);
            }
            Item::Told(told) => all.told.push(told),
        }
    }
    Ok(all)
}

/// Columns: list, place, two ids, nine texts from 4, three numbers from 13, two truths from 16, two numbers, a truth.
fn item(r: &Row<'_>) -> store::Result<Item> {
    let list: String = r.get(0)?;
    Ok(match list.as_str() {
        "trade" => Item::Trade(Trade {
            field: r.get(4)?,
            own_words: r.get(5)?,
            since: r.get(13)?,
            licence: r.get(6)?,
            confirmed_by: r.get(7)?,
            confirmed: false,
        }),
        "work" => Item::Work(works::Card {
            id: r.get(2)?,
            title: r.get(4)?,
            client: works::named(r.get(5)?, r.get(16)?),
            dates: (r.get(6)?, r.get(7)?),
            cost: (r.get(13)?, r.get(14)?),
            currency: r.get(8)?,
            picture: r.get::<Option<Key>>(3)?.zip(r.get(9)?),
        }),
        "group" => Item::Group(groups::Membership {
            id: r.get(2)?,
            group: r.get(3)?,
            name: r.get(4)?,
            kind: r.get(5)?,
            since: r.get(6)?,
            until: r.get(7)?,
            confirmed: r.get::<Option<i64>>(13)?.is_some(),
            keeps: r.get(16)?,
        }),
        "word" => {
            let basis: String = r.get(7)?;
            let row = VouchRow {
                tie: r.get(8)?,
                words: r.get(9)?,
                at: r.get(14)?,
                mutual: r.get(17)?,
                group: r.get(10)?,
                returned_at: r.get(18)?,
                reply: None,
                referred: (r.get(15)?, r.get(19)?),
                arranged: r.get(20)?,
                work: r.get(11)?,
                basis: live::basis(&basis),
            };
            let from = Side { id: r.get(3)?, name: r.get(4)?, handle: r.get(5)? };
            let (field, given_at, trade) = (r.get(6)?, r.get(13)?, r.get(12)?);
            Item::Word(Word { id: r.get(2)?, from, field, basis, given_at, trade, row }, r.get(16)?)
        }
        "count" => Item::Count(r.get(4)?, Count { all: r.get(13)?, hidden: r.get(14)?, readable: r.get(15)? }),
        _ => {
            let (publish_as, name, status, town): (String, String, String, String) =
                (r.get(5)?, r.get(6)?, r.get(7)?, r.get(8)?);
            // Whoever is not here any more is named no more.
            let publish_as = if status == "active" { publish_as.as_str() } else { "anonymous" };
            let by = outcomes::signature(publish_as, &name, &town);
            Item::Told(Published { words: r.get(4)?, by, field: r.get(9)?, at: r.get(13)? })
        }
    })
}
