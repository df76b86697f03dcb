// The offline shell: the page, its scripts and styles. Answers of /api are never stored, so no personal data stays here.
const SHELL = /* SHELL */ [];
const CACHE =
  "shell-" +
  SHELL.join("|")
    .split("")
    .reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, 7);

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (
    request.method !== "GET" ||
    url.origin !== location.origin ||
    /^\/(api|local|desk)(\/|$)/.test(url.pathname)
  )
    return;
  if (request.mode === "navigate") {
    // The network first, so that a new version is seen at once; the stored page only when there is no network.
    event.respondWith(fetch(request).catch(() => caches.match("/")));
  } else if (SHELL.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((stored) => stored || fetch(request)));
  }
});

// A push says a kind, a fixed title and a path, and nothing about a person.
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data.json();
  } catch {
    // Of another version: something must be shown all the same, or the browser takes the leave back.
  }
  const title = typeof said.title === "string" ? said.title : "Новое в личном кабинете";
  const path = typeof said.path === "string" && /^\/(?!\/)/.test(said.path) ? said.path : "/";
  const isEmergency = said.kind === "emergencies";
  event.waitUntil(
    self.registration.showNotification(title, {
      body: "Откройте личный кабинет, чтобы узнать подробности.",
      icon: "/icon-192.png",
      lang: "ru",
      tag: title,
      renotify: true,
      requireInteraction: isEmergency,
      data: { path },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data?.path ?? "/", location.origin).href;
  const open = async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const own = windows.find((each) => each.url === target) ?? windows[0];
    if (!own) return self.clients.openWindow(target);
    const focused = await own.focus();
    return focused.url === target ? focused : focused.navigate(target);
  };
  event.waitUntil(open());
});
