// What leaves the page when a reader asks for it: the settings as its address, and a copied text.
(() => {
  'use strict';

  const {settings} = dlcore.page;

  let resting;

  // The settings into the address, once they rest: browsers limit how often it may change.
  function remember(s) {
    clearTimeout(resting);
    resting = setTimeout(() => {
      const query = settings.address(s), place = query ? `?${query}` : location.pathname;
      try { history.replaceState(history.state, '', place); } catch { /* as before */ }
    }, 200);
  }

  // A link to the settings after so many epochs.
  function link(s, epochs) {
    const trained = Math.min(epochs, settings.fields.trained.max);
    const query = settings.address({...s, ...(trained && {trained})});
    return location.href.split(/[?#]/)[0] + (query ? `?${query}` : '');
  }

  async function copy(button, text) {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = words; }, 2000);
    } catch {
      prompt('To copy:', text);
    }
  }

  dlcore.page.share = {remember, link, copy};
})();
