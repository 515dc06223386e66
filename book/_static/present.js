// "Present this page": its sections as slides, one after the other, each with its figure large and
// its prose beside it.  Nothing is copied: all but the slide's own parts are hidden by classes.
(() => {
  'use strict';

  const page = document.documentElement;
  const HEADINGS = 'h1, h2, h3, h4';
  const SECTION = 'section[id]';
  const NO_PART = `${SECTION}, ${HEADINGS}, script, span[id], .chapter-facts, .train-yourself`;

  // A slide is {section, parts, figure}: a section is cut after each of its figures and before
  // each of its exercises, and what follows the last figure stands beside it.

  function cut(section) {
    const slides = [];
    let parts = [];
    const add = figure => {
      slides.push({section, parts, figure});
      parts = [];
    };
    for (const part of [...section.children].filter(child => !child.matches(NO_PART))) {
      if (part.matches('.exercise') && parts.length) add(null);
      parts.push(part);
      const figure = part.matches('figure') ? part : part.querySelector('figure');
      if (figure) add(figure);
    }
    if (parts.length && slides.at(-1)?.figure) slides.at(-1).parts.push(...parts);
    else if (parts.length || !slides.length) add(null);
    return slides;
  }

  let slides = [], at = null, ours = false, bar;

  const heading = ({section}) => section.querySelector(`:scope > :is(${HEADINGS})`);
  const column = ({figure, parts}) => { // what stands in the figure's column, and its cell
    const cell = parts.find(part => part.contains(figure));
    const output = figure.closest('.cell_output');
    return output && cell !== output && cell.contains(output) ? [output, cell] : [cell, null];
  };

  function mark(slide, on) {
    const {section, parts, figure} = slide;
    const set = (element, ...names) => names.forEach(name => element?.classList.toggle(name, on));
    for (let above = section; above?.matches(SECTION); above = above.parentElement) {
      set(above, 'slide-path', 'slide-part');
    }
    set(section, 'slide', figure ? (parts.length > 1 ? 'slide-beside' : 'slide-alone') : 'slide-text');
    [heading(slide), ...parts].forEach(part => set(part, 'slide-part'));
    section.style.setProperty('--rows', Math.max(parts.length + 1, 1));
    if (!figure) return;
    const [beside, cell] = column(slide);
    set(beside, 'slide-figure');
    set(cell, 'slide-cell');
    if (on) dlcoreLarge.enlarge(figure);
    else dlcoreLarge.reduce(figure);
  }

  function go(to) {
    const next = Math.min(Math.max(to, 0), slides.length - 1);
    if (next === at) return;
    if (at !== null) mark(slides[at], false);
    at = next;
    const slide = slides[at], title = heading(slide);
    document.querySelector('.slide-bar output').value = `${at + 1} / ${slides.length}`;
    mark(slide, true);
    scrollTo({top: 0, behavior: 'instant'});
    if (title) {
      title.tabIndex = -1;
      title.focus({preventScroll: true});
    }
    const place = `${location.pathname}${location.search}#${slide.section.id}`;
    try { history.replaceState(history.state, '', place); } catch { /* as before */ }
  }

  // Where the reader is: the last slide, of the last section, that begins above the middle.
  function here() {
    const begun = element => element.getBoundingClientRect().top < innerHeight / 2;
    const section = slides.findLast(slide => begun(slide.section))?.section;
    const first = slides.findIndex(slide => slide.section === section);
    const last = slides.findLastIndex(
      (slide, i) => slide.section === section && (i === first || begun(slide.parts[0])));
    return Math.max(last, 0);
  }

  async function start() {
    if (at !== null) return end();
    slides = [...document.querySelectorAll(`.bd-article ${SECTION}`)].flatMap(cut);
    const first = here();
    document.body.classList.add('presenting');
    document.body.append(bar);
    go(first);
    if (document.fullscreenElement) return;
    try {
      await page.requestFullscreen({navigationUI: 'hide'}); // the window, where a browser refuses
      ours = true;
    } catch { /* as it is */ }
  }

  function end() {
    const slide = slides[at], first = slides[at - 1]?.section !== slide.section;
    mark(slide, false);
    at = null;
    bar.remove();
    document.body.classList.remove('presenting');
    if (ours && document.fullscreenElement) document.exitFullscreen().catch(() => {});
    ours = false;
    dlcoreBook.goTo(first ? slide.section : slide.figure ?? slide.parts[0]);
    heading(slide)?.focus({preventScroll: true});
  }

  // The keys of slides, and of the small devices that press them. A field keeps those that it needs.

  const STEPS = {
    PageDown: 1, PageUp: -1, ArrowRight: 1, ArrowLeft: -1, ' ': 1, Home: -Infinity, End: Infinity,
  };

  function pressed(event) {
    const {key, target} = event;
    if (at === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]')) return; // an experiment fills the screen
    if (key === 'Escape') return end();
    const needed = key.startsWith('Page') ? 'textarea'
      : key === ' ' ? 'input, select, textarea, button, a, summary' : 'input, select, textarea, pre, .formula';
    if (!(key in STEPS) || target.closest?.(needed)) return;
    event.preventDefault();
    go(at + (key === ' ' && event.shiftKey ? -1 : STEPS[key]));
  }

  function makeBar() {
    bar = document.createElement('nav');
    bar.className = 'slide-bar';
    bar.setAttribute('aria-label', 'Presentation');
    const button = (text, label, command) => {
      const made = Object.assign(document.createElement('button'), {type: 'button', textContent: text});
      made.setAttribute('aria-label', label);
      made.title = label;
      made.addEventListener('click', command);
      return made;
    };
    bar.append(
      button('‹', 'The slide before', () => go(at - 1)),
      document.createElement('output'),
      button('›', 'The next slide', () => go(at + 1)),
      button('Close', 'Close the presentation', end),
    );
  }

  document.addEventListener('DOMContentLoaded', () => {
    makeBar();
    document.querySelector('.present-button')?.addEventListener('click', start);
    dlcoreBook.oneKey('p', start);
    addEventListener('keydown', pressed);
    document.addEventListener('fullscreenchange', () => {
      if (ours && at !== null && !document.fullscreenElement) end();
    });
  });
})();
