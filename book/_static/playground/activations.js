// Activation functions h, each with its derivative h', of the first n numbers of z:
//
//   h.value(z, a, n)      a ← h(z)
//   h.deriv(z, a, d, n)   d ← h'(z), where a = h(z)
//
// The formulas, and the order of their operations, are those of dlcore/activations.py.  Each has
// loops of its own: a loop that they shared would be compiled for all of them, and half as fast.
(() => {
  'use strict';

  const FAR = 1e3; // where e^−|z| is 0: further out nothing changes, but z² overflows
  const clip = (z, low, high) => (z < low ? low : z > high ? high : z); // NaN stays NaN

  // σ(z) = 1/(1 + e⁻ᶻ): no overflow, all digits of a small σ.
  const sigmoid = z => Math.exp(z > 0 ? 0 : z) / (1 + Math.exp(-Math.abs(z)));

  // ln(1 + e^(βz))/β = max(z, 0) + ln(1 + e^(−β|z|))/β: no overflow.
  const softplus = (z, beta) =>
    (z < 0 ? 0 : z) + Math.log1p(Math.exp(-beta * Math.abs(z))) / beta;

  class Identity {
    value(z, a, n) { for (let i = 0; i < n; i++) a[i] = z[i]; }
    deriv(z, a, d, n) { d.fill(1, 0, n); }
  }

  class Step {
    constructor(at_zero = 0) { this.at_zero = at_zero; }

    value(z, a, n) {
      for (let i = 0; i < n; i++) a[i] = z[i] === 0 ? this.at_zero : 0.5 + 0.5 * Math.sign(z[i]);
    }

    deriv(z, a, d, n) { d.fill(0, 0, n); }
  }

  class Sign {
    constructor(at_zero = 0) { this.at_zero = at_zero; }

    value(z, a, n) {
      for (let i = 0; i < n; i++) a[i] = z[i] === 0 ? this.at_zero : Math.sign(z[i]);
    }

    deriv(z, a, d, n) { d.fill(0, 0, n); }
  }

  class Sigmoid {
    value(z, a, n) { for (let i = 0; i < n; i++) a[i] = sigmoid(z[i]); }
    deriv(z, a, d, n) { for (let i = 0; i < n; i++) d[i] = a[i] * (1 - a[i]); }
  }

  class Tanh {
    value(z, a, n) { for (let i = 0; i < n; i++) a[i] = Math.tanh(z[i]); }
    deriv(z, a, d, n) { for (let i = 0; i < n; i++) d[i] = 1 - a[i] * a[i]; }
  }

  class Softsign {
    value(z, a, n) {
      for (let i = 0; i < n; i++) {
        const x = clip(z[i], -1e30, 1e30);
        a[i] = x / (1 + Math.abs(x));
      }
    }

    deriv(z, a, d, n) {
      for (let i = 0; i < n; i++) {
        const r = 1 / (1 + Math.abs(z[i]));
        d[i] = r * r;
      }
    }
  }

  class HardTanh {
    value(z, a, n) { for (let i = 0; i < n; i++) a[i] = clip(z[i], -1, 1); }
    deriv(z, a, d, n) { for (let i = 0; i < n; i++) d[i] = z[i] > -1 && z[i] < 1 ? 1 : 0; }
  }

  class ReLU {
    value(z, a, n) { for (let i = 0; i < n; i++) a[i] = z[i] <= 0 ? 0 : z[i]; }
    deriv(z, a, d, n) { for (let i = 0; i < n; i++) d[i] = z[i] > 0 ? 1 : 0; }
  }

  class LeakyReLU {
    constructor(alpha = 0.01) { this.alpha = alpha; }

    value(z, a, n) {
      for (let i = 0; i < n; i++) {
        const below = this.alpha > 0 ? this.alpha * z[i] : 0 * clip(z[i], -1, 1); // not 0 · ∞
        a[i] = z[i] > 0 ? z[i] : below;
      }
    }

    deriv(z, a, d, n) {
      for (let i = 0; i < n; i++) d[i] = this.alpha + (1 - this.alpha) * (z[i] > 0 ? 1 : 0);
    }
  }

  class ELU {
    constructor(alpha = 1, scale = 1) { Object.assign(this, {alpha, scale}); }

    value(z, a, n) {
      const {alpha, scale} = this;
      for (let i = 0; i < n; i++) a[i] = scale * (z[i] > 0 ? z[i] : alpha * Math.expm1(z[i]));
    }

    deriv(z, a, d, n) {
      const {alpha, scale} = this;
      for (let i = 0; i < n; i++) d[i] = scale * (z[i] > 0 ? 1 : alpha * Math.exp(z[i]));
    }
  }

  class SELU extends ELU {
    constructor() { super(1.6732632423543772, 1.0507009873554805); }
  }

  class GELU {
    constructor(form = 'exact') { this.form = form; }

    value(z, a, n) {
      for (let i = 0; i < n; i++) {
        const x = clip(z[i], -FAR, Infinity);
        a[i] = x * this.distribution(x);
      }
    }

    deriv(z, a, d, n) {
      for (let i = 0; i < n; i++) {
        const x = clip(z[i], -FAR, FAR);
        d[i] = this.distribution(x) + x * this.density(x);
      }
    }

    distribution(z) {
      return this.form === 'exact' ? 0.5 * erfc(z * -Math.sqrt(0.5)) : sigmoid(this.logit(z));
    }

    density(z) {
      if (this.form === 'exact') return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      const s = sigmoid(this.logit(z));
      const slope = this.form === 'sigmoid' ? 1.702
        : Math.sqrt(8 / Math.PI) * (1 + 3 * 0.044715 * z * z);
      return s * (1 - s) * slope;
    }

    logit(z) {
      const x = clip(z, -FAR, FAR);
      if (this.form === 'sigmoid') return 1.702 * x;
      return Math.sqrt(8 / Math.PI) * (x + 0.044715 * x * x * x);
    }
  }

  class Softplus {
    constructor(beta = 1) { this.beta = beta; }
    value(z, a, n) { for (let i = 0; i < n; i++) a[i] = softplus(z[i], this.beta); }
    deriv(z, a, d, n) { for (let i = 0; i < n; i++) d[i] = sigmoid(this.beta * z[i]); }
  }

  class Swish {
    constructor(beta = 1) { this.beta = beta; }

    value(z, a, n) {
      const {beta} = this;
      for (let i = 0; i < n; i++) {
        const x = clip(z[i], -FAR / beta, Infinity);
        a[i] = x * sigmoid(beta * x);
      }
    }

    deriv(z, a, d, n) {
      const {beta} = this;
      for (let i = 0; i < n; i++) {
        const x = beta * clip(z[i], -FAR / beta, FAR / beta), s = sigmoid(x);
        d[i] = s + x * s * (1 - s);
      }
    }
  }

  class Mish {
    value(z, a, n) {
      for (let i = 0; i < n; i++) {
        const x = clip(z[i], -FAR, Infinity);
        a[i] = x * Math.tanh(softplus(x, 1));
      }
    }

    deriv(z, a, d, n) {
      for (let i = 0; i < n; i++) {
        const x = clip(z[i], -FAR, FAR), t = Math.tanh(softplus(x, 1));
        d[i] = t + x * (1 - t * t) * sigmoid(x);
      }
    }
  }

  // erfc(x) = (2/√π) ∫ₓ^∞ e^(−t²) dt, to 1e-14 of its size: the trapezoidal rule for its integral
  // along a line, with steps of ½, and the pole that the line passes.  Chiarella and Reichel 1968.
  const NODES = Array.from({length: 14}, (_, k) => (k + 0.5) ** 2 / 4);
  const WEIGHTS = NODES.map(node => Math.exp(-node) / Math.PI);

  function erfc(x) {
    const size = Math.abs(x);
    let sum = 0;
    for (let k = 0; k < NODES.length; k++) sum += WEIGHTS[k] / (NODES[k] + x * x);
    const pole = size < 6 ? 2 / (1 + Math.exp(4 * Math.PI * size)) : 0;
    const tail = size < 27.5 ? Math.exp(-x * x) * size * sum + pole : x * 0;
    return x < 0 ? 2 - tail : tail;
  }

  const kinds = {Identity, Step, Sign, Sigmoid, Tanh, Softsign, HardTanh, ReLU, LeakyReLU, ELU,
    SELU, GELU, Softplus, Swish, Mish};
  const also = {silu: 'Swish', linear: 'Identity'};

  // The activation of a name ("tanh"), or h itself if it is one already.
  function activation(h) {
    if (typeof h !== 'string') return h;
    const short = h.toLowerCase().replace(/[_ -]/g, '');
    const Kind = kinds[also[short] || Object.keys(kinds).find(k => k.toLowerCase() === short)];
    if (!Kind) throw new RangeError(`activation: expected one of ${Object.keys(kinds)}, got ${h}`);
    return new Kind();
  }

  dlcore.activations = {...kinds, activation, clip, sigmoid};
})();
