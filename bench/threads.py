#!/usr/bin/env python3
"""Measures bringing conversations in, and reading and answering large threads, with the release build on SQLite.

usage: bench/threads.py [--megabytes N] [--program PATH]

  --megabytes N    about the size of the file whose import is measured (100); 0: none
  --program PATH   measures this program instead of building a release

Prints seconds and peak memory of importing that file, and the same file again; then, for threads of 1,000, 10,000 and 100,000
comments, the time until the answer is there of pages for somebody signed out and for a member, and of comments by a member
(durable, with every check): median and slowest of 20, measured from outside on one connection."""
import argparse, http.client, os, re, sqlite3, statistics, subprocess, sys, tempfile, time, urllib.parse

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--megabytes", type=int, default=100)
arguments.add_argument("--program")
options = arguments.parse_args()
if not options.program:
    subprocess.run(["cargo", "build", "--locked", "-q", "--release", "-p", "goodword", "--bin", "goodword"], cwd=root, check=True)
goodword = options.program or os.path.join(root, os.environ.get("CARGO_TARGET_DIR", "target"), "release", "goodword")
scratch = tempfile.TemporaryDirectory(prefix="goodword-bench-")
TIMES = 20


def made(name, *sizes):
    path = os.path.join(scratch.name, name)
    with open(path, "w") as out:
        subprocess.run([sys.executable, os.path.join(root, "bench", "wxr.py"), "--made", *sizes], stdout=out, check=True)
    return path


def bring(path, database):
    """What an import said, its seconds, its peak memory in MB."""
    began, most = time.monotonic(), 0
    out = os.path.join(scratch.name, "said")
    child = subprocess.Popen([goodword, "import", "wordpress", path, "--database", database], stdout=open(out, "w"),
                             stderr=subprocess.DEVNULL)
    while child.poll() is None:
        # Without the pages of the database file that are mapped: the system takes those back when it needs them.
        found = re.search(r"^RssAnon:\s+(\d+)", open(f"/proc/{child.pid}/status").read(), re.M)
        most = max(most, int(found.group(1)) if found else 0)
        time.sleep(.05)
    said = open(out).read().strip()
    if child.returncode:
        sys.exit(f"the import failed: {said}")
    return said, time.monotonic() - began, most / 1024


class Demo:
    """A demo on a database of its own, and one connection to it."""

    def __init__(self, database):
        self.child = subprocess.Popen([goodword, "demo", "--listen", "127.0.0.1:0", "--database", database], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "GOODWORD_LOG": "error"})
        for line in self.child.stdout:
            if found := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                self.connection = http.client.HTTPConnection(found.group(1))
                return
        sys.exit("the demo did not start")

    def ask(self, path, cookie="", form=None):
        """Milliseconds until the whole answer was there; the answer; its body."""
        body = urllib.parse.urlencode(form) if form is not None else None
        headers = {"Cookie": cookie, **({"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {})}
        began = time.perf_counter()
        self.connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return (time.perf_counter() - began) * 1e3, answer, text

    def stop(self):
        self.child.terminate()
        self.child.wait()


def line(what, times):
    print(f"  {what:52} {statistics.median(times):7.1f} ms   slowest {max(times):7.1f} ms", flush=True)


def large_file():
    # A thousand made comments are about 0.8 MB.
    path, database = made("large.xml", f"{max(options.megabytes * 12, 1)}x100"), f"sqlite:{scratch.name}/large.db"
    for what in (f"import of {os.path.getsize(path) / 1e6:.0f} MB", "the same again under another name"):
        said, seconds, memory = bring(path, database)
        print(f"{what}: {seconds:.1f} s, {memory:.0f} MB of memory at most. {said}", flush=True)
        # A space at the end is another file of the same site.
        open(path, "a").write("\n")
    os.remove(path)


def threads():
    file = f"{scratch.name}/threads.db"
    demo = Demo(f"sqlite:{file}")
    demo.stop()
    sizes = (1_000, 10_000, 100_000)
    for size in sizes:
        # The first ones come again: they are known, and cost what knowing costs.
        upto = [f"1x{n}" for n in sizes if n <= size]
        said, seconds, memory = bring(made("threads.xml", *upto), f"sqlite:{file}")
        print(f"import up to a thread of {size:,}: {seconds:.1f} s, {memory:.0f} MB of memory at most. {said}", flush=True)
    with sqlite3.connect(file) as db:
        db.executemany("INSERT INTO settings (name, value) VALUES (?, '0') ON CONFLICT (name) DO UPDATE SET value = '0'",
                       [("conversations.flood",), ("conversations.hourly",)])
    db.close()
    demo = Demo(f"sqlite:{file}")
    handle = re.search(r'name="handle" value="([^"]+)"', demo.ask("/sign-in")[2]).group(1)
    cookie = demo.ask("/dev/sessions", form={"handle": handle})[1].getheader("Set-Cookie").split(";")[0]
    for size in sizes:
        here = f"/conversations/made-1-of-1-with-{size}"
        page = demo.ask(here, cookie)[2]
        comments = re.search(r"<h2>([\d,]+) comments", page).group(1)
        pages = int((re.findall(r"Page \d+ of (\d+)", page) or ["1"])[0])
        print(f"a thread of {comments} comments on {pages} pages", flush=True)
        for who, with_cookie in (("signed out", ""), ("a member", cookie)):
            for what, path in (("the first page", here), ("a page in the middle", f"{here}?page={pages // 2 + 1}"),
                               ("newest first", f"{here}?sort=newest"), ("most useful, the last page", f"{here}?sort=useful&page={pages}")):
                line(f"{what}, {who}", [demo.ask(path, with_cookie)[0] for _ in range(TIMES)])
        line("the feed", [demo.ask(here + "/feed.atom")[0] for _ in range(TIMES)])
        top, answers = [], []
        for n in range(TIMES):
            page = demo.ask(here, cookie)[2]
            form = re.search(r'name="form" value="([^"]+)"', page).group(1)
            ms, answer, _ = demo.ask(here + "/comments", cookie, {"text": f"A new one, number {n}", "form": form})
            if answer.status != 303:
                sys.exit(f"a comment was answered with {answer.status}")
            top.append(ms)
            # The answer to it, and an answer to that: each one deeper.
            parent = answer.getheader("Location").rsplit("#comment-", 1)[1]
            form = re.search(r'name="form" value="([^"]+)"', demo.ask(here, cookie)[2]).group(1)
            ms, answer, _ = demo.ask(here + "/comments", cookie, {"text": f"An answer, number {n}", "form": form, "reply_to": parent})
            if answer.status != 303:
                sys.exit(f"an answer was answered with {answer.status}")
            answers.append(ms)
            line_at = answer.getheader("Location")
        line("a comment at the top by a member", top)
        line("an answer by a member", answers)
        line("where a new comment is to be read", [demo.ask(line_at.split("#")[0], cookie)[0] for _ in range(TIMES)])
    demo.stop()


if options.megabytes:
    large_file()
threads()
