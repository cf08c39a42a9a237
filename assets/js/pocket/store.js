// What a phone keeps: sheets with names, and marks not yet sent, each encrypted with a key that leaves the browser in no way.
// Whoever copies the files of a lost phone reads nothing; a sheet whose time is over is deleted with its key.
import { openDB } from 'idb'

const NAME = 'foglio-in-tasca'
const UNSENT = 'unsent'

const open = () => openDB(NAME, 1, {
  upgrade(db) {
    db.createObjectStore('keys')
    db.createObjectStore('sheets', { keyPath: 'path' })
    db.createObjectStore('marks', { keyPath: 'id' })
  },
})

async function keyFor(db, name) {
  const known = await db.get('keys', name)
  if (known) return known
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  await db.put('keys', key, name)
  return key
}

async function seal(db, name, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const data = new TextEncoder().encode(JSON.stringify(value))
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyFor(db, name), data) }
}

async function unseal(db, name, { iv, data }) {
  const clear = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await db.get('keys', name), data)
  return JSON.parse(new TextDecoder().decode(clear))
}

// A sheet is known by its path, slug/activity/meeting. The device's number stays with it, so that the site can tell two apart.
export async function keepSheet(path, sheet) {
  const db = await open()
  const device = (await db.get('sheets', path))?.device ?? crypto.randomUUID()
  await db.put('sheets', { path, device, expiresAt: Date.parse(sheet.expires_at) - sheet.offset, sealed: await seal(db, path, sheet) })
}

export async function readSheet(path) {
  const db = await open()
  const row = await db.get('sheets', path)
  return row && { ...(await unseal(db, path, row.sealed)), device: row.device }
}

export async function listSheets() {
  const db = await open()
  const rows = await db.getAll('sheets')
  return Promise.all(rows.map(async (row) => ({ path: row.path, ...(await unseal(db, row.path, row.sealed)) })))
}

export async function forgetSheet(path) {
  const db = await open()
  await db.delete('sheets', path)
  await db.delete('keys', path)
}

export async function forgetWhatIsOver(now = Date.now()) {
  const db = await open()
  for (const row of await db.getAll('sheets')) if (row.expiresAt <= now) await forgetSheet(row.path)
}

export async function keepMark(path, kind, mark) {
  const db = await open()
  await db.put('marks', { id: mark.id, path, kind, refusal: '', sealed: await seal(db, UNSENT, mark) })
}

export async function listMarks(path) {
  const db = await open()
  const rows = (await db.getAll('marks')).filter((row) => row.path === path)
  const marks = await Promise.all(rows.map(async ({ kind, refusal, sealed }) => ({ kind, refusal, ...(await unseal(db, UNSENT, sealed)) })))
  return marks.sort((one, other) => one.at.localeCompare(other.at))
}

export async function pathsOfMarks() {
  return [...new Set((await (await open()).getAll('marks')).map((row) => row.path))]
}

export async function countUnsent() {
  return (await (await open()).getAll('marks')).filter((row) => !row.refusal).length
}

// What the site took is forgotten; what it refused stays with the reason until somebody has read it.
export async function settle(answers) {
  const db = await open()
  for (const [id, refusal] of Object.entries(answers)) {
    const row = await db.get('marks', id)
    if (row && refusal) await db.put('marks', { ...row, refusal })
    else await db.delete('marks', id)
  }
}

export async function forgetMark(id) {
  await (await open()).delete('marks', id)
}
