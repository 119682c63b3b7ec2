"""Reads what the table is trained on: the everyday words, the O*NET titles and the words of English by how common they are."""
import collections
import glob
import re

import numpy as np
from wordfreq import top_n_list, word_frequency

CRATE = __file__.rsplit("/", 2)[0]
STOP = set(re.findall(r'"([a-z]+)"', re.search(r"const STOP.*?\];", open(CRATE + "/src/words.rs").read(), re.S).group(0)))
ROWS = [line.rstrip("\n").split("\t") for line in open(CRATE + "/data/onet/occupations.tsv")]
CODES = [row[0] for row in ROWS]
PLACE = {code: i for i, code in enumerate(CODES)}


def words(text):
    """As `content_words` of the crate, without figures and single letters."""
    text = text.lower().replace("\u2019", "'").replace("'s", "").replace("'", "")
    return [w for w in re.findall("[a-z]+", text) if w not in STOP and len(w) > 1]


def examples():
    """Texts, the occupation of each, and how much it counts: phrases 1, sentences 3, O*NET titles 0.15 or 0.03."""
    texts, places, weights, demand = [], [], [], np.zeros(len(CODES))
    for path in sorted(glob.glob(CRATE + "/data/everyday/*.txt")):
        for line in open(path):
            if line.startswith("#"):
                continue
            code, plain, often, phrases = line.rstrip("\n").split("|")
            demand[PLACE[code]] = int(often)
            for phrase in [plain.lower()] + [p.strip() for p in phrases.split(";") if p.strip()]:
                texts.append(phrase), places.append(PLACE[code]), weights.append(1.0)
    for line in open(CRATE + "/data/everyday/sentences.tsv"):
        if not line.startswith("#"):
            need, codes = line.rstrip("\n").split("\t")
            texts.append(need), places.append(PLACE[codes.split(" ")[0]]), weights.append(3.0)
    own = set(w for t in texts for w in words(t))
    for line, row in zip(open(CRATE + "/data/onet/alternates.tsv"), ROWS):
        code, titles = line.rstrip("\n").split("\t")
        for title in titles.split("|") + [row[1]]:
            texts.append(title), places.append(PLACE[code])
            weights.append(0.15 if demand[PLACE[code]] else 0.03)
    return texts, np.array(places), np.array(weights, np.float32), own


def vocabulary(own):
    """The everyday words first, then English by frequency, then words that O*NET uses at least twice."""
    counts = collections.Counter()
    for name in ("occupations", "alternates", "tasks"):
        counts.update(re.findall("[a-z]{2,20}", open(f"{CRATE}/data/onet/{name}.tsv").read().lower()))
    common = [w for w in top_n_list("en", 64000) if re.fullmatch("[a-z]{2,20}", w)]
    return [w for w in dict.fromkeys(sorted(own) + common + sorted(w for w, n in counts.items() if n >= 2)) if w not in STOP]


def rarity(vocabulary):
    """Smooth inverse frequency (Arora, Liang, Ma 2017): common words count less."""
    return np.array([1e-3 / (1e-3 + word_frequency(w, "en")) for w in vocabulary], np.float32)
