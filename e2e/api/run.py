"""Holds the JSON API of a demo server against its own description with schemathesis. Prints `N passed, N failed`, counting
operations and checks as schemathesis does.

usage: run.py SCHEMATHESIS GOODWORD [MORE ARGUMENTS FOR SCHEMATHESIS]"""
import os, re, subprocess, sys, tempfile
from demo import Demo, get, post

schemathesis, goodword, *more = sys.argv[1:]
schemathesis = os.path.abspath(schemathesis)
here = os.path.dirname(os.path.abspath(__file__))


def token(demo):
    """A token of the demo's admin, made as anybody makes one."""
    cookie = next(c for _, c in demo.everybody() if 'value="keep"' in get(demo.url + "/tokens", c).decode())
    form = {"name": "schemathesis", "scopes": ["read", "write", "introduce", "account", "keep"], "days": "30"}
    made = post(demo.url + "/tokens", form, cookie).read().decode()
    return re.search(r'value="(gw_[a-z0-9]+)"', made).group(1)


with tempfile.TemporaryDirectory() as scratch:
    with Demo(goodword) as demo:
        run = subprocess.run(
            [schemathesis, "--config-file", os.path.join(here, "schemathesis.toml"), "--no-color", "run",
             demo.url + "/api/openapi.json", "--header", "Authorization: Bearer " + token(demo),
             # What sends the token's owner away, or takes the token itself.
             "--exclude-path", "/api/v1/me/account/pause", "--exclude-path", "/api/v1/me/account/erasure",
             "--exclude-path", "/api/v1/me/account/tokens/{id}",
             "--phases", "examples,coverage,fuzzing", *more],
            cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        print(run.stdout)
    # Whatever the answers were, nothing may have gone wrong inside.
    errors = demo.errors()
    print(*errors[:20], sep="")

total = re.search(r"Operations:\s+selected:\s*(\d+)|Selected: (\d+)/", run.stdout)
total = int(next(n for n in total.groups() if n)) if total else 0
failures = len(re.findall(r"^_{3,} \S.* _{3,}$", run.stdout, re.M))
bad = failures + len(errors) + (0 if demo.alive else 1)
if run.returncode and not bad:
    bad = 1
print(f"{max(total - failures, 0)} passed, {bad} failed")
sys.exit(1 if bad or not total else 0)
