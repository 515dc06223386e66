// All that can be set, in one plain object, and the same object as an address.
//
// Settings hold only what differs from its default: {} is the page as it opens, and the address of
// {data: 'spirals', units: [8, 8]} is ?data=spirals&units=8,8.  ``value`` fills in the rest.
(() => {
  'use strict';

  const {activations, initializers, layers, losses, optimizers, regularizers, schedules} = dlcore;

  // The engine's own lists: the names of what has a method.
  const having = (module, method) =>
    Object.keys(module).filter(name => module[name].prototype && method in module[name].prototype);

  const lists = {
    data: ['moons', 'rings', 'spirals', 'blobs', 'separable', 'boolean', 'own'],
    function: ['and', 'or', 'xor', 'nand', 'nor', 'xnor', 'x1 implies x2', 'x2 implies x1',
      'x1 and not x2', 'x2 and not x1', 'x1', 'x2', 'not x1', 'not x2', 'true', 'false'],
    features: ['x1', 'x2', 'x1²', 'x2²', 'x1x2', 'sin x1', 'sin x2'],
    activation: [...having(activations, 'deriv'), 'ParametricReLU', 'ACON'],
    init: having(initializers, 'draw').filter(name => name !== 'VarianceScaling'),
    normalization: ['none', ...having(layers, 'standardize')],
    loss: Object.keys(losses),
    penalty: ['none', ...having(regularizers, 'addTo')],
    optimizer: having(optimizers, 'step'),
    schedule: Object.keys(schedules).filter(name => !['warm_up', 'chain'].includes(name)),
  };

  // The numbers of a thing, and what the engine takes for them.
  const FAST = {Adam: 0.01, AdamW: 0.01, AMSGrad: 0.01, NAdam: 0.01}; // in seconds, not minutes
  const numbersOf = {
    optimizer(name) {
      const {t, n_weights, product, ...own} = new optimizers[name](new Float64Array(1), {});
      const numbers = Object.entries(own).filter(([, x]) => typeof x === 'number');
      return {...Object.fromEntries(numbers), ...(FAST[name] && {lr: FAST[name]})};
    },
    activation: name => ({LeakyReLU: {slope: 0.01}, ELU: {alpha: 1}, Softplus: {beta: 1},
      Swish: {beta: 1}, ParametricReLU: {slope: 0.25}}[name] || {}),
    schedule: name => ({step_decay: {every: 500, gamma: 0.5}, exponential: {gamma: 0.999},
      inverse_time: {k: 0.001}, linear: {t_max: 2000, lr_min: 0},
      cosine: {t_max: 2000, lr_min: 0}}[name] || {}),
    init: name => ({Constant: {value: 0.1}, Normal: {std: 0.01}, Uniform: {limit: 0.1},
      Orthogonal: {scale: 1}}[name] || {}),
    penalty: name => ({L1: {lam: 0.001}, L2: {lam: 0.001},
      ElasticNet: {lam1: 0.001, lam2: 0.001}}[name] || {}),
    data: name => ({moons: {n: 200, noise: 0.1}, rings: {n: 200, noise: 0.1, classes: 2},
      spirals: {n: 300, noise: 0.05, turns: 1, classes: 2}, blobs: {n: 200, noise: 0.5, classes: 3},
      separable: {n: 100, margin: 0.1}, boolean: {}, own: {}}[name]),
  };

  // One field each.  ``of`` names the setting whose thing a number belongs to.
  const fields = {};
  const add = (name, kind, group, label, start, more = {}) => {
    fields[name] = {name, kind, group, label, start: () => start, when: () => true, ...more};
  };
  const choice = (name, group, label, start, more) =>
    add(name, 'choice', group, label, start, {choices: lists[name], ...more});
  const number = (name, group, label, start, min, max, more) =>
    add(name, 'number', group, label, start, {min, max, ...more});
  const numberOf = (of, name, group, label, min, max, more) => number(name, group, label, 0, min,
    max, {of, start: s => numbersOf[of](value(s, of))[name],
      when: s => name in numbersOf[of](value(s, of)), ...more});
  const whole = {integer: true};

  choice('data', 'top', 'Data', 'moons');
  numberOf('data', 'noise', 'plane', 'Noise', 0, 2);
  add('units', 'list', 'first', 'Units in each hidden layer', [8, 8],
    {min: 1, max: 64, most: 8, ...whole});
  choice('activation', 'first', 'Activation', 'Tanh');
  numberOf('activation', 'slope', 'first', 'Slope below 0', 0, 0.99);
  numberOf('activation', 'alpha', 'first', 'α', 0.001, 100);
  numberOf('activation', 'beta', 'first', 'β', 0.001, 100);
  numberOf('optimizer', 'lr', 'first', 'Learning rate η', 0, 1e6);

  choice('function', 'data', 'Truth table', 'xor',
    {of: 'data', when: s => value(s, 'data') === 'boolean'});
  numberOf('data', 'n', 'data', 'Points', 8, 2000, whole);
  numberOf('data', 'classes', 'data', 'Classes', 2, 4, whole);
  numberOf('data', 'turns', 'data', 'Turns', 0, 5);
  numberOf('data', 'margin', 'data', 'Margin', 0, 0.9);
  number('test', 'data', 'Share kept for the test', 0, 0, 0.9, {of: 'data',
    start: s => ['boolean', 'own'].includes(value(s, 'data')) ? 0 : 0.2,
    when: s => value(s, 'data') !== 'boolean'});
  number('draw', 'data', 'Seed of the data', 0, 0, 1e15, {...whole,
    when: s => value(s, 'data') !== 'boolean'});
  add('features', 'some', 'data', 'Features', ['x1', 'x2'], {choices: lists.features});

  choice('init', 'network', 'Initialisation', 'Glorot');
  numberOf('init', 'value', 'network', 'All weights', -100, 100);
  numberOf('init', 'std', 'network', 'Their standard deviation', 0, 100);
  numberOf('init', 'limit', 'network', 'Their limit', 0, 100);
  numberOf('init', 'scale', 'network', 'Their scale', 0, 100);
  choice('normalization', 'network', 'Normalisation', 'none');
  number('dropout', 'network', 'Dropout, p to drop', 0, 0, 0.95);
  number('seed', 'network', 'Seed of weights and order', 0, 0, 1e15, whole);

  choice('loss', 'learning', 'Loss', 'SigmoidCrossEntropy', {start: s =>
    (classesOf(s) > 2 ? 'SoftmaxCrossEntropy' : 'SigmoidCrossEntropy')});
  choice('optimizer', 'learning', 'Optimiser', 'Adam');
  numberOf('optimizer', 'mu', 'learning', 'Momentum μ', 0, 0.9999);
  numberOf('optimizer', 'rho', 'learning', 'Memory ρ', 0, 0.9999);
  numberOf('optimizer', 'beta1', 'learning', 'First memory β₁', 0, 0.9999);
  numberOf('optimizer', 'beta2', 'learning', 'Second memory β₂', 0, 0.99999);
  numberOf('optimizer', 'eps', 'learning', 'ε', 1e-16, 1);
  numberOf('optimizer', 'decay', 'learning', 'Weight decay', 0, 100);
  numberOf('optimizer', 'psi', 'learning', 'ψ', 0, 1);
  choice('schedule', 'learning', 'Schedule', 'constant');
  numberOf('schedule', 'every', 'learning', 'Every so many steps', 1, 1e6, whole);
  numberOf('schedule', 'gamma', 'learning', 'Factor γ', 1e-6, 1);
  numberOf('schedule', 'k', 'learning', 'k', 0, 1000);
  numberOf('schedule', 't_max', 'learning', 'Until step', 1, 1e7, whole);
  numberOf('schedule', 'lr_min', 'learning', 'Down to', 0, 1000);
  number('warm_up', 'learning', 'Warm-up, steps', 0, 0, 1e6, whole);
  number('batch', 'learning', 'Batch size (0: all)', 32, 0, 2000, whole);
  number('clip', 'learning', 'Gradient clipping, norm (0: none)', 0, 0, 1e6);

  choice('penalty', 'limits', 'Penalty', 'none');
  numberOf('penalty', 'lam', 'limits', 'λ', 0, 100);
  numberOf('penalty', 'lam1', 'limits', 'λ₁', 0, 100);
  numberOf('penalty', 'lam2', 'limits', 'λ₂', 0, 100);
  number('max_norm', 'limits', 'Max-norm of each unit (0: none)', 0, 0, 1e6);
  number('epochs', 'limits', 'Stop after epochs (0: never)', 0, 0, 1e6, whole);
  number('patience', 'limits', 'Early stopping, patience (0: never)', 0, 0, 1e6, whole);
  number('below', 'limits', 'Stop at a loss below (0: never)', 0, 0, 1e6);

  number('starts', 'top', 'Starts', 1, 1, 50, whole);
  add('points', 'points', 'own', 'Points', [], {most: 400});
  number('trained', 'none', 'Epochs that a link has trained', 0, 0, 20000, whole);

  // The value of a setting, given or by default.
  const value = (s, name) => (s[name] ?? fields[name].start(s));

  // The numbers of the thing that is chosen: of an optimizer {lr: 0.01, beta1: …}.
  function numbers(s, of) {
    const names = Object.keys(numbersOf[of](value(s, of)));
    return Object.fromEntries(names.map(name => [name, value(s, name)]));
  }

  // How many classes the data have.
  function classesOf(s) {
    if (value(s, 'data') === 'own') {
      return Math.max(2, ...value(s, 'points').map(([, , k]) => k + 1));
    }
    return fields.classes.when(s) ? value(s, 'classes') : 2;
  }

  // A copy of the settings with one changed; the numbers of the thing that was there before go.
  function changed(s, name, given) {
    const next = {...s, [name]: given};
    for (const field of Object.values(fields)) if (field.of === name) delete next[field.name];
    delete next.trained;
    return tidy(next);
  }

  // Without what equals its default, or has no meaning here.
  function tidy(s) {
    const kept = {};
    for (const [name, field] of Object.entries(fields)) {
      if (!(name in s) || !field.when(s)) continue;
      if (text(name, s[name]) !== text(name, field.start(s))) kept[name] = s[name];
    }
    return kept;
  }

  // A value as in an address, and back.  A bad one is a RangeError that says what is wanted.

  function text(name, x) {
    if (fields[name].kind === 'points') return x.map(point => point.join(' ')).join(';');
    return Array.isArray(x) ? x.join(',') : String(x);
  }

  function refuse(field, wanted, got) {
    const shown = String(got).length > 40 ? `${String(got).slice(0, 40)} …` : got;
    throw new RangeError(`${field.label}: expected ${wanted}, got “${shown}”.`);
  }

  function parse(name, given) {
    const field = fields[name], {kind, choices} = field;
    const parts = given.split(',').map(part => part.trim()).filter(Boolean);
    if (kind === 'choice') {
      const found = choices.find(choice => choice.toLowerCase() === given.trim().toLowerCase());
      return found ?? refuse(field, `one of ${choices.join(', ')}`, given);
    }
    if (kind === 'some') {
      const wrong = parts.find(part => !choices.includes(part));
      if (wrong) refuse(field, `some of ${choices.join(', ')}`, wrong);
      if (!parts.length) refuse(field, 'at least one', given);
      return choices.filter(choice => parts.includes(choice));
    }
    if (kind === 'list') {
      if (parts.length > field.most) refuse(field, `at most ${field.most} layers`, given);
      return parts.map(part => numberIn(field, part));
    }
    if (kind === 'points') return points(given);
    return numberIn(field, given);
  }

  function numberIn(field, given) {
    const {min, max, integer} = field, x = Number(given.replace('−', '-'));
    const wanted = `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
    const good = given.trim() && x >= min && x <= max && (!integer || Number.isInteger(x));
    return good ? x : refuse(field, wanted, given);
  }

  // Own points: three numbers each, x1, x2 and the class 0 to 3, one point a line or a semicolon.
  function points(given) {
    const rows = given.split(/[;\n]+/).map(row => row.trim()).filter(Boolean);
    const {most} = fields.points;
    if (rows.length > most) {
      throw new RangeError(`Points: expected at most ${most}, got ${rows.length}.`);
    }
    return rows.map((row, i) => {
      const numbers = row.split(/[\s,]+/).filter(Boolean).map(x => Number(x.replace('−', '-')));
      const [x1, x2, k] = numbers, far = Math.max(Math.abs(x1), Math.abs(x2));
      const three = numbers.length === 3 && !numbers.some(Number.isNaN);
      const point = {label: `Point ${i + 1}`};
      if (!three) refuse(point, 'three numbers, x1, x2 and the class', row);
      if (!(far <= 1000)) refuse(point, 'x1 and x2 from −1000 to 1000', row);
      if (![0, 1, 2, 3].includes(k)) refuse(point, 'the class 0, 1, 2 or 3', row);
      return numbers;
    });
  }

  // {settings, problems}: what an address says, and a sentence for each thing that it cannot mean.
  function fromAddress(query) {
    const given = new Map(new URLSearchParams(query)), found = {}, problems = [];
    for (const name of Object.keys(fields)) {
      if (!given.has(name)) continue;
      try {
        found[name] = parse(name, given.get(name));
      } catch (error) {
        problems.push(`${error.message} The default stands.`);
      }
    }
    for (const name of given.keys()) {
      if (!(name in fields)) problems.push(`There is no setting “${name}”.`);
    }
    return {settings: tidy(found), problems};
  }

  function address(s) {
    const params = new URLSearchParams();
    for (const name of Object.keys(fields)) if (name in s) params.set(name, text(name, s[name]));
    return params.toString().replaceAll('%2C', ',').replaceAll('%3B', ';');
  }

  // A feature as it is printed: x₁x₂ for x1x2.
  const printed = feature => feature.replace('x1', 'x₁').replace('x2', 'x₂');

  const all = s => Object.fromEntries(Object.keys(fields).map(name => [name, value(s, name)]));

  dlcore.page = {settings: {fields, numbersOf, numbers, value, all, changed, classesOf, parse, text,
    printed, fromAddress, address}};
})();
