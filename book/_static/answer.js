// Exercises answered on the page: judged here as check() judges in the notebook, by the same record
// (dlcore/teaching/exercises.py). Nothing that a reader types is stored or sent; that an exercise was
// answered rightly is told to progress.js.
(() => {
  'use strict';

  // A number as a reader writes it: 0.5 or 0,5, 1e-3, 1/3, with - or −. NaN for anything else.
  function number(text) {
    const parts = text.trim().replace(/[−–]/g, '-').replace(',', '.').split('/');
    const decimal = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
    if (parts.length > 2 || !parts.every(part => decimal.test(part))) return NaN;
    const value = parts.length === 1 ? Number(parts[0]) : parts[0] / parts[1];
    return Number.isFinite(value) ? value : NaN;
  }

  // Many numbers in one field, as Python prints them: 1 2 3, [1, 2, 3] or [[1, 2], [3, 4]].
  // Where semicolons part them (0,5; 1,5) a comma is the decimal one.
  function split(text) {
    const inside = text.replace(/[[\]()]/g, ' ').trim();
    return inside.split(inside.includes(';') ? ';' : /\s*,\s*|\s+/);
  }

  // What is wrong with the texts before they are compared with anything, or nothing.
  function slip(record, texts, values, listed) {
    const bad = values.findIndex(Number.isNaN);
    const quoted = bad < 0 ? '' : `the text '${texts[bad].trim()}'`;
    if (listed) {
      if (bad >= 0) return `Expected ${record.expected}, got ${quoted} among them.`;
      const got = texts.length === 1 ? 'one number' : `a list of ${texts.length} numbers`;
      return texts.length === record.answer.length ? '' : `Expected ${record.expected}, got ${got}.`;
    }
    if (bad >= 0 && texts.length > 1) return `${record.labels[bad]}: expected a number, got ${quoted}.`;
    if (bad >= 0) return `Expected a number, got ${quoted}.`;
    if (record.kind === 'integer' && !Number.isInteger(values[0])) {
      return `Expected a whole number, got ${texts[0].trim()}.`;
    }
    return '';
  }

  function agrees(target, value, tolerance) {
    if (target === null) return true;
    if (Array.isArray(target)) {
      return value >= (target[0] ?? -Infinity) && value <= (target[1] ?? Infinity);
    }
    return typeof target === 'string' ? value === target : Math.abs(value - target) <= tolerance;
  }

  // The verdict on the texts of a form's fields: {state, text}, in the words of check().
  function verdict(record, texts) {
    if (texts.some(text => text.trim() === '')) {
      return {state: 'unanswered', text: `${record.id}: not answered yet`};
    }
    const wrong = hint => ({state: 'wrong', text: `${record.id}: not yet. ${hint}`.trim()});
    const listed = texts.length < record.answer.length;
    const given = listed ? split(texts[0]) : texts;
    const values = record.kind === 'choice' ? given : given.map(number);
    const unreadable = slip(record, given, values, listed);
    if (unreadable) return wrong(unreadable);
    const fits = when => when.every((target, i) => agrees(target, values[i], record.tolerance[i]));
    if (fits(record.answer)) {
      return {state: 'right', text: `${record.id}: right. ${record.praise}`.trim()};
    }
    const hint = record.hints.find(([when]) => fits(when));
    return wrong(hint ? hint[1] : record.hint);
  }

  function start(form) {
    for (const field of form.querySelectorAll('template')) field.replaceWith(field.content);
    const record = JSON.parse(form.querySelector('script').textContent);
    const fields = [...form.querySelectorAll('input, select')];
    const words = form.querySelector('[role="status"] span');
    const link = form.querySelector('a');
    const solution = document.querySelector(link.getAttribute('href'));
    let missed = 0;

    form.addEventListener('submit', event => {
      event.preventDefault();
      const {state, text} = verdict(record, fields.map(field => field.value));
      missed += state === 'wrong';
      form.dataset.state = state;
      words.replaceChildren(text); // anew each time, so that the same words are announced again
      link.hidden = state !== 'wrong' || missed < 2;
      if (state === 'right') form.dispatchEvent(new CustomEvent('answered', {bubbles: true}));
    });

    form.dataset.ready = '';

    link.addEventListener('click', event => {
      event.preventDefault(); // going to #sol-8-2 would neither unfold it nor move the focus there
      solution.open = true;
      solution.scrollIntoView();
      solution.firstElementChild.focus({preventScroll: true});
    });
  }

  globalThis.dlcoreAnswer = {number, verdict};
  if (!globalThis.document) return;

  // A form starts when it comes near or is used.

  const waiting = new Set();

  function startOnce(form) {
    if (waiting.delete(form)) start(form);
  }

  document.addEventListener('DOMContentLoaded', () => {
    const near = new IntersectionObserver(entries => {
      for (const {target, isIntersecting} of entries) if (isIntersecting) startOnce(target);
    }, {rootMargin: '400px'});
    for (const form of document.querySelectorAll('form.exercise-answer')) {
      waiting.add(form);
      form.addEventListener('focusin', () => startOnce(form), {once: true});
      near.observe(form);
    }
  });
})();
