// Small data sets, {X, y}: n rows of two numbers and their labels, with the formulas and the random
// numbers of dlcore/datasets.py.
(() => {
  'use strict';

  // The generator, and n labels, as equally many of each class as possible, in random order.
  function start(n, seed, classes = 2) {
    const rng = dlcore.random.default_rng(seed);
    return [rng, rng.permutation(dlcore.random.range(n).map(i => i % classes))];
  }

  // The rows (x₁, x₂) that place(i) gives, with Gaussian noise.
  function rows(n, place, noise, rng) {
    const X = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) X.set(place(i), 2 * i);
    const z = rng.standard_normal(2 * n);
    return X.map((x, i) => x + noise * z[i]);
  }

  // The truth table of a function of two inputs: one of sixteen, by number, or by name.
  const names = ['false', 'and', 'x1 and not x2', 'x1', 'x2 and not x1', 'x2', 'xor', 'or', 'nor',
    'xnor', 'not x2', 'x2 implies x1', 'not x1', 'x1 implies x2', 'nand', 'true'];

  function boolean(name) {
    const k = typeof name === 'number' ? name : names.indexOf(name);
    if (k < 0) throw new RangeError(`boolean: expected one of ${names}, got ${name}`);
    return {X: Float64Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Int32Array.of(k >> 3, k >> 2 & 1,
      k >> 1 & 1, k & 1)};
  }

  // Two half circles.
  function moons(n = 200, noise = 0.1, seed = 0) {
    const [rng, y] = start(n, seed), phi = rng.random(n).map(u => Math.PI * u);
    const place = i => {
      const upper = [Math.cos(phi[i]), Math.sin(phi[i])];
      return y[i] === 0 ? upper : [1 - upper[0], 0.5 - upper[1]];
    };
    return {X: rows(n, place, noise, rng), y};
  }

  // Circles around the origin, class k on the radius radii[k].
  function rings(n = 200, noise = 0.1, seed = 0, radii = [0.5, 1]) {
    const [rng, y] = start(n, seed, radii.length), phi = rng.random(n).map(u => 2 * Math.PI * u);
    const place = i => [radii[y[i]] * Math.cos(phi[i]), radii[y[i]] * Math.sin(phi[i])];
    return {X: rows(n, place, noise, rng), y};
  }

  // Arms that wind around the origin.
  function spirals(n = 200, noise = 0.05, seed = 0, turns = 1, classes = 2) {
    const [rng, y] = start(n, seed, classes);
    const r = rng.random(n).map(u => Math.sqrt(0.01 + 0.99 * u));
    const place = i => {
      const phi = 2 * Math.PI * (turns * r[i] + y[i] / classes);
      return [r[i] * Math.cos(phi), r[i] * Math.sin(phi)];
    };
    return {X: rows(n, place, noise, rng), y};
  }

  // Round Gaussian clouds around ``centers``, a list of places or a number of them on a circle.
  function blobs(n = 200, centers = 2, std = 0.5, seed = 0) {
    const K = centers;
    if (typeof K === 'number') {
      centers = Array.from({length: K}, (_, k) =>
        [2 * Math.cos(2 * Math.PI * k / K), 2 * Math.sin(2 * Math.PI * k / K)]);
    }
    const [rng, y] = start(n, seed, centers.length);
    return {X: rows(n, i => centers[y[i]], std, rng), y};
  }

  // Points of a disc, none nearer than ``margin`` to a random line through its centre.
  function separable(n = 100, margin = 0.1, radius = 1, seed = 0) {
    const [rng, y] = start(n, seed), angle = 2 * Math.PI * rng.random();
    const [c, s] = [Math.cos(angle), Math.sin(angle)], kept = [];
    while (kept.length < n) {
      const h = rng.uniform(margin, radius, 4 * n), v = rng.uniform(-radius, radius, 4 * n);
      for (let i = 0; i < 4 * n; i++) {
        if (h[i] * h[i] + v[i] * v[i] <= radius ** 2) kept.push([h[i], v[i]]);
      }
    }
    const X = new Float64Array(2 * n);
    kept.slice(0, n).forEach(([h, v], i) => {
      const across = (2 * y[i] - 1) * h;
      X.set([across * c - v * s, across * s + v * c], 2 * i);
    });
    return {X, y};
  }

  // Training and test set, stratified: every class gives the fraction ``test`` of its rows.
  function split({X, y}, test = 0.2, seed = 0) {
    const N = y.length, d = X.length / N, rng = dlcore.random.default_rng(seed);
    const classes = [...new Set(y)].sort((a, b) => a - b);
    const members = classes.map(k => [...y.keys()].filter(i => y[i] === k));
    const exact = members.map(rows => test * rows.length), quota = exact.map(Math.floor);
    const wanted = Math.min(Math.max(even(test * N), 1), N - 1);
    const missing = wanted - quota.reduce((a, b) => a + b, 0);
    [...quota.keys()].sort((a, b) => quota[a] - exact[a] - (quota[b] - exact[b]) || a - b)
      .slice(0, missing).forEach(k => quota[k]++); // the largest remainders first
    const held = new Uint8Array(N);
    members.forEach((rows, k) => {
      const most = rows.length - 1;
      const count = most > 0 ? Math.min(Math.max(quota[k], 1), most) : quota[k];
      for (const i of rng.permutation(rows).slice(0, count)) held[i] = 1;
    });
    const order = rng.permutation(N);
    const part = rows => ({
      X: Float64Array.from([...rows].flatMap(i => [...X.subarray(i * d, (i + 1) * d)])),
      y: Int32Array.from(rows, i => y[i])});
    return {train: part(order.filter(i => !held[i])), test: part(order.filter(i => held[i]))};
  }

  // The nearest integer, of two the even one: Python's round.
  function even(x) {
    const whole = Math.round(x);
    return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : whole;
  }

  dlcore.datasets = {boolean, moons, rings, spirals, blobs, separable, split};
})();
