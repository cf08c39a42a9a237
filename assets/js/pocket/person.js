// One person of the sheet: what is marked, and the buttons that mark it. Words come from the page's templates.
const template = document.getElementById('pocket-person')
const MISSED = ['late', 'left_early']
const IN = ['present', 'late', 'left_early']

export const time = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' })

// Whole minutes, and none below zero: the site takes nothing else.
const minutesOf = (typed) => Math.min(9999, Math.max(0, Math.round(Number(typed)) || 0))

export const isIn = (standing) => IN.includes(standing?.state)

// Whether a child is still to be collected: the sheet knows who may leave alone.
export const waits = (person, standing) => person.is_child && !person.alone && isIn(standing) && !standing.home

function tags(list) {
  return list.map(([label, tone]) => {
    const tag = document.createElement('span')
    tag.className = `tag tone-${tone}`
    tag.textContent = label
    return tag
  })
}

function wayButton(label, way, by) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'btn btn-outline-primary btn-sm'
  button.textContent = label
  Object.assign(button.dataset, { way, by })
  return button
}

// Builds the row once; `mark(state, missed)` and `leave(way, by, reason)` are called when somebody presses.
export function build(person, { mark, leave }) {
  const row = template.content.firstElementChild.cloneNode(true)
  const part = (name) => row.querySelector(`[data-part="${name}"]`)
  row.dataset.id = person.id
  part('name').textContent = person.name
  part('name').id = `p-${person.id}`
  part('band').textContent = person.band
  part('tags').append(...tags(person.tags))
  part('marks').setAttribute('aria-labelledby', `p-${person.id}`)
  for (const radio of row.querySelectorAll('input[type="radio"]')) {
    radio.name = `state-${person.id}`
    radio.addEventListener('click', () => mark(radio.value || null, minutesOf(part('missed').value)))
  }
  part('missed').addEventListener('change', () => {
    const chosen = row.querySelector('input[type="radio"]:checked')
    if (MISSED.includes(chosen?.value)) mark(chosen.value, minutesOf(part('missed').value))
  })
  if (person.is_child) goingHome(row, part, person, leave)
  return row
}

function goingHome(row, part, person, leave) {
  const ways = part('ways')
  for (const adult of person.adults) ways.append(wayButton(adult, 'named_adult', adult))
  if (person.alone) ways.append(wayButton(ways.dataset.alone, 'alone', ''))
  ways.addEventListener('click', (event) => {
    const { way, by } = event.target.dataset
    if (way) leave(way, by, '')
  })
  part('other').addEventListener('submit', (event) => {
    event.preventDefault()
    const by = part('by').value.trim()
    leave(by ? 'other_adult' : 'alone', by, part('reason').value.trim())
  })
  part('undo').addEventListener('click', () => leave(null, '', ''))
}

// Shows how the person stands now.
export function show(row, person, standing) {
  const part = (name) => row.querySelector(`[data-part="${name}"]`)
  for (const radio of row.querySelectorAll('input[type="radio"]')) {
    radio.checked = radio.value === standing.state
    if (!radio.value) radio.parentElement.hidden = !standing.state
  }
  part('minutes').hidden = !MISSED.includes(standing.state)
  if (document.activeElement !== part('missed')) part('missed').value = standing.missed || ''
  part('conflict').textContent = standing.conflict
  part('conflict').hidden = !standing.conflict
  part('home').hidden = !(person.is_child && isIn(standing))
  row.classList.toggle('is-still-here', waits(person, standing))
  if (!person.is_child) return
  const words = part('gone').dataset
  const { home } = standing
  const said = home && (home.way === 'alone' ? words.alone : home.by ? words.with : words.adult).replace('{name}', home.by).replace('{time}', time(home.at))
  part('gone').textContent = said ?? (person.alone ? words.may : words.here)
  part('ways').hidden = part('otherwise').hidden = Boolean(home)
  part('undo').hidden = !home
}
