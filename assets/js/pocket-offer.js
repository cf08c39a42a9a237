// Taking the attendance sheet along is offered where the browser can keep it.
const offer = document.querySelector('.pocket-offer')
if (offer && 'serviceWorker' in navigator && 'caches' in window && window.crypto?.subtle) offer.hidden = false

for (const form of document.querySelectorAll('form[data-unsent]')) {
  // Sheets with names are of who took them along: when somebody else signs in on this phone, they go.
  const owner = localStorage.getItem('pocket-owner')
  if (owner && owner !== form.dataset.owner) {
    indexedDB.deleteDatabase('foglio-in-tasca')
    localStorage.setItem('pocket-owner', form.dataset.owner)
  }
  // Whoever signs out loses the marks that were made without network and not sent: they are asked first.
  form.addEventListener('submit', (event) => {
    const count = localStorage.getItem('unsent-marks')
    if (count && !confirm(form.dataset.unsent.replace('{n}', count))) event.preventDefault()
  })
}
