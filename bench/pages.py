#!/usr/bin/env python3
"""Measures pages and durable writes of the release build beside a bare axum + rusqlite program, in one run on one machine.

usage: bench/pages.py [--otc FILE] [--large MEMBERS VOUCHES] [--wordpress URL PIDS-REGEX] [--seconds N]

  --otc FILE       also the results page on an imported network (lines of source,target,rating,time)
  --large M V      also on a made network of M members and V vouches (say 100000 2000000)
  --wordpress …    also a running WordPress page (how to run one: ../shared/peers/README.md), for the ratio of CPU a request

Needs wrk (Debian: wrk). Ratios of one run mean something; times of a loaded machine do not."""
import argparse, hashlib, os, random, re, shutil, sqlite3, subprocess, tempfile, time, urllib.error, urllib.parse, urllib.request
from functools import partial
from measure import Program, built, busy, get, measure, scratch, wrk

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--otc")
arguments.add_argument("--large", nargs=2, type=int)
arguments.add_argument("--wordpress", nargs=2)
arguments.add_argument("--seconds", type=int, default=5)
arguments.add_argument("--profile", default="release", choices=["release", "debug"])
options = arguments.parse_args()
binaries = built(options.profile)
wrk, measure = partial(wrk, seconds=options.seconds), partial(measure, seconds=options.seconds)


def session_of(program, handle):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None
    data = urllib.parse.urlencode({"handle": handle}).encode()
    try:
        urllib.request.build_opener(Stay).open(program.url + "/dev/sessions", data)
    except urllib.error.HTTPError as answer:
        return answer.headers["Set-Cookie"].split(";")[0]


def put_session(database, party, secret):
    """A session of a member of a network of ours, written beside the running server."""
    now = time.time_ns() // 1000
    with sqlite3.connect(database, timeout=30) as db:
        db.execute("INSERT INTO sessions (id, token_hash, party_id, agent, created_at, seen_at, expires_at) VALUES (?, ?, ?, 'bench', ?, ?, ?)",
                   (os.urandom(16), hashlib.sha256(secret.encode()).digest(), party, now, now, now + 86_400_000_000))


def bare(size):
    return Program(os.path.join(binaries, "examples", "bare"), tempfile.mkdtemp(dir=scratch), str(size))


def pages():
    demo = Program(os.path.join(binaries, "goodword"), "demo", "--listen", "127.0.0.1:0")
    get(demo.url + "/")
    print(f"cold start of the demo to its first page   {time.monotonic() - demo.began:6.2f} s")
    time.sleep(5)
    print(f"idle memory of the demo                    {demo.memory():6.1f} MB")
    people = re.findall(r'href="/people/([a-z0-9-]+)"', get(demo.url + "/people").decode())
    cookie = session_of(demo, people[0])
    ratios = {}
    for name, path in [("profile page", f"/people/{people[1]}"), ("results page", "/recommendations?need=a+florist+in+Santa+Monica")]:
        size = len(get(demo.url + path, cookie))
        beside = bare(size)
        for turn in range(2):
            ours = measure(f"{name}, signed in, {size} bytes", demo, demo.url + path, cookie)
            least = measure("  bare axum + rusqlite, the same bytes", beside, beside.url + "/page")
            ratios[name] = (ours, least)
        beside.stop()
        print(f"  {name}: {ours[0] / least[0] * 100:.1f} % of the bare page's requests a second")
        first = sum(len(get(demo.url + url, cookie, **{"Accept-Encoding": "br"})) for url in
                    [path, *re.findall(r'"(/assets/[^"]+\.(?:css|js))"', get(demo.url + path, cookie).decode())])
        print(f"  {name}: {first / 1024:.1f} KB transferred on a first visit, style and script included")
    if options.wordpress:
        url, pids = options.wordpress
        before = busy(pids)
        run = wrk(url, 8)
        cpu = (busy(pids) - before) / run["n"] * 1e3
        print(f"WordPress {url}: {run['n'] / run['s']:.0f} req/s, {cpu:.2f} ms CPU")
        for name, (ours, _) in ratios.items():
            print(f"  {name}: 1/{cpu / ours[1]:.0f} of its CPU a request")
    demo.stop()


def writes():
    """Durable vouches through the API at concurrency 16, each for somebody else, beside bare inserts."""
    database = os.path.join(scratch, "writes.db")
    lines = os.path.join(scratch, "writes.csv")
    with open(lines, "w") as out:
        for n in range(20_000):
            out.write(f"{n + 2},1,10,{1_600_000_000 + n}\n")
    subprocess.run([os.path.join(binaries, "goodword"), "import", "vouches", lines, "--database", "sqlite:" + database], check=True,
                   stdout=subprocess.DEVNULL)
    server = Program(os.path.join(binaries, "goodword"), "serve", "--listen", "127.0.0.1:0", "--no-api-limit", "--database", "sqlite:" + database)
    now, token = time.time_ns() // 1000, "gw_bench"
    with sqlite3.connect(database, timeout=30) as db:
        handles = [row[0] for row in db.execute("SELECT handle FROM parties WHERE kind = 'member' ORDER BY id LIMIT 20000")]
        giver = db.execute("SELECT id FROM parties WHERE handle = ?", (handles[0],)).fetchone()[0]
        db.execute("INSERT INTO access_tokens (id, token_hash, party_id, name, scopes, created_at, expires_at) VALUES (?, ?, ?, 'bench', 'write', ?, ?)",
                   (os.urandom(16), hashlib.sha256(token.encode()).digest(), giver, now, now + 86_400_000_000))
    script = f"""
local handles = {{ {",".join(f'"{h}"' for h in handles[1:])} }}
local n = {{ 0 }}
local headers = {{ ["authorization"] = "Bearer {token}", ["content-type"] = "application/json" }}
local body = [[{{"field":"27-1023.00","basis":"hired","tie":"none","confidence":85,"words":"Twice, both times on the day."}}]]
request = function()
  n[1] = n[1] + 1
  return wrk.format("POST", "/api/v1/people/" .. (handles[n[1]] or "nobody") .. "/vouches", headers, body)
end"""
    run = wrk(server.url, 16, script)
    ours = (run["n"] - run["bad"]) / run["s"]
    server.stop()
    beside = bare(100)
    least = wrk(beside.url + "/insert", 16, 'wrk.method = "POST" wrk.body = "Twice, both times on the day."')
    beside.stop()
    rate = least["n"] / least["s"]
    print(f"durable vouches through the API, 16 at a time {ours:7.0f} a second ({run['bad']} refused); bare inserts {rate:7.0f}: {ours / rate * 100:.0f} %")


def network(name, lines):
    """The results page of an imported network, asked by two hundred of its members."""
    # A folder of its own: what another network left beside its database is not taken for this one's.
    folder = tempfile.mkdtemp(dir=scratch)
    database = os.path.join(folder, "network.db")
    began = time.monotonic()
    subprocess.run([os.path.join(binaries, "goodword"), "import", "vouches", lines, "--database", "sqlite:" + database], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"{name}: imported in {time.monotonic() - began:.1f} s")
    server = Program(os.path.join(binaries, "goodword"), "serve", "--listen", "127.0.0.1:0", "--database", "sqlite:" + database)
    get(server.url + "/healthz")
    print(f"{name}: started in {time.monotonic() - server.began:.2f} s, {server.memory():.0f} MB")
    with sqlite3.connect(database, timeout=30) as db:
        members = [row[0] for row in db.execute("SELECT DISTINCT from_id FROM vouches ORDER BY from_id LIMIT 200")]
    for n, party in enumerate(members):
        put_session(database, party, f"bench{n}")
    script = f"""
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "/recommendations?need=somebody+reliable&field=general", {{ ["cookie"] = "__Host-session=bench" .. (n % {len(members)}) }})
end"""
    measure(f"{name}: results page, one at a time", server, server.url, concurrency=1, script=script)
    measure(f"{name}: results page, eight at a time", server, server.url, concurrency=8, script=script)
    server.stop()
    shutil.rmtree(folder)


try:
    pages()
    writes()
    if options.otc:
        network("imported network", options.otc)
    if options.large:
        members, vouches = options.large
        lines = os.path.join(scratch, "large.csv")
        chance = random.Random(7)
        with open(lines, "w") as out:
            for n in range(vouches):
                # Some are much better known than others.
                target = int(members * chance.random() ** 2)
                out.write(f"{chance.randrange(members)},{target},{chance.randrange(1, 11)},{1_500_000_000 + n}\n")
        network(f"{members} members, {vouches} vouches", lines)
finally:
    shutil.rmtree(scratch, ignore_errors=True)
