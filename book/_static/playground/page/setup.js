// From settings to what the engine trains: data, network, run.
(() => {
  'use strict';

  const {activations, datasets, initializers, layers, losses, network, optimizers, regularizers,
    schedules, training} = dlcore;
  const {settings} = dlcore.page;

  const FEATURES = {'x1': x => x, 'x2': (x, y) => y, 'x1²': x => x * x, 'x2²': (x, y) => y * y,
    'x1x2': (x, y) => x * y, 'sin x1': x => Math.sin(x), 'sin x2': (x, y) => Math.sin(y)};

  // {X, y}, rows of two numbers and their labels.
  function drawn(s) {
    const {data, n, noise, turns, margin, classes, draw, function: name, points} = settings.all(s);
    const radii = Array.from({length: classes || 0}, (_, k) => (k + 1) / classes);
    switch (data) {
      case 'moons': return datasets.moons(n, noise, draw);
      case 'rings': return datasets.rings(n, noise, draw, radii);
      case 'spirals': return datasets.spirals(n, noise, draw, turns, classes);
      case 'blobs': return datasets.blobs(n, classes, noise, draw);
      case 'separable': return datasets.separable(n, margin, 1, draw);
      case 'boolean': return datasets.boolean(name);
      default: return {X: Float64Array.from(points.flatMap(([x1, x2]) => [x1, x2])),
        y: Int32Array.from(points, ([, , k]) => k)};
    }
  }

  // {all, train, test}: test is null where nothing is kept for it.
  function data(s) {
    const all = drawn(s), {data, test, draw} = settings.all(s);
    const classes = new Set(all.y).size;
    if (data === 'own' && classes < 2) {
      throw new RangeError(`Own points: expected at least two classes, got ${classes}. ` +
        'Choose a class, then click into the picture, or paste numbers.');
    }
    if (!test || data === 'boolean') return {all, train: all, test: null};
    const {train, test: kept} = datasets.split(all, test, draw);
    return {all, train, test: kept};
  }

  // The columns that the network is given.
  function featured(X, names) {
    const N = X.length / 2, d = names.length, F = new Float64Array(N * d);
    for (let i = 0; i < N; i++) {
      names.forEach((name, j) => { F[i * d + j] = FEATURES[name](X[2 * i], X[2 * i + 1]); });
    }
    return F;
  }

  const outputs = s => {
    const classes = settings.classesOf(s);
    return classes === 2 && settings.value(s, 'loss') !== 'SoftmaxCrossEntropy' ? 1 : classes;
  };

  function sizes(s) {
    return [settings.value(s, 'features').length, ...settings.value(s, 'units'), outputs(s)];
  }

  function initializer(s) {
    const init = settings.value(s, 'init');
    if (init === 'ForActivation') return new initializers.ForActivation(shape(s));
    return new initializers[init](...Object.values(settings.numbers(s, 'init')));
  }

  const learned = activation => activation in layers;

  // The activation whose gain a start is made for; a learned one begins like a ReLU.
  function shape(s) {
    const name = settings.value(s, 'activation');
    if (learned(name)) return new activations.ReLU();
    return new activations[name](...Object.values(settings.numbers(s, 'activation')));
  }

  function net(s, seed) {
    const {activation, normalization, dropout} = settings.all(s), init = initializer(s);
    const n = sizes(s), numbers = Object.values(settings.numbers(s, 'activation')), list = [];
    n.slice(1).forEach((n_out, l) => {
      list.push(new layers.Linear(n[l], n_out, init));
      if (l === n.length - 2) return;
      if (normalization !== 'none') list.push(new layers[normalization](n_out));
      list.push(learned(activation) ? new layers[activation](n_out, ...numbers)
        : new layers.Activation(shape(s)));
      if (dropout) list.push(new layers.Dropout(dropout));
    });
    return new network.Network(list, seed);
  }

  function rate(s) {
    const {lr, schedule, warm_up} = settings.all(s);
    const eta = schedules[schedule](lr, ...Object.values(settings.numbers(s, 'schedule')));
    if (warm_up) return schedules.warm_up(eta, warm_up);
    return schedule === 'constant' ? lr : eta;
  }

  function optimizer(s, theta, n_weights) {
    const name = settings.value(s, 'optimizer'), numbers = settings.numbers(s, 'optimizer');
    if (name === 'AdamW') numbers.n_weights = n_weights;
    return new optimizers[name](theta, {...numbers, lr: rate(s)});
  }

  function penalty(s) {
    const name = settings.value(s, 'penalty');
    if (name === 'none') return null;
    return new regularizers[name](...Object.values(settings.numbers(s, 'penalty')));
  }

  // A run from the start, of one seed.
  function run(s, seed, {train, test}) {
    const {features, loss, batch, clip, max_norm, epochs, patience, below} = settings.all(s);
    const made = net(s, seed), rows = part => part && {X: featured(part.X, features), y: part.y};
    return new training.Run(made, new losses[loss](), optimizer(s, made.theta, made.n_weights),
      rows(train), {seed, validation: rows(test), penalty: penalty(s), clip: clip || null,
        batch_size: Math.min(batch, train.y.length) || null, epochs: epochs || Infinity,
        patience: patience || null,
        constraint: max_norm ? new regularizers.MaxNorm(max_norm) : null,
        callback: below ? (epoch, history) => history.loss.at(-1) < below : null});
  }

  // The places in net.layers of the linear ones, and of the output of each hidden layer.
  function places(net) {
    const linear = [...net.layers.keys()].filter(l => net.layers[l] instanceof layers.Linear);
    return {linear, hidden: linear.slice(1).map(l => l - 1)};
  }

  dlcore.page.setup = {drawn, data, featured, outputs, sizes, run, places, learned};
})();
