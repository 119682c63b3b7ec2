"""What the measuring scripts share: the release build, a program that knows its processor time and memory, wrk."""
import json, os, re, shutil, subprocess, sys, tempfile, time, urllib.error, urllib.parse, urllib.request

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ticks = os.sysconf("SC_CLK_TCK")
scratch = tempfile.mkdtemp(prefix="goodword-bench-")


def built(profile):
    """Builds the program and the bare one; says where they are (GOODWORD_BENCH_BINARIES: where they are already)."""
    if not shutil.which("wrk"):
        sys.exit("wrk is needed: apt-get install wrk")
    if os.environ.get("GOODWORD_BENCH_BINARIES"):
        return os.environ["GOODWORD_BENCH_BINARIES"]
    release = ["--release"] if profile == "release" else []
    subprocess.run(["cargo", "build", "--locked", "-q", *release, "-p", "goodword", "--bin", "goodword", "--example", "bare"],
                   cwd=root, check=True)
    return os.path.join(root, os.environ.get("CARGO_TARGET_DIR", "target"), profile)


def busy(pids):
    """Processor time so far of all processes whose command line matches."""
    found = subprocess.run(["pgrep", "-f", pids], stdout=subprocess.PIPE, text=True).stdout.split()
    total = 0
    for pid in found:
        try:
            total += sum(map(int, open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[11:13])) / ticks
        except OSError:
            pass
    return total


class Program:
    """A server; knows what processor time and memory it used."""

    def __init__(self, *command, **environment):
        self.began = time.monotonic()
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                      env={**os.environ, "GOODWORD_LOG": "error", **environment})
        for line in self.child.stdout:
            if found := re.search(r"listening on (http://\S+)", line):
                self.url = found.group(1)
                return
        sys.exit(f"{command[0]} did not start")

    def cpu(self):
        fields = open(f"/proc/{self.child.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / ticks

    def memory(self):
        text = open(f"/proc/{self.child.pid}/smaps_rollup").read()
        return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) / 1024

    def stop(self):
        self.child.terminate()
        self.child.wait()


def get(url, cookie="", **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie, **headers})).read()


def wrk(url, concurrency, script="", cookie="", seconds=5):
    """Requests, seconds, p99 in ms, and how many were refused."""
    path = os.path.join(scratch, "wrk.lua")
    with open(path, "w") as out:
        out.write(script + """
done = function(s, l)
  io.write(string.format('{"n":%d,"s":%f,"p50":%f,"p99":%f,"bad":%d}\\n', s.requests, s.duration / 1e6, l:percentile(50) / 1e3,
    l:percentile(99) / 1e3, s.errors.status + s.errors.read + s.errors.timeout))
end""")
    cookie = ["-H", "Cookie: " + cookie] if cookie else []
    out = subprocess.run(["wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "-s", path, *cookie, url],
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def measure(name, program, url, cookie="", concurrency=8, script="", seconds=5):
    wrk(url, concurrency, script, cookie, 1)
    before = program.cpu()
    run = wrk(url, concurrency, script, cookie, seconds)
    cpu = (program.cpu() - before) / max(run["n"], 1) * 1e3
    rate = run["n"] / run["s"]
    print(f"{name:44} {rate:9.0f} req/s  {cpu:7.3f} ms CPU  p50 {run['p50']:6.1f} ms  p99 {run['p99']:6.1f} ms"
          + (f"  {run['bad']} refused" if run["bad"] else ""), flush=True)
    return rate, cpu, run
