// <button class="copy-link" data-copy="https://..." hidden>: shown only where copying works.
for (const button of document.querySelectorAll('.copy-link')) {
  if (!navigator.clipboard) continue
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy || location.href)
    button.classList.add('is-done')
    setTimeout(() => button.classList.remove('is-done'), 3000)
  })
}
