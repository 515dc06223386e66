// The page "Your progress": all that progress.js remembers, as a table and as a file.
(() => {
  'use strict';

  const FORMAT = 'a file that "Save as a file" has written';

  const make = (name, content = '', properties = {}) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...[content].flat());
    return element;
  };

  const title = link => [...link.childNodes].filter(node => node.className !== 'answered')
    .map(node => node.textContent).join('');

  function table(answered) {
    const {exercises, inWords} = dlcoreProgress;
    const titles = new Map([...document.querySelectorAll('.bd-links a')].map(
      link => [link.getAttribute('href').replace('.html', ''), title(link)]));
    const rows = Object.entries(exercises).map(([page, ids]) => {
      const done = ids.filter(id => id in answered);
      const days = [...new Set(done.map(id => answered[id]))].sort();
      const links = days.map(day => make('div', [
        ...done.filter(id => answered[id] === day).flatMap((id, i) => [
          i ? ', ' : '', make('a', id, {href: `${page}.html#ex-${id.replace('.', '-')}`})]),
        ` on ${inWords(day)}`,
      ]));
      const chapter = make('th', make('a', titles.get(page) ?? page, {href: `${page}.html`}), {scope: 'row'});
      return make('tr', [chapter, make('td', `${done.length} of ${ids.length}`), make('td', links)]);
    });
    const head = make('tr', ['Chapter', 'Answered', 'Which, and when'].map(
      words => make('th', words, {scope: 'col'})));
    return make('table', [make('thead', head), make('tbody', rows)], {className: 'table'});
  }

  function summary({answered, kept}) {
    const ids = Object.values(dlcoreProgress.exercises).flat();
    const done = ids.filter(id => id in answered).length;
    return {
      here: `You have answered ${done} of the ${ids.length} exercises that the pages can check.`,
      refused: 'This browser stores nothing for this page, so answers are remembered only until you leave a page.',
      foreign: 'In the place of your progress in this browser\'s storage stands something that this book '
        + 'has not written. It stays as it is, and nothing is remembered, until you delete it.',
    }[kept];
  }

  function start(place) {
    const {read, write, remove, parse, today, version, onChange} = dlcoreProgress;
    const words = make('p'), rows = make('div', '', {className: 'pst-scrollable-table-container'});
    const said = make('p', '', {role: 'status'});
    const file = make('input', '', { // its label is the button
      type: 'file', accept: '.json,application/json', id: 'progress-file', className: 'visually-hidden',
    });
    const label = make('label', 'Add from a file', {htmlFor: file.id});
    const [save, erase, undo] = ['Save as a file', 'Delete everything', 'Undo'].map(
      text => make('button', text, {type: 'button'}));
    let deleted = null, waiting;

    function show() {
      const now = read();
      words.textContent = summary(now);
      rows.replaceChildren(table(now.answered));
      save.disabled = !Object.keys(now.answered).length;
      erase.disabled = save.disabled && now.kept !== 'foreign';
    }

    save.addEventListener('click', () => {
      const text = JSON.stringify({version, answered: read().answered, saved: today()}, null, 1);
      const href = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
      make('a', '', {href, download: 'deep-learning-progress.json'}).click();
      setTimeout(() => URL.revokeObjectURL(href), 1000);
      said.textContent = 'Saved as deep-learning-progress.json.';
    });

    file.addEventListener('change', async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      const added = chosen.size < 1e6 ? parse(await chosen.text()) : null;
      file.value = '';
      if (!added) {
        said.textContent = `Expected ${FORMAT}, got ${chosen.name}. Nothing has changed.`;
        return;
      }
      const {answered} = read();
      const both = {...added, ...answered};
      for (const id in added) if (added[id] < both[id]) both[id] = added[id]; // the earlier day
      const fresh = Object.keys(both).length - Object.keys(answered).length;
      write(both);
      said.textContent = `Read ${chosen.name}. Exercises that were new here: ${fresh}.`;
    });

    erase.addEventListener('click', () => {
      deleted = read().kept === 'foreign' ? null : read().answered;
      remove();
      said.replaceChildren('Deleted. ', ...(deleted ? [undo] : []));
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (document.activeElement === undo) file.focus();
        undo.remove();
      }, 10000);
      if (deleted) undo.focus();
    });

    undo.addEventListener('click', () => {
      clearTimeout(waiting);
      write({...deleted, ...read().answered});
      said.replaceChildren('All is as it was.');
      erase.focus();
    });

    onChange(show);
    show();
    place.append(words, rows, make('p', [save, file, label, erase], {className: 'progress-tools'}), said);
  }

  document.addEventListener('DOMContentLoaded', () => start(document.getElementById('progress')));
})();
