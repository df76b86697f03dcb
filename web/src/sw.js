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
