// What the site had to say of marks that were sent: each stays until somebody has read it, also when its sheet is gone.
import { time } from './person.js'
import { forgetMark, listMarks } from './store.js'

const page = document.getElementById('pocket')
const part = (name) => page.querySelector(`[data-part="${name}"]`)
const words = page.dataset

const day = (moment) => new Date(moment).toLocaleDateString(document.documentElement.lang, { day: 'numeric', month: 'long' })

// With the sheet that is open the mark is somebody's; without it the meeting and the moment say which one it is.
function about({ path, mark }, open, sheet) {
  const name = path === open && sheet?.people.find((person) => person.id === mark.signup)?.name
  return name ? `${name}, ${time(mark.at)}` : `${mark.title}, ${day(mark.at)} ${time(mark.at)}`
}

// Shows the sentences; `changed` is called after one was put away.
export async function showRefused(open, sheet, changed) {
  const refused = (await listMarks()).filter((one) => one.refusal)
  part('refused').hidden = !refused.length
  part('refused-list').replaceChildren(...refused.map((one) => {
    const item = document.createElement('li')
    item.textContent = `${about(one, open, sheet)}: ${one.refusal} `
    const button = document.createElement('button')
    Object.assign(button, { type: 'button', className: 'btn btn-outline-primary btn-sm', textContent: words.understood })
    button.addEventListener('click', async () => { await forgetMark(one.mark.id); await changed() })
    item.append(button)
    return item
  }))
}
