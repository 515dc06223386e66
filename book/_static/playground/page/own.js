// Own data: a click into the picture sets a point of the chosen class; or numbers are pasted.
(() => {
  'use strict';

  const {settings, controls: {element}} = dlcore.page;
  const NAMES = ['0, circle', '1, square', '2, triangle', '3, diamond'];

  // ``change(points)`` is told of the new list.
  function own(place, controls, change) {
    const inputs = NAMES.map((name, k) => element('input', {type: 'radio', name: 'play-class', value: k,
      id: `play-class-${k}`, checked: k === 0, autocomplete: 'off'}));
    const undo = element('button', {type: 'button'}, 'Take the last one back');
    const clear = element('button', {type: 'button'}, 'Remove all');
    const paste = element('div');
    let points = [];
    place.append(
      element('fieldset', {className: 'play-some'},
        element('legend', {}, 'A click into the large picture sets a point of class'),
        ...inputs.map((input, k) =>
          element('span', {}, input, element('label', {htmlFor: input.id}, NAMES[k])))),
      undo, clear, element('details', {}, element('summary', {}, 'Paste numbers'), paste));
    controls.fill(paste, 'own');
    undo.addEventListener('click', () => change(points.slice(0, -1)));
    clear.addEventListener('click', () => change([]));
    return {
      show(s) {
        place.hidden = settings.value(s, 'data') !== 'own';
        points = settings.value(s, 'points');
        undo.disabled = clear.disabled = points.length === 0;
      },
      add(x1, x2) {
        const k = inputs.findIndex(input => input.checked), round = x => Number(x.toPrecision(3));
        change([...points, [round(x1), round(x2), k]]);
      },
    };
  }

  dlcore.page.own = own;
})();
