// The playground: settings come from controls and the address, training runs in the time that a
// frame leaves, and the pictures follow.
(() => {
  'use strict';

  const {settings, setup, layout, chooser, own, python, diagram, Regions, Trainer,
    canvas: {sheet}, controls: {Controls, element}, curves: {curves, gradients, TRAIN, TEST}} = dlcore.page;

  const BUDGET = 9; // milliseconds of a frame for training
  const CATCH_UP = 0.1; // seconds that are made good after a pause of the screen

  function playground(root) {
    const parts = layout(root), still = matchMedia('(prefers-reduced-motion: reduce)');
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
      remember();
      restart();
    }

    function refuse(message) {
      parts.refusal.textContent = message;
      parts.refusal.hidden = !message;
    }

    // From the start; a run that is under way goes on with what is set now.
    function restart() {
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
      show();
    }

    function show() {
      controls.show(s);
      data.show(s);
      root.classList.toggle('play-tested', Boolean(trainer?.data.test));
      points.show(s);
      parts.starts.checked = settings.value(s, 'starts') > 1;
      for (const b of [parts.run, parts.step, parts.epoch, parts.python, parts.check]) b.disabled = !trainer;
      parts.checked.value = '';
      looks();
      draw(true);
      parts.code.textContent = trainer ? lines() : '';
      if (!trainer) parts.sentence.textContent = '';
    }

    // The address.

    let resting;

    function remember() { // once it rests: browsers limit how often the address may change
      clearTimeout(resting);
      resting = setTimeout(() => {
        const query = settings.address(s), place = query ? `?${query}` : location.pathname;
        try { history.replaceState(history.state, '', place); } catch { /* as before */ }
      }, 200);
    }

    function link() {
      const trained = Math.min(trainer?.epochs || 0, settings.fields.trained.max);
      const query = settings.address({...s, ...(trained && {trained})});
      return location.href.split(/[?#]/)[0] + (query ? `?${query}` : '');
    }

    const lines = () => python(s, trainer.reached(), trainer.data.train.y.length);

    async function copy(button, text) {
      const words = button.textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = words; }, 2000);
      } catch {
        prompt('To copy:', text);
      }
    }

    // Pictures: each takes at most its share of the time, so a dear one is drawn more rarely.

    function paced(least, share, paint) {
      let next = 0;
      return must => {
        const now = performance.now();
        if (!must && now < next) return;
        paint();
        next = now + Math.max(still.matches ? 1000 : least, (performance.now() - now) / share);
      };
    }

    const drawCurves = paced(0, 0.2, () => {
      const test = trainer.data.test;
      curves(parts.loss, [{lists: trainer.lists('loss'), colour: TRAIN},
        ...(test ? [{lists: trainer.lists('validation'), colour: TEST, dash: [6, 3]}] : [])], {log: true});
      curves(parts.accuracy, [{lists: trainer.lists('accuracy'), colour: test ? TEST : TRAIN,
        dash: test ? [6, 3] : []}], {low: 0.5, high: 1});
    });

    const drawMaps = paced(90, 0.2, () => {
      parts.unit.textContent = look ? diagram.numbers(s, trainer.nets[0], look) : '';
      regions.ask(trainer.nets);
      regions.draw(parts.regions, trainer.nets, look);
      diagram.draw(parts.diagram, s, trainer.nets[0], regions, look);
      gradients(parts.gradient, trainer.nets);
    });

    const say = paced(250, 0.2, () => {
      parts.sentence.textContent = trainer.sentence();
      parts.sentence.classList.toggle('play-diverged', trainer.diverged.length > 0);
    });

    function draw(must) {
      if (!trainer) {
        for (const name of ['diagram', 'loss', 'accuracy', 'gradient']) sheet(parts[name]);
        return regions.only(parts.regions);
      }
      drawCurves(must);
      drawMaps(must);
      say(must);
    }

    // What the large picture shows: the answer, or one unit.

    function looks() {
      const units = settings.value(s, 'units').flatMap((n, l) => Array.from({length: n}, (_, k) => [l, k]));
      parts.look.replaceChildren(element('option', {value: ''}, 'the answer'), ...units.map(([l, k]) =>
        element('option', {value: `${l},${k}`}, `layer ${l + 1}, unit ${k + 1}`)));
      parts.look.value = look ? look.join() : '';
    }

    function lookAt(unit) {
      look = unit;
      parts.look.value = look ? look.join() : '';
      draw(true);
    }

    // Running.

    let before = 0, owed = 0;

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
      requestAnimationFrame(frame);
    }

    function run() {
      running = true;
      before = performance.now();
      owed = 1;
      parts.run.textContent = 'Pause';
      parts.sentence.setAttribute('aria-live', 'off'); // it is read out where the run stops
      requestAnimationFrame(frame);
    }

    function pause() {
      running = false;
      parts.run.textContent = 'Run';
      parts.sentence.setAttribute('aria-live', 'polite');
      if (!trainer) return;
      draw(true);
      parts.code.textContent = lines();
    }

    const once = move => () => {
      running = false;
      move();
      pause();
    };

    // Backpropagation against differences, on as many rows as a minibatch has; nothing is changed.
    function check() {
      const {net, loss, caches, slope, data: {X, target, N}} = trainer.runs[0];
      const rows = Math.min(N, slope.length / net.n_out);
      const kept = net.gradient.slice(), buffers = net.buffers.flat().map(b => b.slice());
      const silent = net.layers.filter(layer => layer.rng).map(layer => [layer, layer.p, layer.rng]);
      for (const [layer] of silent) Object.assign(layer, {p: 0, rng: dlcore.random.default_rng(0)});
      const J = () => net.value_and_gradient(loss, X, target, rows, caches, slope);
      J();
      const error = dlcore.gradcheck.directional_error(J, net.theta, net.gradient.slice());
      for (const [layer, p, rng] of silent) Object.assign(layer, {p, rng});
      net.gradient.set(kept);
      net.buffers.flat().forEach((b, i) => b.set(buffers[i]));
      const size = error.toExponential(0).replace('-', '−');
      parts.checked.value = `Backpropagation against differences of the loss: relative error ${size}.`;
    }

    // As far as a link says, without holding up the page.
    async function trainTo(epochs) {
      const mine = trainer;
      while (mine && mine === trainer && mine.epochs < epochs && !mine.ended) {
        const end = performance.now() + 50;
        while (mine.epochs < epochs && !mine.ended && performance.now() < end) mine.epoch();
        draw(false);
        await new Promise(resolve => { setTimeout(resolve); });
      }
      if (epochs && mine && mine === trainer) pause();
    }

    parts.run.addEventListener('click', () => (running ? pause() : run()));
    parts.step.addEventListener('click', once(() => trainer.step()));
    parts.epoch.addEventListener('click', once(() => trainer.epoch()));
    parts.back.addEventListener('click', () => { running = false; restart(); pause(); });
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
    parts.link.addEventListener('click', () => copy(parts.link, link()));
    parts.python.addEventListener('click', () => copy(parts.python, lines()));
    parts.check.addEventListener('click', check);
    new ResizeObserver(() => { data.draw(); draw(true); }).observe(root);

    restart();
    if (given.problems.length) refuse([parts.refusal.textContent, ...given.problems.slice(0, 3)].join(' '));
    data.draw();
    trainTo(given.settings.trained || 0).then(() => { root.dataset.ready = ''; });
    // For the tests: the settings, what is reached, the lines of Python, the link.
    root.playground = {settings: () => s, reached: () => trainer?.reached(),
      steps: () => trainer?.steps, lines, link};
  }

  document.addEventListener('DOMContentLoaded', () => playground(document.getElementById('play')));
})();
