"""Holds the JSON API of a demo server against its own description with schemathesis. Prints `N passed, N failed`, counting
operations and checks as schemathesis does.

usage: run.py SCHEMATHESIS GOODWORD [MORE ARGUMENTS FOR SCHEMATHESIS]"""
import os, re, subprocess, sys, tempfile, urllib.parse, urllib.request

schemathesis, goodword, *more = sys.argv[1:]
schemathesis, goodword = map(os.path.abspath, (schemathesis, goodword))
here = os.path.dirname(os.path.abspath(__file__))


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def post(url, form, cookie=""):
    data = urllib.parse.urlencode(form, doseq=True).encode()
    request = urllib.request.Request(url, data, {"Cookie": cookie})
    try:
        return urllib.request.build_opener(Stay).open(request)
    except urllib.error.HTTPError as answer:
        return answer


def token(base):
    """A token of the demo's first person, made as anybody makes one."""
    page = urllib.request.urlopen(base + "/sign-in").read().decode()
    handle = re.search(r'name="handle" value="([^"]+)"', page).group(1)
    cookie = post(base + "/dev/sessions", {"handle": handle}).headers["Set-Cookie"].split(";")[0]
    form = {"name": "schemathesis", "scopes": ["read", "write", "introduce"], "days": "30"}
    made = post(base + "/tokens", form, cookie).read().decode()
    return re.search(r'value="(gw_[a-z0-9]+)"', made).group(1)


with tempfile.TemporaryDirectory() as scratch:
    log = open(os.path.join(scratch, "log"), "w+")
    server = subprocess.Popen([goodword, "demo", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        for line in server.stdout:
            if found := re.search(r"http://\S+", line):
                base = found.group(0).rstrip("/")
                break
        else:
            sys.exit("the demo did not start")
        run = subprocess.run(
            [schemathesis, "--config-file", os.path.join(here, "schemathesis.toml"), "--no-color", "run",
             base + "/api/openapi.json", "--header", "Authorization: Bearer " + token(base),
             "--phases", "examples,coverage,fuzzing", *more],
            cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        print(run.stdout)
        alive = server.poll() is None
    finally:
        server.terminate()
        server.wait()
    # Whatever the answers were, nothing may have gone wrong inside.
    log.seek(0)
    errors = [line for line in log if "request failed" in line or "panicked" in line]
    print(*errors[:20], sep="")

total = re.search(r"Operations:\s+selected:\s*(\d+)|Selected: (\d+)/", run.stdout)
total = int(next(n for n in total.groups() if n)) if total else 0
failures = len(re.findall(r"^_{3,} \S.* _{3,}$", run.stdout, re.M))
bad = failures + len(errors) + (0 if alive else 1)
if run.returncode and not bad:
    bad = 1
print(f"{max(total - failures, 0)} passed, {bad} failed")
sys.exit(1 if bad or not total else 0)
