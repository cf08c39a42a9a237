// The person's menu closes with Escape and when one looks elsewhere.
for (const menu of document.querySelectorAll('details.person-menu')) {
  addEventListener('click', (event) => { if (!menu.contains(event.target)) menu.open = false })
  menu.addEventListener('focusout', (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false })
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return
    menu.open = false
    menu.querySelector('summary').focus()
  })
}
