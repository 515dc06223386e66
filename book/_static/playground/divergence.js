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

  // {step, epoch, what, layer, unit, of, words, layers}: ``what`` is "gradient", "parameter",
  // "output" or "loss"; ``layer`` counts from 0, ``of`` names the parameter, ``unit`` is the one
  // concerned; ``layers`` has for each the largest parameter, gradient and output.
  function account(run) {
    const {net, caches, history} = run, step = history.diverged, epoch = history.epochs;
    const outputs = caches.map(({y, N, n_out}) => y.subarray(0, N * n_out));
    const first = earliest(net, outputs, step);
    const layers = net.layers.map((layer, l) => ({
      layer: String(layer),
      parameter: Math.max(0, ...net.params[l].map(largest)),
      gradient: Math.max(0, ...net.grads[l].map(largest)),
      output: largest(outputs[l])}));
    return {epoch, ...first, step, first_step: first.step, layers, words: words(net, first, step, epoch)};
  }

  function earliest(net, outputs, step) {
    const named = (what, parts, l, when) => {
      const parameters = net.layers[l].parameters();
      for (let i = 0; i < parts[l].length; i++) {
        const place = bad(parts[l][i]), {name, shape} = parameters[i];
        const unit = shape[0] > 1 || name === 'W' ? Math.floor(place / shape[1]) : place;
        if (place >= 0) return {what, layer: l, of: name, unit, step: when};
      }
      return null;
    };
    const L = net.layers.length;
    for (let l = L - 1; l >= 0; l--) {
      const found = named('gradient', net.grads, l, step - 1);
      if (found) return found;
    }
    for (let l = 0; l < L; l++) {
      const found = named('parameter', net.params, l, step - 1);
      if (found) return found;
    }
    for (let l = 0; l < L; l++) {
      const place = bad(outputs[l]), n_out = net.sizes[l][1];
      if (place >= 0) return {what: 'output', layer: l, unit: place % n_out, step};
    }
    return {what: 'loss', layer: L - 1, unit: null, step};
  }

  // A sentence; layers and units are counted from 1.
  function words(net, {what, layer, of, unit, step: when}, step, epoch) {
    const where = `layer ${layer + 1}, ${net.layers[layer]}`;
    const who = {
      gradient: () => `the gradient of ${of} of unit ${unit + 1} in ${where}, at step ${when}`,
      parameter: () => `${of} of unit ${unit + 1} in ${where}, after step ${when}`,
      output: () => `the output of unit ${unit + 1} in ${where}, at step ${when}`,
      loss: () => `the loss itself: the outputs of ${where} are numbers, but too large for it`,
    };
    return `The loss is no longer finite at step ${step}, epoch ${epoch}. ` +
      `First to leave the numbers: ${who[what]()}.`;
  }

  dlcore.divergence = {account};
})();
