"""Holds the JSON API of a demo server against its own description with schemathesis: on SQLite, and without the made-up
examples on the PostgreSQL that ./test started. Prints `N passed, N failed`, counting operations and checks as schemathesis
does.

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


def postgres():
    """An empty database on the test server, as a URL; None where there is no server."""
    server = os.environ.get("GOODWORD_TEST_POSTGRES")
    if not server:
        print("GOODWORD_TEST_POSTGRES is not set: PostgreSQL was not tested (./test sets it)")
        return None
    name = f"api_{os.getpid()}"
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", f"CREATE DATABASE {name}", server], check=True)
    base, _, query = server.partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}?{query}"


def hold(phases, *database):
    """Passed and failed."""
    with tempfile.TemporaryDirectory() as scratch:
        with Demo(goodword, *database) as demo:
            run = subprocess.run(
                [schemathesis, "--config-file", os.path.join(here, "schemathesis.toml"), "--no-color", "run",
                 demo.url + "/api/openapi.json", "--header", "Authorization: Bearer " + token(demo),
                 # What sends the token's owner away, or takes the token itself.
                 "--exclude-path", "/api/v1/me/account/pause", "--exclude-path", "/api/v1/me/account/erasure",
                 "--exclude-path", "/api/v1/me/account/tokens/{id}",
                 "--phases", phases, *more],
                cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            print(run.stdout)
        # Whatever the answers were, nothing may have gone wrong inside.
        errors = demo.errors()
        print(*errors[:20], sep="")
    total = re.search(r"Operations:\s+selected:\s*(\d+)|Selected: (\d+)/", run.stdout)
    total = int(next(n for n in total.groups() if n)) if total else 0
    failures = len(re.findall(r"^_{3,} \S.* _{3,}$", run.stdout, re.M))
    bad = failures + len(errors) + (0 if demo.alive else 1)
    if (run.returncode or not total) and not bad:
        bad = 1
    return max(total - failures, 0), bad


counts = [hold("examples,coverage,fuzzing")]
if database := postgres():
    counts.append(hold("examples,coverage", "--database", database))
passed, failed = (sum(each) for each in zip(*counts))
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
