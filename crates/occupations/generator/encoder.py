"""The sentence encoder all-MiniLM-L6-v2 (Apache-2.0) in plain numpy: the teacher of the word table."""
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer


class Encoder:
    """Reads `model.safetensors` and `tokenizer.json` from a folder."""

    def __init__(self, folder):
        self.w = {k.replace("bert.", ""): v.astype(np.float32) for k, v in load_file(folder + "/model.safetensors").items()}
        self.tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_length=64)

    def encode(self, texts, batch=256):
        """Unit vectors (n, 384); texts of equal token count go through together, so that nothing is padded."""
        ids = [t.ids for t in self.tokenizer.encode_batch(list(texts))]
        out = np.zeros((len(ids), 384), np.float32)
        by_length = {}
        for i, x in enumerate(ids):
            by_length.setdefault(len(x), []).append(i)
        for places in by_length.values():
            for s in range(0, len(places), batch):
                chunk = places[s : s + batch]
                out[chunk] = self._forward(np.array([ids[i] for i in chunk]))
        return out

    def _forward(self, ids):
        w = self.w
        n, length = ids.shape
        h = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:length]
        h = self._norm(h + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for i in range(6):
            p = f"encoder.layer.{i}."
            q, k, v = [
                self._linear(h, p + f"attention.self.{name}").reshape(n, length, 12, 32).transpose(0, 2, 1, 3)
                for name in ("query", "key", "value")
            ]
            a = q @ k.transpose(0, 1, 3, 2) / np.sqrt(32)
            a = np.exp(a - a.max(-1, keepdims=True))
            a /= a.sum(-1, keepdims=True)
            context = (a @ v).transpose(0, 2, 1, 3).reshape(n, length, 384)
            h = self._norm(h + self._linear(context, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            inner = _gelu(self._linear(h, p + "intermediate.dense"))
            h = self._norm(h + self._linear(inner, p + "output.dense"), p + "output.LayerNorm")
        e = h.mean(1)
        return e / np.linalg.norm(e, axis=-1, keepdims=True)

    def _linear(self, x, name):
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def _norm(self, x, name):
        mean = x.mean(-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-12) * self.w[name + ".weight"] + self.w[name + ".bias"]


def _gelu(x):
    """With erf after Abramowitz and Stegun 7.1.26."""
    z = x / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * np.abs(z))
    poly = ((((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736) * t + 0.254829592
    return 0.5 * x * (1 + np.sign(z) * (1 - poly * t * np.exp(-z * z)))
