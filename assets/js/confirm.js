// "No, go back" closes the panel again and returns to the button that opened it.
for (const panel of document.querySelectorAll('details.confirm')) {
  const back = panel.querySelector('[data-close]')
  if (!back) continue
  back.hidden = false
  back.addEventListener('click', () => {
    panel.open = false
    panel.querySelector('summary').focus()
  })
}
