#!/usr/bin/env python3
"""Writes a WordPress export (WXR) to standard output, to be brought in with `goodword import wordpress FILE`.

usage: bench/wxr.py THREAD.json …          # threads as {"post": {"title", "body": […]}, "comments": [{id, parent, author, email, url, text, created}]}
       bench/wxr.py --made POSTSxCOMMENTS …  # made threads, say 20x1000 1x100000: answers to answers, some very deep

The same input is the same file."""
import json, random, re, sys
from datetime import datetime, timezone
from html import escape

WORDS = ("which groups have you tried and did it work we went every week for a year the breakfast is early but people know one "
         "another after a while ask who they send work to and why it is worth more than a card").split()


def cdata(text):
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def time(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def made(comments, chance):
    """A thread: three in ten stand at the top, one in ten answers what came just before."""
    for n in range(1, comments + 1):
        kind = chance.random()
        parent = 0 if n == 1 or kind < .3 else n - 1 if kind > .9 else chance.randint(max(1, n - 200), n - 1)
        text = f"#{n} " + " ".join(chance.choices(WORDS, k=chance.randint(15, 120)))
        yield {"id": n, "parent": parent, "author": f"Grace H. {n % 997}", "email": f"grace{n % 997}@example.org", "url": "",
               "text": text, "created": 1_262_304_613 + n * 60}


def threads():
    if sys.argv[1] == "--made":
        chance = random.Random(7)
        for posts, comments in (map(int, size.split("x")) for size in sys.argv[2:]):
            for n in range(1, posts + 1):
                yield f"Made {n} of {posts} with {comments}", ["Which groups have you tried?"], made(comments, chance)
    else:
        for name in sys.argv[1:]:
            thread = json.load(open(name))
            yield thread["post"]["title"], thread["post"]["body"], thread["comments"]


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    sys.exit(__doc__)
out = sys.stdout.write
out("""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Threads for measuring</title><link>https://bench.example</link>
<wp:wxr_version>1.2</wp:wxr_version><wp:base_blog_url>https://bench.example</wp:base_blog_url>
""")
first = 0
for number, (title, body, comments) in enumerate(threads(), 1):
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    out(f"""<item><title>{cdata(escape(title))}</title><link>https://bench.example/{slug}/</link><dc:creator>admin</dc:creator>
<content:encoded>{cdata(chr(10).join(f"<p>{escape(p)}</p>" for p in body))}</content:encoded><wp:post_id>{number}</wp:post_id>
<wp:post_date_gmt>{time(1_262_304_000)}</wp:post_date_gmt><wp:comment_status>open</wp:comment_status>
<wp:ping_status>open</wp:ping_status><wp:post_name>{slug}</wp:post_name><wp:status>publish</wp:status>
<wp:post_type>post</wp:post_type>
""")
    last = first
    for c in comments:
        # Numbers are unique in a whole site.
        parent = first + c["parent"] if c["parent"] else 0
        last = max(last, first + c["id"])
        out(f"""<wp:comment><wp:comment_id>{first + c["id"]}</wp:comment_id><wp:comment_author>{cdata(escape(c["author"]))}</wp:comment_author>
<wp:comment_author_email>{c["email"]}</wp:comment_author_email><wp:comment_author_url>{escape(c["url"])}</wp:comment_author_url>
<wp:comment_date_gmt>{time(c["created"])}</wp:comment_date_gmt><wp:comment_content>{cdata(escape(c["text"], quote=False))}</wp:comment_content>
<wp:comment_approved>1</wp:comment_approved><wp:comment_type></wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>
""")
    first = last
    out("</item>\n")
out("</channel></rss>\n")
