"""Single-source personalised PageRank (alpha .85, top-100, one thread) by libraries, on the file of bench/speed.sh.

usage: libraries.py GRAPH [ENGINE], ENGINE being what `speed ask` printed. Each method's precision@10, NDCG@100 and captured
mass is against its own exact answer: PageRank for the libraries, following every path for the engine, which answers its
own model (two steps of judgement and one of vouching, diversity, cap; `speed precision` sets 10,000 plain walks in that
model beside it). The ratios are to the cheapest setting of each library that is at least as precise as the engine: the
nearest there is to equal precision."""
import os, re, sys, time
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import numpy as np, scipy.sparse as sp

ASKERS = 5
raw = open(sys.argv[1], "rb")
n, m = (int(x) for x in np.fromfile(raw, "<u8", 2))
row = np.fromfile(raw, np.dtype([("s", "<u4"), ("t", "<u4"), ("w", "u1")]), m)
W = sp.csr_matrix((row["w"].astype(float), (row["s"], row["t"])), shape=(n, n))
strength = np.asarray(W.sum(1)).ravel()
T = (sp.diags(1 / np.maximum(strength, 1e-12)) @ W).T.tocsr()
dangling = strength <= 0
askers = np.random.default_rng(3).choice(np.flatnonzero(~dangling), ASKERS, replace=False)
cumulated = np.concatenate([[0.0], np.cumsum(W.data)])


def power(a, tolerance):
    x = np.zeros(n)
    x[a] = 1
    for _ in range(400):
        y = 0.85 * (T @ x)
        y[a] += 0.15 + 0.85 * x[dangling].sum()
        change = np.abs(y - x).sum()
        x = y
        if change < tolerance:
            break
    return x


def walks(a, count=10_000):
    """Plain walks, all at once; where each step ends is counted."""
    dice = np.random.default_rng(a)
    here, seen = np.full(count, a), np.zeros(n)
    while len(here):
        np.add.at(seen, here, 1.0)
        here = here[dice.random(len(here)) < 0.85]
        low, high = cumulated[W.indptr[here]], cumulated[W.indptr[here + 1]]
        place = np.searchsorted(cumulated, low + dice.random(len(here)) * (high - low), "right") - 1
        here = np.where(high > low, W.indices[np.minimum(place, m - 1)], a)
    return seen


def top(x, a):
    x = np.array(x, float)
    x[a] = -1
    best = np.argpartition(-x, 100)[:100]
    return best[np.argsort(-x[best])]


truth = {int(a): power(a, 1e-10) for a in askers}
results = []


def measure(library, setting, answer):
    times, rows = [], []
    for a in map(int, askers):
        start = time.process_time()
        found = top(answer(a), a)
        times.append((time.process_time() - start) * 1e3)
        exact, best = truth[a], top(truth[a], a)
        discount = 1 / np.log2(np.arange(2, 102))
        rows.append([len(set(found[:10]) & set(best[:10])) / 10,
                     (exact[found] * discount).sum() / (exact[best] * discount).sum(),
                     exact[found].sum() / exact[best].sum()])
    ten, gain, mass = np.mean(rows, 0)
    results.append((library, setting, float(np.median(times)), ten, gain))
    print(f"{library}, {setting}: ms of processor min {min(times):.1f} median {np.median(times):.1f}, precision@10 {ten:.3f}, "
          f"NDCG@100 {gain:.3f}, captured mass {mass:.3f}", flush=True)


for count in (3_000, 5_000, 10_000):
    measure("plain walks (numpy)", f"{count:,}", lambda a: walks(a, count))
for tolerance in (1, 0.3, 0.1, 0.01, 1e-6):
    measure("scipy power iteration", f"to {tolerance}", lambda a: power(a, tolerance))
try:
    from sknetwork.ranking import PageRank
    for solver in ("piteration", "diteration", "push"):
        for rounds in (1, 2, 3, 20):
            measure("scikit-network", f"{solver}, {rounds} rounds", lambda a: PageRank(
                damping_factor=0.85, solver=solver, n_iter=rounds, tol=1e-6).fit_predict(W, weights={a: 1}))
except ImportError:
    print("scikit-network is not installed")
try:
    import igraph
    graph = igraph.Graph(n=n, edges=np.c_[row["s"], row["t"]], directed=True)
    graph.es["weight"] = row["w"].astype(float)
    measure("igraph", "prpack", lambda a: np.array(
        graph.personalized_pagerank(damping=0.85, reset_vertices=a, weights="weight", implementation="prpack")))
except ImportError:
    print("igraph is not installed")

if len(sys.argv) > 2:
    said = open(sys.argv[2]).read()
    median = float(re.search(r"of processor: .*?p50 ([\d.]+)", said)[1])
    ten, gain = map(float, re.search(r"the engine.*precision@10 ([\d.]+).*NDCG@100 ([\d.]+)", said).groups())
    print(f"Goodword: ms of processor median {median}, precision@10 {ten}, NDCG@100 {gain}")
    for library in dict.fromkeys(result[0] for result in results):
        enough = [r for r in results if r[0] == library and r[3] >= ten and r[4] >= gain]
        if enough:
            best = min(enough, key=lambda r: r[2])
            print(f"{library} ({best[1]}) takes {best[2] / median:.1f} times as long at no less precision")
        else:
            print(f"{library}: no setting tried is as precise")
