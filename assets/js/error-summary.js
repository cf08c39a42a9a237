// A form that came back with errors is announced at once, and its links bring to the field itself.
const summary = document.querySelector('.error-summary')
if (summary) {
  summary.focus()
  summary.addEventListener('click', (event) => {
    const target = event.target.closest('a[href^="#"]') && document.getElementById(event.target.hash.slice(1))
    if (!target) return
    const control = target.matches('fieldset') ? target.querySelector('input') : target
    event.preventDefault()
    target.scrollIntoView()
    control?.focus({ preventScroll: true })
  })
}
