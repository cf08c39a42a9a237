// What a phone keeps: sheets with names, and marks not yet sent, each encrypted with a key that leaves the browser in no way.
// Whoever copies the files of a lost phone reads nothing; a sheet whose time is over is deleted with its key. Marks hold no
// name and stand in a database of their own: they outlive the sheets of who was signed in before.
import { openDB } from 'idb'

const MARKS_KEPT = 7 * 24 * 60 * 60_000
const opened = new Map()

function open(name, store, keyPath) {
  if (!opened.has(name)) {
    opened.set(name, openDB(name, 1, {
      upgrade(db) {
        db.createObjectStore('keys')
        db.createObjectStore(store, { keyPath })
      },
      // Another page wants to delete it, because somebody else has signed in.
      blocking(_current, _blocked, event) {
        event.target.close()
        opened.delete(name)
      },
      terminated: () => opened.delete(name),
    }))
  }
  return opened.get(name)
}

const sheets = () => open('foglio-in-tasca', 'sheets', 'path')
const marks = () => open('segni-in-tasca', 'marks', 'id')

// Two pages that ask at the same time are given the same key: who comes second finds the first one's.
async function keyFor(db, name) {
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const transaction = db.transaction('keys', 'readwrite')
  const known = await transaction.store.get(name)
  if (!known) await transaction.store.put(made, name)
  await transaction.done
  return known ?? made
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

// A row whose key is gone is read by nobody any more: it is dropped, and stops no other.
async function readRow(db, store, row, key) {
  try {
    return await unseal(db, key, row.sealed)
  } catch {
    await db.delete(store, row.path && store === 'sheets' ? row.path : row.id)
    return null
  }
}

// A sheet is known by its path, slug/activity/meeting. The device's number stays with it, so that the site can tell two apart.
export async function keepSheet(path, sheet) {
  const db = await sheets()
  const sealed = await seal(db, path, sheet)
  const device = (await db.get('sheets', path))?.device ?? crypto.randomUUID()
  await db.put('sheets', { path, device, expiresAt: Date.parse(sheet.expires_at) - sheet.offset, sealed })
}

export async function readSheet(path) {
  const db = await sheets()
  const row = await db.get('sheets', path)
  const sheet = row && (await readRow(db, 'sheets', row, path))
  return sheet ? { ...sheet, device: row.device } : null
}

export async function listSheets() {
  const db = await sheets()
  const rows = await db.getAll('sheets')
  const read = await Promise.all(rows.map(async (row) => [row.path, await readRow(db, 'sheets', row, row.path)]))
  return read.filter(([, sheet]) => sheet).map(([path, sheet]) => ({ path, ...sheet }))
}

export async function forgetSheet(path) {
  const db = await sheets()
  await db.delete('sheets', path)
  await db.delete('keys', path)
}

export async function forgetSheets() {
  const db = await sheets()
  await db.clear('sheets')
  await db.clear('keys')
}

export async function forgetWhatIsOver(now = Date.now()) {
  const db = await sheets()
  for (const row of await db.getAll('sheets')) if (row.expiresAt <= now) await forgetSheet(row.path)
  const left = await marks()
  for (const row of await left.getAll('marks')) if (row.keptAt + MARKS_KEPT <= now) await forgetMark(row.id)
}

// `title` says later of which meeting a mark is, when its sheet is gone; each mark has a key of its own that goes with it.
export async function keepMark({ path, owner, title }, kind, mark) {
  const db = await marks()
  const sealed = await seal(db, mark.id, { ...mark, title })
  await db.put('marks', { id: mark.id, path, owner, kind, keptAt: Date.now(), refusal: '', sealed })
}

// Returns the marks of this meeting in the order in which they were made; without a path, all of them.
export async function listMarks(path) {
  const db = await marks()
  const rows = (await db.getAll('marks')).filter((row) => !path || row.path === path)
  const read = await Promise.all(rows.map(async (row) => {
    const mark = await readRow(db, 'marks', row, row.id)
    return mark && { path: row.path, owner: row.owner, kind: row.kind, refusal: row.refusal, mark }
  }))
  return read.filter(Boolean).sort((one, other) => one.mark.at.localeCompare(other.mark.at))
}

export async function countUnsent() {
  return (await (await marks()).getAll('marks')).filter((row) => !row.refusal).length
}

// What the site took is forgotten; where it has something to say the mark stays with the sentence until somebody has read it.
export async function settle(answers) {
  const db = await marks()
  for (const [id, refusal] of Object.entries(answers)) {
    const row = await db.get('marks', id)
    if (row && refusal) await db.put('marks', { ...row, refusal })
    else await forgetMark(id)
  }
}

export async function forgetMark(id) {
  const db = await marks()
  await db.delete('marks', id)
  await db.delete('keys', id)
}
