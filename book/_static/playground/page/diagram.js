// The network: a column for each layer, every unit with its own picture, every weight a line whose
// width is its size and whose colour is its sign; a negative one is dashed.
(() => {
  'use strict';

  const {setup, settings, canvas} = dlcore.page;
  const {NEGATIVE, POSITIVE, INK, QUIET, COLORS, PALE, sheet, paint, short, tinted, signed} = canvas;
  const MOST = 12; // units of a layer that are drawn

  // Where the units stand: columns of {x, y, r}, and how many more there are than drawn.
  function layout(sizes, w, h) {
    const shown = sizes.map(n => Math.min(n, MOST)), top = 22, bottom = 14;
    const r = Math.max(5, Math.min(17, (h - top - bottom) / (2.5 * Math.max(...shown)),
      (w - 70) / (sizes.length * 3)));
    return shown.map((n, l) => {
      const x = 48 + (w - 48 - r - 14) * l / (sizes.length - 1);
      const step = Math.min(3.2 * r, (h - top - bottom) / n), y0 = top + (h - top - bottom) / 2;
      return {more: sizes[l] - n, r,
        units: Array.from({length: n}, (_, k) => ({x, y: y0 + (k - (n - 1) / 2) * step}))};
    });
  }

  function draw(canvas, s, net, regions, look) {
    const {ctx, w, h} = sheet(canvas), sizes = setup.sizes(s), columns = layout(sizes, w, h);
    const {linear, hidden} = setup.places(net), {r} = columns[0];
    linear.forEach((place, l) =>
      weights(ctx, net.params[place][0], sizes[l], columns[l], columns[l + 1]));
    const last = columns.length - 1, K = sizes[last];
    columns.forEach(({units, more}, l) => units.forEach(({x, y}, k) => {
      const value = l === 0 ? regions.input(k)
        : l === last ? regions.output(k) : regions.unit(net, l - 1, k);
      const colour = l === last && K > 1 ? (i, rgba, at) => tinted(value(i), PALE[k], rgba, at)
        : (i, rgba, at) => signed(value(i), rgba, at);
      const chosen = look && l === look[0] + 1 && k === look[1];
      const edge = chosen ? INK : l === last && K > 1 ? COLORS[k] : '#777';
      unit(ctx, x, y, r, regions.G, colour, edge, chosen ? 2.6 : 1.2);
      if (more && k === units.length - 1) {
        ctx.fillStyle = QUIET;
        ctx.textAlign = 'center';
        ctx.fillText(`+ ${more}`, x, y + r + 13);
      }
    }));
    names(ctx, s, columns, w, h);
  }

  function weights(ctx, W, n_in, from, to) {
    let largest = 1e-12;
    for (const w of W) largest = Math.max(largest, Math.abs(w));
    const {r} = from;
    to.units.forEach((b, k) => from.units.forEach((a, i) => {
      const w = W[k * n_in + i], size = Math.abs(w) / Math.max(largest, 1);
      if (!Number.isFinite(w) || w === 0) return;
      ctx.beginPath();
      ctx.moveTo(a.x + r, a.y);
      ctx.bezierCurveTo((a.x + b.x) / 2, a.y, (a.x + b.x) / 2, b.y, b.x - r, b.y);
      ctx.strokeStyle = w < 0 ? NEGATIVE : POSITIVE;
      ctx.setLineDash(w < 0 ? [5, 3] : []);
      ctx.globalAlpha = 0.25 + 0.75 * size;
      ctx.lineWidth = 0.4 + 4 * size;
      ctx.stroke();
    }));
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }

  function unit(ctx, x, y, r, G, colour, edge, width) {
    const frame = () => {
      ctx.beginPath();
      ctx.roundRect(x - r, y - r, 2 * r, 2 * r, 0.35 * r);
    };
    ctx.save();
    frame();
    ctx.clip();
    paint(ctx, G, colour, x - r, y - r, 2 * r, 2 * r);
    ctx.restore();
    frame();
    ctx.strokeStyle = edge;
    ctx.lineWidth = width;
    ctx.stroke();
  }

  function names(ctx, s, columns, w, h) {
    const features = settings.value(s, 'features'), {r} = columns[0];
    ctx.fillStyle = INK;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    columns[0].units.forEach(({x, y}, i) =>
      ctx.fillText(settings.printed(features[i]), x - r - 5, y));
    ctx.textAlign = 'center';
    ctx.fillStyle = QUIET;
    const last = columns.length - 1;
    columns.forEach(({units}, l) => {
      const text = l === 0 ? 'input' : l === last ? 'output' : String(l);
      ctx.fillText(text, Math.min(units[0].x, w - 20), 11);
    });
    ctx.textBaseline = 'alphabetic';
  }

  // The numbers of a hidden unit: what the lines into it stand for.
  function numbers(s, net, [l, k]) {
    const [W, b] = net.params[setup.places(net).linear[l]], n_in = W.length / b.length;
    const weights = Array.from(W.subarray(k * n_in, (k + 1) * n_in), w => short(w));
    const from = l ? `layer ${l}` : settings.value(s, 'features').join(', ');
    return `Layer ${l + 1}, unit ${k + 1}: bias ${short(b[k])}; ` +
      `weights from ${from}: ${weights.join(', ')}.`;
  }

  // The [hidden layer, unit] at a place of the picture, or null.
  function at(canvas, s, x, y) {
    const columns = layout(setup.sizes(s), canvas.clientWidth, canvas.clientHeight);
    for (let l = 1; l < columns.length - 1; l++) {
      const {units, r} = columns[l];
      const k = units.findIndex(unit =>
        Math.max(Math.abs(unit.x - x), Math.abs(unit.y - y)) <= r + 2);
      if (k >= 0) return [l - 1, k];
    }
    return null;
  }

  dlcore.page.diagram = {draw, numbers, at};
})();
