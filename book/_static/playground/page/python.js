// The settings as lines of Python that train the same network in dlcore and print the same loss.
(() => {
  'use strict';

  const {settings, setup} = dlcore.page;
  const PLUS = ['MeanSquaredError', 'MeanAbsoluteError', 'Huber', 'PerceptronCriterion', 'Hinge'];
  const TOP = ['MLP', 'Network', 'Linear', 'Activation', 'Dropout', 'BatchNorm', 'MeanSquaredError',
    'SigmoidCrossEntropy', 'SoftmaxCrossEntropy', 'GradientDescent', 'Momentum', 'Adam', 'L2',
    'fit'];
  const COLUMNS = {'x1': 'X[:, 0]', 'x2': 'X[:, 1]', 'x1²': 'X[:, 0] ** 2', 'x2²': 'X[:, 1] ** 2',
    'x1x2': 'X[:, 0] * X[:, 1]', 'sin x1': 'np.sin(X[:, 0])', 'sin x2': 'np.sin(X[:, 1])'};

  // What is imported from where, noted as it is used.
  class Imports {
    names = {};

    use(module, name) {
      const from = TOP.includes(name) ? 'dlcore' : `dlcore.${module}`;
      (this.names[from] ||= new Set()).add(name);
      return name;
    }

    lines() {
      return Object.keys(this.names).sort().map(from =>
        `from ${from} import ${[...this.names[from]].sort().join(', ')}`);
    }
  }

  const list = numbers => `[${numbers.join(', ')}]`;

  function data(s, imports) {
    const {data, n, noise, turns, margin, classes, draw, function: name, points} = settings.all(s);
    const radii = list(Array.from({length: classes || 0}, (_, k) => `${k + 1} / ${classes}`));
    if (data === 'own') {
      const rows = points.map(point => `    ${list(point)},`).join('\n');
      return [`data = np.array([  # x1, x2, class\n${rows}\n])`,
        'X, y = data[:, :2], data[:, 2].astype(int)'];
    }
    const call = {
      moons: `n=${n}, noise=${noise}, seed=${draw}`,
      rings: `n=${n}, noise=${noise}, seed=${draw}, radii=${radii}`,
      spirals: `n=${n}, noise=${noise}, seed=${draw}, turns=${turns}, classes=${classes}`,
      blobs: `n=${n}, centers=${classes}, std=${noise}, seed=${draw}`,
      separable: `n=${n}, margin=${margin}, seed=${draw}`,
      boolean: `"${name}"`,
    }[data];
    return [`X, y = ${imports.use('datasets', data)}(${call})`];
  }

  function init(s, imports) {
    const init = settings.value(s, 'init');
    const simple = {Zeros: 'zeros', LeCun: 'lecun', Glorot: 'glorot', He: 'he'}[init];
    if (simple) return `"${simple}"`;
    const name = imports.use('initializers', init);
    if (init === 'ForActivation') return `${name}(${shape(s, imports)})`;
    return `${name}(${Object.values(settings.numbers(s, 'init')).join(', ')})`;
  }

  // The activation by its name, or where a number of it is set, as an object.
  function shape(s, imports) {
    const name = settings.value(s, 'activation');
    if (setup.learned(name)) return '"relu"';
    const set = Object.entries(settings.numbers(s, 'activation')).filter(([key]) => key in s);
    if (!set.length) return `"${name.toLowerCase()}"`;
    return `${imports.use('activations', name)}(${set.map(([, x]) => x).join(', ')})`;
  }

  function net(s, imports) {
    const {activation, normalization, dropout} = settings.all(s), n = setup.sizes(s);
    const start = init(s, imports), plain = normalization === 'none' && !dropout;
    const end = 'seed=seed, dtype="float64"';
    const h = () => shape(s, imports), numbers = Object.values(settings.numbers(s, 'activation'));
    if (plain && !setup.learned(activation)) {
      imports.use('network', 'MLP');
      return `net = MLP(${list(n)}, activation=${h()}, init=${start}, ${end})`;
    }
    imports.use('network', 'Network');
    const lines = n.slice(1).map((n_out, l) => {
      const row = [`${imports.use('layers', 'Linear')}(${n[l]}, ${n_out}, init=${start})`];
      if (l === n.length - 2) return row;
      const of = (module, name, ...more) =>
        row.push(`${imports.use(module, name)}(${[n_out, ...more].join(', ')})`);
      if (normalization !== 'none') of('normalization', normalization);
      if (setup.learned(activation)) of('learned_activations', activation, ...numbers);
      else row.push(`${imports.use('layers', 'Activation')}(${h()})`);
      if (dropout) row.push(`${imports.use('noise', 'Dropout')}(${dropout})`);
      return row;
    });
    const inner = lines.map(row => `    ${row.join(', ')},`);
    return ['net = Network(', ...inner, `    ${end},`, ')'].join('\n');
  }

  function rate(s, imports) {
    const {lr, schedule, warm_up} = settings.all(s);
    const numbers = Object.entries(settings.numbers(s, 'schedule')).map(([k, x]) => `${k}=${x}`);
    const call = () => `${imports.use('schedules', schedule)}(${[lr, ...numbers].join(', ')})`;
    if (warm_up) return `${imports.use('schedules', 'warm_up')}(${call()}, ${warm_up})`;
    return schedule === 'constant' ? String(lr) : call();
  }

  function optimizer(s, imports) {
    const name = settings.value(s, 'optimizer'), {lr, ...numbers} = settings.numbers(s, 'optimizer');
    const given = Object.keys(numbers).filter(key => key in s).map(key => `${key}=${s[key]}`);
    if (name === 'AdamW') given.push('n_weights=net.n_weights');
    const all = ['net.theta', `lr=${rate(s, imports)}`, ...given].join(', ');
    return `optimizer = ${imports.use('optimizers', name)}(${all})`;
  }

  // What the loss compares with: labels, or rows of ±1 or of 0 and 1.
  function target(s, y) {
    const K = setup.outputs(s), loss = settings.value(s, 'loss');
    if (PLUS.includes(loss)) return `2.0 * ${K === 1 ? `${y}[:, None]` : `np.eye(${K})[${y}]`} - 1`;
    return loss === 'SigmoidCrossEntropy' && K > 1 ? `np.eye(${K})[${y}]` : null;
  }

  function options(s, imports, epochs, rows) {
    const {batch, penalty, clip, max_norm, patience, below, test} = settings.all(s);
    const numbers = Object.values(settings.numbers(s, 'penalty'));
    return [`epochs=${epochs}`, `batch_size=${Math.min(batch, rows) || 'None'}`, 'seed=seed',
      test && settings.value(s, 'data') !== 'boolean' && 'validation=(X_test, t_test)',
      numbers.length && `penalty=${imports.use('regularizers', penalty)}(${numbers.join(', ')})`,
      max_norm && `constraint=${imports.use('regularizers', 'MaxNorm')}(${max_norm})`,
      clip && `clip=${clip}`, patience && `patience=${patience}`,
      below && `callback=lambda epoch, history: history.loss[-1] < ${below}`,
    ].filter(Boolean);
  }

  // ``shown``: {epochs, losses, diverged}, where the page stands.
  function python(s, {epochs, losses, diverged}, rows) {
    const imports = new Imports(), all = settings.all(s);
    const {test, features, starts, seed, loss} = all;
    const split = test && all.data !== 'boolean';
    const body = data(s, imports);
    if (split) {
      imports.use('datasets', 'split');
      body.push(`X, X_test, y, y_test = split(X, y, test=${test}, seed=${all.draw})`);
    }
    if (features.join() !== 'x1,x2') {
      const columns = features.map(name => COLUMNS[name]).join(', ');
      body.push('', 'def features(X):', `    return np.stack([${columns}], axis=1)`, '',
        split ? 'X, X_test = features(X), features(X_test)' : 'X = features(X)');
    }
    body.push(`t = ${target(s, 'y') || 'y'}`);
    if (split) body.push(`t_test = ${target(s, 'y_test') || 'y_test'}`);
    imports.use('training', 'fit');
    const fit = ['history = fit(', '    net, loss, optimizer, X, t,',
      `    ${options(s, imports, epochs || 100, rows).join(', ')},`, ')'];
    const trained = diverged ? ['try:', ...indented(fit),
      `except ${imports.use('history', 'DivergedError')} as error:`, '    print(error)',
      '    history = error.history'] : fit;
    const train = [...net(s, imports).split('\n'), optimizer(s, imports),
      `loss = ${imports.use('losses', loss)}()`, ...trained,
      'print(f"seed {seed}: loss {history.loss[-1]:.7g}")'];
    const numpy = /np\./.test([...body, ...train].join()) ? ['import numpy as np', ''] : [];
    return [...numpy, ...imports.lines(), '', ...body, '', ...said(losses, diverged),
      ...(starts === 1 ? [`seed = ${seed}`, ...train]
        : [`for seed in range(${seed}, ${seed + starts}):`, ...indented(train)]), ''].join('\n');
  }

  const indented = lines => lines.map(line => `    ${line}`);

  // What the page shows, as a comment.
  function said(losses, diverged) {
    if (diverged) return [`# the page: no longer finite at step ${diverged}`];
    const shown = losses.map(x => x.toPrecision(7)).join(', ');
    return shown ? [`# the page: ${shown}`] : [];
  }

  dlcore.page.python = python;
})();
