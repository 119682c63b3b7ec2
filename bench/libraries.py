"""Single-source personalised PageRank (alpha .85, top-100, one thread) by libraries, on the file of bench/speed.sh.

Prints ms per question (min, median) and precision@10 / NDCG@100 against power iteration to 1e-10. The libraries rank all
members by PageRank; the engine answers its own model (two steps of judgement and one of vouching, diversity, cap), so
the times compare what a question costs, and each method's precision is against its own exact answer."""
import os, sys, time
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import numpy as np, scipy.sparse as sp

raw = open(sys.argv[1], "rb")
n, m = np.fromfile(raw, "<u8", 2)
row = np.fromfile(raw, np.dtype([("s", "<u4"), ("t", "<u4"), ("w", "u1")]), int(m))
n = int(n)
W = sp.csr_matrix((row["w"].astype(float), (row["s"], row["t"])), shape=(n, n))
strength = np.asarray(W.sum(1)).ravel()
T = (sp.diags(1 / np.maximum(strength, 1e-12)) @ W).T.tocsr()
dangling = strength <= 0
askers = np.random.default_rng(3).choice(np.flatnonzero(~dangling), 5, replace=False)


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


def top(x, a):
    x = np.array(x, float)
    x[a] = -1
    best = np.argpartition(-x, 100)[:100]
    return best[np.argsort(-x[best])]


truth = {int(a): power(a, 1e-10) for a in askers}


def measure(name, answer):
    times, ten, gain = [], [], []
    for a in map(int, askers):
        start = time.perf_counter()
        found = top(answer(a), a)
        times.append((time.perf_counter() - start) * 1e3)
        exact, best = truth[a], top(truth[a], a)
        ten.append(len(set(found[:10]) & set(best[:10])) / 10)
        discount = 1 / np.log2(np.arange(2, 102))
        gain.append((exact[found] * discount).sum() / (exact[best] * discount).sum())
    print(f"{name}: min {min(times):.1f} median {np.median(times):.1f} ms, precision@10 {np.mean(ten):.3f}, "
          f"NDCG@100 {np.mean(gain):.3f}", flush=True)


measure("scipy power iteration 1e-6", lambda a: power(a, 1e-6))
try:
    from sknetwork.ranking import PageRank
    for solver in ("piteration", "diteration", "push"):
        measure(f"scikit-network {solver}",
                lambda a: PageRank(damping_factor=0.85, solver=solver, n_iter=20, tol=1e-6).fit_predict(W, weights={a: 1}))
except ImportError:
    print("scikit-network is not installed")
try:
    import igraph
    graph = igraph.Graph(n=n, edges=np.c_[row["s"], row["t"]], directed=True)
    graph.es["weight"] = row["w"].astype(float)
    measure("igraph prpack", lambda a: np.array(
        graph.personalized_pagerank(damping=0.85, reset_vertices=a, weights="weight", implementation="prpack")))
except ImportError:
    print("igraph is not installed")
