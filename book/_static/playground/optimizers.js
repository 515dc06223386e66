// Optimizers: θ ← θ − η d(g), where the direction d is all that distinguishes them.  Each is bound
// to one Float64Array θ and changes it in place, component by component, as dlcore/optimizers.py.
(() => {
  'use strict';

  // The base: the settings, with ``lr`` a number or a schedule, the step number t, and the state.
  class Optimizer {
    constructor(theta, defaults, settings) {
      this.theta = theta;
      this.t = 0;
      Object.assign(this, defaults, settings);
    }

    zeros() {
      return new Float64Array(this.theta.length);
    }

    // The learning rate of step t.
    rate(t) {
      return typeof this.lr === 'function' ? this.lr(t) : this.lr;
    }

    step(g) {
      const lr = this.rate(++this.t);
      this.prepare(lr);
      this.move(g, lr, this.theta);
    }

    prepare() {}
  }

  class GradientDescent extends Optimizer {
    constructor(theta, settings) {
      super(theta, {lr: 0.1}, settings);
    }

    move(g, lr, theta) {
      for (let i = 0; i < theta.length; i++) theta[i] -= lr * g[i];
    }
  }

  class Momentum extends Optimizer {
    constructor(theta, settings) {
      super(theta, {lr: 0.1, mu: 0.9}, settings);
      this.v = this.zeros();
    }

    move(g, lr, theta) {
      const {v, mu} = this;
      for (let i = 0; i < theta.length; i++) {
        v[i] = v[i] * mu + g[i];
        theta[i] -= lr * v[i];
      }
    }
  }

  class Nesterov extends Momentum {
    move(g, lr, theta) {
      const {v, mu} = this;
      for (let i = 0; i < theta.length; i++) {
        v[i] = v[i] * mu + g[i];
        theta[i] -= lr * (g[i] + mu * v[i]);
      }
    }
  }

  class Adagrad extends Optimizer {
    constructor(theta, settings) {
      super(theta, {lr: 1e-2, eps: 1e-10}, settings);
      this.G = this.zeros();
    }

    move(g, lr, theta) {
      const {G, eps} = this;
      for (let i = 0; i < theta.length; i++) {
        G[i] += g[i] * g[i];
        theta[i] -= lr * (g[i] / (Math.sqrt(G[i]) + eps));
      }
    }
  }

  class RMSProp extends Optimizer {
    constructor(theta, settings) {
      super(theta, {lr: 1e-2, rho: 0.9, eps: 1e-8}, settings);
      this.v = this.zeros();
    }

    move(g, lr, theta) {
      const {v, rho, eps} = this;
      for (let i = 0; i < theta.length; i++) {
        v[i] = v[i] * rho + (1 - rho) * (g[i] * g[i]);
        theta[i] -= lr * (g[i] / (Math.sqrt(v[i]) + eps));
      }
    }
  }

  class Adam extends Optimizer {
    constructor(theta, settings) {
      super(theta, {lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8}, settings);
      this.m = this.zeros();
      this.v = this.zeros();
    }

    move(g, lr, theta) {
      const {m, v, beta1, beta2, eps} = this;
      const one = 1 - beta1 ** this.t, two = 1 - beta2 ** this.t;
      for (let i = 0; i < theta.length; i++) {
        m[i] = m[i] * beta1 + (1 - beta1) * g[i];
        v[i] = v[i] * beta2 + (1 - beta2) * (g[i] * g[i]);
        theta[i] -= lr * (m[i] / one / (Math.sqrt(v[i] / two) + eps));
      }
    }
  }

  // ``n_weights``: only the first so many components of θ decay; without it all do.
  class AdamW extends Adam {
    constructor(theta, settings) {
      super(theta, {decay: 1e-2, n_weights: theta.length, ...settings});
    }

    prepare(lr) {
      for (let i = 0; i < this.n_weights; i++) this.theta[i] *= 1 - lr * this.decay;
    }
  }

  class AMSGrad extends Adam {
    constructor(theta, settings) {
      super(theta, settings);
      this.v_max = this.zeros();
    }

    move(g, lr, theta) {
      const {m, v, v_max, beta1, beta2, eps} = this;
      const one = 1 - beta1 ** this.t, two = 1 - beta2 ** this.t;
      for (let i = 0; i < theta.length; i++) {
        m[i] = m[i] * beta1 + (1 - beta1) * g[i];
        v[i] = v[i] * beta2 + (1 - beta2) * (g[i] * g[i]);
        v_max[i] = Math.max(v_max[i], v[i]);
        theta[i] -= lr * (m[i] / one / (Math.sqrt(v_max[i] / two) + eps));
      }
    }
  }

  class NAdam extends Adam {
    constructor(theta, settings) {
      super(theta, {lr: 2e-3, psi: 4e-3, ...settings});
      this.product = 1;
    }

    mu(t) {
      return this.beta1 * (1 - 0.5 * 0.96 ** (t * this.psi));
    }

    prepare() {
      this.product *= this.mu(this.t);
    }

    move(g, lr, theta) {
      const {m, v, beta1, beta2, eps, product} = this;
      const now = this.mu(this.t), ahead = this.mu(this.t + 1), two = 1 - beta2 ** this.t;
      for (let i = 0; i < theta.length; i++) {
        m[i] = m[i] * beta1 + (1 - beta1) * g[i];
        v[i] = v[i] * beta2 + (1 - beta2) * (g[i] * g[i]);
        const m_hat = ahead * m[i] / (1 - product * ahead) + (1 - now) * g[i] / (1 - product);
        theta[i] -= lr * (m_hat / (Math.sqrt(v[i] / two) + eps));
      }
    }
  }

  // g ← g if ‖g‖ ≤ c, else c g/‖g‖.
  function clip_norm(g, c) {
    let largest = 0, sum = 0;
    for (let i = 0; i < g.length; i++) largest = Math.max(largest, Math.abs(g[i]));
    const unit = largest > 0 ? largest : 1;
    for (let i = 0; i < g.length; i++) sum += (g[i] / unit) ** 2;
    const norm = unit * Math.sqrt(sum), factor = c / (norm > c ? norm : c);
    for (let i = 0; i < g.length; i++) g[i] *= factor;
  }

  // Each component of g cut to [−c, c].
  function clip_value(g, c) {
    for (let i = 0; i < g.length; i++) g[i] = g[i] > c ? c : g[i] < -c ? -c : g[i];
  }

  dlcore.optimizers = {GradientDescent, Momentum, Nesterov, Adagrad, RMSProp, Adam, AdamW, AMSGrad,
    NAdam, clip_norm, clip_value};
})();
