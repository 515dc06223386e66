// Curves over the epochs, with all starts and their median; and the gradient's length by layer.
(() => {
  'use strict';

  const {setup, canvas: {COLORS, INK, QUIET, LINE, sheet, short}} = dlcore.page;
  const [TEST, TRAIN] = COLORS, LEFT = 44, BOTTOM = 20, TOP = 8, RIGHT = 8;
  const VALUE = 56; // room for a number beside a bar

  // The median of some lists at every place that all have reached.
  function medians(lists) {
    const n = Math.min(...lists.map(list => list.length));
    return Array.from({length: n}, (_, t) => median(lists.map(list => list[t])));
  }

  function median(numbers) {
    const sorted = Float64Array.from(numbers).sort(), half = sorted.length >> 1; // NaN at the end
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  // ``series``: {lists, colour, dash}, for each start a list; ``log``: the axis of the values.
  function curves(canvas, series, {log, low, high}) {
    const {ctx, w, h} = sheet(canvas);
    const epochs = Math.max(1, ...series.flatMap(({lists}) => lists.map(list => list.length)));
    const range = extent(series, log, low, high), scale = log ? Math.log10 : Number;
    const [a, b] = range.map(scale);
    const x = t => LEFT + (w - LEFT - RIGHT) * (epochs > 1 ? t / (epochs - 1) : 0);
    const y = v => h - BOTTOM - (h - BOTTOM - TOP) * (Math.min(b, Math.max(a, scale(v))) - a) / (b - a);
    axes(ctx, w, h, range, log, y, epochs);
    for (const {lists, colour, dash} of series) {
      const many = lists.length > 1;
      ctx.strokeStyle = colour;
      if (many) for (const list of lists) line(ctx, list, x, y, 0.8, 0.3, []);
      line(ctx, many ? medians(lists) : lists[0], x, y, 2, 1, dash || []);
    }
  }

  function extent(series, log, low, high) {
    let [a, b] = [Infinity, -Infinity];
    for (const {lists} of series) {
      for (const list of lists) {
        for (const v of list) {
          if (!Number.isFinite(v) || log && v <= 0) continue;
          a = Math.min(a, v);
          b = Math.max(b, v);
        }
      }
    }
    if (a > b) [a, b] = log ? [0.1, 1] : [0, 1];
    if (log) return [a / 1.2, Math.min(Math.max(b * 1.2, a * 2), a * 1e8)]; // beyond: on the edge
    return [a < low ? 0 : low, high];
  }

  function axes(ctx, w, h, [low, high], log, y, epochs) {
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'right';
    ctx.lineWidth = 1;
    ctx.strokeStyle = LINE;
    ctx.fillStyle = QUIET;
    for (const value of ticks(low, high, log)) {
      ctx.beginPath();
      ctx.moveTo(LEFT, Math.round(y(value)) + 0.5);
      ctx.lineTo(w - RIGHT, Math.round(y(value)) + 0.5);
      ctx.stroke();
      ctx.fillText(short(value), LEFT - 5, y(value));
    }
    ctx.textBaseline = 'alphabetic';
    ctx.textAlign = 'right';
    ctx.fillText(epochs > 1 ? `${epochs} epochs` : 'epochs', w - RIGHT, h - 5);
    ctx.textAlign = 'left';
    ctx.fillText('1', LEFT, h - 5);
  }

  function ticks(low, high, log) {
    if (!log) return Array.from({length: 6}, (_, i) => low + (high - low) * i / 5);
    const found = [], wide = Math.log10(high / low), steps = wide > 2 ? [1] : [1, 2, 5];
    const every = Math.ceil(wide / 5);
    for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++) {
      if (steps.length === 1 && e % every) continue;
      for (const step of steps) {
        const value = Number(`${step}e${e}`);
        if (value >= low && value <= high) found.push(value);
      }
    }
    return found;
  }

  // At most one point each pixel.
  function line(ctx, list, x, y, width, alpha, dash) {
    ctx.beginPath();
    const every = Math.max(1, Math.floor(list.length / 400)), last = list.length - 1;
    let pen = false;
    for (let t = 0; t <= last; t = t === last ? t + 1 : Math.min(t + every, last)) {
      if (!Number.isFinite(list[t])) continue;
      ctx[pen ? 'lineTo' : 'moveTo'](x(t), y(list[t]));
      pen = true;
    }
    ctx.setLineDash(dash);
    ctx.globalAlpha = alpha;
    ctx.lineWidth = width;
    ctx.stroke();
    if (last === 0 && alpha === 1) {
      ctx.beginPath();
      ctx.arc(x(0), y(list[0]), 2, 0, 2 * Math.PI);
      ctx.fillStyle = ctx.strokeStyle;
      ctx.fill();
    }
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }

  // The length of ∇J in each layer of weights: a bar for the median, a dot for each start.
  function gradients(canvas, nets, steps) {
    const {ctx, w, h} = sheet(canvas), {norm} = dlcore.regularizers;
    const lengths = nets.map(net => setup.places(net).linear.map(l => norm(net.grads[l][0])));
    const typical = lengths[0].map((_, l) => median(lengths.map(list => list[l])));
    const L = typical.length, room = w - LEFT - RIGHT - VALUE;
    const finite = lengths.flat().filter(x => Number.isFinite(x) && x > 0);
    const high = Math.log10(Math.max(1e-3, ...finite));
    const low = Math.min(high - 3, Math.log10(Math.min(1, ...finite))) - 0.2;
    const x = v => LEFT + (v > 0 ? room * Math.max(0, (Math.log10(v) - low) / (high - low)) : 0);
    const step = Math.min(34, (h - TOP - BOTTOM) / L);
    ctx.textBaseline = 'middle';
    typical.forEach((v, l) => {
      const y = TOP + (l + 0.5) * step;
      ctx.textAlign = 'right';
      ctx.fillStyle = QUIET;
      ctx.fillText(L < 12 ? `W${'₀₁₂₃₄₅₆₇₈₉'[l + 1] ?? l + 1}` : l + 1, LEFT - 6, y);
      ctx.fillStyle = '#56B4E9';
      ctx.fillRect(LEFT, y - 0.3 * step, x(v) - LEFT, 0.6 * step);
      ctx.fillStyle = INK;
      if (nets.length > 1) {
        for (const list of lengths) {
          if (list[l] > 0) ctx.fillRect(x(list[l]) - 0.75, y - 0.2 * step, 1.5, 0.4 * step);
        }
      }
      ctx.textAlign = 'left';
      const end = Math.max(x(v), ...lengths.map(list => x(list[l])));
      ctx.fillText(steps ? short(Number(v.toPrecision(2))) : '', Math.min(end + 5, w - VALUE), y);
    });
    ctx.textBaseline = 'alphabetic';
  }

  dlcore.page.curves = {curves, gradients, median, TRAIN, TEST};
})();
