// Sending what was marked and hearing what others marked. Nothing is forgotten before the site has answered for it.
import { countUnsent, keepSheet, listMarks, readSheet, settle } from './store.js'

const root = location.pathname.replace(/foglio-in-tasca.*$/, '')
const addressOf = (path) => {
  const [slug, activity, meeting] = path.split('/').map(encodeURIComponent)
  return `${root}${slug}/attivita/${activity}/incontri/${meeting}/presenze/tasca`
}

// Thrown where the site answers with a page in place of data: whoever was signed in is not any more, or may not.
export class SignedOut extends Error {}

async function answer(path, options) {
  const response = await fetch(addressOf(path), { ...options, cache: 'no-store' })
  const isData = response.headers.get('Content-Type')?.startsWith('application/json')
  if (response.status >= 500) throw new Error('the site does not answer')
  if (!isData) throw new SignedOut()
  return response.json()
}

// Phones go wrong by minutes: what the site's clock is ahead of this one.
const offsetOf = (told) => Date.parse(told.now) - Date.now()

// Returns the fresh sheet, or its refusal once there is none any more.
export async function fetchSheet(path) {
  const sheet = await answer(path, {})
  if (!sheet.refusal) await keepSheet(path, { ...sheet, offset: offsetOf(sheet) })
  return sheet
}

function body({ device, offset }, marks) {
  const of = (kind) => marks.filter((mark) => mark.kind === kind).map(({ kind: _kind, refusal: _refusal, ...mark }) => mark)
  return JSON.stringify({ device, sent_at: new Date(Date.now() + offset).toISOString(), taps: of('tap'), exits: of('exit') })
}

async function post(path, csrf, sender, marks) {
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': csrf }
  return answer(path, { method: 'POST', headers, body: body(sender, marks) })
}

// The token of a sheet taken before somebody signed in anew is another: then it is asked for once more.
async function send(path, sheet, marks) {
  const sender = sheet ?? { device: crypto.randomUUID(), offset: 0 }
  try {
    if (!sheet) throw new SignedOut()
    return await post(path, sheet.csrf, sender, marks)
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error
    const { csrf } = await fetchSheet(path)
    return post(path, csrf, sender, marks)
  }
}

export async function sync(path) {
  const waiting = (await listMarks(path)).filter((mark) => !mark.refusal)
  const sheet = await readSheet(path)
  if (!sheet && !waiting.length) return
  const told = await send(path, sheet, waiting)
  const latest = await readSheet(path)
  if (latest) await keepSheet(path, { ...latest, seen: told.seen, standing: told.standing, offset: offsetOf(told) })
  await settle(told.answers)
}

// Other pages of the site ask before they sign somebody out who has marks here.
export async function noteUnsent() {
  const count = await countUnsent()
  if (count) localStorage.setItem('unsent-marks', count)
  else localStorage.removeItem('unsent-marks')
  return count
}
