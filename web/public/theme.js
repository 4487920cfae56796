// Before the first paint: the theme and language chosen last, so that nothing flashes. A file, not inline: CSP.
(function () {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem('sigap.theme.' + root.dataset.face);
    if (theme) root.dataset.theme = theme;
    root.lang = localStorage.getItem('sigap.lang') || 'id';
  } catch {
    /* storage is closed: the page keeps its defaults */
  }
})();
