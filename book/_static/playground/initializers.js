// Initial weights W (n_out × n_in, row by row), drawn as dlcore/initializers.py draws them.
(() => {
  'use strict';

  const scaled = (factor, W) => W.map(w => factor * w);

  class Zeros {
    draw(rng, n_out, n_in) { return new Float64Array(n_out * n_in); }
  }

  class Constant {
    constructor(value) { this.value = value; }
    draw(rng, n_out, n_in) { return new Float64Array(n_out * n_in).fill(this.value); }
  }

  class Normal {
    constructor(std = 0.01) { this.std = std; }
    draw(rng, n_out, n_in) { return scaled(this.std, rng.standard_normal(n_out * n_in)); }
  }

  class Uniform {
    constructor(limit = 0.1) { this.limit = limit; }
    draw(rng, n_out, n_in) { return rng.uniform(-this.limit, this.limit, n_out * n_in); }
  }

  // W of the variance that a subclass names, "normal" or "uniform".
  class VarianceScaling {
    constructor(distribution = 'normal') { this.distribution = distribution; }

    draw(rng, n_out, n_in) {
      const std = Math.sqrt(this.variance(n_out, n_in)), n = n_out * n_in;
      if (this.distribution === 'normal') return scaled(std, rng.standard_normal(n));
      const limit = Math.sqrt(3) * std;
      return rng.uniform(-limit, limit, n);
    }
  }

  class LeCun extends VarianceScaling {
    variance(n_out, n_in) { return 1 / n_in; }
  }

  class Glorot extends VarianceScaling {
    constructor(distribution = 'uniform') { super(distribution); }
    variance(n_out, n_in) { return 2 / (n_in + n_out); }
  }

  class He extends VarianceScaling {
    variance(n_out, n_in) { return 2 / n_in; }
  }

  class ForActivation extends VarianceScaling {
    constructor(h, distribution) {
      super(distribution);
      this.h = dlcore.activations.activation(h);
    }

    variance(n_out, n_in) { return gain(this.h) ** 2 / n_in; }
  }

  // Orthonormal rows or columns (whichever are fewer), times ``scale``: the columns of a normal
  // matrix, each less its part along those before it (Gram and Schmidt, twice for all digits).
  class Orthogonal {
    constructor(scale = 1) { this.scale = scale; }

    draw(rng, n_out, n_in) {
      const rows = Math.max(n_out, n_in), columns = Math.min(n_out, n_in);
      const Q = rng.standard_normal(rows * columns), W = new Float64Array(n_out * n_in);
      const dot = (j, k) => {
        let sum = 0;
        for (let i = 0; i < rows; i++) sum += Q[i * columns + j] * Q[i * columns + k];
        return sum;
      };
      for (let k = 0; k < columns; k++) {
        for (let j = 0; j < 2 * k; j++) {
          const part = dot(j % k, k);
          for (let i = 0; i < rows; i++) Q[i * columns + k] -= part * Q[i * columns + j % k];
        }
        const length = Math.sqrt(dot(k, k));
        for (let i = 0; i < rows; i++) Q[i * columns + k] /= length;
      }
      for (let i = 0; i < n_out; i++) {
        for (let j = 0; j < n_in; j++) {
          W[i * n_in + j] = this.scale * Q[n_out >= n_in ? i * columns + j : j * columns + i];
        }
      }
      return W;
    }
  }

  // The nodes and weights of Gauss and Legendre for [−1, 1]: the zeros of Pₙ, by Newton.
  function legendre(n) {
    return Array.from({length: n}, (_, k) => {
      let z = Math.cos(Math.PI * (n - k - 0.25) / (n + 0.5)), slope;
      for (let i = 0; i < 6; i++) {
        let before = 1, P = z;
        for (let j = 2; j <= n; j++) {
          [before, P] = [P, ((2 * j - 1) * z * P - (j - 1) * before) / j];
        }
        slope = n * (before - z * P) / (1 - z * z);
        z -= P / slope;
      }
      return [z, 2 / ((1 - z * z) * slope * slope)];
    });
  }

  // g = 1/√E[h(z)²] for z ~ N(0, 1), by 20 points in each of the 24 pieces of [−12, 12].
  function gain(h) {
    const z = new Float64Array(24), a = new Float64Array(24);
    let second = 0;
    for (const [node, weight] of legendre(20)) {
      for (let piece = 0; piece < 24; piece++) z[piece] = piece - 12 + 0.5 * (node + 1);
      h.value(z, a, 24);
      for (let i = 0; i < 24; i++) second += 0.5 * weight * a[i] ** 2 * Math.exp(-0.5 * z[i] ** 2);
    }
    return 1 / Math.sqrt(second / Math.sqrt(2 * Math.PI));
  }

  const named = {zeros: Zeros, normal: Normal, uniform: Uniform, lecun: LeCun, glorot: Glorot,
    he: He, orthogonal: Orthogonal, xavier: Glorot, kaiming: He};

  // The initializer of a name ("glorot"), or ``init`` itself if it is one already.
  function initializer(init) {
    if (typeof init !== 'string') return init;
    const Kind = named[init.toLowerCase().replace(/[_ -]/g, '')];
    if (!Kind) throw new RangeError(`init: expected one of ${Object.keys(named)}, got ${init}`);
    return new Kind();
  }

  dlcore.initializers = {Zeros, Constant, Normal, Uniform, LeCun, Glorot, He, ForActivation,
    Orthogonal, initializer};
})();
