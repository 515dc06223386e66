// A network: layers in sequence, and ONE vector θ that holds every parameter, weights first.
// params[l] are views of it, grads[l] views of the gradient; the same seed gives the θ of dlcore.
(() => {
  'use strict';

  class Network {
    constructor(layers, seed = 0) {
      const rng = dlcore.random.default_rng(seed);
      this.layers = layers;
      this.plan();
      this.theta = new Float64Array(this.n_parameters);
      this.gradient = new Float64Array(this.n_parameters);
      this.params = this.views(this.theta);
      this.grads = this.views(this.gradient);
      layers.forEach((layer, l) =>
        layer.init(rng).forEach((values, i) => this.params[l][i].set(values)));
      this.buffers = layers.map(layer => layer.buffers());
      for (const layer of layers) if (layer.seeded === false) [layer.rng] = rng.spawn(1);
      this.order = dlcore.random.default_rng(0); // of the samples, from one training to the next
    }

    // Where each parameter lies in θ, the sizes from layer to layer, and the first that learns.
    plan() {
      const wanted = this.layers.map(layer => layer.parameters());
      let at = 0;
      this.places = wanted.map(parameters => parameters.map(() => null));
      for (const weights of [true, false]) {
        wanted.forEach((parameters, l) => parameters.forEach((p, i) => {
          if (p.is_weight !== weights) return;
          this.places[l][i] = [at, at += p.shape[0] * p.shape[1]];
        }));
        if (weights) this.n_weights = at;
      }
      this.n_parameters = at;
      let n = this.layers.find(layer => layer.n_in).n_in;
      this.n_in = n;
      this.sizes = this.layers.map(({n_in, n_out}) => {
        if (n_in && n_in !== n) throw new RangeError(`expected ${n_in} features, got ${n}`);
        return [n, n = n_out || n];
      });
      this.n_out = n;
      this.lowest = wanted.findIndex(parameters => parameters.length);
    }

    // Views of a flat vector, for each layer a list.
    views(vector) {
      return this.places.map(places => places.map(([a, b]) => vector.subarray(a, b)));
    }

    // Room for what a pass over at most N rows leaves behind: one cache a layer.
    caches(N) {
      return this.layers.map((layer, l) => {
        const [n_in, n_out] = this.sizes[l];
        const arrays = {y: new Float64Array(N * n_out), g: new Float64Array(N * n_in)};
        return {N, n_in, n_out, x: null, ...arrays, ...layer.memory(N, n_in)};
      });
    }

    // ŷ of N rows x, row by row; caches[l].y is what layer l has made of them.
    forward(x, N, caches, train = false) {
      for (let l = 0; l < this.layers.length; l++) {
        const cache = caches[l];
        cache.N = N;
        cache.x = x;
        this.layers[l].forward(this.params[l], cache, train, this.buffers[l]);
        x = cache.y;
      }
      return x;
    }

    // Given g = ∂J/∂ŷ, writes ∇J into ``gradient``; nobody asks for ∂J/∂x of the data.
    backward(g, caches) {
      for (let l = this.layers.length - 1; l >= this.lowest; l--) {
        this.layers[l].param_grad(this.params[l], caches[l], g, this.grads[l]);
        if (l === this.lowest) return;
        this.layers[l].input_grad(this.params[l], caches[l], g);
        g = caches[l].g;
      }
    }

    // J on a minibatch in training, and ∇J in ``gradient``, which stays as it was where J is not
    // finite.  ``slope`` is room for ∂J/∂ŷ.
    value_and_gradient(loss, x, y, N, caches, slope) {
      const y_hat = this.forward(x, N, caches, true), J = loss.mean(y_hat, y, N, this.n_out);
      this.layers.forEach((layer, l) => layer.new_buffers(caches[l], this.buffers[l]));
      if (Number.isFinite(J)) {
        loss.grad(y_hat, y, N, this.n_out, slope);
        this.backward(slope, caches);
      }
      return J;
    }

    // ŷ of the rows X in evaluation.
    predict(X) {
      const N = X.length / this.n_in;
      return this.forward(X, N, this.caches(N));
    }
  }

  // MLP([2, 8, 8, 1]): a ← h(W a + b) in every hidden layer, W a + b at the end.
  function MLP(sizes, {activation = 'tanh', init = 'glorot', seed = 0} = {}) {
    const {Linear, Activation} = dlcore.layers;
    const layers = sizes.slice(1).flatMap((n_out, l) =>
      [new Linear(sizes[l], n_out, init), new Activation(activation)]);
    return new Network(layers.slice(0, -1), seed);
  }

  dlcore.network = {Network, MLP};
})();
