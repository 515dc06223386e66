// Files that a reader takes away: the pictures, the curves, the networks.
(() => {
  'use strict';

  const {curves: {curves, gradients}, diagram, svg: {Drawing, svg}, pictures: {series}} = dlcore.page;

  // As SVG: the plane and the network, under them the curves.
  function pictures({s, trainer, regions, look}) {
    const GAP = 20, [plane, net] = [new Drawing(420, 420), new Drawing(504, 420)];
    const [loss, right, lengths] = [1, 2, 3].map(() => new Drawing(301, 152));
    regions.ask(trainer.nets);
    regions.draw(plane, trainer.nets, look);
    diagram.draw(net, s, trainer.nets[0], regions, look);
    const [losses, shares] = series(trainer);
    curves(loss, ...losses);
    curves(right, ...shares);
    gradients(lengths, trainer.nets, trainer.steps);
    const named = [[loss, 'Loss'], [right, 'Right answers'], [lengths, 'Length of the gradient']];
    const under = named.flatMap(([drawing, name], i) => {
      const x = GAP + i * (301 + GAP), label = new Drawing(301, 20);
      label.fillText(name, 0, 12);
      return [[x, 2 * GAP + 420, label], [x, 3 * GAP + 420, drawing]];
    });
    return svg(984, 4 * GAP + 572, [[GAP, GAP, plane], [2 * GAP + 420, GAP, net], ...under],
      trainer.sentence());
  }

  // As CSV: a row for each epoch of each start.
  function table({runs, data: {test}}) {
    const names = {loss: 'training_loss', ...(test && {validation: 'test_loss'}),
      accuracy: test ? 'test_accuracy' : 'training_accuracy'};
    const rows = [['seed', 'epoch', ...Object.values(names)]];
    for (const {seed, history} of runs) {
      history.loss.forEach((_, t) => {
        rows.push([seed, t + 1, ...Object.keys(names).map(name => history[name][t] ?? '')]);
      });
    }
    return rows.map(row => `${row.join()}\r\n`).join('');
  }

  // As JSON: all parameters of every start, layer by layer, with the address that trains them.
  function networks({runs}, address) {
    return JSON.stringify({address, networks: runs.map(({seed, net, history}) => ({seed,
      steps: history.steps, layers: net.layers.map((layer, l) => numbered(layer, net, l))}))}, null, 1);
  }

  function numbered(layer, net, l) {
    const entries = layer.parameters().map(({name, shape: [rows, columns]}, i) =>
      [name, matrix(net.params[l][i], rows, columns)]);
    const buffers = net.buffers[l].map((numbers, i) => [['mean', 'variance'][i], [...numbers]]);
    return {layer: String(layer), ...Object.fromEntries([...entries, ...buffers])};
  }

  const matrix = (numbers, rows, columns) => Array.from({length: rows}, (_, k) =>
    [...numbers.subarray(k * columns, (k + 1) * columns)]);

  // Hands a text to the reader as a file.
  function save(name, type, text) {
    const address = URL.createObjectURL(new Blob([text], {type}));
    const link = document.createElement('a');
    Object.assign(link, {href: address, download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  dlcore.page.save = {pictures, table, networks, save};
})();
