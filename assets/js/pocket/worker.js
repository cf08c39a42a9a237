// Opens the page of the sheet without network. It answers for that page and for its own files, and keeps nothing else.
const CACHE = 'foglio-in-tasca'
const PATIENCE = 4000

addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))

async function page(request) {
  const late = new Promise((_resolve, reject) => setTimeout(() => reject(new Error('late')), PATIENCE))
  try {
    return await Promise.race([fetch(request), late])
  } catch {
    return (await caches.match(registration.scope, { cacheName: CACHE })) ?? fetch(request)
  }
}

async function file(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request)
}

addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (url.origin !== location.origin || event.request.method !== 'GET') return
  if (event.request.mode === 'navigate') event.respondWith(page(event.request))
  else if (url.pathname.startsWith('/static/')) event.respondWith(file(event.request))
})
