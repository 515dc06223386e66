// The choice of the data: a small picture of each.
(() => {
  'use strict';

  const {settings, setup, canvas: {sheet, marker, rest}, controls: {element, spelled}} = dlcore.page;

  function thumbnail(canvas, name) {
    const {ctx, w, h} = sheet(canvas);
    if (name === 'own') {
      ctx.font = '24px system-ui, sans-serif';
      ctx.textAlign = 'center';
      ctx.textBaseline = 'middle';
      ctx.fillStyle = '#444';
      return ctx.fillText('+', w / 2, h / 2);
    }
    const numbers = settings.numbersOf.data(name), n = Math.min(numbers.n || 4, 110);
    const {all} = setup.data({data: name, ...(numbers.n && {n}), test: 0});
    const size = Math.max(...all.X.map(Math.abs));
    const middle = name === 'moons' ? [0.5, 0.25] : name === 'boolean' ? [0.5, 0.5] : [0, 0];
    const scale = (name === 'boolean' ? 0.5 : name === 'moons' ? 0.3 : 0.46 / size) * w;
    const r = name === 'boolean' ? 4 : 1.7;
    all.y.forEach((k, i) => marker(ctx, k, w / 2 + scale * (all.X[2 * i] - middle[0]),
      h / 2 - scale * (all.X[2 * i + 1] - middle[1]), r));
  }

  // A group of radio buttons; ``change(name)`` is told of the choice.
  function chooser(place, change) {
    const {data} = settings.fields, inputs = {}, pictures = {};
    for (const name of data.choices) {
      inputs[name] = element('input', {type: 'radio', name: 'play-data', value: name,
        id: `play-data-${name}`, autocomplete: 'off'});
      pictures[name] = element('canvas', {'aria-hidden': 'true'});
      inputs[name].addEventListener('change', () => change(name));
      place.append(element('label', {className: 'play-data'}, inputs[name], pictures[name],
        element('span', {}, spelled(name))));
    }
    return {
      show(s) { inputs[settings.value(s, 'data')].checked = true; },
      async draw() {
        for (const name of data.choices) {
          await rest();
          thumbnail(pictures[name], name);
        }
      },
    };
  }

  dlcore.page.chooser = chooser;
})();
