// Activation functions with parameters of their own, learned for every feature, as
// dlcore/learned_activations.py.
(() => {
  'use strict';

  const {sigmoid} = dlcore.activations;

  // ``start``: the parameters' names, and what each of their n numbers begins with.
  class Learned extends dlcore.layers.Layer {
    constructor(n, start) {
      super();
      Object.assign(this, {n_in: n, n_out: n, start});
    }

    shown() { return [this.n_in]; }

    parameters() {
      return Object.keys(this.start).map(name =>
        ({name, shape: [1, this.n_in], is_weight: false}));
    }

    init() {
      return Object.values(this.start).map(p => new Float64Array(this.n_in).fill(p));
    }
  }

  // A = Z where Z > 0, a Z elsewhere.
  class ParametricReLU extends Learned {
    constructor(n, slope = 0.25) {
      super(n, {a: slope});
    }

    forward([a], {x, y, N, n_in}) {
      for (let i = 0; i < N * n_in; i++) y[i] = x[i] > 0 ? x[i] : a[i % n_in] * x[i];
    }

    input_grad([a], {x, g, N, n_in}, above) {
      for (let i = 0; i < N * n_in; i++) g[i] = x[i] > 0 ? above[i] : a[i % n_in] * above[i];
    }

    param_grad(params, {x, N, n_in}, above, [da]) {
      da.fill(0);
      for (let i = 0; i < N * n_in; i++) da[i % n_in] += x[i] > 0 ? 0 : above[i] * x[i];
    }
  }

  // A = d σ(βd) + p₂ z with d = (p₁ − p₂) z.  ``kind``: "A" p₁ = 1, p₂ = 0 fixed; "B" p₁ = 1
  // fixed; "C" all learned.
  class ACON extends Learned {
    constructor(n, kind = 'C', p1 = 1, p2 = 0.25, beta = 1) {
      super(n, {C: {p1, p2, beta}, B: {p2, beta}, A: {beta}}[kind]);
      Object.assign(this, {kind, fixed: {C: {}, B: {p1: 1}, A: {p1: 1, p2: 0}}[kind]});
    }

    shown() { return [this.n_in, `'${this.kind}'`]; }

    // {p1, p2, beta} of feature k.
    at(params, k) {
      const found = {...this.fixed};
      Object.keys(this.start).forEach((name, i) => { found[name] = params[i][k]; });
      return found;
    }

    forward(params, {x, y, N, n_in}) {
      for (let k = 0; k < n_in; k++) {
        const {p1, p2, beta} = this.at(params, k);
        for (let i = k; i < N * n_in; i += n_in) {
          const d = (p1 - p2) * x[i];
          y[i] = d * sigmoid(beta * d) + p2 * x[i];
        }
      }
    }

    input_grad(params, {x, g, N, n_in}, above) {
      for (let k = 0; k < n_in; k++) {
        const {p1, p2, beta} = this.at(params, k);
        for (let i = k; i < N * n_in; i += n_in) {
          const [slope] = slopes((p1 - p2) * x[i], beta);
          g[i] = above[i] * (slope * (p1 - p2) + p2);
        }
      }
    }

    // ∂a/∂p₁ = z ∂(d σ(βd))/∂d,   ∂a/∂p₂ = z − ∂a/∂p₁,   ∂a/∂β = d² s (1 − s).
    param_grad(params, {x, N, n_in}, above, grads) {
      for (let k = 0; k < n_in; k++) {
        const {p1, p2, beta} = this.at(params, k), sum = {p1: 0, p2: 0, beta: 0};
        for (let i = k; i < N * n_in; i += n_in) {
          const d = (p1 - p2) * x[i], [slope, curved] = slopes(d, beta);
          sum.p1 += above[i] * (x[i] * slope);
          sum.p2 += above[i] * (x[i] - x[i] * slope);
          sum.beta += above[i] * (d * d * curved);
        }
        Object.keys(this.start).forEach((name, i) => { grads[i][k] = sum[name]; });
      }
    }
  }

  // ∂(d σ(βd))/∂d and s (1 − s), s = σ(βd).
  function slopes(d, beta) {
    const s = sigmoid(beta * d);
    return [s + beta * d * s * (1 - s), s * (1 - s)];
  }

  Object.assign(dlcore.layers, {ParametricReLU, ACON});
})();
