// Sets the colour scheme and language before the first paint. A file of its own because the policy forbids inline scripts.
(function () {
  try {
    var scheme = localStorage.getItem('tocsin.theme');
    if (scheme === 'light') document.documentElement.setAttribute('data-mantine-color-scheme', 'light');
    var language = localStorage.getItem('tocsin.language');
    if (language) document.documentElement.lang = language;
  } catch (_) {
    // Storage may be forbidden; the defaults are fine then.
  }
})();
