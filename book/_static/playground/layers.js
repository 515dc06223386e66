// Layers: y = f(x; params) and its derivatives in training, for N rows at once, as
// dlcore/layers.py, normalization.py and noise.py.  A layer owns no arrays: the network gives it
//
//   params    its parameters, views of θ;  grads: views of ∇J, into which param_grad writes
//   buffers   what it remembers and is no parameter (running statistics)
//   cache     {N, n_in, n_out, x, y, g}: rows x come, y is written by forward, and g = ∂J/∂x by
//             input_grad; besides what the layer keeps there for its derivatives (memory)
(() => {
  'use strict';

  class Layer {
    parameters() { return []; }
    init() { return []; }
    buffers() { return []; }
    new_buffers() { return []; }
    memory() { return {}; }
    check() {}
    param_grad() {}
    toString() { return `${this.constructor.name}(${this.shown().join(', ')})`; }
  }

  // Z = X Wᵀ + b.
  class Linear extends Layer {
    constructor(n_in, n_out, init = 'lecun') {
      super();
      Object.assign(this, {n_in, n_out, initializer: dlcore.initializers.initializer(init)});
    }

    shown() { return [this.n_in, this.n_out]; }

    parameters() {
      return [{name: 'W', shape: [this.n_out, this.n_in], is_weight: true},
        {name: 'b', shape: [1, this.n_out], is_weight: false}];
    }

    init(rng) {
      return [this.initializer.draw(rng, this.n_out, this.n_in), new Float64Array(this.n_out)];
    }

    forward([W, b], {x, y, N}) {
      const {n_in, n_out} = this;
      for (let n = 0, at = 0, row = 0; n < N; n++, row += n_in) {
        for (let k = 0, w = 0; k < n_out; k++) {
          let z = 0;
          for (let i = 0; i < n_in; i++) z += W[w++] * x[row + i];
          y[at++] = z + b[k];
        }
      }
    }

    // ∂J/∂x = Wᵀ δ for every row δ.
    input_grad([W], {g, N}, delta) {
      const {n_in, n_out} = this;
      for (let n = 0; n < N; n++) {
        const row = n * n_in, from = n * n_out;
        for (let i = 0; i < n_in; i++) {
          let sum = 0;
          for (let k = 0; k < n_out; k++) sum += delta[from + k] * W[k * n_in + i];
          g[row + i] = sum;
        }
      }
    }

    // ∂J/∂W = Σₙ δₙ xₙᵀ,   ∂J/∂b = Σₙ δₙ.
    param_grad(params, {x, N}, delta, [dW, db]) {
      const {n_in, n_out} = this;
      dW.fill(0);
      db.fill(0);
      for (let n = 0, at = 0; n < N; n++) {
        const row = n * n_in;
        for (let k = 0, w = 0; k < n_out; k++) {
          const d = delta[at++];
          db[k] += d;
          for (let i = 0; i < n_in; i++) dW[w++] += d * x[row + i];
        }
      }
    }
  }

  // A = h(Z), elementwise.
  class Activation extends Layer {
    constructor(h) {
      super();
      this.h = dlcore.activations.activation(h);
    }

    shown() { return [this.h.constructor.name]; }

    forward(params, {x, y, N, n_out}) {
      this.h.value(x, y, N * n_out);
    }

    // δ = g ⊙ h'(z).
    input_grad(params, {x, y, g, N, n_in}, above) {
      this.h.deriv(x, y, g, N * n_in);
      for (let i = 0; i < N * n_in; i++) g[i] *= above[i];
    }
  }

  // y = γ x̂ + β with x̂ = (x − μ)/√(σ² + ε).  ``groups`` says which numbers share one μ and σ²:
  // group q begins at q·first and has ``count`` numbers, ``stride`` places apart.
  class Normalization extends Layer {
    constructor(n, eps = 1e-5) {
      super();
      Object.assign(this, {n, n_in: n, n_out: n, eps});
    }

    shown() { return [this.n]; }

    parameters() {
      return ['gamma', 'beta'].map(name => ({name, shape: [1, this.n], is_weight: false}));
    }

    init() {
      return [new Float64Array(this.n).fill(1), new Float64Array(this.n)];
    }

    memory(N) {
      const groups = Math.max(N, this.n);
      return {x_hat: new Float64Array(N * this.n), sigma: new Float64Array(groups),
        mu: new Float64Array(groups), variance: new Float64Array(groups)};
    }

    standardize({x, N, x_hat, sigma, mu, variance}) {
      const {first, stride, count, groups} = this.groups(N);
      for (let q = 0; q < groups; q++) {
        const from = q * first, end = from + count * stride;
        let largest = 0, mean = 0, square = 0;
        for (let i = from; i < end; i += stride) largest = Math.max(largest, Math.abs(x[i]));
        const u = largest > 2 ** 480 ? 2 ** 600 : 1; // in this unit the squares do not overflow
        for (let i = from; i < end; i += stride) mean += x[i] / u;
        mean /= count;
        for (let i = from; i < end; i += stride) {
          x_hat[i] = x[i] / u - mean;
          square += x_hat[i] * x_hat[i];
        }
        square /= count;
        const s = Math.sqrt(square + Math.max(this.eps / u / u, 1e-37));
        for (let i = from; i < end; i += stride) x_hat[i] /= s;
        sigma[q] = u * s;
        mu[q] = u * mean;
        variance[q] = u * (u * square);
      }
    }

    scale([gamma, beta], {x_hat, y, N}) {
      for (let n = 0, i = 0; n < N; n++) {
        for (let k = 0; k < this.n; k++, i++) y[i] = gamma[k] * x_hat[i] + beta[k];
      }
    }

    forward(params, cache) {
      this.standardize(cache);
      this.scale(params, cache);
    }

    // ∂J/∂x = (ĝ − mean ĝ − x̂ mean(ĝ ⊙ x̂))/σ with ĝ = γ g.
    input_grad([gamma], {x_hat, sigma, g, N}, above) {
      const {first, stride, count, groups} = this.groups(N);
      for (let n = 0, i = 0; n < N; n++) {
        for (let k = 0; k < this.n; k++, i++) g[i] = gamma[k] * above[i];
      }
      for (let q = 0; q < groups; q++) {
        const from = q * first, end = from + count * stride;
        let mean = 0, product = 0;
        for (let i = from; i < end; i += stride) {
          mean += g[i];
          product += g[i] * x_hat[i];
        }
        mean /= count;
        product /= count;
        for (let i = from; i < end; i += stride) {
          g[i] = (g[i] - mean - x_hat[i] * product) / sigma[q];
        }
      }
    }

    // ∂J/∂γ = Σ g ⊙ x̂,   ∂J/∂β = Σ g.
    param_grad(params, {x_hat, N}, above, [dgamma, dbeta]) {
      dgamma.fill(0);
      dbeta.fill(0);
      for (let n = 0, i = 0; n < N; n++) {
        for (let k = 0; k < this.n; k++, i++) {
          dgamma[k] += above[i] * x_hat[i];
          dbeta[k] += above[i];
        }
      }
    }
  }

  // μ and σ² of each feature over the batch in training; in evaluation their running means.
  class BatchNorm extends Normalization {
    constructor(n, momentum = 0.1, eps = 1e-5) {
      super(n, eps);
      this.momentum = momentum;
    }

    groups(N) {
      return {first: 1, stride: this.n, count: N, groups: this.n};
    }

    // Refuse a batch of one.
    check(N) {
      if (N > 1) return;
      const what = 'at least 2 values of a feature, got 1, which has no variance';
      throw new RangeError(`${this}: expected ${what}; samples in the last minibatch: 1`);
    }

    buffers() {
      return [new Float64Array(this.n), new Float64Array(this.n).fill(1)];
    }

    forward(params, cache, train, [running_mean, running_var]) {
      const {x, N, x_hat, sigma} = cache;
      if (train) {
        this.standardize(cache);
      } else {
        for (let k = 0; k < this.n; k++) {
          sigma[k] = Math.sqrt(running_var[k] + this.eps);
          for (let i = k; i < N * this.n; i += this.n) {
            x_hat[i] = (x[i] - running_mean[k]) / sigma[k];
          }
        }
      }
      this.scale(params, cache);
    }

    // r ← (1 − m) r + m μ, and likewise σ² times N/(N − 1).
    new_buffers({N, mu, variance}, [running_mean, running_var]) {
      const m = this.momentum;
      for (let k = 0; k < this.n; k++) {
        running_mean[k] = (1 - m) * running_mean[k] + m * mu[k];
        running_var[k] = (1 - m) * running_var[k] + m * (N / (N - 1)) * variance[k];
      }
    }
  }

  // μ and σ² of each row over its features.
  class LayerNorm extends Normalization {
    constructor(n, eps) {
      super(n, eps);
      if (n < 2) throw new RangeError(`LayerNorm: expected an integer n ≥ 2, got ${n}`);
    }

    groups(N) {
      return {first: this.n, stride: 1, count: this.n, groups: N};
    }
  }

  // Layers that add noise in training and do nothing afterwards.  Without a seed the network
  // provides the stream.
  class Noise extends Layer {
    constructor(seed) {
      super();
      this.seeded = seed !== undefined;
      this.rng = dlcore.random.default_rng(this.seeded ? seed : 0);
    }
  }

  // y = x ⊙ M/(1 − p) with M = 0 with probability p, else 1.
  class Dropout extends Noise {
    constructor(p = 0.5, seed) {
      super(seed);
      this.p = p;
    }

    shown() { return [this.p]; }

    memory(N, n) {
      return {mask: new Float64Array(N * n)};
    }

    forward(params, {x, y, mask, N, n_out}, train) {
      const keep = 1 / (1 - this.p);
      for (let i = 0; i < N * n_out; i++) {
        mask[i] = !train ? 1 : this.rng.uniform01() >= this.p ? keep : 0;
        y[i] = x[i] * mask[i];
      }
    }

    input_grad(params, {mask, g, N, n_in}, above) {
      for (let i = 0; i < N * n_in; i++) g[i] = above[i] * mask[i];
    }
  }

  // y = x + std ε with ε ~ N(0, 1).
  class GaussianNoise extends Noise {
    constructor(std = 0.1, seed) {
      super(seed);
      this.std = std;
    }

    shown() { return [this.std]; }

    forward(params, {x, y, N, n_out}, train) {
      for (let i = 0; i < N * n_out; i++) y[i] = train ? x[i] + this.std * this.rng.normal() : x[i];
    }

    input_grad(params, {g, N, n_in}, above) {
      for (let i = 0; i < N * n_in; i++) g[i] = above[i];
    }
  }

  dlcore.layers = {Layer, Linear, Activation, BatchNorm, LayerNorm, Dropout, GaussianNoise};
})();
