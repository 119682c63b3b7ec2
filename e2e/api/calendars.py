"""Every calendar a demo server hands out, read by a parser that is not ours: feeds, meetings, invitations in letters.
Prints `N passed, N failed`, counting calendars.

usage: calendars.py GOODWORD   (in a Python that has icalendar)"""
import json, sys, urllib.error, urllib.parse, urllib.request
from datetime import datetime, timedelta

from demo import Demo, get
from icalendar import Calendar

read, wrong = 0, []


def send(method, url, cookie, body):
    """JSON to the API; the answer, or `None` for a refusal."""
    headers = {"Cookie": cookie, "Content-Type": "application/json"}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers, method=method))
    except urllib.error.HTTPError:
        return None


def check(text, what, events=None):
    global read
    read += 1
    try:
        look(text, events)
    except Exception as error:
        wrong.append(f"not ok {what}: {error!r}")


def look(text, events):
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")), f"a line is longer than 75 bytes"
    assert "\n" not in text.replace("\r\n", ""), f"a line ends without CR"
    calendar = Calendar.from_ical(text)
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"] and calendar["METHOD"], "head"
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    for zone in calendar.walk("VTIMEZONE"):
        zone.to_tz()
    uids = set()
    for event in calendar.walk("VEVENT"):
        assert not event.errors, f"{event.errors}"
        uids.add(str(event["UID"]))
        assert event["DTSTAMP"].dt.tzinfo and int(event["SEQUENCE"]) >= 0 and str(event["SUMMARY"]), "event"
        named = event["DTSTART"].params.get("TZID")
        assert named is None or named in zones, f"{named} is not described"
        end = event["DTEND"].dt if "DTEND" in event else event["DTSTART"].dt + event["DURATION"].dt if "DURATION" in event else None
        assert end is None or end > event["DTSTART"].dt, f"it ends before it begins"
    count = len(calendar.walk("VEVENT"))
    assert len(uids) == count, f"an UID twice"
    assert events is None or count == events, f"{count} events"
    assert Calendar.from_ical(calendar.to_ical())


with Demo(sys.argv[1]) as demo:
    api, meetings = demo.url + "/api/v1", 0
    for handle, cookie in demo.everybody():
        url = json.load(send("POST", api + "/me/calendar/feed", cookie, {}))["url"]
        feed = demo.url + urllib.parse.urlparse(url).path
        check(get(feed).decode(), f"{handle}'s feed")
        for zone in ["America/Los_Angeles", "Asia/Kolkata", "UTC"]:
            send("PUT", api + "/me/letters", cookie, {"topics": {}, "zone": zone})
            for referral in json.loads(get(api + "/referrals?limit=100&show=under-way", cookie))["items"]:
                path = f"{api}/referrals/{referral['id']}/meeting"
                on = (datetime.now() + timedelta(days=400)).date().isoformat()
                place = ("Salt & Fig; “the corner”, 2nd floor\\n " + "é" * 160)[:160]
                if send("PUT", path, cookie, {"on": on, "at": "15:30", "place": place}):
                    check(get(path + ".ics", cookie).decode(), f"{handle}'s meeting in {zone}", 1)
                    check(get(feed).decode(), f"{handle}'s feed with it")
                    send("DELETE", path, cookie, {})
                    meetings += 1
    for letter in json.loads(get(demo.url + "/dev/mailbox.json")):
        if (letter.get("attachment") or "").startswith("BEGIN:VCALENDAR"):
            check(letter["attachment"], "an invitation", 1)
if not meetings:
    wrong.append("not ok: no meeting could be set")
print(*wrong[:20], *demo.errors()[:20], sep="\n")
failed = len(wrong) + len(demo.errors())
print(f"{read - len(wrong)} passed, {failed} failed")
sys.exit(1 if failed else 0)
