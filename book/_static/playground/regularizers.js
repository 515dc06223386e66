// Penalties R(w) on the weights without the biases: value(w), and addTo(g, w) for g ← g + ∇R(w);
// and the max-norm constraint.  As in dlcore/regularizers.py.
(() => {
  'use strict';

  class L2 {
    constructor(lam) { this.lam = lam; }

    value(w) {
      let sum = 0;
      for (let i = 0; i < w.length; i++) sum += 0.5 * this.lam * w[i] * w[i];
      return sum;
    }

    addTo(g, w) {
      for (let i = 0; i < w.length; i++) g[i] += this.lam * w[i];
    }
  }

  class L1 {
    constructor(lam) { this.lam = lam; }

    value(w) {
      let sum = 0;
      for (let i = 0; i < w.length; i++) sum += this.lam * Math.abs(w[i]);
      return sum;
    }

    addTo(g, w) {
      for (let i = 0; i < w.length; i++) g[i] += this.lam * Math.sign(w[i]);
    }
  }

  class ElasticNet {
    constructor(lam1, lam2) { Object.assign(this, {lam1, lam2}); }

    value(w) { return new L1(this.lam1).value(w) + new L2(this.lam2).value(w); }

    addTo(g, w) {
      for (let i = 0; i < w.length; i++) g[i] += this.lam1 * Math.sign(w[i]) + this.lam2 * w[i];
    }
  }

  // ‖w_k‖ ≤ c for the weights into every unit: called with the network after a step.
  class MaxNorm {
    constructor(c) { this.c = c; }

    apply(net) {
      net.layers.forEach((layer, l) => layer.parameters().forEach(({shape, is_weight}, i) => {
        if (!is_weight) return;
        const n = shape[1];
        for (let row = 0; row < shape[0] * n; row += n) {
          const w = net.params[l][i].subarray(row, row + n);
          const length = norm(w);
          if (length > this.c) for (let j = 0; j < n; j++) w[j] *= this.c / length;
        }
      }));
    }
  }

  // ‖x‖ = √Σ x².
  function norm(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
    if (sum < Infinity) return Math.sqrt(sum);
    return Math.hypot(...x); // squares that overflow
  }

  dlcore.regularizers = {L1, L2, ElasticNet, MaxNorm, norm};
})();
