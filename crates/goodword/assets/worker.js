// The network first, always. What was looked at lately can be read without one; signing out takes it away.
const SHELL = "shell-{version}", PAGES = "pages-{version}", MOST = 40;
const BASICS = ["/offline", "{style}", "{script}", "{phone}", "{icon}", "{picture}"];
// Only these are kept. Pages behind signed links, forms that sign in and files are not among them.
const KEPT = /^\/(|about|privacy|groups|needs|notices|people|profile|referrals|trust|vouches)(\/|$)/;

addEventListener("install", (e) => e.waitUntil(caches.open(SHELL).then((c) => c.addAll(BASICS)).then(() => skipWaiting())));
addEventListener("activate", (e) => e.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
  await clients.claim();
})()));

const keep = async (request, answer) => {
  const pages = await caches.open(PAGES);
  await pages.delete(request, { ignoreVary: true });
  await pages.put(request, answer);
  for (const old of (await pages.keys()).slice(0, -MOST)) await pages.delete(old);
};

const page = async (e) => {
  try {
    const answer = await fetch(e.request);
    const path = new URL(answer.url || e.request.url).pathname;
    // Signed out meanwhile, here or elsewhere: what was kept was for somebody signed in.
    if (path === "/sign-in") e.waitUntil(caches.delete(PAGES));
    else if (answer.ok && !answer.redirected && KEPT.test(path) && /^text\/html/.test(answer.headers.get("content-type"))) {
      e.waitUntil(keep(e.request, answer.clone()));
    }
    return answer;
  } catch (gone) {
    const shown = await caches.match(e.request, { cacheName: PAGES, ignoreVary: true });
    if (!shown) return caches.match("/offline", { cacheName: SHELL, ignoreVary: true });
    // As it was kept, with the line that says so.
    return new Response((await shown.text()).replace("data-offline hidden", "data-offline"), { headers: shown.headers });
  }
};

addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname === "/sign-out") return e.waitUntil(caches.delete(PAGES));
  if (e.request.method !== "GET") return;
  if (e.request.mode === "navigate") return e.respondWith(page(e));
  if (url.pathname.startsWith("/assets/")) e.respondWith(caches.match(e.request).then((kept) => kept ?? fetch(e.request)));
});

addEventListener("push", (e) => {
  const told = e.data?.json() ?? {};
  e.waitUntil(registration.showNotification(told.title, { body: told.body, tag: told.tag, icon: "{picture}", data: told.url }));
});
addEventListener("notificationclick", (e) => {
  e.notification.close();
  e.waitUntil(clients.openWindow(e.notification.data ?? "/"));
});
