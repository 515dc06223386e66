// An account of a run whose loss is no longer finite: what became infinite (or NaN) first, in the
// order in which a step computes: the gradient, from the last layer to the first; θ; then at the
// next step the outputs, from the first layer to the last; the loss.
(() => {
  'use strict';

  const bad = array => array.findIndex(value => !Number.isFinite(value));

  // The largest |value|, NaN left out.
  function largest(array) {
    let most = 0;
    for (const value of array) if (Math.abs(value) > most) most = Math.abs(value);
    return most;
  }

  // {step, epoch, what, at, layer, of, unit, layers, words, advice}: ``what`` is "gradient",
  // "parameter", "output", "loss" or "penalty", and ``at`` the step of it; ``layer`` and ``unit``
  // count from 0, ``of`` names the parameter; ``layers`` has for each layer the largest parameter,
  // gradient and output; ``words`` and ``advice`` are sentences.
  function account(run) {
    const {net, caches, history} = run, step = history.diverged, epoch = history.epochs;
    const outputs = caches.map(({y, N, n_out}) => y.subarray(0, N * n_out));
    const first = earliest(run, outputs, step);
    const layers = net.layers.map((layer, l) => ({
      layer: String(layer),
      parameter: Math.max(0, ...net.params[l].map(largest)),
      gradient: Math.max(0, ...net.grads[l].map(largest)),
      output: largest(outputs[l])}));
    const {lr} = run.optimizer, rate = typeof lr === 'number' ? ` (it is ${lr})` : '';
    return {step, epoch, ...first, layers, words: words(net, first, layers, step, epoch),
      advice: `Try a smaller learning rate${rate}, or scale the inputs to about 1.`};
  }

  function earliest({net, now}, outputs, step) {
    const named = (what, parts, l) => {
      const parameters = net.layers[l].parameters();
      for (let i = 0; i < parts[l].length; i++) {
        const place = bad(parts[l][i]), {name, shape} = parameters[i];
        const unit = shape[0] > 1 || name === 'W' ? Math.floor(place / shape[1]) : place;
        if (place >= 0) return {what, at: step - 1, layer: l, of: name, unit};
      }
      return null;
    };
    const L = net.layers.length;
    for (let l = L - 1; l >= 0; l--) {
      const found = named('gradient', net.grads, l);
      if (found) return found;
    }
    for (let l = 0; l < L; l++) {
      const found = named('parameter', net.params, l);
      if (found) return found;
    }
    for (let l = 0; l < L; l++) {
      const place = bad(outputs[l]), n_out = net.sizes[l][1];
      if (place >= 0) return {what: 'output', at: step, layer: l, unit: place % n_out};
    }
    return {what: Number.isFinite(now.loss) ? 'penalty' : 'loss', at: step, layer: L - 1};
  }

  // A sentence; layers and units are counted from 1.
  function words(net, {what, at, layer, of, unit}, layers, step, epoch) {
    const where = `layer ${layer + 1}, ${net.layers[layer]}`;
    const size = layers[layer].output.toExponential(0).replace('e+', 'e');
    const who = {
      gradient: () => `the gradient of ${of} of unit ${unit + 1} in ${where}, at step ${at}`,
      parameter: () => `${of} of unit ${unit + 1} in ${where}, after step ${at}`,
      output: () => `the output of unit ${unit + 1} in ${where}, at step ${at}`,
      loss: () => `the loss itself, for the outputs of ${where}, have grown to ${size}`,
      penalty: () => 'the penalty, for the weights have grown beyond their squares',
    };
    return `The loss is no longer finite at step ${step}, epoch ${epoch}. ` +
      `First to become infinite or NaN: ${who[what]()}.`;
  }

  dlcore.divergence = {account};
})();
