#!/usr/bin/env python3
"""Measures reading and writing conversations of the release build, beside a running WordPress with the same threads, in one run.

usage: bench/conversations.py FIXTURES [--wordpress URL PIDS-REGEX] [--cached URL] [--seconds N] [--posts N] [--base URL PIDS-REGEX]

  FIXTURES         the folder of thread10.json and thread1000.json (how to run WordPress with them: ../shared/peers/README.md)
  --wordpress …    such as http://127.0.0.1:8090 'php-fpm|mariadbd|nginx: ', with the threads as posts 4, 5 and 6 for new comments
  --cached URL     the same behind nginx's page cache
  --base …         another server of ours with conversations `ten` and `thousand`, instead of one started here

Needs wrk (Debian: wrk). Ratios of one run mean something; times of a loaded
machine do not."""
import argparse, http.client, json, os, queue, re, sqlite3, subprocess, sys, threading, time, urllib.parse, uuid
from measure import Program, built, busy, get, scratch, ticks, wrk

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("fixtures")
arguments.add_argument("--wordpress", nargs=2)
arguments.add_argument("--cached")
arguments.add_argument("--base", nargs=2)
arguments.add_argument("--seconds", type=int, default=5)
arguments.add_argument("--posts", type=int, default=2000)
arguments.add_argument("--profile", default="release", choices=["release", "debug"])
options = arguments.parse_args()
DIGITS = "0123456789abcdefghijklmnopqrstuv"


def thread(db, slug, comments):
    """Puts a public conversation into a database, in the order `conversations::order` gives it; comments name earlier ones."""
    post, now = uuid.uuid4().bytes, time.time_ns() // 1000
    places, rows = {}, []
    digits = lambda n: "".join(DIGITS[n >> 5 * i & 31] for i in (4, 3, 2, 1, 0))
    for number, c in enumerate(comments, 1):
        id, above = uuid.uuid4().bytes, places.get(c["parent"])
        root, path, depth = (above[1], above[2][:315] + digits(number), above[3] + 1) if above else (number, digits(number), 0)
        places[c["id"]] = (id, root, path, depth)
        text = c["text"]
        html = "<p>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</p>"
        rows.append([id, post, above and above[0], number, root, path, depth, c["author"], c["email"], c["url"], text, html, 0, c["created"] * 1_000_000])
    below = {}
    for row in rows:
        below[row[4]] = below.get(row[4], -1) + 1
    for row in rows:
        row[12] = below[row[4]] if row[6] == 0 else 0
    roots = sum(row[6] == 0 for row in rows)
    db.execute("""INSERT INTO posts (id, slug, kind, author_name, author_email, author_url, title, format, text, html, excerpt, folded, visibility,
        state, held_for, pings_open, comments, roots, last_number, created_at, active_at, version) VALUES (?, ?, 'discussion', 'Grace H.', '', '',
        'Which networking groups have you tried?', 'markdown', 'A load-test conversation.', '<p>A load-test conversation.</p>', '', '', 'public',
        'published', '', FALSE, ?, ?, ?, ?, ?, 1)""", (post, slug, len(rows), roots, len(rows), now, now))
    db.executemany("""INSERT INTO comments (id, post_id, parent_id, number, root, path, depth, kind, author_name, author_email, author_url, format,
        text, html, state, held_for, shown, purpose, useful, replies, created_at, version)
        VALUES (?, ?, ?, ?, ?, ?, ?, 'comment', ?, ?, ?, 'markdown', ?, ?, 'approved', '', TRUE, 'comment', 0, ?, ?, 1)""", rows)


def many(n):
    """Half of them answers."""
    said = "The group meets on Tuesdays, and three good jobs came of it in the first year. "
    return [{"id": i, "parent": 0 if i % 2 or i < 3 else max(1, i - i % 40 - 1), "author": f"Guest {i}", "email": f"g{i}@example.org", "url": "", "text": said * 2,
             "created": 1_700_000_000 + i} for i in range(1, n + 1)]


def start():
    """A network of ours with the threads; flood and first-comment rules are off, as they are in the WordPress beside it."""
    program = os.path.join(built(options.profile), "goodword")
    database = os.path.join(scratch, "talk.db")
    server = Program(program, "serve", "--listen", "127.0.0.1:0", "--open", "--database", "sqlite:" + database)
    fixture = lambda name: json.load(open(os.path.join(options.fixtures, name)))["comments"]
    with sqlite3.connect(database, timeout=60) as db:
        for name, value in [("flood", "0"), ("hourly", "0"), ("hold_first", "nobody"), ("guests", "yes")]:
            db.execute("INSERT INTO settings (name, value) VALUES (?, ?)", ("conversations." + name, value))
        thread(db, "ten", fixture("thread10.json"))
        thread(db, "thousand", fixture("thread1000.json"))
        thread(db, "target", [])
        thread(db, "ten-thousand", many(10_000))
        thread(db, "hundred-thousand", many(100_000))
    return server, database


def read(name, url, busy, concurrency=8, cookie=""):
    wrk(url, concurrency, "", cookie, 1)
    before = busy()
    run = wrk(url, concurrency, "", cookie, options.seconds)
    cpu = (busy() - before) / max(run["n"], 1) * 1e3
    bad = f"  {run['bad']} refused" if run["bad"] else ""
    print(f"{name:52} {run['n'] / run['s']:9.1f} req/s  {cpu:8.3f} ms CPU  p50 {run['p50']:7.1f} ms{bad}", flush=True)
    return run["n"] / run["s"], cpu


def slow(name, url, busy, n=4):
    """Pages too slow for wrk."""
    get(url)
    before, began = busy(), time.monotonic()
    for _ in range(n):
        get(url)
    cpu, took = (busy() - before) / n * 1e3, (time.monotonic() - began) / n
    print(f"{name:52} {1 / took:9.1f} req/s  {cpu:8.1f} ms CPU", flush=True)
    return 1 / took, cpu


def send(name, url, bodies, busy, cookies=(), concurrency=16):
    """Posts every body once, so many at a time over kept connections, body n with cookie n; says how many were taken a second."""
    at, waiting, refused, lock = urllib.parse.urlsplit(url), queue.Queue(), {}, threading.Lock()
    for n, body in enumerate(bodies):
        waiting.put((body, cookies[n % len(cookies)] if cookies else ""))
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mozilla/5.0 bench"}

    def work():
        link = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
        while True:
            try:
                body, cookie = waiting.get_nowait()
            except queue.Empty:
                return
            link.request("POST", at.path, body, {**headers, "Cookie": cookie})
            answer = link.getresponse()
            text = answer.read()
            if answer.status not in (302, 303):
                with lock:
                    refused.setdefault(answer.status, []).append(text[-300:])
    before, began = busy(), time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(concurrency)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    took, cpu = time.monotonic() - began, (busy() - before) / len(bodies) * 1e3
    print(f"{name:52} {len(bodies) / took:9.1f} posts/s {cpu:7.3f} ms CPU" + (f"  refused: { {s: len(t) for s, t in refused.items()} }" if refused else ""), flush=True)
    return len(bodies) / took, cpu


def words(i):
    return f"Load comment {i} {uuid.uuid4().hex} it makes a big difference when a referral comes from someone you trust."


def ours_form(base, slug, i, email=None, cookie=""):
    """Every form of ours is signed and good once; the page that shows it is not measured here. With a cookie nothing is typed but words."""
    form = re.search(r'name="form" value="([^"]+)"', get(f"{base}/conversations/{slug}", cookie).decode()).group(1)
    fields = dict(form=form, reply_to="", text=words(i), action="post")
    if not cookie:
        fields |= dict(name=f"Guest {i}", email=email or f"g{i}.{uuid.uuid4().hex[:8]}@example.org", website="")
    return urllib.parse.urlencode(fields)


def remembered(base, database, i):
    """The cookie of a guest who wrote before and confirmed the address by the letter."""
    address = f"known{i}@example.org"
    at = urllib.parse.urlsplit(base)
    link = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mozilla/5.0 bench"}
    link.request("POST", "/conversations/target/comments", ours_form(base, "target", i, address) + "&remember=yes", headers)
    answer = link.getresponse()
    answer.read()
    cookie = next(c for c in answer.headers.get_all("Set-Cookie") if "guest=" in c).split(";")[0]
    with sqlite3.connect(database, timeout=60) as db:
        letter = db.execute("SELECT plain FROM letters WHERE address = ?", (address,)).fetchone()[0]
    link.request("POST", re.search(r"/conversations/guests/[^\s>]+", letter).group(0), "answer=yes", headers)
    answer = link.getresponse()
    answer.read()
    if answer.status != 303:
        sys.exit(f"the guest could not be confirmed: {answer.status}")
    return cookie


def transferred(base, path):
    """Bytes of a first visit as a browser takes them, and how many requests."""
    page = get(base + path).decode()
    parts = re.findall(r'(?:src|href)="(/assets/[^"]+\.(?:css|js))"', page)
    sizes = [len(get(base + url, **{"Accept-Encoding": "br"})) for url in [path, *parts]]
    hosts = set(re.findall(r'(?:src|href)="(https?://[^/"]+)[^"]*\.(?:css|js|png|jpg|woff2?)"', page))
    print(f"first visit of {path}: {sum(sizes) / 1024:.1f} KB in {len(sizes)} requests ({', '.join(map(str, sizes))} bytes), other hosts: {len(hosts)}")


def ratio(what, ours, theirs):
    print(f"  {what}: {ours[0] / theirs[0]:.1f} times as many a second, 1/{theirs[1] / max(ours[1], 1e-6):.0f} of the CPU", flush=True)


server, database = (None, None) if options.base else start()
base = options.base[0] if options.base else server.url
ours = (lambda: busy(options.base[1])) if options.base else server.cpu
try:
    transferred(base, "/conversations/ten")
    ten = read("10 comments", base + "/conversations/ten", ours)
    thousand = read("1,000 comments, first page", base + "/conversations/thousand", ours)
    if database:
        for name in ("ten-thousand", "hundred-thousand"):
            read(f"{name}, first page, one at a time", f"{base}/conversations/{name}", ours, concurrency=1)
            read(f"{name}, page 100, one at a time", f"{base}/conversations/{name}?page=100", ours, concurrency=1)
        forms = [ours_form(base, "target", i) for i in range(options.posts)]
        time.sleep(2.1)
        first_time = send("posting as new guests, a letter to each", base + "/conversations/target/comments", forms, ours)
        cookies = [remembered(base, database, i) for i in range(options.posts // 20)]
        again = [ours_form(base, "target", i, cookie=cookies[i % len(cookies)]) for i in range(options.posts)]
        time.sleep(2.1)
        posted = send("posting as guests who confirmed before, 16 at a time", base + "/conversations/target/comments", again, ours, cookies)
        forms += again
        with sqlite3.connect(database, timeout=60) as db:
            rows = db.execute("SELECT c.number, c.id, c.text FROM comments c JOIN posts p ON p.id = c.post_id WHERE p.slug = 'target' ORDER BY c.number").fetchall()
        texts = {urllib.parse.parse_qs(form)["text"][0] for form in forms}
        lost, order = len(texts - {text for *_, text in rows}), [n for n, *_ in rows] == list(range(1, len(rows) + 1))
        print(f"  lost: {lost}; numbered without gaps: {'yes' if order else 'NO'}")
        forms = [ours_form(base, "hundred-thousand", i) for i in range(50)]
        time.sleep(2.1)
        send("posting to the thread of 100,000, 16 at a time", base + "/conversations/hundred-thousand/comments", forms, ours)
    if options.wordpress:
        url, pids = options.wordpress
        theirs = lambda: busy(pids)
        ratio("10 comments beside WordPress", ten, read("WordPress, 10 comments", url + "/?p=4", theirs, concurrency=4))
        ratio("1,000 comments beside WordPress", thousand, slow("WordPress, 1,000 comments", url + "/?p=5", theirs))
        if database:
            bodies = [urllib.parse.urlencode(dict(comment=words(i), author=f"Guest {i}", email=f"g{i}@example.org", url="", comment_post_ID="6", comment_parent="0",
                                                  submit="Post Comment")) for i in range(300)]
            wordpress = send("WordPress, posting, 16 at a time", url + "/wp-comments-post.php", bodies, theirs)
            ratio("posting beside WordPress", posted, wordpress)
            ratio("posting for the first time, letter included, beside WordPress", first_time, wordpress)
    if options.cached:
        ratio("10 comments beside nginx's page cache", ten, read("nginx's page cache, 10 comments", options.cached + "/?p=4", lambda: busy("nginx: ")))
finally:
    if server:
        server.stop()
