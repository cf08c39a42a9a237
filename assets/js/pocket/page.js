// The sheet in the pocket: shows what the phone keeps, takes taps, sends them when there is a network.
import { canScan, findPerson, scan } from './codes.js'
import { build, isIn, show, time, waits } from './person.js'
import { forgetMark, forgetSheet, forgetWhatIsOver, keepMark, listMarks, listSheets, pathsOfMarks, readSheet } from './store.js'
import { fetchSheet, noteUnsent, SignedOut, sync } from './sync.js'

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

function overlay(standing, marks) {
  const shown = structuredClone(standing)
  for (const mark of marks) {
    const one = shown[mark.signup]
    if (!one || mark.refusal) continue
    if (mark.kind === 'tap') Object.assign(one, { state: mark.state, missed: mark.missed, at: mark.at, conflict: '' })
    else one.home = mark.way && { way: mark.way, by: mark.by, at: mark.at }
  }
  return shown
}

async function render() {
  sheet = (await readSheet(path)) ?? sheet
  const marks = await listMarks(path)
  const standing = overlay(sheet.standing, marks)
  for (const person of sheet.people) if (standing[person.id]) show(rows.get(person.id), person, standing[person.id])
  const marked = sheet.people.filter((person) => standing[person.id]?.state).length
  part('marked').textContent = words.marked.replace('{n}', marked).replace('{all}', sheet.people.length)
  const waiting = sheet.people.filter((person) => standing[person.id] && waits(person, standing[person.id])).length
  part('waiting').hidden = !waiting
  part('waiting-text').textContent = waiting ? numbered('waiting', waiting) : ''
  showRefused(marks.filter((mark) => mark.refusal))
  await showBar(marks.filter((mark) => !mark.refusal).length)
  return standing
}

async function showBar(unsent) {
  await noteUnsent()
  const bar = part('bar')
  const isOffline = !navigator.onLine || trouble === 'network'
  bar.className = `notice tone-${trouble === 'signed-out' ? 'danger' : unsent || isOffline ? 'warning' : 'success'}`
  let text = isOffline ? words.offline : words.online
  if (unsent) text = numbered(isOffline ? 'offline' : 'sending', unsent)
  if (trouble === 'signed-out') text = words.signedOut
  if (part('bar-text').textContent !== text) part('bar-text').textContent = text
  part('sign-in').hidden = trouble !== 'signed-out'
}

function showRefused(refused) {
  part('refused').hidden = !refused.length
  part('refused-list').replaceChildren(...refused.map((mark) => {
    const name = sheet?.people.find((person) => person.id === mark.signup)?.name ?? words.somebody
    const item = document.createElement('li')
    item.textContent = `${name}, ${time(mark.at)}: ${mark.refusal} `
    const button = document.createElement('button')
    Object.assign(button, { type: 'button', className: 'btn btn-outline-primary btn-sm', textContent: words.understood })
    button.addEventListener('click', async () => { await forgetMark(mark.id); await render() })
    item.append(button)
    return item
  }))
}

async function exchange() {
  clearTimeout(timer)
  try {
    await sync(path)
    trouble = ''
  } catch (error) {
    trouble = error instanceof SignedOut ? 'signed-out' : 'network'
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
  else await keepMark(path, kind, { id: crypto.randomUUID(), signup, at: new Date(now()).toISOString(), ...values })
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
  part('title').textContent = sheet.title
  part('when').textContent = sheet.when
  part('expires').textContent = words.expires.replace('{time}', sheet.expires)
  rows = new Map(sheet.people.map((person) => [person.id, build(person, {
    mark: (state, missed) => tap(person.id, state, missed),
    leave: (way, by, reason) => leave(person.id, person, way, by, reason),
  })]))
  part('people').replaceChildren(...rows.values())
  part('nobody').hidden = sheet.people.length > 0
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
  // Marks whose sheet is over hold no name: they are sent all the same.
  for (const left of await pathsOfMarks()) if (!sheets.some((one) => one.path === left)) await sync(left).catch(() => {})
}

async function start() {
  await forgetWhatIsOver()
  path = pathOfAddress()
  if (!path) return showList()
  let refusal = ''
  try { refusal = (await fetchSheet(path)).refusal ?? '' } catch (error) { trouble = error instanceof SignedOut ? 'signed-out' : 'network' }
  sheet = await readSheet(path)
  if (sheet) await openSheet()
  else {
    part('missing').hidden = false
    part('missing-text').textContent = refusal || (trouble === 'signed-out' ? words.signedOut : words.missing)
    await showList()
  }
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
  for (const mark of await listMarks(path)) await forgetMark(mark.id)
  await noteUnsent()
  location.replace(location.pathname)
})

takeCodes()
await start()
const isHere = navigator.serviceWorker?.controller && trouble === 'network'
if (isHere) part('kept').hidden = false
else keepPage().then(() => { part('kept').hidden = false }, () => say(words.notKept, 'warning'))
