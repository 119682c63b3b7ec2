//! Speed and size of the engine on heavy-tailed graphs. `generate N DEGREE FILE` writes an R-MAT graph, `ask FILE`
//! builds an engine from it and measures questions, precision, updates and memory.

use std::io::{BufReader, BufWriter, Read, Write};
use std::time::Instant;

use trust::{
    Ask, Basis, Confirmed, Engine, Field, Fields, Job, Outcome, Parameters, Person, Rows, Tie, Trust, Vouch, Warning,
};

/// The day of everything.
const TODAY: i32 = 20_600;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[expect(clippy::disallowed_methods, reason = "this program measures time")]
fn now() -> Instant {
    Instant::now()
}

/// Processor time of this thread in ms: other programs' work on a shared machine does not count.
fn processor() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Peak and present memory of this process in MiB, from /proc (0 elsewhere).
fn memory() -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    (field("VmHWM").unwrap_or(0) / 1024, field("VmRSS").unwrap_or(0) / 1024)
}

/// R-MAT .57/.19/.19/.05 (Chakrabarti, Zhan and Faloutsos 2004): `n` members, `n · degree` different edges without
/// loops, ids permuted, weights 1 to 10. The file: n and m as u64, then m records of source u32, target u32, weight u8.
fn generate(n: usize, degree: usize, file: &str) -> std::io::Result<()> {
    let mut dice = Dice(20_261_123);
    let scale = n.next_power_of_two().trailing_zeros();
    let mut label: Vec<u32> = (0..n as u32).collect();
    for k in (1..n).rev() {
        label.swap(k, dice.below(k + 1));
    }
    let wanted = n * degree;
    let mut keys: Vec<u64> = Vec::with_capacity(wanted + wanted / 8);
    while keys.len() < wanted {
        let missing = wanted - keys.len();
        let goal = wanted + missing / 16 + 1000;
        while keys.len() < goal {
            let (mut source, mut target) = (0usize, 0usize);
            for _ in 0..scale {
                let roll = (dice.next() >> 11) as f64 / (1u64 << 53) as f64;
                source = source << 1 | usize::from(roll >= 0.76);
                target = target << 1 | usize::from((0.57..0.76).contains(&roll) || roll >= 0.95);
            }
            if source < n && target < n && source != target {
                keys.push(u64::from(label[source]) << 32 | u64::from(label[target]));
            }
        }
        keys.sort_unstable();
        keys.dedup();
    }
    // Too many by a little: every so-manieth goes.
    let extra = keys.len() - wanted;
    if let Some(stride) = keys.len().checked_div(extra) {
        let mut place = 0;
        keys.retain(|_| {
            place += 1;
            place % stride != 0 || place / stride > extra
        });
    }
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    out.write_all(&(n as u64).to_le_bytes())?;
    out.write_all(&(keys.len() as u64).to_le_bytes())?;
    for key in keys {
        out.write_all(&((key >> 32) as u32).to_le_bytes())?;
        out.write_all(&(key as u32).to_le_bytes())?;
        out.write_all(&[1 + dice.below(10) as u8])?;
    }
    out.flush()
}

struct Edges {
    file: BufReader<std::fs::File>,
    left: u64,
}

impl Iterator for Edges {
    type Item = Vouch;

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }

    fn next(&mut self) -> Option<Vouch> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let mut row = [0u8; 9];
        self.file.read_exact(&mut row).ok()?;
        let source = u32::from_le_bytes([row[0], row[1], row[2], row[3]]);
        let target = u32::from_le_bytes([row[4], row[5], row[6], row[7]]);
        Some(edge(source, target, row[8]))
    }
}

/// Ids are scattered, as UUIDs are.
fn id(member: u32) -> u128 {
    let high = u64::from(member).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u128::from(high) << 64 | u128::from(member)
}

fn edge(source: u32, target: u32, weight: u8) -> Vouch {
    Vouch {
        id: 0,
        from: id(source),
        to: id(target),
        field: Field(0),
        basis: Basis::NotStated,
        tie: Tie::None,
        undisclosed: false,
        confidence: 0.5 + 0.049 * f32::from(weight),
        at: TODAY,
        live: true,
    }
}

fn open(file: &str) -> std::io::Result<(u32, Edges)> {
    let mut file = BufReader::with_capacity(1 << 20, std::fs::File::open(file)?);
    let mut number = [0u8; 8];
    file.read_exact(&mut number)?;
    let members = u64::from_le_bytes(number) as u32;
    file.read_exact(&mut number)?;
    Ok((members, Edges { file, left: u64::from_le_bytes(number) }))
}

fn parameters() -> Parameters {
    let standard = Parameters::default();
    let mut basis = standard.basis;
    basis[Basis::NotStated as usize] = 1.0;
    Parameters { basis, standing: [1.0; 5], ..standard }
}

fn build(file: &str, parameters: Parameters) -> std::io::Result<Engine> {
    let (members, edges) = open(file)?;
    let fields = vec![(Field(0), Confirmed::No)];
    let people = (0..members).map(|member| Person { id: id(member), joined: 0, fields: fields.clone(), listed: true });
    Ok(Engine::load(
        Fields::single(),
        parameters,
        Rows {
            people,
            vouches: edges,
            trust: std::iter::empty::<Trust>(),
            jobs: std::iter::empty::<Job>(),
            warnings: std::iter::empty::<Warning>(),
            outcomes: std::iter::empty::<Outcome>(),
        },
    ))
}

fn top(engine: &Engine, asker: u32, limit: usize) -> Vec<(u128, f64)> {
    let answer = engine.recommend(&Ask { limit, voices: 0, ..Ask::new(Some(id(asker)), Field(0), TODAY) });
    answer.candidates.iter().map(|candidate| (candidate.person, candidate.effective)).collect()
}

/// Share of the exact first ten found; gain of the first hundred against the exact one; part of the exact hundred's mass
/// that was found.
fn agreement(exact: &[(u128, f64)], found: &[(u128, f64)]) -> [f64; 3] {
    let known: std::collections::HashMap<u128, f64> = exact.iter().copied().collect();
    let ten: Vec<u128> = exact.iter().take(10).map(|row| row.0).collect();
    let hits = found.iter().take(10).filter(|row| ten.contains(&row.0)).count();
    let worth = |row: &(u128, f64)| known.get(&row.0).copied().unwrap_or(0.0);
    let gain = |rows: &[(u128, f64)]| {
        rows.iter().enumerate().map(|(n, row)| worth(row) / (n as f64 + 2.0).log2()).sum::<f64>()
    };
    let mass = |rows: &[(u128, f64)]| rows.iter().map(worth).sum::<f64>();
    [hits as f64 / ten.len().max(1) as f64, gain(found) / gain(exact), mass(found) / mass(exact)]
}

/// Builds an engine, saying how long it took and how big it is.
fn timed_build(file: &str) -> std::io::Result<(u32, Engine)> {
    let start = now();
    // The disk is no part of the build: read it once into the page cache.
    let (members, edges) = open(file)?;
    let read = edges.fold(0, |n, _| n + 1);
    println!("read {read} edges in {:.2} s", start.elapsed().as_secs_f64());
    let (start, used) = (now(), processor());
    let engine = build(file, parameters())?;
    println!(
        "build {:.2} s, {:.2} s of processor (reading included)",
        start.elapsed().as_secs_f64(),
        (processor() - used) / 1e3
    );
    let size = engine.size();
    println!(
        "{} people, {} edges: {:.1} bytes an edge in both directions, {:.0} bytes a person; memory peak {} MiB, now {} MiB",
        size.people,
        size.edges,
        size.edge_bytes as f64 / size.edges as f64,
        size.person_bytes as f64 / size.people as f64,
        memory().0,
        memory().1
    );
    Ok((members, engine))
}

fn ask(file: &str, questions: usize) -> std::io::Result<()> {
    let (members, mut engine) = timed_build(file)?;
    let mut dice = Dice(3);
    let mut times = Vec::new();
    let mut asked = std::collections::HashSet::new();
    while times.len() < questions && asked.len() < members as usize / 2 {
        let asker = dice.below(members as usize) as u32;
        if !asked.insert(asker) {
            continue;
        }
        let (start, used) = (now(), processor());
        let found = top(&engine, asker, 100);
        let time = (start.elapsed().as_secs_f64() * 1e3, processor() - used);
        // Members who know nobody are answered at once: they would flatter.
        if !found.is_empty() && found[0].1 > 0.0 {
            times.push(time);
        }
    }
    for (clock, mut times) in [
        ("by the clock", times.iter().map(|time| time.0).collect::<Vec<f64>>()),
        ("of processor", times.iter().map(|time| time.1).collect()),
    ] {
        times.sort_by(f64::total_cmp);
        let quantile = |part: f64| times[((times.len().max(1) - 1) as f64 * part) as usize];
        let [min, p50, p90, p99, max] = [0.0, 0.5, 0.9, 0.99, 1.0].map(quantile);
        println!(
            "{} cold askers, top-100, ms {clock}: min {min:.2} p50 {p50:.2} p90 {p90:.2} p99 {p99:.2} max {max:.2}",
            times.len()
        );
    }
    let (start, used) = (now(), processor());
    let updates = 400_000;
    for _ in 0..updates {
        let (source, target) = (dice.below(members as usize) as u32, dice.below(members as usize) as u32);
        engine.put_vouch(edge(source, target, 1 + dice.below(10) as u8));
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), (processor() - used) / 1e3);
    println!(
        "{:.0} updates/s (random new vouches), {:.0} by processor time",
        f64::from(updates) / wall,
        f64::from(updates) / cpu
    );
    let named = 100_000;
    let (start, used) = (now(), processor());
    for n in 0..named {
        let (source, target) = (dice.below(members as usize) as u32, dice.below(members as usize) as u32);
        engine.put_vouch(Vouch { id: 1 + n, ..edge(source, target, 5) });
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), (processor() - used) / 1e3);
    println!("{:.0} updates/s (with ids), {:.0} by processor time", named as f64 / wall, named as f64 / cpu);
    let (before, me) = (engine.size().edges, members / 2);
    engine.put_vouch(edge(me, members / 3, 10));
    assert!(engine.size().edges >= before, "visible at once");
    drop(engine);
    precision(file, &parameters())
}

/// The graph as rows, to walk it plainly.
struct Walkable {
    starts: Vec<usize>,
    /// Whom each edge leads to, and the running sum of the weights of its row.
    edges: Vec<(u32, f32)>,
    budget: f64,
    fresh_factor: f64,
}

impl Walkable {
    fn read(file: &str, parameters: &Parameters, fresh_factor: f64) -> std::io::Result<Self> {
        let (members, rows) = open(file)?;
        let mut all: Vec<(u32, u32, f32)> = rows
            .map(|vouch| {
                let sure = (vouch.confidence * 100.0).round() - 50.0;
                let floor = parameters.confidence_floor as f32;
                (vouch.from as u32, vouch.to as u32, floor + (1.0 - floor) * sure / 49.0)
            })
            .collect();
        all.sort_unstable_by_key(|edge| (edge.0, edge.1));
        let mut starts = vec![0; members as usize + 1];
        let mut edges = Vec::with_capacity(all.len());
        for (from, to, weight) in all {
            let row = from as usize;
            let before = if starts[row + 1] > 0 { edges.last().map_or(0.0, |edge: &(u32, f32)| edge.1) } else { 0.0 };
            edges.push((to, before + weight));
            starts[row + 1] += 1;
        }
        for n in 1..starts.len() {
            starts[n] += starts[n - 1];
        }
        Ok(Self { starts, edges, budget: parameters.budget, fresh_factor })
    }

    /// One step in proportion to the words of `from`; nobody where the part is drawn that stays with the author.
    fn step(&self, from: u32, dice: &mut Dice) -> Option<u32> {
        let row = &self.edges[self.starts[from as usize]..self.starts[from as usize + 1]];
        let sum = f64::from(row.last()?.1);
        let roll = dice.part() * (self.budget + sum);
        row.get(row.partition_point(|edge| f64::from(edge.1) <= roll)).map(|edge| edge.0)
    }

    /// The engine's own model by `count` independent walks: whoever a walk comes to was given a word by the one before.
    fn top(&self, asker: u32, count: usize, parameters: &Parameters) -> Vec<(u128, f64)> {
        use std::collections::{BTreeMap, HashSet};
        let mut dice = Dice(u64::from(asker));
        // By candidate: how many walks by voucher, and by first contact.
        #[derive(Default)]
        struct Heard(BTreeMap<u32, f64>, BTreeMap<u32, f64>);
        let mut seen: BTreeMap<u32, Heard> = BTreeMap::new();
        let mut say = |about: u32, voucher: u32, contact: u32| {
            let heard = seen.entry(about).or_default();
            *heard.0.entry(voucher).or_default() += 1.0;
            *heard.1.entry(contact).or_default() += 1.0;
        };
        for _ in 0..count {
            let Some(contact) = self.step(asker, &mut dice) else { continue };
            say(contact, asker, u32::MAX);
            let Some(judge) = self.step(contact, &mut dice).filter(|other| *other != asker) else { continue };
            say(judge, contact, contact);
            if dice.part() >= self.fresh_factor {
                continue;
            }
            let Some(last) = self.step(judge, &mut dice) else { continue };
            if last != asker && last != contact {
                say(last, judge, contact);
            }
        }
        let row = &self.edges[self.starts[asker as usize]..self.starts[asker as usize + 1]];
        let contacts: HashSet<u32> = row.iter().map(|edge| edge.0).collect();
        let theta = parameters.contact_cap.max(1.0 / contacts.len().max(1) as f64);
        let mut found: Vec<(u128, f64)> = seen
            .into_iter()
            .map(|(about, Heard(vouchers, contacts))| {
                let sum: f64 = vouchers.values().sum();
                let most = vouchers.values().copied().fold(0.0, f64::max);
                let capped: f64 = contacts.values().map(|mass| mass.min(theta * sum)).sum();
                (id(about), sum.min(2.0 * (sum - most)).min(capped) + parameters.lone_voucher * sum)
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(100);
        found
    }
}

/// How near a sampled answer comes to following every path, beside as many plain walks in the same model. Members whose
/// answer is exact anyway are left out.
fn precision(file: &str, parameters: &Parameters) -> std::io::Result<()> {
    const ASKERS: usize = 60;
    let (members, _) = open(file)?;
    let mut engine = build(file, parameters.clone())?;
    let walkable = Walkable::read(file, parameters, parameters.factor_fresh)?;
    let (steps, walks) = (parameters.exact_steps, parameters.walks);
    let mut dice = Dice(5);
    let (mut ours, mut plain, mut many) = (Vec::new(), Vec::new(), Vec::new());
    let mut tried = 0;
    while ours.len() < ASKERS && tried < 1000 * ASKERS {
        let asker = dice.below(members as usize) as u32;
        tried += 1;
        // Who vouched for nobody starts from the founders: another question.
        if walkable.starts[asker as usize] == walkable.starts[asker as usize + 1] {
            continue;
        }
        engine.set_effort(steps, walks);
        let ask = Ask { limit: 100, voices: 0, ..Ask::new(Some(id(asker)), Field(0), TODAY) };
        let answer = engine.recommend(&ask);
        if answer.exact || answer.candidates.is_empty() {
            continue;
        }
        let found = top(&engine, asker, 100);
        engine.set_effort(usize::MAX, walks);
        let truth = top(&engine, asker, 100);
        ours.push(agreement(&truth, &found));
        plain.push(agreement(&truth, &walkable.top(asker, walks, parameters)));
        many.push(agreement(&truth, &walkable.top(asker, 100 * walks, parameters)));
    }
    for (who, rows) in [
        ("against following every path, the engine".to_owned(), &ours),
        (format!("{walks} plain walks in the same model"), &plain),
        (format!("{} plain walks in the same model", 100 * walks), &many),
    ] {
        let mean = |n: usize| rows.iter().map(|row: &[f64; 3]| row[n]).sum::<f64>() / rows.len().max(1) as f64;
        let deviation = rows.iter().map(|row| (row[0] - mean(0)).powi(2)).sum::<f64>() / (rows.len().max(2) - 1) as f64;
        println!(
            "{who}, {} askers whose answer is sampled: precision@10 {:.3} ± {:.3}, NDCG@100 {:.3}, captured mass {:.3}",
            rows.len(),
            mean(0),
            (deviation / rows.len().max(1) as f64).sqrt(),
            mean(1),
            mean(2)
        );
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |n: usize| arguments.get(n).and_then(|text| text.parse::<usize>().ok());
    match (arguments.first().map(String::as_str), arguments.get(1)) {
        (Some("generate"), _) if arguments.len() == 4 => {
            generate(number(1).unwrap_or(10_000), number(2).unwrap_or(20), &arguments[3])
        }
        (Some("build"), Some(file)) => timed_build(file).map(|_| ()),
        (Some("precision"), Some(file)) => precision(file, &parameters()),
        (Some("ask"), Some(file)) => ask(file, number(2).unwrap_or(5000)),
        _ => {
            println!("usage: speed generate N DEGREE FILE | speed ask FILE [QUESTIONS] | speed precision FILE");
            Ok(())
        }
    }
}
