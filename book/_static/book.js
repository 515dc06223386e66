'use strict';
// What every page can do: light or dark, search, side bars, "you are here", copying code, and
// scrolling by keyboard what is too wide. Without this script the page reads as it is.
(() => {
  const page = document.documentElement;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Light, dark, or as the system has it.

  const system = matchMedia('(prefers-color-scheme: dark)');

  function light(mode) {
    page.dataset.mode = mode;
    page.dataset.theme = mode === 'auto' ? (system.matches ? 'dark' : 'light') : mode;
  }

  function nextMode() {
    const modes = system.matches ? ['auto', 'light', 'dark'] : ['auto', 'dark', 'light'];
    const mode = modes[(modes.indexOf(page.dataset.mode) + 1) % 3];
    light(mode);
    try { localStorage.setItem('mode', mode); } catch { /* no storage: until the page is left */ }
  }

  system.addEventListener('change', () => light(page.dataset.mode));
  addEventListener('beforeprint', () => { page.dataset.theme = 'light'; });
  addEventListener('afterprint', () => light(page.dataset.mode));
  all('.theme-switch-button').forEach(button => button.addEventListener('click', nextMode));

  // Search: Ctrl K or ⌘ K opens it, Escape closes it and gives the focus back.

  const wrapper = document.querySelector('.search-button__wrapper');
  const field = document.querySelector('.bd-article form.bd-search input') // on the search page
    || wrapper.querySelector('input');
  let before = null;

  function search(open) {
    if (!wrapper.contains(field)) return field.focus();
    wrapper.classList.toggle('show', open);
    if (open) {
      before = document.activeElement;
      field.focus();
      field.select();
    } else if (before) before.focus();
  }

  addEventListener('keydown', event => {
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      search(!wrapper.classList.contains('show'));
    } else if (event.key === 'Escape' && wrapper.classList.contains('show')) search(false);
  });
  all('.search-button__button').forEach(b => b.addEventListener('click', () => search(true)));
  document.querySelector('.search-button__overlay').addEventListener('click', () => search(false));

  // The results: Sphinx's own search. A result leads to the words themselves, which browsers mark.

  const results = document.getElementById('search-results');
  if (results) {
    window.SPHINX_HIGHLIGHT_ENABLED = false; // it would be stored in the browser
    if (location.protocol === 'file:') DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false; // no fetch
    const query = new URLSearchParams(location.search).get('q') || '';
    const directive = `:~:text=${encodeURIComponent(query.trim()).replaceAll('-', '%2D')}`;
    new MutationObserver(() => {
      for (const link of all('li > a:not([data-marked])', results)) {
        link.dataset.marked = '';
        if (query.trim()) link.href += (link.hash ? '' : '#') + directive;
      }
    }).observe(results, {childList: true, subtree: true});
  }

  // The side bars: a hidden checkbox says whether they are shown.

  for (const side of ['primary', 'secondary']) {
    const box = document.getElementById(`pst-${side}-sidebar-checkbox`);
    const bar = document.querySelector(`.bd-sidebar-${side}`);
    const buttons = all(`.${side}-toggle`);
    if (!bar) continue;
    for (const button of buttons) {
      button.addEventListener('click', () => {
        box.checked = !box.checked;
        if (box.checked) setTimeout(() => bar.querySelector('a, button')?.focus(), 100);
      });
    }
    bar.addEventListener('keydown', ({key}) => {
      if (key !== 'Escape' || !box.checked) return;
      box.checked = false;
      buttons[0]?.focus();
    });
  }

  // The contents of the page: which section is being read.

  const links = new Map(all('.bd-toc-nav a[href^="#"]').map(a => [a.hash.slice(1), a]));
  const seen = new Set();
  const spy = new IntersectionObserver(entries => {
    for (const {target, isIntersecting} of entries) seen[isIntersecting ? 'add' : 'delete'](target);
    const reading = all('.bd-article section[id]').filter(s => seen.has(s) && links.has(s.id)).pop();
    for (const [id, link] of links) {
      const here = reading?.id === id;
      link.classList.toggle('active', here);
      if (here) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  }, {rootMargin: '-10% 0px -80%'});
  all('.bd-article section[id]').forEach(section => links.has(section.id) && spy.observe(section));

  // What is far away has no layout yet: the place of a link is looked for until it stays.

  function goTo(target) {
    let before = null, left = 20;
    const step = () => {
      const {top} = target.getBoundingClientRect();
      if (top === before || left-- === 0) return;
      target.scrollIntoView({behavior: 'instant'});
      before = target.getBoundingClientRect().top;
      setTimeout(step, 50);
    };
    step();
  }

  function goThere() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) goTo(target);
  }

  addEventListener('hashchange', goThere);
  addEventListener('load', goThere);

  // Commands of one key: not while something is typed or chosen, and not where the reader has
  // turned them off (the box is on the page "How to use this book").

  const TYPING = 'input:not([type=range], [type=checkbox], [type=file]), select, textarea';
  const box = document.getElementById('one-key');
  let off = false;
  try { off = localStorage.getItem('keys') === 'off'; } catch { /* no storage: as usual */ }

  function oneKey(letter, command) {
    addEventListener('keydown', event => {
      if (off || event.key.toLowerCase() !== letter || event.repeat || event.isComposing) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
      event.preventDefault();
      command();
    });
  }

  if (box) {
    box.checked = !off;
    box.addEventListener('change', () => {
      off = !box.checked;
      try { localStorage.setItem('keys', off ? 'off' : 'on'); } catch { /* for this page */ }
    });
  }

  globalThis.dlcoreBook = {goTo, oneKey};

  // A button to copy a block of code.

  async function copy(button, code) {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected: press Ctrl C';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  }

  function offerCopy(code) {
    const button = document.createElement('button');
    Object.assign(button, {type: 'button', className: 'copy', textContent: 'Copy'});
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', () => copy(button, code));
    code.after(button);
  }

  // Formulas are copied as the LaTeX that they were written in.

  const latexOf = math => math.querySelector('annotation')?.textContent.trim();

  function copyLatex(event) {
    const selection = getSelection();
    if (selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const at = range.commonAncestorContainer;
    const one = (at.closest ? at : at.parentNode).closest('math, .formula');
    const copied = document.createElement('div');
    if (one) copied.append(latexOf(one.closest('math') || one) || selection.toString());
    else {
      copied.append(range.cloneContents());
      if (!copied.querySelector('annotation')) return; // no formula: as always
      for (const math of all('math', copied)) {
        const mark = math.closest('.formula') ? '$$' : '$';
        math.replaceWith(mark + latexOf(math) + mark);
      }
    }
    copied.className = 'copied';
    document.body.append(copied); // so that innerText knows where lines end
    event.clipboardData.setData('text/plain', copied.innerText);
    copied.remove();
    event.preventDefault();
  }

  document.addEventListener('copy', copyLatex);

  // What scrolls sideways can be scrolled with the keyboard, and shows by fading that there is more.

  const look = box => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
    box.classList.toggle('more', box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  };
  const resized = new ResizeObserver(entries => entries.forEach(({target}) => look(target)));
  const near = new IntersectionObserver(entries => { // until then it can have the focus, to be safe
    for (const {target, isIntersecting} of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      if (target.closest('.cell_input, .highlight-python, .highlight-bash')) offerCopy(target);
      resized.observe(target); // tells its size at once, and whenever it changes
      target.addEventListener('scroll', () => look(target), {passive: true});
    }
  }, {rootMargin: '100%'});
  for (const box of all('.formula, .highlight pre, .pst-scrollable-table-container')) {
    box.tabIndex = 0;
    near.observe(box);
  }
})();
