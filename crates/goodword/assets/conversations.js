// Conversations: drafts that survive a reload, the time left to correct, what is new, focus on what a link points to.
(() => {
  const keep = (act) => { try { return act(localStorage); } catch { return null; } };
  const now = Date.now();

  // A draft a form; it goes once the comment it became stands on a page.
  const form = document.querySelector("form[data-draft]"), box = form?.querySelector("textarea[name=text]");
  const name = form && `draft:${form.dataset.draft}`;
  const sent = keep((s) => s.getItem("draft-sent"));
  const refused = document.querySelector(".error-summary");
  if (sent && !refused && sent !== location.pathname + location.search && (location.hash.startsWith("#comment-") || !form || sent.slice(6) !== form.dataset.draft)) {
    keep((s) => { s.removeItem(sent); s.removeItem("draft-sent"); });
  }
  if (box) {
    const draft = keep((s) => s.getItem(name));
    if (draft && !box.value) {
      box.value = draft;
      const note = document.createElement("p");
      note.className = "meta";
      note.setAttribute("role", "status");
      note.textContent = "Your draft is back.";
      box.after(note);
    }
    box.addEventListener("input", () => keep((s) => (box.value ? s.setItem(name, box.value) : s.removeItem(name))));
    form.addEventListener("submit", (e) => { if (e.submitter?.value !== "preview") keep((s) => s.setItem("draft-sent", name)); });
  }

  // How long a comment can still be corrected.
  const left = () => document.querySelectorAll("[data-until]").forEach((link) => {
    const minutes = Math.ceil((link.dataset.until - Date.now()) / 60000);
    if (minutes > 0) link.querySelector(".left").textContent = ` (${minutes} min left)`;
    else if (link.matches("a")) link.remove();
  });
  if (document.querySelector("[data-until]")) { left(); setInterval(left, 30000); }

  // What is new since this browser was here, where nobody is signed in: kept in this browser only.
  const talk = document.querySelector("[data-post]");
  if (talk && !document.querySelector(".has-nav")) {
    const key = `seen:${talk.dataset.post}`, before = Number(keep((s) => s.getItem(key)));
    if (before) talk.querySelectorAll(".comment .when time").forEach((time) => {
      if (Date.parse(time.dateTime) <= before || time.closest("article").querySelector(".new")) return;
      const mark = document.createElement("span");
      mark.className = "tag basis new";
      mark.textContent = "new";
      time.closest("article").querySelector(".who").append(" ", mark);
    });
    if (!before || now - before > 1800000) keep((s) => s.setItem(key, now));
  }

  // Land on what the address points to, also inside a branch that is closed.
  const land = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let d = target.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    target.focus({ preventScroll: false });
  };
  addEventListener("hashchange", land);
  land();
})();
