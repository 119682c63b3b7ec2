//! Puts the demo world into an empty database, in one transaction.

use super::content::{self, Party, Person, World};
use crate::error::Result;
use crate::key::Key;
use store::{Db, Tx, sql};

/// What "continue as" offers, by their part in the world.
const CAST: [content::Character; 6] = [
    content::Character::Dana,
    content::Character::Ana,
    content::Character::Carla,
    content::Character::Chip,
    content::Character::Gil,
    content::Character::Noor,
];

/// Makes sure that `db` holds the demo network: plants it into an empty database, leaves one planted before alone.
///
/// # Errors
/// A database that holds something else: the demo never touches a real network.
pub fn plant(db: &Db) -> anyhow::Result<()> {
    if is_planted(db)? {
        return Ok(());
    }
    let world = content::world(db.clock().now());
    db.write_here(|tx| write(tx, &world))?;
    Ok(())
}

/// Whether the demo's people are in a database already.
///
/// # Errors
/// A database that somebody else uses: with people in it, or with settings (`serve` leaves the first admin's link there).
pub fn is_planted(db: &Db) -> anyhow::Result<bool> {
    let (mark, people, settings) = db.read_here(|tx| {
        let mark: Option<String> = tx.value(sql!("SELECT value FROM settings WHERE name = 'demo'"), &[])?;
        let people: i64 = tx.value(sql!("SELECT COUNT(*) FROM parties"), &[])?.unwrap_or(0);
        let settings: i64 = tx.value(sql!("SELECT COUNT(*) FROM settings"), &[])?.unwrap_or(0);
        Ok::<_, crate::error::Error>((mark, people, settings))
    })?;
    anyhow::ensure!(
        mark.is_some() || (people == 0 && settings == 0),
        "this database was not made by the demo, so the demo will not touch it; use `goodword serve` for it"
    );
    Ok(mark.is_some())
}

/// The ids everybody and everything got.
struct Ids {
    people: Vec<Key>,
    works: Vec<Vec<Key>>,
    clients: Vec<Key>,
    vouches: Vec<Key>,
    needs: Vec<Key>,
    referrals: Vec<Key>,
}

impl Ids {
    fn party(&self, party: Party) -> Key {
        match party {
            Party::Member(i) => self.people[i],
            Party::Client(i) => self.clients[i],
        }
    }
}

fn write(tx: &mut Tx<'_>, world: &World) -> Result<()> {
    let new = |tx: &Tx<'_>, n: usize| (0..n).map(|_| Key(tx.id())).collect::<Vec<_>>();
    let ids = Ids {
        people: new(tx, world.people.len()),
        works: world.people.iter().map(|p| new(tx, p.works.len())).collect(),
        clients: new(tx, world.clients.len()),
        vouches: new(tx, world.vouches.len()),
        needs: new(tx, world.needs.len()),
        referrals: new(tx, world.referrals.len()),
    };
    let handles = people(tx, world, &ids)?;
    clients(tx, world, &ids)?;
    groups_and_trusts(tx, world, &ids)?;
    vouches(tx, world, &ids)?;
    needs(tx, world, &ids)?;
    referrals(tx, world, &ids)?;
    outcomes_and_jobs(tx, world, &ids)?;
    super::talks::plant(tx, &|part| world.find(part).map(|i| ids.people[i]), &ids.people)?;
    let cast: Vec<&str> = CAST.iter().filter_map(|part| world.find(*part)).map(|i| handles[i].as_str()).collect();
    let founders: Vec<String> = ids.people.iter().take(12).map(Key::to_string).collect();
    for (name, value) in [("demo", "yes"), ("demo cast", &cast.join(",")), ("founders", &founders.join(","))] {
        tx.execute(sql!("INSERT INTO settings (name, value) VALUES ($1, $2)"), &[&name, &value])?;
    }
    // Somebody keeps every network; here it is who asks, so that the pages for it can be looked at.
    if let Some(dana) = world.find(content::Character::Dana) {
        crate::roles::put(tx, ids.people[dana], crate::roles::Role::Admin)?;
    }
    Ok(())
}

fn people(tx: &mut Tx<'_>, world: &World, ids: &Ids) -> Result<Vec<String>> {
    let mut handles: Vec<String> = Vec::with_capacity(world.people.len());
    for (i, person) in world.people.iter().enumerate() {
        let name = person.name();
        let folded = formats::name::fold(&name);
        let slug: String = folded.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let handle = if handles.contains(&slug) { format!("{slug}-{i}") } else { slug };
        let id = ids.people[i];
        let inviter = person.invited_by.map(|by| ids.people[by]);
        tx.execute(
            sql!(
                "INSERT INTO parties (id, kind, status, handle, name, folded, email, phone, invited_by, joined_at, version)
                 VALUES ($1, 'member', 'active', $2, $3, $4, $5, $6, $7, $8, 1)"
            ),
            &[&id, &handle, &name, &folded, &person.email, &person.phone, &inviter, &person.joined_at],
        )?;
        profile(tx, id, person)?;
        for (item, work) in ids.works[i].iter().zip(&person.works) {
            tx.execute(
                sql!(
                    "INSERT INTO work_items (id, party_id, field, title, description, client_name, client_consented,
                       started_on, finished_on, cost_from, cost_to, currency, url, created_at, version)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'USD', '', $12, 1)"
                ),
                &[
                    item,
                    &id,
                    &person.field,
                    &work.title,
                    &work.description,
                    &work.client_name,
                    &work.client_consented,
                    &work.started_on,
                    &work.finished_on,
                    &work.cost_from,
                    &work.cost_to,
                    &person.joined_at,
                ],
            )?;
        }
        handles.push(handle);
    }
    Ok(handles)
}

fn profile(tx: &mut Tx<'_>, id: Key, person: &Person) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO profiles (party_id, headline, bio, keywords, town, latitude, longitude, radius_km, wanted,
               unwanted, usual_from, usual_to, currency, website, links, is_public, findable, asks_paused, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'USD', '', '', $13, $14, FALSE, 1)"
        ),
        &[
            &id,
            &person.headline,
            &person.bio,
            &person.keywords,
            &person.town,
            &person.latitude,
            &person.longitude,
            &person.radius_km,
            &person.wanted,
            &person.unwanted,
            &person.usual_from,
            &person.usual_to,
            &person.is_public,
            &person.findable,
        ],
    )?;
    let profession = tx.id();
    let confirmed_at = person.confirmed_by.map(|_| person.joined_at);
    tx.execute(
        sql!(
            "INSERT INTO professions (id, party_id, field, own_words, since_year, licence, confirmed_by, confirmed_at,
               position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)"
        ),
        &[
            &profession,
            &id,
            &person.field,
            &person.own_words,
            &person.since_year,
            &person.licence,
            &person.confirmed_by,
            &confirmed_at,
        ],
    )?;
    Ok(())
}

fn clients(tx: &mut Tx<'_>, world: &World, ids: &Ids) -> Result<()> {
    for (id, client) in ids.clients.iter().zip(&world.clients) {
        tx.execute(
            sql!(
                "INSERT INTO parties (id, kind, status, name, folded, email, joined_at, version)
                 VALUES ($1, 'client', 'active', $2, $3, $4, $5, 1)"
            ),
            &[id, &client.name, &formats::name::fold(&client.name), &client.email, &client.since],
        )?;
    }
    Ok(())
}

fn groups_and_trusts(tx: &mut Tx<'_>, world: &World, ids: &Ids) -> Result<()> {
    let mut groups = Vec::new();
    for group in &world.groups {
        let id = Key(tx.id());
        let keeper = ids.people[group.keeper];
        tx.execute(
            sql!(
                "INSERT INTO networking_groups (id, name, folded, kind, about, town, keeper_id, created_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)"
            ),
            &[
                &id,
                &group.name,
                &formats::name::fold(group.name),
                &group.kind,
                &group.about,
                &group.town,
                &keeper,
                &group.created_at,
            ],
        )?;
        groups.push((id, keeper));
    }
    for member in &world.memberships {
        let (id, (group, keeper)) = (tx.id(), groups[member.group]);
        let confirmed_by = member.confirmed_at.map(|_| keeper);
        tx.execute(
            sql!(
                "INSERT INTO memberships (id, group_id, party_id, since, until, confirmed_at, confirmed_by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (group_id, party_id) DO NOTHING"
            ),
            &[
                &id,
                &group,
                &ids.people[member.person],
                &member.since,
                &member.until,
                &member.confirmed_at,
                &confirmed_by,
            ],
        )?;
    }
    for trust in &world.trusts {
        let id = tx.id();
        tx.execute(
            sql!("INSERT INTO trusts (id, from_id, to_id, field, at) VALUES ($1, $2, $3, $4, $5)"),
            &[&id, &ids.people[trust.from], &ids.people[trust.to], &trust.field, &trust.at],
        )?;
    }
    Ok(())
}

fn vouches(tx: &mut Tx<'_>, world: &World, ids: &Ids) -> Result<()> {
    for (id, vouch) in ids.vouches.iter().zip(&world.vouches) {
        let state = if vouch.withdrawn_at.is_some() { "withdrawn" } else { "live" };
        tx.execute(
            sql!(
                "INSERT INTO vouches (id, from_id, to_id, field, basis, tie, confidence, words, state, hidden_at, is_public,
                   given_at, renewed_at, withdrawn_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)"
            ),
            &[
                id,
                &ids.people[vouch.from],
                &ids.people[vouch.to],
                &vouch.field,
                &vouch.basis,
                &vouch.tie,
                &vouch.confidence,
                &vouch.words,
                &state,
                &vouch.hidden_at,
                &vouch.is_public,
                &vouch.given_at,
                &vouch.renewed_at,
                &vouch.withdrawn_at,
            ],
        )?;
        for work in &vouch.works {
            tx.execute(
                sql!("INSERT INTO vouch_work (vouch_id, work_item_id) VALUES ($1, $2)"),
                &[id, &ids.works[vouch.to][*work]],
            )?;
        }
    }
    Ok(())
}

fn needs(tx: &mut Tx<'_>, world: &World, ids: &Ids) -> Result<()> {
    for (id, need) in ids.needs.iter().zip(&world.needs) {
        tx.execute(
            sql!(
                "INSERT INTO needs (id, asker_id, for_client, field, words, place, latitude, longitude, date_from, date_to,
                   date_words, budget_from, budget_to, currency, visibility, state, created_at, expires_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12, 'USD', $13, $14, $15, $16, 1)"
            ),
            &[
                id,
                &ids.people[need.asker],
                &need.for_client,
                &need.field,
                &need.words,
                &need.town,
                &need.latitude,
                &need.longitude,
                &need.date_from,
                &need.date_to,
                &need.budget_from,
                &need.budget_to,
                &need.visibility,
                &need.state,
                &need.created_at,
                &need.expires_at,
            ],
        )?;
    }
    Ok(())
}

fn referrals(tx: &mut Tx<'_>, world: &World, ids: &Ids) -> Result<()> {
    for (id, r) in ids.referrals.iter().zip(&world.referrals) {
        let client_name = match r.client {
            Party::Member(i) => world.people[i].name(),
            Party::Client(i) => world.clients[i].name.clone(),
        };
        // "yes" is how the program keeps a plain yes to "did we understand you?"; a correction would be kept in words.
        let understood = if r.understood.is_empty() { "" } else { "yes" };
        let for_client = r.client != Party::Member(r.asker);
        tx.execute(
            sql!(
                "INSERT INTO referrals (id, need_id, origin, asker_id, referrer_id, professional_id, client_id, client_name,
                   for_client, field, need_words, shared_place, shared_budget, shared_date, note_to_referrer, state,
                   vouch_id, basis, tie, confidence, words, unknowns, level, tier, client_yes_at, professional_yes_at,
                   understood, progress, introduced_at, opened_at, closes_at, revealed_at, lost_reason, created_at,
                   updated_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                   $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, 1)"
            ),
            &[
                id,
                &r.need.map(|n| ids.needs[n]),
                &r.origin,
                &ids.people[r.asker],
                &ids.people[r.referrer],
                &ids.people[r.professional],
                &ids.party(r.client),
                &client_name,
                &for_client,
                &r.field,
                &r.need_words,
                &r.shared_place,
                &r.shared_budget,
                &r.shared_date,
                &r.note_to_referrer,
                &r.state,
                &r.vouch.map(|v| ids.vouches[v]),
                &r.basis,
                &r.tie,
                &r.confidence,
                &r.words,
                &r.unknowns.join("\n"),
                &r.level,
                &r.tier,
                &r.client_yes_at,
                &r.professional_yes_at,
                &understood,
                &r.progress,
                &r.introduced_at,
                &r.opened_at,
                &r.closes_at,
                &r.revealed_at,
                &r.lost_reason,
                &r.created_at,
                &r.updated_at,
            ],
        )?;
        for event in &r.events {
            let event_id = tx.id();
            tx.execute(
                sql!(
                    "INSERT INTO referral_events (id, referral_id, actor_id, kind, from_state, to_state, detail, at)
                     VALUES ($1, $2, $3, $4, $5, $6, '', $7)"
                ),
                &[
                    &event_id,
                    id,
                    &event.actor.map(|a| ids.party(a)),
                    &event.kind,
                    &event.from_state,
                    &event.to_state,
                    &event.at,
                ],
            )?;
        }
    }
    Ok(())
}

fn outcomes_and_jobs(tx: &mut Tx<'_>, world: &World, ids: &Ids) -> Result<()> {
    for outcome in &world.outcomes {
        let id = tx.id();
        tx.execute(
            sql!(
                "INSERT INTO outcomes (id, referral_id, role, party_id, answer, again, amount, currency, tell_amount, words,
                   publish_as, answered_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 'USD', $8, $9, $10, $11, 1)"
            ),
            &[
                &id,
                &ids.referrals[outcome.referral],
                &outcome.role,
                &ids.party(outcome.party),
                &outcome.answer,
                &outcome.again,
                &outcome.amount,
                &outcome.tell_amount,
                &outcome.words,
                &outcome.publish_as,
                &outcome.answered_at,
            ],
        )?;
    }
    for job in &world.jobs {
        let id = tx.id();
        tx.execute(
            sql!(
                "INSERT INTO jobs_won (id, party_id, source, won_on, amount, currency, note, created_at)
                 VALUES ($1, $2, $3, $4, $5, 'USD', $6, $7)"
            ),
            &[&id, &ids.people[job.person], &job.source, &job.won_on, &job.amount, &job.note, &tx.now()],
        )?;
    }
    Ok(())
}
