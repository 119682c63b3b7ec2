// Every page works without this file.
(() => {
  const root = document.documentElement;
  const all = (what, act) => document.querySelectorAll(what).forEach(act);
  const on = (kind, act) => document.addEventListener(kind, act);

  // Ctrl/⌘K and "/" go to the search or ask box; <html data-keys="off"> turns "/" off (WCAG 2.1.4).
  on("keydown", (e) => {
    const free = !e.target.closest?.("input, textarea, select") && root.dataset.keys !== "off";
    const wanted = e.ctrlKey || e.metaKey ? e.key === "k" && !e.shiftKey && !e.altKey : e.key === "/" && free;
    const box = wanted && document.querySelector("[data-search], input[type=search], .ask textarea");
    if (box) { e.preventDefault(); box.focus(); box.select(); }
    if (e.key === "Escape") all("details.menu[open]", (m) => { m.open = false; m.firstElementChild.focus(); });
  });

  on("click", async (e) => {
    all("details.menu[open]", (m) => { if (!m.contains(e.target)) m.open = false; });
    const button = e.target.closest?.("button");
    if (!button) return;
    const { dismiss, copy, opens } = button.dataset;
    if (dismiss !== undefined) button.closest(".notice, .card")?.remove();
    if (opens) document.getElementById(opens)?.showModal();
    if (copy) {
      button.setAttribute("aria-live", "polite");
      try {
        await navigator.clipboard.writeText(new URL(copy, location.href).href);
        button.textContent = "Copied";
      } catch { button.textContent = "Could not copy"; }
    }
  });

  // Browsers that do not know scroll-initial-target: the tab one is on is in view.
  all(".tabs [aria-current=page]", (a) => {
    if (!CSS.supports("scroll-initial-target", "nearest")) a.parentElement.scrollLeft = a.offsetLeft - a.parentElement.offsetLeft - 24;
  });

  // A plain form too; the server reads the cookie, so nothing flashes.
  const theme = (choice) => {
    if (choice === "auto") delete root.dataset.theme; else root.dataset.theme = choice;
    all(".theme button", (b) => b.setAttribute("aria-pressed", b.value === choice));
  };
  theme(/(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1] ?? root.dataset.theme ?? "auto");

  // One press, one request; the button is never disabled.
  const freed = (form) => {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  };
  on("submit", (e) => {
    const form = e.target, button = e.submitter;
    if (button && form.matches(".theme")) {
      e.preventDefault();
      document.cookie = `theme=${button.value};path=/;max-age=31536000;samesite=lax`;
      return theme(button.value);
    }
    if (e.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) return e.preventDefault();
    form.dataset.sent = 1;
    button?.setAttribute("aria-busy", true);
    setTimeout(freed, 8000, form);
  });
  addEventListener("pageshow", () => all("[data-sent]", freed));

  // <textarea maxlength="600" data-count="hint-id">: that hint then says how much is left.
  const count = (box) => {
    const hint = document.getElementById(box.dataset.count), left = box.maxLength - box.value.length;
    if (hint) hint.textContent = `${left} character${left === 1 ? "" : "s"} left`;
  };
  on("input", (e) => { if (e.target.dataset.count) count(e.target); });
  all("[data-count]", count);
})();
