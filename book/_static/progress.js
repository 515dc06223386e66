// What a reader has answered rightly is remembered on this device alone, in the browser's storage,
// as {"version": 1, "answered": {"8.2": "2026-11-30"}}; nothing is sent.  It is shown at the
// exercise and in the contents, and book/progress.md shows all of it (progress_page.js).
(() => {
  'use strict';

  const KEY = 'dlcore-progress', VERSION = 1;
  const listeners = [];
  let here = {}; // what was answered on this page: all there is where the browser stores nothing

  // The answers in a text, null if this book has not written it.
  function parse(text) {
    let found;
    try { found = JSON.parse(text); } catch { return null; }
    const answered = found?.version === VERSION ? found.answered : null;
    if (Object(answered) !== answered || Array.isArray(answered)) return null;
    return Object.fromEntries(Object.entries(answered).filter(
      ([id, date]) => /^\d+\.\d+$/.test(id) && /^\d{4}-\d\d-\d\d$/.test(date) && Date.parse(date)));
  }

  // {answered, kept}: kept is "here" where the browser stores it, "refused" where it does not, and
  // "foreign" where something else stands in its place, which stays as it is.
  function read() {
    let text;
    try { text = localStorage.getItem(KEY); } catch { return {answered: here, kept: 'refused'}; }
    const stored = text === null ? {} : parse(text);
    return {answered: {...here, ...stored}, kept: stored ? 'here' : 'foreign'};
  }

  function write(answered) {
    here = answered;
    try {
      if (read().kept === 'here') localStorage.setItem(KEY, JSON.stringify({version: VERSION, answered}));
    } catch { /* full: until the page is left */ }
    listeners.forEach(listener => listener());
  }

  function remove() {
    here = {};
    try { localStorage.removeItem(KEY); } catch { /* nothing was stored */ }
    listeners.forEach(listener => listener());
  }

  function today() {
    const now = new Date(), two = number => String(number).padStart(2, '0');
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  }

  function inWords(date) {
    const [year, month, day] = date.split('-');
    const names = {day: 'numeric', month: 'long', year: 'numeric'};
    return new Date(year, month - 1, day).toLocaleDateString('en-GB', names);
  }

  // The exercises that each page can check.
  const exercises = JSON.parse(document.querySelector('[data-exercises]')?.dataset.exercises ?? '{}');

  globalThis.dlcoreProgress = {
    exercises, inWords, parse, read, remove, today, write,
    version: VERSION,
    onChange: listener => listeners.push(listener),
  };

  function showInContents(answered) {
    for (const link of document.querySelectorAll('.bd-links a')) {
      const page = new URL(link.href).pathname.split('/').pop().replace(/\.html$/, '');
      const ids = exercises[page], done = ids?.filter(id => id in answered).length;
      link.querySelector('.answered')?.remove();
      if (!done) continue;
      const ring = document.createElement('span'), words = document.createElement('span');
      words.textContent = `, ${done} of ${ids.length} exercises answered`;
      words.className = 'visually-hidden';
      ring.className = 'answered';
      ring.title = words.textContent.slice(2);
      ring.style.setProperty('--part', done / ids.length);
      ring.append(words);
      link.append(ring);
    }
  }

  function showAtExercises(answered) {
    for (const form of document.querySelectorAll('form[data-exercise]')) {
      const date = answered[form.dataset.exercise];
      let note = form.querySelector('.answered-on');
      if (!date) {
        note?.remove();
        continue;
      }
      if (!note) {
        note = Object.assign(document.createElement('p'), {className: 'answered-on'});
        form.append(note);
      }
      note.textContent = `Answered on ${inWords(date)}`;
    }
  }

  function show() {
    const {answered} = read();
    showInContents(answered);
    showAtExercises(answered);
  }

  document.addEventListener('DOMContentLoaded', () => {
    listeners.unshift(show);
    if (Object.keys(read().answered).length) show();
    document.addEventListener('answered', ({target}) => {
      const {answered} = read(), id = target.dataset.exercise;
      if (!(id in answered)) write({...answered, [id]: today()});
    });
    const anew = () => { // another tab, or a page before, has written or deleted
      if (read().kept === 'here') here = {};
      listeners.forEach(listener => listener());
    };
    addEventListener('storage', ({key}) => (key === KEY || key === null) && anew());
    addEventListener('pageshow', ({persisted}) => persisted && anew());
  });
})();
