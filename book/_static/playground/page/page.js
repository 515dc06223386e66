// The playground: settings come from controls and the address, training runs in the time that a
// frame leaves, and the pictures follow.
(() => {
  'use strict';

  const {settings, setup, layout, chooser, own, python, diagram, save, Regions, Trainer,
    pictures: {pictured}, canvas: {rest}, share: {remember, link, copy},
    controls: {Controls, element}} = dlcore.page;

  const BUDGET = 9; // milliseconds of a frame for training
  const CATCH_UP = 0.1; // seconds that are made good after a pause of the screen

  function playground(root) {
    const parts = layout(root), pictures = pictured(parts);
    const controls = new Controls(change, refuse);
    const data = chooser(parts.data, name => change('data', name));
    const points = own(parts.own, controls, list => change('points', list));
    for (const [name, place] of Object.entries(parts.groups)) controls.fill(place, name);
    const given = settings.fromAddress(location.search);
    let s = given.settings, trainer = null, regions = null, look = null, running = false;

    // Settings.

    function change(name, x) {
      const before = settings.value(s, name);
      if (settings.text(name, x) === settings.text(name, before)) return controls.show(s);
      s = settings.changed(s, name, x);
      look = null;
      remember(s);
      restart();
    }

    function refuse(message) {
      parts.refusal.textContent = message;
      parts.refusal.hidden = !message;
    }

    // From the start; a run that is under way goes on with what is set now.
    function restart() {
      begin();
      show();
      draw(true);
    }

    function begin() {
      refuse('');
      trainer = null;
      try {
        trainer = new Trainer(s);
        regions = new Regions(s, trainer.data, settings.value(s, 'starts') > 1 ? 40 : 60);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refuse(error.message);
        const all = setup.drawn(s);
        regions = new Regions(s, {all, train: all, test: null}, 60);
        pause();
      }
    }

    function show() {
      controls.show(s);
      data.show(s);
      root.classList.toggle('play-tested', Boolean(trainer?.data.test));
      points.show(s);
      parts.starts.checked = settings.value(s, 'starts') > 1;
      const {run, step, epoch, python: code, check, pictures: drawn, table, networks} = parts;
      for (const button of [run, step, epoch, code, check, drawn, table, networks]) {
        button.disabled = !trainer;
      }
      parts.checked.value = '';
      looks();
      parts.code.textContent = trainer ? lines() : '';
    }

    // The same in a link, and in Python.

    const here = () => link(s, trainer?.epochs || 0);
    const lines = () => python(s, trainer.reached(), trainer.data.train.y.length);

    function draw(must) {
      if (trainer) pictures.draw({s, trainer, regions, look}, must);
      else pictures.empty(regions);
    }

    // What the large picture shows: the answer, or one unit.

    function looks() {
      const units = settings.value(s, 'units').flatMap((n, l) =>
        Array.from({length: n}, (_, k) =>
          element('option', {value: `${l},${k}`}, `layer ${l + 1}, unit ${k + 1}`)));
      parts.look.replaceChildren(element('option', {value: ''}, 'the answer'), ...units);
      parts.look.value = look ? look.join() : '';
    }

    function lookAt(unit) {
      look = unit;
      parts.look.value = look ? look.join() : '';
      draw(true);
    }

    // Running.

    let before = 0, owed = 0, next = 0;

    function frame(now) {
      if (!running) return;
      const end = performance.now() + BUDGET, pace = Number(parts.pace.value);
      const passed = Math.min(Math.max(0, now - before) / 1000, CATCH_UP);
      owed = pace === Infinity ? Infinity : owed + pace * passed;
      before = now;
      let going = true;
      for (; going && owed >= 1 && performance.now() < end; owed--) going = trainer.step();
      owed = Math.min(owed, 1); // what a frame could not do is left out, not put off
      if (!going) return pause();
      draw(false);
      next = requestAnimationFrame(frame);
    }

    function run() {
      running = true;
      before = performance.now();
      owed = 1;
      parts.run.textContent = 'Pause';
      parts.sentence.setAttribute('aria-live', 'off'); // it is read out where the run stops
      next = requestAnimationFrame(frame);
    }

    function pause() {
      running = false;
      cancelAnimationFrame(next);
      parts.run.textContent = 'Run';
      parts.sentence.setAttribute('aria-live', 'polite');
      if (!trainer) return;
      draw(true);
      parts.code.textContent = lines();
    }

    const once = move => () => {
      move();
      pause();
    };

    // As far as a link says, without holding up the page.
    async function trainTo(epochs) {
      const mine = trainer;
      while (mine && mine === trainer && mine.epochs < epochs && !mine.ended) {
        const end = performance.now() + 50;
        while (mine.epochs < epochs && !mine.ended && performance.now() < end) mine.epoch();
        draw(false);
        await rest();
      }
      if (epochs && mine && mine === trainer) pause();
    }

    parts.run.addEventListener('click', () => (running ? pause() : run()));
    parts.step.addEventListener('click', once(() => trainer.step()));
    parts.epoch.addEventListener('click', once(() => trainer.epoch()));
    parts.back.addEventListener('click', once(restart));
    parts.starts.addEventListener('change', () => change('starts', parts.starts.checked ? 20 : 1));
    parts.look.addEventListener('change', () => {
      const {value} = parts.look;
      lookAt(value ? value.split(',').map(Number) : null);
    });
    parts.diagram.addEventListener('click', ({offsetX, offsetY}) => {
      const unit = diagram.at(parts.diagram, s, offsetX, offsetY);
      lookAt(unit && look && unit.join() === look.join() ? null : unit);
    });
    parts.regions.addEventListener('click', ({offsetX, offsetY}) => {
      if (settings.value(s, 'data') !== 'own') return;
      const {clientWidth: w, clientHeight: h} = parts.regions;
      points.add(...regions.plane(offsetX, offsetY, w, h));
    });
    parts.link.addEventListener('click', () => copy(parts.link, here()));
    parts.python.addEventListener('click', () => copy(parts.python, lines()));
    parts.pictures.addEventListener('click', () =>
      save.save('playground.svg', 'image/svg+xml', save.pictures({s, trainer, regions, look})));
    parts.table.addEventListener('click', () =>
      save.save('playground.csv', 'text/csv', save.table(trainer)));
    parts.networks.addEventListener('click', () =>
      save.save('playground.json', 'application/json', save.networks(trainer, here())));
    parts.check.addEventListener('click', () => {
      const error = trainer.gradient_error().toExponential(0).replace('-', '−');
      parts.checked.value = `Backpropagation against differences of the loss: relative error ${error}.`;
    });

    let width = root.clientWidth;
    new ResizeObserver(() => {
      if (!regions || root.clientWidth === width) return;
      width = root.clientWidth;
      draw(true);
      data.draw();
    }).observe(root);

    async function open() {
      await rest();
      begin();
      await rest();
      show();
      if (trainer) await pictures.open({s, trainer, regions, look});
      else draw(true);
      await data.draw();
      const {problems} = given;
      if (problems.length) refuse([parts.refusal.textContent, ...problems.slice(0, 3)].join(' '));
      await trainTo(given.settings.trained || 0);
      root.dataset.ready = '';
    }

    open();
    // For the tests: the settings, what is reached, the lines of Python, the link.
    root.playground = {settings: () => s, reached: () => trainer?.reached(),
      steps: () => trainer?.steps, lines, link: here};
  }

  document.addEventListener('DOMContentLoaded', () => playground(document.getElementById('play')));
})();
