// The sheet in the pocket: shows what the phone keeps, takes taps, sends them when there is a network.
import { canScan, findPerson, scan } from './codes.js'
import { build, isIn, show, time, waits } from './person.js'
import { showRefused } from './refused.js'
import { forgetMark, forgetSheet, forgetWhatIsOver, keepMark, listMarks, listSheets, readSheet } from './store.js'
import { fetchSheet, noteUnsent, Refused, SignedOut, sync } from './sync.js'

const EVERY = 60_000
const SOON = 600
const page = document.getElementById('pocket')
const part = (name) => page.querySelector(`[data-part="${name}"]`)
const words = page.dataset
const numbered = (key, count) => (count === 1 ? words[`${key}One`] : words[`${key}Many`]).replace('{n}', count)
const now = () => Date.now() + (sheet?.offset ?? 0)
const pathOfAddress = () => decodeURIComponent(location.hash.slice(1))

let path = ''
let sheet = null
let rows = new Map()
let timer = null
let trouble = ''
let sentence = ''

function overlay(standing, marks) {
  const shown = structuredClone(standing)
  for (const { kind, mark } of marks) {
    const one = shown[mark.signup]
    if (!one) continue
    const at = new Date(Date.parse(mark.at) + sheet.offset).toISOString()
    if (kind === 'tap') Object.assign(one, { state: mark.state, missed: mark.missed, at, conflict: '' })
    else one.home = mark.way && { way: mark.way, by: mark.by, at }
  }
  return shown
}

function showHead() {
  part('title').textContent = sheet.title
  part('when').textContent = sheet.when
  part('expires').textContent = words.expires.replace('{time}', sheet.expires)
}

// A row is built anew where the site says something new of the person; what is typed elsewhere stays.
function buildRows() {
  const built = new Map(rows)
  rows = new Map(sheet.people.map(({ code: _code, ...person }) => {
    const told = JSON.stringify(person)
    const before = built.get(person.id)
    if (before?.dataset.told === told) return [person.id, before]
    const row = build(person, {
      mark: (state, missed) => tap(person.id, state, missed),
      leave: (way, by, reason) => leave(person.id, person, way, by, reason),
    })
    row.dataset.told = told
    return [person.id, row]
  }))
  const isSame = built.size === rows.size && [...rows].every(([id, row]) => built.get(id) === row)
  if (!isSame) part('people').replaceChildren(...rows.values())
  part('nobody').hidden = sheet.people.length > 0
}

async function render() {
  sheet = (await readSheet(path)) ?? sheet
  showHead()
  buildRows()
  const unsent = (await listMarks(path)).filter((one) => !one.refusal && one.owner === sheet.owner)
  const standing = overlay(sheet.standing, unsent)
  for (const person of sheet.people) if (standing[person.id]) show(rows.get(person.id), person, standing[person.id])
  const marked = sheet.people.filter((person) => standing[person.id]?.state).length
  part('marked').textContent = words.marked.replace('{n}', marked).replace('{all}', sheet.people.length)
  const waiting = sheet.people.filter((person) => standing[person.id] && waits(person, standing[person.id])).length
  part('waiting').hidden = !waiting
  part('waiting-text').textContent = waiting ? numbered('waiting', waiting) : ''
  await showRefused(path, sheet, render)
  await showBar(unsent.length)
  return standing
}

function barText(unsent) {
  if (trouble === 'signed-out') return words.signedOut
  if (trouble === 'said') return sentence
  const isOffline = !navigator.onLine || trouble === 'network'
  if (unsent) return numbered(isOffline ? 'offline' : 'sending', unsent)
  return isOffline ? words.offline : words.online
}

async function showBar(unsent) {
  await noteUnsent()
  const isDanger = ['signed-out', 'said'].includes(trouble)
  const isWarning = unsent || !navigator.onLine || trouble === 'network'
  part('bar').className = `notice tone-${isDanger ? 'danger' : isWarning ? 'warning' : 'success'}`
  const text = barText(unsent)
  if (part('bar-text').textContent !== text) part('bar-text').textContent = text
  part('sign-in').hidden = trouble !== 'signed-out'
}

function noteTrouble(error) {
  sentence = error instanceof Refused ? error.message : ''
  trouble = error instanceof SignedOut ? 'signed-out' : sentence ? 'said' : 'network'
}

async function exchange() {
  clearTimeout(timer)
  try {
    const refusal = await sync(path)
    trouble = ''
    if (refusal || !(await readSheet(path))) return showMissing(refusal || words.missing)
  } catch (error) {
    noteTrouble(error)
  }
  await render()
  timer = setTimeout(exchange, EVERY)
}

function soon() {
  clearTimeout(timer)
  timer = setTimeout(exchange, SOON)
}

function why() {
  if (sheet.is_cancelled) return words.cancelled
  if (now() < Date.parse(sheet.opens_at)) return words.early
  return ''
}

async function note(kind, signup, values) {
  const refusal = why()
  if (refusal) say(refusal, 'warning')
  else await keepMark({ path, owner: sheet.owner, title: `${sheet.title}, ${sheet.when}` }, kind, { id: crypto.randomUUID(), signup, at: new Date().toISOString(), ...values })
  await render()
  soon()
}

const tap = (signup, state, missed) => note('tap', signup, { state, missed: ['late', 'left_early'].includes(state) ? missed : 0, seen: sheet.seen })

function leave(signup, person, way, by, reason) {
  const isFree = way === null || way === 'named_adult' || (way === 'alone' && person.alone)
  if (!isFree && !reason) return say(words.needsReason, 'warning')
  return note('exit', signup, { way, by, reason })
}

function say(text, tone) {
  part('said').className = `notice tone-${tone}`
  part('said').hidden = false
  part('said-text').textContent = text
}

async function letIn(code) {
  const person = await findPerson(sheet, code)
  if (person === 'elsewhere') return say(words.elsewhere, 'danger')
  if (!person) return say(words.unknown, 'danger')
  if (now() >= Date.parse(sheet.ends_at)) return say(words.over, 'warning')
  const standing = (await render())[person.id]
  if (isIn(standing)) return say(words.already.replace('{name}', person.name).replace('{time}', time(standing.at)), 'warning')
  const minutes = Math.floor((now() - Date.parse(sheet.starts_at)) / 60_000)
  const isLate = minutes > sheet.grace
  await tap(person.id, isLate ? 'late' : 'present', isLate ? minutes : 0)
  if (!why()) say((isLate ? words.inLate : words.inNow).replace('{name}', person.name).replace('{n}', minutes), 'success')
}

function takeCodes() {
  part('code-form').addEventListener('submit', async (event) => {
    event.preventDefault()
    await letIn(part('code').value)
    part('code').value = ''
    part('code').focus()
  })
  if (!canScan()) return
  let stop = null
  const button = part('scan')
  button.hidden = false
  button.addEventListener('click', async () => {
    if (stop) { stop(); stop = null } else {
      try { stop = await scan(part('camera'), letIn) } catch { say(words.noCamera, 'warning') }
    }
    part('camera').hidden = !stop
    button.textContent = stop ? button.dataset.stop : button.dataset.start
  })
}

// The page and its files are kept by the browser, so that it opens without network.
async function keepPage() {
  await navigator.serviceWorker.register(`${location.pathname}/servizio.js`, { scope: location.pathname })
  await navigator.serviceWorker.ready
  const files = performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)
  const own = files.filter((file) => file.startsWith('/static/'))
  const named = [...document.querySelectorAll('link[href^="/static/"], script[src^="/static/"]')].map((one) => one.getAttribute('href') ?? one.getAttribute('src'))
  const cache = await caches.open('foglio-in-tasca')
  await cache.addAll([location.pathname, ...new Set([...own, ...named])])
}

async function openSheet() {
  part('one').hidden = false
  await render()
  await exchange()
}

async function showList() {
  const sheets = await listSheets()
  part('list').hidden = false
  part('none').hidden = sheets.length > 0
  part('sheets').replaceChildren(...sheets.map((one) => {
    const item = document.createElement('li')
    const link = document.createElement('a')
    link.href = `#${one.path}`
    link.textContent = `${one.title}, ${one.when}`
    item.append(link)
    return item
  }))
  await showRefused('', null, showList)
  await sendLeftovers(sheets)
}

// Marks whose sheet is over hold no name: they are sent all the same, and what the site says of them is shown here.
async function sendLeftovers(sheets) {
  const unsent = (await listMarks()).filter((one) => !one.refusal && one.owner === localStorage.getItem('pocket-owner'))
  const paths = new Set(unsent.map((one) => one.path).filter((left) => !sheets.some((one) => one.path === left)))
  for (const left of paths) {
    try { await sync(left) } catch (error) { noteTrouble(error) }
  }
  await noteUnsent()
  if (paths.size) await showRefused('', null, showList)
}

async function showMissing(text) {
  clearTimeout(timer)
  part('one').hidden = true
  part('missing').hidden = false
  part('missing-text').textContent = text
  await showList()
}

async function start() {
  await forgetWhatIsOver()
  path = pathOfAddress()
  if (!path) return showList()
  let refusal = ''
  try { refusal = (await fetchSheet(path)).refusal ?? '' } catch (error) { noteTrouble(error) }
  sheet = await readSheet(path)
  if (sheet && !refusal) await openSheet()
  else await showMissing(refusal || (trouble === 'signed-out' ? words.signedOut : words.missing))
}

addEventListener('online', soon)
addEventListener('offline', () => sheet && render())
addEventListener('hashchange', () => location.reload())
setInterval(async () => {
  if (sheet && Date.parse(sheet.expires_at) <= now()) { await forgetWhatIsOver(); location.replace(location.pathname) }
}, EVERY)
part('refresh').addEventListener('click', () => location.reload())
part('forget').addEventListener('click', async () => {
  await forgetSheet(path)
  for (const { mark } of await listMarks(path)) await forgetMark(mark.id)
  await noteUnsent()
  location.replace(location.pathname)
})

takeCodes()
await start()
const isHere = navigator.serviceWorker?.controller && trouble === 'network'
if (isHere) part('kept').hidden = false
else keepPage().then(() => { part('kept').hidden = false }, () => say(words.notKept, 'warning'))
