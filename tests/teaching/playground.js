// What test_playground.py asks of the playground's scripts, many questions in one call.
(() => {
  'use strict';

  const make = (module, [kind, ...settings]) => new dlcore[module][kind](...settings);
  const optional = (module, spec) => (spec ? make(module, spec) : null);

  function layer([kind, ...settings]) {
    const {Activation, Linear} = dlcore.layers, [n_in, n_out, init] = settings;
    if (kind === 'Activation') return new Activation(make('activations', settings[0]));
    if (kind === 'Linear') return new Linear(n_in, n_out, make('initializers', init));
    return make('layers', [kind, ...settings]);
  }

  // A schedule may hold schedules.
  function rate(lr) {
    if (!Array.isArray(lr)) return lr;
    const [kind, ...settings] = lr;
    return dlcore.schedules[kind](...settings.map(rate));
  }

  function bound(net, [kind, {lr, ...settings}]) {
    if (kind === 'AdamW' && settings.n_weights) settings.n_weights = net.n_weights;
    return new dlcore.optimizers[kind](net.theta, {...settings, ...(lr && {lr: rate(lr)})});
  }

  function rows(data) {
    if (!data) return null;
    const labels = !data.y.some(Array.isArray);
    return {X: Float64Array.from(data.X.flat()),
      y: labels ? Int32Array.from(data.y) : Float64Array.from(data.y.flat())};
  }

  function trained(setting) {
    const {layers, seed, loss, optimizer, data, validation, plateau, order, ...options} = setting;
    const net = new dlcore.network.Network(layers.map(layer), seed);
    const rule = bound(net, optimizer);
    options.penalty = optional('regularizers', options.penalty);
    options.constraint = optional('regularizers', options.constraint);
    options.validation = rows(validation);
    if (plateau) options.callback = dlcore.early_stopping.ReduceOnPlateau(rule, ...plateau);
    if (order !== undefined) options.seed = order;
    const run = new dlcore.training.Run(net, make('losses', loss), rule, rows(data), options);
    const thetas = [[...net.theta]];
    while (run.step()) thetas.push([...net.theta]);
    const {history, ended, account} = run;
    return {thetas, ended, account, history: {...history}, theta: [...net.theta],
      buffers: net.buffers.flat().map(b => [...b]), summary: net.layers.map(String)};
  }

  // JSON, faster than the browser's driver; what is not finite as a word.
  const word = (key, value) =>
    (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);

  window.asked = ([name, argument]) => JSON.stringify(ask[name](JSON.parse(argument)), word);

  window.ask = {
    names: () => Object.fromEntries(Object.entries(dlcore).map(([m, of]) => [m, Object.keys(of)])),

    streams: seeds => seeds.map(seed => {
      const {default_rng, SeedSequence} = dlcore.random, rng = default_rng(seed);
      const child = rng.spawn(3)[2], grandchild = child.spawn(2)[1], drawn = {};
      drawn.state = new SeedSequence(seed).generate_state(9);
      drawn.random = [...rng.random(50)];
      drawn.permutations = [1, 2, 7, 33, 250].map(n => [...rng.permutation(n)]);
      drawn.between = rng.random();
      drawn.uniform = [...rng.uniform(-0.3, 0.7, 50)];
      drawn.integers = [...rng.integers(-3, 11, 51)];
      drawn.normal = [...rng.standard_normal(500)];
      drawn.list = [...rng.permutation([3, 1, 4, 1, 5, 9, 2, 6])];
      drawn.after = [...rng.random(3), ...child.random(5), ...grandchild.standard_normal(5)];
      return drawn;
    }),

    normals: ([seed, n]) => [...dlcore.random.default_rng(seed).standard_normal(n)],

    activations: ([specs, points]) => specs.map(spec => {
      const h = make('activations', spec), n = points.length;
      const [z, a, d] = [Float64Array.from(points), new Float64Array(n), new Float64Array(n)];
      h.value(z, a, n);
      h.deriv(z, a, d, n);
      return [[...a], [...d]];
    }),

    losses: asked => asked.map(([spec, y_hat, y]) => {
      const loss = make('losses', spec), N = y.length, K = y_hat[0].length;
      const g = new Float64Array(N * K);
      loss.grad(y_hat.flat(), y.flat(), N, K, g);
      return [loss.mean(y_hat.flat(), y.flat(), N, K), [...g]];
    }),

    schedules: ([specs, last]) => specs.map(spec => {
      const eta = rate(spec);
      return Array.from({length: last}, (_, i) => eta(i + 1));
    }),

    initializers: asked => asked.map(([spec, seed, n_out, n_in]) =>
      [...make('initializers', spec).draw(dlcore.random.default_rng(seed), n_out, n_in)]),

    datasets: asked => asked.map(([name, settings, test, seed]) => {
      const data = dlcore.datasets[name](...settings), plain = ({X, y}) => ({X: [...X], y: [...y]});
      const parts = dlcore.datasets.split(data, test, seed);
      return {...plain(data), train: plain(parts.train), test: plain(parts.test)};
    }),

    clipped: ([g, c]) => ['clip_norm', 'clip_value'].map(name => {
      const copy = Float64Array.from(g);
      dlcore.optimizers[name](copy, c);
      return [...copy];
    }),

    trained: settings => settings.map(trained),

    // What the account of a run says whose arrays hold these numbers, as if after 9 steps.
    accounts: ([{layers, seed, loss, data}, cases]) => cases.map(places => {
      const net = new dlcore.network.Network(layers.map(layer), seed);
      const run = new dlcore.training.Run(net, make('losses', loss), {lr: 1}, rows(data));
      run.begin();
      run.loss_of(run.batches[0]);
      run.history.diverged = 9;
      for (const [kind, l, i, at] of places) {
        (kind === 'outputs' ? run.caches[l].y : net[kind][l][i])[at] = NaN;
      }
      return dlcore.divergence.account(run);
    }),

    // The class that a name stands for.
    called: ([kind, name]) => {
      const {activations, initializers} = dlcore;
      return (kind === 'activations' ? activations.activation(name)
        : initializers.initializer(name)).constructor.name;
    },

    mlp: ([sizes, options, X]) => {
      const net = dlcore.network.MLP(sizes, options), y_hat = net.predict(Float64Array.from(X.flat()));
      return {theta: [...net.theta], y_hat: [...y_hat]};
    },

    // What is thrown where a training is refused.
    refused: setting => {
      try {
        trained(setting);
      } catch (error) {
        return error.message;
      }
    },

    // The gradient of a setting's first minibatch against differences, as it is and doubled.
    gradients: ({layers, seed, loss, data}) => {
      const net = new dlcore.network.Network(layers.map(layer), seed), {X, y} = rows(data);
      const rule = make('losses', loss), N = y.length, caches = net.caches(N);
      const t = rule.target(y, net.n_out), slope = new Float64Array(N * net.n_out);
      const J = () => net.value_and_gradient(rule, X, t, N, caches, slope);
      J();
      const g = net.gradient.slice(), theta = net.theta.slice();
      const errors = [1, 2, -1].map(factor =>
        dlcore.gradcheck.directional_error(J, net.theta, g.map(value => factor * value)));
      return [...errors, theta.every((value, i) => value === net.theta[i])];
    },

    // Steps in a second of a setting, by the clock, after as many to warm up.
    speed: ([setting, seconds]) => {
      const {layers, seed, loss, optimizer, data, ...options} = setting;
      const net = new dlcore.network.Network(layers.map(layer), seed);
      const rule = bound(net, optimizer);
      const run = new dlcore.training.Run(net, make('losses', loss), rule, rows(data), options);
      let steps, start;
      for (let round = 0; round < 2; round++) {
        for (steps = 0, start = performance.now(); performance.now() - start < 1000 * seconds;) {
          for (let i = 0; i < 50; i++, steps++) run.step();
        }
      }
      return steps / (performance.now() - start) * 1000;
    },
  };
})();
