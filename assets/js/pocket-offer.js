// Taking the attendance sheet along is offered where the browser can keep it.
const offer = document.querySelector('.pocket-offer')
if (offer && 'serviceWorker' in navigator && 'caches' in window && window.crypto?.subtle) offer.hidden = false

// Whoever signs out loses the marks that were made without network and not sent: they are asked first.
for (const form of document.querySelectorAll('form[data-unsent]')) {
  form.addEventListener('submit', (event) => {
    const count = localStorage.getItem('unsent-marks')
    if (count && !confirm(form.dataset.unsent.replace('{n}', count))) event.preventDefault()
  })
}
