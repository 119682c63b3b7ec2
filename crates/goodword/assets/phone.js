// The worker, the hint that this can be installed, and being told on this device. Every page works without it.
(async () => {
  const all = (what, act) => document.querySelectorAll(what).forEach(act);
  if (!("serviceWorker" in navigator)) return;
  const worker = navigator.serviceWorker.register("/sw.js").catch(() => null);

  // Browsers offer to install by themselves, at moments of their own; here it is one quiet line in the menu.
  addEventListener("beforeinstallprompt", (e) => {
    e.preventDefault();
    all("[data-install]", (line) => { line.hidden = false; line.onclick = () => { e.prompt(); line.hidden = true; }; });
  });

  // Offered where the page says so: after something was done, and on the page of switches. Never on arriving.
  const places = document.querySelectorAll("[data-push-here]");
  if (!places.length || !("PushManager" in window) || Notification.permission === "denied") return;
  if (localStorage.pushDeclined && !location.pathname.startsWith("/preferences/")) return;
  const ready = await worker;
  if (!ready || await ready.pushManager.getSubscription()) return;
  places.forEach((place) => {
    place.hidden = false;
    const words = place.querySelector("[data-push-words]");
    place.querySelector("[data-push-not]")?.addEventListener("click", () => { localStorage.pushDeclined = 1; place.remove(); });
    place.querySelector("[data-push-on]").addEventListener("click", async () => {
      try {
        if (await Notification.requestPermission() !== "granted") throw new Error("not allowed");
        const key = await (await fetch("/preferences/push/key")).text();
        await navigator.serviceWorker.ready;
        const given = (await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
        const body = new URLSearchParams({ endpoint: given.endpoint, p256dh: given.keys.p256dh, auth: given.keys.auth });
        const answer = await fetch("/preferences/push/devices", { method: "POST", body });
        if (!answer.ok) throw new Error("not taken");
        words.textContent = "This device will tell you.";
        place.querySelectorAll("button").forEach((b) => b.remove());
      } catch { words.textContent = "This browser did not allow it. E-mail comes all the same."; }
    });
  });
})();
