//! `--protocol attack`: rings of fakes in a niche field of 30 honest candidates.
//!
//! The positive edges of a network are the honest members. Twenty fields of 30 random members with three or more
//! incoming edges each; a ring of k fakes, all vouching for all, competes in every field. `g` victims each vouch for a
//! fake: random members, the twenty highest by PageRank, or the asker's own contacts. Printed: the share of the first
//! ten that are fakes, and how often one is among the first three, as mean and standard error over draws of the
//! victims and of whom they vouch for.

use std::ops::Range;

use trust::{Ask, Candidates, Engine, Outcome, Parameters, Tie, Visibility, Vouch};

use crate::metrics::deviation;
use crate::network::{Dice, Link, Network};
use crate::parallel::each;
use crate::rank_engine::{FIELD, choose, day, engine, id, imported, person, vouch};
use crate::report::{Figures, Report};

const DRAWS: u64 = 20;
const ASKERS: usize = 50;
const FIELDS: usize = 20;
const HONEST: usize = 30;
/// Fewer askers are no protocol.
const LEAST: usize = 20;
const SEED: u64 = 20_261_123;
/// Constants are chosen on other draws of fields, victims and askers than those that are scored.
const TUNING: u64 = 77_000_000;

/// Who is fooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victims {
    Random,
    Hubs,
    Contacts,
}

/// What the attackers do beyond a plain ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trick {
    /// All vouch for all, today.
    Ring,
    /// Aged accounts: everything five years old but the entries.
    Aged,
    /// Each fake also vouches for the ten most popular honest members.
    Camouflage,
    /// Each fake has farmed twenty perfect outcomes with another as referrer.
    Farming,
    /// All vouch for all as always, but a month apart, so that no vouch is a quick reply.
    Slow,
    /// Every victim vouches for another fake, which is all the ring there is: no vouch among fakes.
    Apart,
    /// No ring: every victim vouches for the same fake, so that entries come through different people.
    OneTarget,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    name: &'static str,
    victims: Victims,
    fooled: usize,
    fakes: usize,
    trick: Trick,
}

const fn scenario(name: &'static str, victims: Victims, fooled: usize, fakes: usize, trick: Trick) -> Scenario {
    Scenario { name, victims, fooled, fakes, trick }
}

const SCENARIOS: [Scenario; 5] = [
    scenario("5 random members, k=10", Victims::Random, 5, 10, Trick::Ring),
    scenario("5 hubs, k=10", Victims::Hubs, 5, 10, Trick::Ring),
    scenario("20 hubs, k=100", Victims::Hubs, 20, 100, Trick::Ring),
    scenario("one contact, k=10", Victims::Contacts, 1, 10, Trick::Ring),
    scenario("five contacts, k=10", Victims::Contacts, 5, 10, Trick::Ring),
];

/// Attackers who know the rules.
const ADAPTIVE: [Scenario; 12] = [
    scenario("5 hubs, all entries to one fake", Victims::Hubs, 5, 10, Trick::OneTarget),
    scenario("5 hubs, aged ring", Victims::Hubs, 5, 10, Trick::Aged),
    scenario("5 hubs, camouflage vouches", Victims::Hubs, 5, 10, Trick::Camouflage),
    scenario("5 hubs, farmed outcomes", Victims::Hubs, 5, 10, Trick::Farming),
    scenario("5 hubs, slow identical vouches", Victims::Hubs, 5, 10, Trick::Slow),
    scenario("one contact, aged ring", Victims::Contacts, 1, 10, Trick::Aged),
    scenario("one contact, camouflage vouches", Victims::Contacts, 1, 10, Trick::Camouflage),
    scenario("one contact, farmed outcomes", Victims::Contacts, 1, 10, Trick::Farming),
    scenario("one contact, slow identical vouches", Victims::Contacts, 1, 10, Trick::Slow),
    scenario("two contacts, entries anywhere", Victims::Contacts, 2, 10, Trick::Ring),
    scenario("two contacts, each to a fake of its own", Victims::Contacts, 2, 10, Trick::Apart),
    scenario("two contacts, both to one fake", Victims::Contacts, 2, 10, Trick::OneTarget),
];

/// The honest network, the fields and the askers: the same in every draw.
struct Stage {
    members: usize,
    links: Vec<Link>,
    out: Vec<Vec<u32>>,
    hubs: Vec<u32>,
    givers: Vec<u32>,
    popular: Vec<u32>,
    fields: Vec<Vec<u32>>,
    day: i32,
    seed: u64,
}

impl Stage {
    fn new(network: &Network, seed: u64) -> anyhow::Result<Self> {
        let links: Vec<Link> = network.links.iter().filter(|link| link.weight > 0.0).copied().collect();
        let mut out = vec![Vec::new(); network.members];
        let mut received = vec![0usize; network.members];
        for link in &links {
            out[link.source as usize].push(link.target);
            received[link.target as usize] += 1;
        }
        let with = |test: &dyn Fn(usize) -> bool| -> Vec<u32> {
            (0..network.members).filter(|&member| test(member)).map(|member| member as u32).collect()
        };
        let givers = with(&|member| out[member].len() >= 3);
        let pool = with(&|member| received[member] >= 3);
        anyhow::ensure!(
            pool.len() >= HONEST && givers.len() >= LEAST,
            "too few members to attack: {HONEST} with three or more positive edges in and {LEAST} with three or more out are \
             needed, {} and {} found",
            pool.len(),
            givers.len()
        );
        let mut dice = Dice(seed);
        let fields = (0..FIELDS).map(|_| choose(&mut dice, &pool, HONEST)).collect();
        let mut popular = with(&|_| true);
        popular.sort_by_key(|&member| std::cmp::Reverse(received[member as usize]));
        popular.truncate(10);
        let day = links.iter().map(|link| day(link.time)).max().unwrap_or(0);
        Ok(Stage {
            members: network.members,
            hubs: hubs(network.members, &links),
            links,
            out,
            givers,
            popular,
            fields,
            day,
            seed,
        })
    }

    /// An engine of the honest members, with the fakes as people.
    fn engine(&self, fakes: usize, parameters: &Parameters) -> Engine {
        let mut engine = engine(self.members, &self.links, parameters.clone());
        (0..fakes).for_each(|fake| engine.put_person(person(self.fake(fake))));
        engine
    }

    fn fake(&self, number: usize) -> u32 {
        (self.members + number) as u32
    }

    /// All vouches of an attack; their ids start at 1 << 64, so that they can be taken back.
    fn attack(&self, scenario: &Scenario, victims: &[u32], dice: &mut Dice) -> Vec<Vouch> {
        let mut edges = Vec::new();
        let old = self.day - if scenario.trick == Trick::Aged { 1826 } else { 0 };
        for fake in 0..scenario.fakes {
            let others: Vec<usize> = (0..scenario.fakes).filter(|&other| other != fake).collect();
            let others = if others.len() > 50 { choose(dice, &others, 50) } else { others };
            let at = if scenario.trick == Trick::Slow { self.day - 30 * fake as i32 } else { old };
            if scenario.trick != Trick::Apart {
                edges.extend(others.into_iter().map(|other| (self.fake(fake), self.fake(other), at)));
            }
            if scenario.trick == Trick::Camouflage {
                edges.extend(self.popular.iter().map(|&star| (self.fake(fake), star, self.day)));
            }
        }
        for (n, &victim) in victims.iter().enumerate() {
            let target = match scenario.trick {
                Trick::OneTarget => 0,
                Trick::Apart => n % scenario.fakes,
                _ => dice.below(scenario.fakes),
            };
            edges.push((victim, self.fake(target), self.day));
        }
        let rows = edges.into_iter().enumerate().map(|(n, (source, target, at))| {
            let link = Link { source, target, weight: 1.0, time: None };
            Vouch { id: (1 << 64) + n as u128, at, ..vouch(&link) }
        });
        rows.collect()
    }

    fn farm(&self, engine: &mut Engine, fakes: usize) {
        for n in 0..fakes * 20 {
            let (referrer, professional) = (self.fake(n % fakes), self.fake((n + 1 + n / fakes % (fakes - 1)) % fakes));
            // The forecast frozen with a referral is the engine's own; a ring cannot choose it.
            let forecast = engine.forecast_for(id(professional), FIELD, Some(id(referrer)), self.day) as f32;
            engine.put_outcome(Outcome { forecast, ..self.outcome(n, referrer, professional, 1.0) });
        }
    }

    fn outcome(&self, n: usize, referrer: u32, professional: u32, y: f32) -> Outcome {
        Outcome {
            id: (1 << 80) + n as u128,
            referrer: Some(id(referrer)),
            professional: id(professional),
            field: FIELD,
            confidence: 0.95,
            forecast: 0.8,
            y,
            at: self.day,
            reporter: 1.0,
            tie: Tie::None,
            verified: true,
        }
    }

    /// The first ten of a field, fakes competing.
    fn first(&self, engine: &Engine, asker: u32, field: &[u32], fakes: Range<usize>, voices: usize) -> trust::Answer {
        let honest = field.iter().filter(|&&member| member != asker).map(|&member| id(member));
        let all: Vec<u128> = honest.chain(fakes.map(|fake| id(self.fake(fake)))).collect();
        engine.recommend(&Ask {
            limit: 10,
            voices,
            candidates: Candidates::Only(&all),
            visible: Visibility::Everything,
            ..Ask::new(Some(id(asker)), FIELD, self.day)
        })
    }

    /// Share of fakes in the first ten, and of fields with one in the first three.
    fn captured(&self, engine: &Engine, asker: u32, fakes: usize) -> (f64, f64) {
        let (mut share, mut third) = (0.0, 0.0);
        for field in &self.fields {
            let answer = self.first(engine, asker, field, 0..fakes, 0);
            let bad: Vec<bool> = answer
                .candidates
                .iter()
                .filter(|candidate| candidate.reach > 0.0)
                .map(|candidate| candidate.person > self.members as u128)
                .collect();
            share += bad.iter().filter(|bad| **bad).count() as f64 / 10.0;
            third += f64::from(u8::from(bad.iter().take(3).any(|bad| *bad)));
        }
        (share / FIELDS as f64, third / FIELDS as f64)
    }
}

/// The twenty highest by PageRank (α = .85, 50 rounds).
fn hubs(members: usize, links: &[Link]) -> Vec<u32> {
    let mut strength = vec![0.0; members];
    links.iter().for_each(|link| strength[link.source as usize] += link.weight);
    let mut rank = vec![1.0 / members as f64; members];
    for _ in 0..50 {
        let loose: f64 = (0..members).filter(|&member| strength[member] == 0.0).map(|member| rank[member]).sum();
        let mut next = vec![(0.15 + 0.85 * loose) / members as f64; members];
        for link in links {
            let source = link.source as usize;
            next[link.target as usize] += 0.85 * rank[source] * link.weight / strength[source];
        }
        rank = next;
    }
    let mut order: Vec<u32> = (0..members as u32).collect();
    order.sort_by(|&a, &b| rank[b as usize].total_cmp(&rank[a as usize]).then(a.cmp(&b)));
    order.truncate(20);
    order
}

/// Mean and standard error over draws.
#[derive(Clone, Copy, Debug, Default)]
struct Captured {
    ten: (f64, f64),
    three: (f64, f64),
}

impl Captured {
    fn figures(&self) -> Figures {
        let figures = Figures::default().with("top10", self.ten.0).with("top10_se", self.ten.1);
        figures.with("top3", self.three.0).with("top3_se", self.three.1)
    }
}

fn run(stage: &Stage, scenario: &Scenario, parameters: &Parameters) -> Captured {
    let mut ring = stage.engine(scenario.fakes, parameters);
    if scenario.trick == Trick::Farming {
        stage.farm(&mut ring, scenario.fakes);
    }
    let draws: Vec<(f64, f64)> = (0..DRAWS)
        .map(|draw| {
            let mut dice = Dice(stage.seed + 1 + draw);
            let askers = choose(&mut dice, &stage.givers, ASKERS);
            // Attacks on contacts are one for each asker; the others are the same for all.
            let groups: Vec<(Vec<u32>, Vec<u32>)> = match scenario.victims {
                Victims::Random => vec![(askers, choose(&mut dice, &stage.givers, scenario.fooled))],
                Victims::Hubs => vec![(askers, choose(&mut dice, &stage.hubs, scenario.fooled))],
                Victims::Contacts => askers
                    .into_iter()
                    .take(25)
                    .map(|asker| (vec![asker], choose(&mut dice, &stage.out[asker as usize], scenario.fooled)))
                    .collect(),
            };
            let (mut sum, mut n) = ((0.0, 0.0), 0.0);
            for (askers, victims) in groups {
                let edges = stage.attack(scenario, &victims, &mut dice);
                edges.iter().for_each(|vouch| ring.put_vouch(*vouch));
                for asker in askers {
                    let (ten, three) = stage.captured(&ring, asker, scenario.fakes);
                    sum = (sum.0 + ten, sum.1 + three);
                    n += 1.0;
                }
                edges.iter().for_each(|vouch| ring.remove_vouch(vouch.id));
            }
            (sum.0 / n, sum.1 / n)
        })
        .collect();
    Captured {
        ten: mean(&draws.iter().map(|draw| draw.0).collect::<Vec<f64>>()),
        three: mean(&draws.iter().map(|draw| draw.1).collect::<Vec<f64>>()),
    }
}

/// Time to recover: the asker follows the first fake on the list, through its strongest voice, until the ring's share of
/// the first ten (over all fields) is under 5 %. Every referral ends badly and is reported. Then the ring starts afresh
/// under new names, and the same contacts are fooled again.
struct Recovery {
    /// Bad referrals for each fooled contact.
    needed: Vec<f64>,
    /// Askers for whom a hundred were not enough.
    open: usize,
    /// Share of the first ten before, after, and of the ring's new names.
    shares: [Vec<f64>; 3],
}

fn recovery(stage: &Stage, fooled: usize, parameters: &Parameters) -> Recovery {
    const LIMIT: usize = 100;
    const RING: usize = 10;
    let scenario = scenario("", Victims::Contacts, fooled, RING, Trick::Ring);
    let mut dice = Dice(SEED + 77);
    let base = stage.engine(RING, parameters);
    let mut found = Recovery { needed: Vec::new(), open: 0, shares: Default::default() };
    for asker in choose(&mut dice, &stage.givers, 25) {
        let victims = choose(&mut dice, &stage.out[asker as usize], fooled);
        let mut ring = base.clone();
        let vouches = stage.attack(&scenario, &victims, &mut dice);
        vouches.iter().for_each(|vouch| ring.put_vouch(*vouch));
        found.shares[0].push(stage.captured_by_score(&ring, asker, 0..RING));
        let mut bad = 0;
        while bad < LIMIT && stage.captured_by_score(&ring, asker, 0..RING) >= 0.05 {
            // The next field in which a fake is among the first ten.
            let fields = (bad..bad + FIELDS).map(|n| &stage.fields[n % FIELDS]);
            let fake = fields
                .flat_map(|field| stage.first(&ring, asker, field, 0..RING, 10).candidates)
                .find(|candidate| candidate.person > stage.members as u128);
            let Some(fake) = fake else { break };
            let referrer = fake.voices.first().and_then(|voice| voice.person).map_or(asker, |id| (id - 1) as u32);
            let professional = (fake.person - 1) as u32;
            let forecast = ring.forecast_for(fake.person, FIELD, Some(id(referrer)), stage.day) as f32;
            ring.put_outcome(Outcome { forecast, ..stage.outcome(bad, referrer, professional, 0.0) });
            bad += 1;
        }
        found.open += usize::from(bad >= LIMIT);
        found.needed.push(bad as f64 / fooled as f64);
        found.shares[1].push(stage.captured_by_score(&ring, asker, 0..RING));
        (RING..2 * RING).for_each(|fake| ring.put_person(person(stage.fake(fake))));
        for vouch in vouches {
            let renamed = |id: u128| if id > stage.members as u128 { id + RING as u128 } else { id };
            ring.put_vouch(Vouch { id: vouch.id | 1 << 90, from: renamed(vouch.from), to: renamed(vouch.to), ..vouch });
        }
        found.shares[2].push(stage.captured_by_score(&ring, asker, RING..2 * RING));
    }
    found
}

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    (values.iter().sum::<f64>() / n, deviation(values) / n.sqrt())
}

impl Stage {
    /// Like [`Stage::captured`], but people without a path stand where their record puts them, as on the page.
    fn captured_by_score(&self, engine: &Engine, asker: u32, fakes: Range<usize>) -> f64 {
        let share = |field: &Vec<u32>| {
            let answer = self.first(engine, asker, field, fakes.clone(), 0);
            answer.candidates.iter().filter(|candidate| candidate.person > self.members as u128).count() as f64 / 10.0
        };
        self.fields.iter().map(share).sum::<f64>() / FIELDS as f64
    }
}

/// The whole protocol.
pub fn report(network: &Network) -> anyhow::Result<Report> {
    let stage = Stage::new(network, SEED)?;
    let standard = imported();
    let plain = Parameters { lone_voucher: 1.0, lone_judge: 1.0, contact_cap: 1.0, ..standard.clone() };
    let mut report = Report { protocol: "attack", n: DRAWS as usize, ..Report::default() };
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().chain(&ADAPTIVE).collect();
    let runs = scenarios.iter().flat_map(|scenario| [(*scenario, &standard), (*scenario, &plain)]).collect();
    let mut found = each(runs, |(scenario, parameters)| {
        let figures = run(&stage, scenario, parameters).figures();
        eprintln!("{}: {figures:?}", scenario.name);
        figures
    })
    .into_iter();
    for scenario in scenarios {
        let (Some(figures), Some(control)) = (found.next(), found.next()) else { break };
        if scenario.name == "5 hubs, k=10" {
            report.goodword = figures.clone();
        }
        report.parts.push((scenario.name, figures));
        report.baselines.push((format!("{}, without diversity and cap", scenario.name), control));
    }
    recovered(&stage, &standard, &mut report);
    Ok(report)
}

/// Adds how soon a ring is found out, and how soon it would be if what comes of a referral said nothing of the one who
/// vouched.
fn recovered(stage: &Stage, standard: &Parameters, report: &mut Report) {
    let deaf = Parameters { factor_slope: 0.0, ..standard.clone() };
    let all = vec![(1, standard), (5, standard), (1, &deaf), (5, &deaf)];
    let found = each(all.clone(), |(fooled, parameters)| recovery(stage, fooled, parameters));
    for (n, ((fooled, _), found)) in all.into_iter().zip(found).enumerate() {
        let (needed, needed_se) = mean(&found.needed);
        let [(before, _), (after, after_se), (renamed, renamed_se)] =
            found.shares.each_ref().map(|shares| mean(shares));
        let figures = Figures::default().with("bad_referrals", needed).with("bad_referrals_se", needed_se);
        let figures = figures.with("top10", after).with("top10_se", after_se);
        let again = Figures::default().with("top10", renamed).with("top10_se", renamed_se);
        let [recovery, whitewashing] = match fooled {
            1 => ["recovery, one contact", "whitewashing, one contact"],
            _ => ["recovery, five contacts", "whitewashing, five contacts"],
        };
        if n >= 2 {
            for (name, figures) in [(recovery, figures), (whitewashing, again)] {
                report.baselines.push((format!("{name}, without the record of the one who vouched"), figures));
            }
            continue;
        }
        report.parts.extend([(recovery, figures), (whitewashing, again)]);
        report.notes.push(format!(
            "Time to recover, {fooled} fooled contact(s), k=10: {needed:.1} ± {needed_se:.1} bad referrals for each fooled contact \
             until the ring holds under 5 % of the first ten ({} of {} askers not within 100): from {before:.3} to {after:.3}. \
             When the ring then starts afresh under new names with the same contacts fooled again, it holds {renamed:.3}.",
            found.open,
            found.needed.len(),
        ));
    }
}

/// Kept out of the table: used by tuning runs.
pub fn quick(network: &Network, parameters: &Parameters) -> anyhow::Result<Vec<(&'static str, Figures)>> {
    let stage = Stage::new(network, TUNING)?;
    Ok(SCENARIOS.iter().map(|scenario| (scenario.name, run(&stage, scenario, parameters).figures())).collect())
}
