"""A demo server for a check, and what a person does there in a browser."""
import os, re, subprocess, tempfile, urllib.error, urllib.parse, urllib.request


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def post(url, form, cookie=""):
    """The answer, whatever its status; redirects are not followed."""
    data = urllib.parse.urlencode(form, doseq=True).encode()
    request = urllib.request.Request(url, data, {"Cookie": cookie})
    try:
        return urllib.request.build_opener(Stay).open(request)
    except urllib.error.HTTPError as answer:
        return answer


def get(url, cookie=""):
    return urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie})).read()


class Demo:
    """Runs from `with` to its end."""

    def __init__(self, goodword, *more):
        self.command = [os.path.abspath(goodword), "demo", "--listen", "127.0.0.1:0", *more]

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+")
        self.server = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.server.stdout:
            if found := re.search(r"http://\S+", line):
                self.url = found.group(0).rstrip("/")
                return self
        raise SystemExit("the demo did not start")

    def __exit__(self, *_):
        self.alive = self.server.poll() is None
        self.server.terminate()
        self.server.wait()

    def everybody(self):
        """Handle and cookie of each whom one can continue as."""
        page = get(self.url + "/sign-in").decode()
        for handle in re.findall(r'name="handle" value="([^"]+)"', page):
            yield handle, post(self.url + "/dev/sessions", {"handle": handle}).headers["Set-Cookie"].split(";")[0]

    def sign_in(self):
        """The demo's first person: handle and cookie."""
        return next(self.everybody())

    def advance(self, seconds):
        post(self.url + "/dev/clock", {"seconds": str(seconds)})

    def errors(self):
        """What went wrong inside, whatever was answered."""
        self.log.seek(0)
        return [line for line in self.log if "request failed" in line or "panicked" in line]
