// Runs before the first paint, so that the page never shows in the wrong colours.
;(function () {
  var chosen = null
  try {
    chosen = localStorage.getItem('assay.scheme')
  } catch {
    // Storage may be closed to us; then the system decides.
  }
  var isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light')
})()
