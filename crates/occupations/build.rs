//! Builds the occupation tables and the word index from the O*NET files in `data/`, so that nothing is parsed at run time.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::{env, fs, path::Path};

#[path = "src/vectors.rs"]
#[expect(dead_code, reason = "the build uses the word table only, the crate the rest too")]
mod vectors;
#[path = "src/words.rs"]
mod words;

struct Source {
    code: String,
    title: String,
    description: String,
    alternates: Vec<String>,
    tasks: Vec<String>,
    related: Vec<String>,
    /// What one such person is called.
    plain: String,
    /// How often people ask for such a person: 3 often, 2 now and then, 1 seldom, 0 hardly ever.
    demand: u8,
    /// Everyday words and problems that lead to this trade.
    everyday: Vec<String>,
}

fn main() {
    println!("cargo:rerun-if-changed=data");
    println!("cargo:rerun-if-changed=src/words.rs");
    println!("cargo:rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let mut occupations = read();
    let sentences = everyday(&mut occupations);
    let write =
        |name: &str, bytes: &[u8]| fs::write(Path::new(&out).join(name), bytes).expect("the build folder is writable");
    write("tables.rs", tables(&occupations).as_bytes());
    write("lexical.bin", &index(&occupations));
    let words = fs::read("data/words.txt").expect("data/words.txt");
    let starts = starts(&words);
    let table = vectors::Tables {
        starts: &starts,
        words: &words,
        vectors: &fs::read("data/vectors.bin").expect("data/vectors.bin"),
    };
    write("starts.bin", &starts);
    write("uses.bin", &uses(&occupations, &table));
    write("phrases.bin", &phrases(&occupations, &sentences, &table));
}

fn lines(file: &str) -> Vec<Vec<String>> {
    let path = format!("data/onet/{file}");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().map(|line| line.split('\t').map(str::to_string).collect()).collect()
}

fn read() -> Vec<Source> {
    let list = |cell: &str, by: char| cell.split(by).filter(|s| !s.is_empty()).map(str::to_string).collect();
    let alternates = lines("alternates.tsv");
    let tasks = lines("tasks.tsv");
    let related = lines("related.tsv");
    lines("occupations.tsv")
        .into_iter()
        .enumerate()
        .map(|(i, row)| {
            assert!(
                alternates[i][0] == row[0] && tasks[i][0] == row[0] && related[i][0] == row[0],
                "files in one order"
            );
            Source {
                code: row[0].clone(),
                title: row[1].clone(),
                description: row[2].clone(),
                alternates: list(&alternates[i][1], '|'),
                tasks: list(&tasks[i][1], '|'),
                related: list(&related[i][1], ' '),
                plain: singular(&row[1]),
                demand: 0,
                everyday: Vec::new(),
            }
        })
        .collect()
}

/// Reads the everyday words of `data/everyday/*.txt` into the occupations; gives the whole sentences, each with its occupation.
fn everyday(all: &mut [Source]) -> Vec<(usize, String)> {
    let place: HashMap<String, usize> = all.iter().enumerate().map(|(i, o)| (o.code.clone(), i)).collect();
    for file in ["home", "vehicles_animals", "events_media", "care_learning", "business"] {
        let path = format!("data/everyday/{file}.txt");
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let cells: Vec<&str> = line.split('|').collect();
            let [code, plain, demand, phrases] = cells[..] else { panic!("{path}: four cells a line: {line}") };
            let o = &mut all[*place.get(code).unwrap_or_else(|| panic!("{path}: no occupation {code}"))];
            o.plain = plain.to_string();
            o.demand = demand.parse().expect("demand is 0 to 3");
            o.everyday = phrases.split(';').map(|p| p.trim().to_string()).collect();
        }
    }
    let text = fs::read_to_string("data/everyday/sentences.tsv").expect("sentences.tsv");
    let rows = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
    rows.map(|(need, codes)| (place[codes.split(' ').next().unwrap_or_default()], need.to_string())).collect()
}

/// Where each line begins, as u32, and the end.
fn starts(words: &[u8]) -> Vec<u8> {
    let ends = words.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i as u32 + 1);
    std::iter::once(0).chain(ends).flat_map(u32::to_le_bytes).collect()
}

/// How often each word of the table stands in the everyday words and the titles, at most 255: what a misspelling is likely to mean.
fn uses(all: &[Source], table: &vectors::Tables) -> Vec<u8> {
    let mut uses = vec![0_u8; table.len()];
    for text in all.iter().flat_map(|o| o.everyday.iter().chain(&o.alternates).chain([&o.plain, &o.title])) {
        for place in words::split(text).iter().filter_map(|word| table.find(word)) {
            uses[place] = uses[place].saturating_add(1);
        }
    }
    uses
}

/// One vector for each phrase of each occupation: u16 occupation, then a signed byte a component.
fn phrases(all: &[Source], sentences: &[(usize, String)], table: &vectors::Tables) -> Vec<u8> {
    let mut bytes = Vec::new();
    let own = all.iter().enumerate().flat_map(|(i, o)| {
        let names = [&o.plain, &o.title];
        names.into_iter().chain(&o.everyday).map(move |text| (i, text.as_str())).collect::<Vec<_>>()
    });
    for (i, text) in own.chain(sentences.iter().map(|(i, t)| (*i, t.as_str()))) {
        let mut sum = [0.0; vectors::DIMS];
        for word in words::split(text).iter().filter(|w| !words::is_stop(w)) {
            if let Some(at) = table.find(word) {
                table.add(at, &mut sum);
            }
        }
        vectors::normalise(&mut sum);
        bytes.extend_from_slice(&(i as u16).to_le_bytes());
        bytes.extend(sum.iter().map(|x| (x * 127.0).round().clamp(-127.0, 127.0) as i8 as u8));
    }
    bytes
}

/// O*NET gives ranks 1 to 20, not weights: 0.70 for the nearest, falling by 7 % a rank.
fn relatedness(rank: usize) -> f32 {
    0.70 * 0.93_f32.powi(rank as i32)
}

fn tables(all: &[Source]) -> String {
    let place: HashMap<&str, usize> = all.iter().enumerate().map(|(i, o)| (o.code.as_str(), i)).collect();
    let mut s = String::new();
    let _ = writeln!(s, "static OCCUPATIONS: [Occupation; {}] = [", all.len());
    for (i, o) in all.iter().enumerate() {
        let _ = writeln!(
            s,
            "Occupation {{ index: {i}, code: {:?}, title: {:?}, plain: {:?}, description: {:?} }},",
            o.code, o.title, o.plain, o.description
        );
    }
    let _ = writeln!(s, "];\nstatic ALTERNATES: [&[&str]; {}] = [", all.len());
    for o in all {
        let _ = writeln!(s, "&{:?},", o.alternates);
    }
    let _ =
        writeln!(s, "];\nstatic DEMAND: [u8; {}] = {:?};", all.len(), all.iter().map(|o| o.demand).collect::<Vec<_>>());
    let _ = writeln!(s, "static RELATED: [&[(u16, f32)]; {}] = [", all.len());
    for o in all {
        s.push_str("&[");
        for (rank, code) in o.related.iter().enumerate() {
            let _ = write!(s, "({}, {:.3}),", place[code.as_str()], relatedness(rank));
        }
        s.push_str("],\n");
    }
    s.push_str("];\n");
    s
}

/// "Floral Designers" → "Floral Designer"; of a list the first name is enough.
fn singular(title: &str) -> String {
    let first = title.split(',').next().unwrap_or(title);
    if let Some(trade) = first.strip_prefix("Helpers--") {
        return format!("Helper of {}", trade.to_lowercase());
    }
    if let Some(crew) = first.strip_prefix("First-Line Supervisors of ") {
        return format!("Supervisor of {}", crew.to_lowercase());
    }
    let one = |word: &str| match word {
        "Clergy" | "Infantry" | "Special" | "Forces" | "Business" | "Process" | "Systems" | "Sales" | "Operations" => {
            word.to_string()
        }
        w if w.ends_with("ies") => format!("{}y", &w[..w.len() - 3]),
        w if w.ends_with('s') && !w.ends_with("ss") && !w.ends_with("us") => w[..w.len() - 1].to_string(),
        w => w.to_string(),
    };
    let mut parts: Vec<String> = first.split(' ').map(str::to_string).collect();
    for i in 0..parts.len() {
        if i + 1 == parts.len() || parts[i + 1] == "and" || parts[i + 1] == "or" {
            parts[i] = one(&parts[i]);
        }
    }
    parts.join(" ")
}

/// How much the words of O*NET and the everyday words count; chosen on the tuning half of the needs.
const ONET_WEIGHT: f32 = 0.05;
const EVERYDAY_WEIGHT: f32 = 0.1;

/// BM25 weights of every stem for every occupation, over the O*NET texts and over the everyday words, added up
/// and quantised to a byte: a query adds up bytes.
fn index(all: &[Source]) -> Vec<u8> {
    let mut onet: Vec<HashMap<String, f32>> = Vec::new();
    let mut everyday: Vec<HashMap<String, f32>> = Vec::new();
    let add = |terms: &mut HashMap<String, f32>, text: &str, weight: f32| {
        for word in words::split(text).iter().filter(|w| !words::is_stop(w)) {
            *terms.entry(words::stem(word)).or_default() += weight;
        }
    };
    for o in all {
        let mut terms = HashMap::new();
        add(&mut terms, &o.title, 4.0);
        o.alternates.iter().for_each(|t| add(&mut terms, t, 1.0));
        add(&mut terms, &o.description, 1.0);
        o.tasks.iter().for_each(|t| add(&mut terms, t, 0.3));
        onet.push(terms);
        let mut terms = HashMap::new();
        o.everyday.iter().for_each(|t| add(&mut terms, t, 1.0));
        everyday.push(terms);
    }
    let mut sums: BTreeMap<String, BTreeMap<u16, f32>> = BTreeMap::new();
    for (documents, weight) in [(&onet, ONET_WEIGHT), (&everyday, EVERYDAY_WEIGHT)] {
        for (term, occupation, value) in bm25(documents) {
            *sums.entry(term).or_default().entry(occupation).or_default() += weight * value;
        }
    }
    let top = sums.values().flat_map(BTreeMap::values).fold(0.0_f32, |m, v| m.max(*v));
    // Layout: count, scale; per term (place of its text, of its postings); texts; postings of (u16, u8).
    let (mut texts, mut posts, mut heads) = (Vec::new(), Vec::new(), Vec::new());
    for (term, list) in &sums {
        heads.push((texts.len() as u32, (posts.len() / 3) as u32));
        texts.extend_from_slice(term.as_bytes());
        for (i, v) in list {
            posts.extend_from_slice(&i.to_le_bytes());
            posts.push((v / top * 255.0).round().max(1.0) as u8);
        }
    }
    heads.push((texts.len() as u32, (posts.len() / 3) as u32));
    let mut bytes = (sums.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(&top.to_le_bytes());
    for (a, b) in heads {
        bytes.extend_from_slice(&a.to_le_bytes());
        bytes.extend_from_slice(&b.to_le_bytes());
    }
    bytes.extend_from_slice(&texts);
    bytes.extend_from_slice(&posts);
    bytes
}

fn bm25(documents: &[HashMap<String, f32>]) -> Vec<(String, u16, f32)> {
    let (k, b) = (1.2, 0.5);
    let n = documents.iter().filter(|d| !d.is_empty()).count() as f32;
    let mean = documents.iter().flat_map(HashMap::values).sum::<f32>() / n;
    let mut frequency: HashMap<&str, f32> = HashMap::new();
    documents.iter().flat_map(HashMap::keys).for_each(|t| *frequency.entry(t).or_default() += 1.0);
    let mut weights = Vec::new();
    for (i, terms) in documents.iter().enumerate() {
        let length: f32 = terms.values().sum();
        for (term, tf) in terms {
            let df = frequency[term.as_str()];
            let idf = (1.0 + (n - df + 0.5) / (df + 0.5)).ln();
            let value = idf * tf * (k + 1.0) / (tf + k * (1.0 - b + b * length / mean));
            weights.push((term.clone(), i as u16, value));
        }
    }
    weights
}
