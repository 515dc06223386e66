// The loop of dlcore's fit, one step at a time: for every epoch, shuffle the samples; for every
// minibatch, θ ← θ − η d(∇J).
//
//   const run = new dlcore.training.Run(net, loss, optimizer, {X, y}, {batch_size: 32, seed: 0});
//   while (run.step()) draw(run.history);
(() => {
  'use strict';

  // Lists of places that visit 0 … N − 1 once, at random.
  function minibatches(N, batch_size, rng, drop_last = false) {
    const order = rng.permutation(N), stop = drop_last ? N - N % batch_size : N, batches = [];
    for (let i = 0; i < stop; i += batch_size) batches.push(order.subarray(i, i + batch_size));
    return batches;
  }

  // The record: of each epoch the mean training loss (with the penalty), of its end the validation
  // loss (without) and the accuracy; how many steps, the epoch whose θ early stopping has put back,
  // and the first step whose loss was not finite.
  class History {
    constructor() {
      Object.assign(this, {loss: [], validation: [], accuracy: []});
      Object.assign(this, {steps: 0, best: null, diverged: 0});
    }

    get epochs() { return this.loss.length; }

    // What should fall: the validation loss, without one the training loss, or a metric turned.
    falling(monitor = 'loss') {
      if (monitor === 'loss') return this.validation.length ? this.validation : this.loss;
      return this[monitor].map(value => -value);
    }
  }

  const DEFAULTS = {epochs: Infinity, batch_size: 32, seed: null, validation: null,
    monitor: 'loss', patience: null, min_delta: 0, penalty: null, constraint: null, clip: null,
    drop_last: false, callback: null};

  // Options as fit's; ``callback(epoch, history)`` returns true to stop.  Labels y (Int32Array)
  // become the rows that the loss wants, and give an accuracy; a Float64Array y is these rows.
  // What may change while it runs: optimizer.lr, penalty, constraint, clip, epochs.
  class Run {
    constructor(net, loss, optimizer, data, options = {}) {
      Object.assign(this, DEFAULTS, options, {net, loss, optimizer, history: new History()});
      this.ended = ''; // or "epochs", "patience", "stopped", "diverged"
      this.data = this.prepared(data);
      this.validation = this.validation && this.prepared(this.validation);
      this.N = this.data.N;
      this.rng = this.seed === null ? net.order : dlcore.random.default_rng(this.seed);
      const B = Math.min(this.batch_size || this.N, this.N);
      loss.check(net.n_out);
      for (const layer of net.layers) layer.check(this.drop_last ? B : this.N % B || B);
      this.x = new Float64Array(B * net.n_in);
      this.t = new Float64Array(B * net.n_out);
      this.slope = new Float64Array(B * net.n_out);
      this.caches = net.caches(B);
      this.weights = net.theta.subarray(0, net.n_weights);
      const {EarlyStopping} = dlcore.early_stopping;
      this.stopper = this.patience && new EarlyStopping(net, this.patience, this.min_delta);
      this.batches = [];
      this.at = 0; // of the next one
      this.now = {loss: NaN, penalty: 0}; // of the last minibatch
    }

    prepared({X, y}) {
      const {net, loss} = this, labels = y instanceof Float64Array ? null : y;
      const target = labels ? loss.target(labels, net.n_out) : y, N = target.length / net.n_out;
      return {X, labels, target, N, caches: null};
    }

    // One minibatch.  False when the run has ended, and ``ended`` says why.
    step() {
      if (this.ended || this.at === this.batches.length && !this.begin()) return false;
      const {net, history, optimizer, caches} = this, batch = this.batches[this.at++];
      const J = this.loss_of(batch);
      this.total += J * (batch.length / this.seen);
      if (!Number.isFinite(J)) return this.diverge();
      if (this.clip) dlcore.optimizers.clip_norm(net.gradient, this.clip);
      optimizer.step(net.gradient);
      if (this.constraint) this.constraint.apply(net);
      history.steps++;
      if (this.at === this.batches.length) this.finish();
      return true;
    }

    // J with the penalty, and ∇J in net.gradient.
    loss_of(batch) {
      const {net, data: {X, target}, penalty, weights, x, t} = this, {n_in, n_out} = net;
      for (let n = 0; n < batch.length; n++) {
        for (let i = 0; i < n_in; i++) x[n * n_in + i] = X[batch[n] * n_in + i];
        for (let k = 0; k < n_out; k++) t[n * n_out + k] = target[batch[n] * n_out + k];
      }
      const {now, caches, slope} = this;
      now.loss = net.value_and_gradient(this.loss, x, t, batch.length, caches, slope);
      if (!penalty) return now.loss;
      now.penalty = penalty.value(weights);
      const J = now.loss + now.penalty;
      if (Number.isFinite(J)) penalty.addTo(net.gradient, weights);
      return J;
    }

    // A new epoch, if there is to be one.
    begin() {
      const {history, stopper} = this, done = history.epochs;
      if (this.stop) return this.end('stopped');
      if (done >= this.epochs) return this.end('epochs');
      if (stopper && stopper.stopped(done)) return this.end('patience');
      const all = dlcore.random.range(this.N);
      this.batches = this.batch_size
        ? minibatches(this.N, this.batch_size, this.rng, this.drop_last) : [all];
      this.seen = this.batches.reduce((sum, batch) => sum + batch.length, 0);
      this.total = this.at = 0;
      return true;
    }

    // Record an epoch: the validation, the best θ; call back.
    finish() {
      const {history, stopper} = this, found = this.evaluate();
      if (this.validation) history.validation.push(found.loss);
      if (found.accuracy !== null) history.accuracy.push(found.accuracy);
      history.loss.push(this.total);
      if (stopper) stopper.update(history.epochs, history.falling(this.monitor).at(-1));
      this.stop = this.callback && this.callback(history.epochs, history) === true;
    }

    // The loss without the penalty, and the accuracy: of the validation data, if any, or run.data.
    evaluate(data = this.validation || this.data) {
      const {net, loss} = this, {X, N, target, labels} = data;
      data.caches ||= net.caches(N);
      const y_hat = net.forward(X, N, data.caches);
      return {loss: loss.mean(y_hat, target, N, net.n_out),
        accuracy: labels && dlcore.metrics.accuracy(y_hat, labels, N, net.n_out)};
    }

    diverge() {
      const {history} = this;
      history.diverged = history.steps + 1;
      history.loss.push(this.total);
      this.account = dlcore.divergence.account(this);
      return this.end('diverged');
    }

    end(why) {
      this.ended = why;
      if (this.stopper) this.history.best = this.stopper.restore();
      return false;
    }
  }

  dlcore.training = {Run};
})();
