"""Reads the Atom feeds of a demo server with feedparser: all conversations, one of them, one person. What it is given to read
is hostile. Prints `N passed, N failed`, a feed each.

usage: feeds.py GOODWORD (with a Python that has feedparser)"""
import re, sys, urllib.error
import feedparser
from demo import Demo, get, post

TITLE = '<script>alert(1)</script> & "quoted" ]]> &amp; \u202e\u200b'
TEXT = """Hello <script>alert('x')</script> & <b onclick="x()">you</b> ]]> &lt;script&gt;alert(2)&lt;/script&gt;

<img src=x onerror=alert(3)> [click](javascript:alert(4)) <a href="data:text/html,x">data</a> \x01\x0b\ufffe end"""


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page).group(1)


def fill(demo, cookie):
    """A conversation with a comment in it; its path."""
    form = hidden(get(demo.url + "/conversations/new", cookie).decode(), "form")
    typed = {"title": TITLE, "text": TEXT, "visibility": "public", "form": form}
    path = post(demo.url + "/conversations/new", typed, cookie).headers["Location"]
    form = hidden(get(demo.url + path, cookie).decode(), "form")
    demo.advance(60)
    sent = post(demo.url + path + "/comments", {"text": TEXT, "form": form}, cookie)
    assert sent.status == 303, f"the comment was answered with {sent.status}"
    return path


def check(demo, path, least):
    """What is wrong with a feed."""
    try:
        text = get(demo.url + path)
    except urllib.error.HTTPError as answer:
        return [f"answered {answer.status}"]
    # Left as it is written: feedparser would clean it up, as careful readers do.
    feed = feedparser.parse(text, sanitize_html=False, resolve_relative_uris=False)
    wrong = []

    def holds(what, true):
        if not true:
            wrong.append(what)

    holds(f"not well-formed: {feed.get('bozo_exception')}", not feed.bozo)
    holds(f"it is {feed.version}", feed.version == "atom10")
    holds("its id is not its address", feed.feed.get("id") == demo.url + path)
    holds("it does not say where it is", any(l.rel == "self" and l.href == demo.url + path for l in feed.feed.get("links", [])))
    holds("it has no title", feed.feed.get("title"))
    holds("it has no time", feed.feed.get("updated_parsed"))
    holds(f"only {len(feed.entries)} entries", len(feed.entries) >= least)
    holds("ids come twice", len({e.get("id") for e in feed.entries}) == len(feed.entries))
    for entry in feed.entries:
        about = entry.get("title", "?")[:40]
        holds(f"{about}: no id", re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", entry.get("id", "")))
        holds(f"{about}: no times", entry.get("published_parsed") and entry.get("updated_parsed"))
        holds(f"{about}: updated before it was published", entry.get("updated_parsed") >= entry.get("published_parsed"))
        holds(f"{about}: no author", entry.get("author"))
        holds(f"{about}: leads elsewhere", entry.get("link", "").startswith(demo.url + "/"))
        for content in entry.get("content", []):
            lower = content.value.lower()
            holds(f"{about}: content is {content.type}", content.type == "text/html")
            for bad in ("<script", "onerror=", "onclick=", "javascript:", "data:text"):
                # Said as words it may be, as markup not.
                holds(f"{about}: holds {bad}", bad not in re.sub(r">[^<]*<", "><", f">{lower}<"))
        if not entry.get("content"):
            wrong.append(f"{about}: no content")
    ours = [e for e in feed.entries if "alert(1)" in e.get("title", "")]
    holds("the hostile post is not there", ours)
    holds("its title came out otherwise", all(e.title.removeprefix("On ").startswith('<script>alert(1)</script> & "quoted" ]]> &amp;') for e in ours))
    return wrong


with Demo(sys.argv[1]) as demo:
    handle, cookie = demo.sign_in()
    path = fill(demo, cookie)
    failed = 0
    for feed, least in (("/conversations/feed.atom", 2), (path + "/feed.atom", 1), (f"/people/{handle}/feed.atom", 2)):
        wrong = check(demo, feed, least)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {feed}", *wrong, sep="\n  ")
errors = demo.errors()
print(*errors[:20], sep="")
print(f"{3 - failed} passed, {failed + bool(errors)} failed")
sys.exit(1 if failed or errors else 0)
