// An experiment fills the screen, for a lecture hall: by its button, by the key F, or because the
// address asks for it (?full=NAME).  It is moved into a dialog in its own place and back: one and
// the same figure.
(() => {
  'use strict';

  const page = document.documentElement;
  const FIELDS = '.experiment-control :is(input, select)';

  // Where the controls and the words of a large figure stand: above and below the picture, controls
  // beside it, or all beside it. The picture decides, and whether all is seen without scrolling.

  const LAYOUTS = ['', 'beside', 'aside'];

  function enlarge(figure) {
    const drawn = figure.querySelector('.picture').firstElementChild;
    const {width, height} = drawn.viewBox?.baseVal
      ?? {width: drawn.getAttribute('width'), height: drawn.getAttribute('height')};
    figure.style.setProperty('--ratio', width / height);
    figure.classList.add('large');
    arrange(figure);
  }

  function arrange(figure) {
    const drawn = figure.querySelector('.picture').firstElementChild;
    const tries = LAYOUTS.map(layout => {
      figure.dataset.layout = layout;
      const fits = figure.scrollHeight <= figure.clientHeight;
      return {layout, worth: drawn.getBoundingClientRect().width * (fits ? 1 : 0.7)};
    });
    figure.dataset.layout = tries.reduce((best, one) => one.worth > best.worth ? one : best).layout;
  }

  function reduce(figure) {
    figure.classList.remove('large');
    delete figure.dataset.layout;
  }

  addEventListener('resize', () => document.querySelectorAll('figure.large').forEach(arrange));

  // The screen, which browsers give only to a hand; without it the figure fills the window.

  async function fill() { // some browsers never answer, as when the screen is just being left
    const late = new Promise(resolve => setTimeout(resolve, 1000));
    try {
      await Promise.race([page.requestFullscreen({navigationUI: 'hide'}), late]);
    } catch { /* the window, then */ }
  }

  let open = null; // {figure, dialog, leave: what has to be done at the end}
  let leaving = null; // a promise, while the screen is given back

  async function show(figure, byHand = true) {
    if (open) return;
    const before = document.activeElement, top = scrollY;
    const dialog = document.createElement('dialog'), said = document.createElement('p');
    const button = figure.querySelector('.experiment-full'), away = button.cloneNode();
    open = {figure, dialog, leave};
    await leaving;
    const filled = document.fullscreenElement;
    if (byHand && !filled) await fill();
    if (open?.dialog !== dialog) return; // left before it was there

    dialog.className = 'full-screen';
    dialog.setAttribute('aria-label', `Experiment ${figure.dataset.experiment}`);
    Object.assign(away, {textContent: 'Close', title: 'Close (Escape)', className: 'experiment-close'});
    Object.assign(said, {className: 'full-address', role: 'status'});
    figure.before(dialog);
    dialog.append(figure, said);
    button.after(away);
    dialog.showModal();
    enlarge(figure);
    offer();
    button.focus(); // it starts, if it has not yet
    (figure.contains(before) && before !== button ? before : figure.querySelector(FIELDS))?.focus();
    remember(figure.dataset.experiment);

    dialog.addEventListener('click', copy, true);
    away.addEventListener('click', leave);
    dialog.addEventListener('cancel', event => {
      event.preventDefault();
      leave();
    });

    async function copy(event) { // before experiment.js: this one opens as large, and can be read
      if (!event.target.matches('.experiment-link')) return;
      event.stopPropagation();
      const name = figure.dataset.experiment, address = document.createElement('span');
      address.textContent =
        `${location.href.split(/[?#]/)[0]}?full=${name}&${figure.dataset.state}#${name}`;
      let words = 'Copied: ';
      try { await navigator.clipboard.writeText(address.textContent); } catch { words = 'The address: '; }
      said.replaceChildren(words, address);
      arrange(figure);
    }

    function leave() {
      if (open?.dialog !== dialog) return;
      open = null;
      if (!dialog.isConnected) return;
      if (!filled && document.fullscreenElement) leaving = document.exitFullscreen().catch(() => {});
      away.remove();
      dialog.close();
      dialog.replaceWith(figure);
      if (!figure.closest('.presenting')) reduce(figure);
      else arrange(figure);
      offer(figure);
      remember(null);
      scrollTo({top, behavior: 'instant'});
      (document.contains(before) && before !== document.body ? before : button)
        .focus({preventScroll: true});
    }
  }

  // The button is of use as long as there is something larger to come.
  function offer(figure = open.figure) {
    figure.querySelector('.experiment-full').hidden =
      Boolean(open && (document.fullscreenElement || !document.fullscreenEnabled));
  }

  async function toggle(figure) {
    if (!open) return show(figure);
    if (!open.dialog.isConnected) return; // it is on its way
    if (document.fullscreenElement || !document.fullscreenEnabled) return open.leave();
    const {dialog} = open, focused = document.activeElement;
    await fill();
    if (open?.dialog !== dialog) return;
    dialog.close(); // what came to the top last lies on top
    dialog.showModal();
    focused.focus();
    offer();
    arrange(open.figure);
  }

  function remember(experiment) {
    const params = new URLSearchParams(location.search);
    params.delete('full');
    if (experiment) params.set('full', experiment);
    const query = params.size ? `?${params}` : '';
    const place = experiment ? `#${experiment}` : location.hash;
    try { history.replaceState(history.state, '', location.pathname + query + place); } catch { /* as before */ }
  }

  document.addEventListener('fullscreenchange', event => {
    if (document.fullscreenElement || !open?.dialog.isConnected) return;
    event.stopImmediatePropagation(); // a presentation goes on: present.js comes after this script
    open.leave();
  });

  // The one that has the focus, or the nearest to the middle of the window.

  function nearest() {
    const middle = innerHeight / 2;
    const away = figure => {
      const {top, bottom} = figure.getBoundingClientRect();
      return Math.max(top - middle, middle - bottom, 0);
    };
    const seen = [...document.querySelectorAll('figure.experiment')].filter(f => f.checkVisibility());
    return document.activeElement?.closest('figure.experiment')
      ?? seen.sort((one, other) => away(one) - away(other))[0];
  }

  globalThis.dlcoreLarge = {enlarge, reduce};

  document.addEventListener('DOMContentLoaded', () => {
    document.addEventListener('click', ({target}) => {
      if (target.matches?.('.experiment-full')) toggle(target.closest('figure'));
    });
    dlcoreBook.oneKey('f', () => {
      const figure = nearest();
      if (figure) toggle(figure);
    });
  });

  addEventListener('load', () => { // not before: until then browsers move the focus to the place in the address
    const asked = new URLSearchParams(location.search).get('full');
    const figure = [...document.querySelectorAll('figure.experiment')].find(({id}) => id === asked);
    if (figure) show(figure, false);
  });
})();
