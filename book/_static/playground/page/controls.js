// A labelled control for every field; what has no meaning in the present state is hidden.
(() => {
  'use strict';

  const {settings} = dlcore.page, {fields, value, printed, parse} = settings;

  const SPELLED = {boolean: 'truth table', own: 'your own'};
  const spelled = name => SPELLED[name] || name.replaceAll('_', ' '); // else as in dlcore

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, given] of Object.entries(attributes)) {
      if (name in made && name !== 'list') made[name] = given;
      else made.setAttribute(name, given);
    }
    made.append(...children);
    return made;
  }

  // ``change(name, value)`` is told of what a reader sets, ``refuse(message, input)`` of what is wrong.
  class Controls {
    constructor(change, refuse) {
      Object.assign(this, {change, refuse, boxes: {}});
    }

    // The controls of a group, into a place of the page.
    fill(place, group) {
      for (const field of Object.values(fields)) {
        if (field.group !== group) continue;
        this.boxes[field.name] = this[field.kind](field);
        place.append(this.boxes[field.name].box);
      }
    }

    set(field, given, input) {
      try {
        const x = parse(field.name, String(given));
        input?.removeAttribute('aria-invalid');
        this.change(field.name, x);
      } catch (error) {
        input?.setAttribute('aria-invalid', 'true');
        this.refuse(error.message);
      }
    }

    labelled(field, input) {
      const id = `play-${field.name}`;
      input.id = id;
      return element('div', {className: 'play-control'},
        element('label', {htmlFor: id}, field.label), input);
    }

    choice(field) {
      const input = element('select', {autocomplete: 'off'},
        ...field.choices.map(choice => element('option', {value: choice}, spelled(choice))));
      input.addEventListener('change', () => this.set(field, input.value, input));
      return {box: this.labelled(field, input), show: x => { input.value = x; }};
    }

    number(field) {
      const input = element('input', {type: 'number', autocomplete: 'off', min: field.min,
        max: field.max, step: field.integer ? 1 : 'any', inputMode: 'decimal'});
      input.addEventListener('change', () => this.set(field, input.value, input));
      if (!field.integer) input.addEventListener('keydown', event => nudge(event, field, input));
      return {box: this.labelled(field, input), show: x => { input.value = x; }};
    }

    // Some of a list, each with its box.
    some(field) {
      const boxes = field.choices.map((choice, i) =>
        element('input', {type: 'checkbox', id: `play-${field.name}-${i}`, value: choice,
          autocomplete: 'off'}));
      const box = element('fieldset', {className: 'play-some'}, element('legend', {}, field.label),
        ...boxes.map(input => element('span', {}, input, element('label', {htmlFor: input.id},
          printed(input.value)))));
      const show = x => boxes.forEach(input => { input.checked = x.includes(input.value); });
      for (const input of boxes) {
        input.addEventListener('change', () => {
          this.set(field, boxes.filter(b => b.checked).map(b => b.value).join(','), input);
          if (!boxes.some(b => b.checked)) input.checked = true;
        });
      }
      return {box, show};
    }

    // The units of each layer, and one layer more or less.
    list(field) {
      const row = element('div', {className: 'play-layers'});
      const button = (sign, label) =>
        element('button', {type: 'button', 'aria-label': label, title: label}, sign);
      const fewer = button('−', 'One layer less'), more = button('+', 'One layer more');
      const box = element('fieldset', {className: 'play-list'}, element('legend', {}, field.label),
        element('div', {className: 'play-row'}, row, fewer, more));
      const inputs = () => [...row.children];
      const tell = input => this.set(field, inputs().map(one => one.value || '?').join(','), input);
      const unit = n => {
        const input = element('input', {type: 'number', min: field.min, max: field.max, step: 1,
          value: n, autocomplete: 'off'});
        input.addEventListener('change', () => tell(input));
        return input;
      };
      const show = list => {
        while (row.children.length > list.length) row.lastChild.remove();
        list.forEach((n, l) => {
          if (!row.children[l]) row.append(unit(n));
          row.children[l].value = n;
          row.children[l].setAttribute('aria-label', `Units in hidden layer ${l + 1}`);
        });
        fewer.disabled = list.length === 0;
        more.disabled = list.length === field.most;
      };
      more.addEventListener('click', () => {
        row.append(unit(inputs().at(-1)?.value || 8));
        tell();
      });
      fewer.addEventListener('click', () => {
        row.lastChild.remove();
        if (!row.children.length) more.focus();
        tell();
      });
      return {box, show};
    }

    // Own points, as numbers.
    points(field) {
      const input = element('textarea', {rows: 5, spellcheck: false, autocomplete: 'off',
        placeholder: '0.5 0.2 0\n-0.3 0.8 1'});
      const use = element('button', {type: 'button'}, 'Use these points');
      use.addEventListener('click', () => this.set(field, input.value, input));
      const label = 'x1, x2 and the class, 0 to 3; one point a line';
      const box = this.labelled({name: 'points', label}, input);
      box.append(use);
      return {box, show: x => { input.value = x.map(point => point.join(' ')).join('\n'); }};
    }

    show(s) {
      for (const [name, {box, show}] of Object.entries(this.boxes)) {
        const here = fields[name].when(s);
        box.hidden = !here;
        if (here) show(value(s, name));
      }
    }
  }

  // Arrow up and down: a tenth of the number's own size, to a round one.
  function nudge(event, field, input) {
    const way = {ArrowUp: 1, ArrowDown: -1}[event.key];
    if (!way) return;
    event.preventDefault();
    const x = Number(input.value), below = way < 0 ? 1e-9 : 0; // from 0.1 down by hundredths
    const size = 10 ** Math.floor(Math.log10(Math.abs(x) || 0.1) - below);
    const next = Math.min(field.max, Math.max(field.min, x + way * size));
    input.value = Number(next.toPrecision(6));
    input.dispatchEvent(new Event('change'));
  }

  dlcore.page.controls = {Controls, element, spelled};
})();
