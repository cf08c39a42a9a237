// Sending what was marked and hearing what others marked. Nothing is forgotten before the site has answered for it.
import { countUnsent, forgetSheet, forgetSheets, keepSheet, listMarks, readSheet, settle } from './store.js'

const AT_ONCE = 200
const root = location.pathname.replace(/foglio-in-tasca.*$/, '')
const addressOf = (path) => {
  const [slug, activity, meeting] = path.split('/').map(encodeURIComponent)
  return `${root}${slug}/attivita/${activity}/incontri/${meeting}/presenze/tasca`
}

// Thrown where the site answers with a page in place of data: whoever was signed in is not any more.
export class SignedOut extends Error {}

// Thrown where the site has a sentence to say; `isForGood` where the meeting is not for who asks, or not there any more.
export class Refused extends Error {
  constructor(sentence, isForGood) {
    super(sentence)
    this.isForGood = isForGood
  }
}

async function answer(address, options) {
  const headers = { Accept: 'application/json', ...options.headers }
  const response = await fetch(address, { ...options, headers, cache: 'no-store' })
  if (response.status >= 500 || response.status === 429) throw new Error('the site does not answer')
  if (response.redirected || !response.headers.get('Content-Type')?.startsWith('application/json')) throw new SignedOut()
  const told = await response.json()
  if (told.owner) await meet(told.owner)
  if (!response.ok) throw new Refused(told.error, [403, 404].includes(response.status))
  return told
}

// Names are of who took them along: when somebody else is signed in here, they go.
async function meet(owner) {
  if (localStorage.getItem('pocket-owner') === owner) return
  await forgetSheets()
  localStorage.setItem('pocket-owner', owner)
}

// Phones go wrong by minutes: what the site's clock is ahead of this one, for what is shown.
const offsetOf = (told) => Date.parse(told.now) - Date.now()

// Keeps the fresh sheet and returns it, or its refusal where there is none.
export async function fetchSheet(path) {
  try {
    const { csrf: _csrf, ...sheet } = await answer(addressOf(path), {})
    if (!sheet.refusal) await keepSheet(path, { ...sheet, offset: offsetOf(sheet) })
    return sheet
  } catch (error) {
    if (!(error instanceof Refused && error.isForGood)) throw error
    await giveUp(path, error.message)
    return { refusal: error.message }
  }
}

// The meeting is not for who is signed in: its names go, and what was marked stays with the reason.
async function giveUp(path, sentence) {
  await forgetSheet(path)
  const unsent = (await listMarks(path)).filter((one) => !one.refusal && one.owner === localStorage.getItem('pocket-owner'))
  await settle(Object.fromEntries(unsent.map(({ mark }) => [mark.id, sentence])))
}

// A mark and its sending are told by the same clock, this phone's: the site takes the difference, so a wrong clock does no harm.
function body(device, owner, several) {
  const of = (kind) => several.filter((one) => one.kind === kind).map(({ mark: { title: _title, ...mark } }) => mark)
  return JSON.stringify({ owner, device, sent_at: new Date().toISOString(), taps: of('tap'), exits: of('exit') })
}

async function send(path, device, told, waiting) {
  let latest = told
  for (let start = 0; start < waiting.length; start += AT_ONCE) {
    const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': told.csrf }
    const several = waiting.slice(start, start + AT_ONCE)
    latest = await answer(addressOf(path), { method: 'POST', headers, body: body(device, told.owner, several) })
    await settle(latest.answers)
  }
  return latest
}

async function exchange(path) {
  const told = await answer(`${addressOf(path)}/stato`, {})
  const waiting = (await listMarks(path)).filter((one) => !one.refusal && one.owner === told.owner)
  const device = (await readSheet(path))?.device ?? crypto.randomUUID()
  const latest = await send(path, device, told, waiting)
  const sheet = await readSheet(path)
  if (!latest.version || !sheet) return
  if (latest.version !== sheet.version) await fetchSheet(path)
  else await keepSheet(path, { ...sheet, seen: latest.seen, standing: latest.standing, offset: offsetOf(told) })
}

let last = Promise.resolve()

// One at a time on this phone, however many pages of it are open.
function alone(work) {
  if (navigator.locks) return navigator.locks.request('foglio-in-tasca', work)
  last = last.catch(() => {}).then(work)
  return last
}

// Sends what waits for this meeting and brings its sheet up to date. Returns the sentence where the meeting is not for who is
// signed in, or not there any more; raises SignedOut, Refused, or what fetch raises without network.
export const sync = (path) => alone(async () => {
  try {
    await exchange(path)
    return ''
  } catch (error) {
    if (!(error instanceof Refused && error.isForGood)) throw error
    await giveUp(path, error.message)
    return error.message
  }
})

// Other pages of the site ask before they sign somebody out who has marks here.
export async function noteUnsent() {
  const count = await countUnsent()
  if (count) localStorage.setItem('unsent-marks', count)
  else localStorage.removeItem('unsent-marks')
  return count
}
