// Losses J(ŷ, y): the mean over the N samples of the sum over the K outputs, as dlcore/losses.py.
//
//   loss.mean(y_hat, y, N, K)      J
//   loss.grad(y_hat, y, N, K, g)   ∂J/∂ŷ, into g
//
// ŷ and y are rows, N × K.  A loss is two formulas, term and slope; softmax needs the whole row.
(() => {
  'use strict';

  const {clip, sigmoid} = dlcore.activations;
  const times = (y, x) => (y === 0 ? 0 : y * x); // a probability of 0 does not count: not 0 · ∞

  class Loss {
    labels = false;
    fewest = 1;

    mean(y_hat, y, N, K) {
      const small = 2 ** (Math.clz32(N) - 32); // the sum does not overflow before J does
      let sum = 0;
      for (let i = 0; i < N * K; i++) sum += small * this.term(y_hat[i], y[i]);
      return sum / (small * N);
    }

    grad(y_hat, y, N, K, g) {
      for (let i = 0; i < N * K; i++) g[i] = this.slope(y_hat[i], y[i]) / N;
    }

    // Refuse a network with so few outputs.
    check(K) {
      if (K >= this.fewest) return;
      const who = this.constructor.name;
      throw new RangeError(`${who}: expected at least ${this.fewest} outputs, got ${K}`);
    }

    // Labels 0, 1, … as the rows that the loss compares with: 1 for the class and 0 elsewhere, or
    // ±1 where it takes no labels, so that the sign of an output is its answer.
    target(labels, K) {
      const y = new Float64Array(labels.length * K), other = this.labels ? 0 : -1;
      for (let n = 0; n < labels.length; n++) {
        for (let k = 0; k < K; k++) {
          y[n * K + k] = (K === 1 ? labels[n] === 1 : labels[n] === k) ? 1 : other;
        }
      }
      return y;
    }
  }

  class MeanSquaredError extends Loss {
    term(y_hat, y) {
      const e = y_hat - y;
      return 0.5 * e * e;
    }

    slope(y_hat, y) { return y_hat - y; }
  }

  class MeanAbsoluteError extends Loss {
    term(y_hat, y) { return Math.abs(y_hat - y); }
    slope(y_hat, y) { return Math.sign(y_hat - y); }
  }

  class Huber extends Loss {
    constructor(delta = 1) {
      super();
      this.delta = delta;
    }

    term(y_hat, y) {
      const e = y_hat - y, c = clip(e, -this.delta, this.delta);
      return c * (e - 0.5 * c);
    }

    slope(y_hat, y) { return clip(y_hat - y, -this.delta, this.delta); }
  }

  class SigmoidCrossEntropy extends Loss {
    labels = true;

    term(z, y) {
      const size = Math.abs(z);
      return times(z > 0 ? 1 - y : y, size) + Math.log1p(Math.exp(-size));
    }

    slope(z, y) { return sigmoid(z) - y; }
  }

  class SoftmaxCrossEntropy extends Loss {
    labels = true;
    fewest = 2;

    constructor(smoothing = 0) {
      super();
      this.smoothing = smoothing;
    }

    smooth(y, K) {
      return this.smoothing === 0 ? y : (1 - this.smoothing) * y + this.smoothing / K;
    }

    mean(z, y, N, K) {
      const small = 2 ** (Math.clz32(N) - 32);
      let sum = 0;
      for (let row = 0; row < N * K; row += K) {
        const largest = maximum(z, row, K);
        let total = 0;
        for (let k = row; k < row + K; k++) total += Math.exp(z[k] - largest);
        const log = Math.log(total);
        for (let k = row; k < row + K; k++) {
          sum += small * times(this.smooth(y[k], K), log - (z[k] - largest));
        }
      }
      return sum / (small * N);
    }

    grad(z, y, N, K, g) {
      for (let row = 0; row < N * K; row += K) {
        softmax(z, row, K, g);
        for (let k = row; k < row + K; k++) g[k] = (g[k] - this.smooth(y[k], K)) / N;
      }
    }
  }

  class PerceptronCriterion extends Loss {
    term(z, t) { return -t * z < 0 ? 0 : -t * z; }
    slope(z, t) { return t * z <= 0 ? -t : 0; }
  }

  class Hinge extends PerceptronCriterion {
    term(z, t) { return 1 - t * z < 0 ? 0 : 1 - t * z; }
    slope(z, t) { return t * z < 1 ? -t : 0; }
  }

  function maximum(z, row, K) {
    let largest = z[row];
    for (let k = row + 1; k < row + K; k++) if (!(z[k] <= largest)) largest = z[k]; // NaN too
    return largest;
  }

  // pₖ = e^(zₖ)/Σⱼ e^(zⱼ) of the K numbers of z from ``row`` on, into p at the same places.
  function softmax(z, row, K, p) {
    const largest = maximum(z, row, K);
    let total = 0;
    for (let k = row; k < row + K; k++) total += p[k] = Math.exp(z[k] - largest);
    for (let k = row; k < row + K; k++) p[k] /= total;
  }

  // The share of the N rows whose answer is the label: the largest output, or of one its sign.
  function accuracy(y_hat, labels, N, K) {
    let right = 0;
    for (let n = 0; n < N; n++) if (answer(y_hat, n, K) === labels[n]) right++;
    return right / N;
  }

  // The class that row n answers with.
  function answer(y_hat, n, K) {
    if (K === 1) return y_hat[n] > 0 ? 1 : 0;
    let best = 0;
    for (let k = 1; k < K; k++) if (y_hat[n * K + k] > y_hat[n * K + best]) best = k;
    return best;
  }

  dlcore.losses = {MeanSquaredError, MeanAbsoluteError, Huber, SigmoidCrossEntropy,
    SoftmaxCrossEntropy, PerceptronCriterion, Hinge};
  dlcore.metrics = {accuracy, softmax};
})();
