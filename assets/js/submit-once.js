// The second press of a button does nothing; coming back with the browser's arrow makes it work again.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.method !== 'post' || event.defaultPrevented) return
  if (form.dataset.sent) { event.preventDefault(); return }
  form.dataset.sent = 'yes'
  for (const button of form.querySelectorAll('button[type="submit"]')) button.setAttribute('aria-disabled', 'true')
})
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('button[aria-disabled]')) button.removeAttribute('aria-disabled')
  }
})
