// Activation functions h, each with its derivative h': value(z), and deriv(z, a) with a = h(z).
// The formulas, and the order of their operations, are those of dlcore/activations.py.
(() => {
  'use strict';

  const FAR = 1e3; // where e^−|z| is 0: further out nothing changes, but z² overflows
  const clip = (z, low, high) => (z < low ? low : z > high ? high : z); // NaN stays NaN

  // σ(z) = 1/(1 + e⁻ᶻ): no overflow, all digits of a small σ.
  const sigmoid = z => Math.exp(z > 0 ? 0 : z) / (1 + Math.exp(-Math.abs(z)));

  class Identity {
    value(z) { return z; }
    deriv() { return 1; }
  }

  class Step {
    constructor(at_zero = 0) { this.at_zero = at_zero; }
    value(z) { return z === 0 ? this.at_zero : 0.5 + 0.5 * Math.sign(z); }
    deriv() { return 0; }
  }

  class Sign {
    constructor(at_zero = 0) { this.at_zero = at_zero; }
    value(z) { return z === 0 ? this.at_zero : Math.sign(z); }
    deriv() { return 0; }
  }

  class Sigmoid {
    value(z) { return sigmoid(z); }
    deriv(z, a) { return a * (1 - a); }
  }

  class Tanh {
    value(z) { return Math.tanh(z); }
    deriv(z, a) { return 1 - a * a; }
  }

  class Softsign {
    value(z) {
      const far = clip(z, -1e30, 1e30);
      return far / (1 + Math.abs(far));
    }

    deriv(z) {
      const r = 1 / (1 + Math.abs(z));
      return r * r;
    }
  }

  class HardTanh {
    value(z) { return clip(z, -1, 1); }
    deriv(z) { return z > -1 && z < 1 ? 1 : 0; }
  }

  class ReLU {
    value(z) { return z <= 0 ? 0 : z; }
    deriv(z) { return z > 0 ? 1 : 0; }
  }

  class LeakyReLU {
    constructor(alpha = 0.01) { this.alpha = alpha; }
    value(z) { return z > 0 ? z : this.alpha > 0 ? this.alpha * z : 0 * clip(z, -1, 1); }
    deriv(z) { return this.alpha + (1 - this.alpha) * (z > 0 ? 1 : 0); }
  }

  class ELU {
    constructor(alpha = 1, scale = 1) { Object.assign(this, {alpha, scale}); }
    value(z) { return this.scale * (z > 0 ? z : this.alpha * Math.expm1(z)); }
    deriv(z) { return this.scale * (z > 0 ? 1 : this.alpha * Math.exp(z)); }
  }

  class SELU extends ELU {
    constructor() { super(1.6732632423543772, 1.0507009873554805); }
  }

  class GELU {
    constructor(form = 'exact') { this.form = form; }
    value(z) { return z < -FAR ? -FAR * this.distribution(-FAR) : z * this.distribution(z); }

    deriv(z) {
      const x = clip(z, -FAR, FAR);
      return this.distribution(x) + x * this.density(x);
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
    value(z) {
      return (z < 0 ? 0 : z) + Math.log1p(Math.exp(-this.beta * Math.abs(z))) / this.beta;
    }

    deriv(z) { return sigmoid(this.beta * z); }
  }

  class Swish {
    constructor(beta = 1) { this.beta = beta; }
    value(z) {
      const x = z < -FAR / this.beta ? -FAR / this.beta : z;
      return x * sigmoid(this.beta * x);
    }

    deriv(z) {
      const x = this.beta * clip(z, -FAR / this.beta, FAR / this.beta), s = sigmoid(x);
      return s + x * s * (1 - s);
    }
  }

  const softplus = new Softplus();

  class Mish {
    value(z) {
      const x = z < -FAR ? -FAR : z;
      return x * Math.tanh(softplus.value(x));
    }

    deriv(z) {
      const x = clip(z, -FAR, FAR), t = Math.tanh(softplus.value(x));
      return t + x * (1 - t * t) * sigmoid(x);
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

  dlcore.activations = {...kinds, activation, sigmoid, erfc};
})();
