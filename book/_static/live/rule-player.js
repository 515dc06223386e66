// Rosenblatt's rule on two inputs, drawn in the page: the twin of dlcore/teaching/chapters/rule_player.py.
'use strict';
(window.dlcoreLive ||= {})['rule-player'] = ({data, order, w0, eta, at_zero, trial}) => {
  const X = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const y = {AND: [0, 0, 0, 1], OR: [0, 1, 1, 1], NAND: [1, 1, 1, 0], XOR: [0, 1, 1, 0]}[data];
  const rows = order === '00 01 10 11' ? [0, 1, 2, 3] : [3, 2, 1, 0];
  const starts = {'zero': [0, 0, 0], '(0.5, −1, 1)': [0.5, -1, 1], '(1, 2, −3)': [1, 2, -3]};
  const LAST = 40, LOW = -0.75, HIGH = 1.75, LEFT = 24, TOP = 12, SIZE = 360;

  const round = (value) => Math.floor(value + 0.5);
  const px = (x1) => round(LEFT + (x1 - LOW) * SIZE / (HIGH - LOW));
  const py = (x2) => round(TOP + (HIGH - x2) * SIZE / (HIGH - LOW));
  const number = (value) => (value + 0).toFixed(1).replace('-', '−');
  const vector = (values) => `(${values.map(number).join(', ')})`;
  const text = (x, top, words, anchor = 'start') =>
    `<text x="${x}" y="${top}" text-anchor="${anchor}">${words}</text>`;

  // The rule itself: w ← w + η (y − ŷ) x, until an epoch passes without a mistake.
  let w = starts[w0], mistakes = 0, k = 0, now = null, done = false;
  for (let epoch = 1; epoch <= LAST / 4 && k < trial && !done; epoch++) {
    let changed = false;
    for (const n of rows) {
      const x = [1, ...X[n]], before = w;
      const z = w[0] * x[0] + w[1] * x[1] + w[2] * x[2];
      const answer = z > 0 || (z === 0 && at_zero === 1) ? 1 : 0;
      const wrong = answer !== y[n];
      if (wrong) {
        w = w.map((weight, i) => weight + eta * (y[n] - answer) * x[i]);
        mistakes += 1;
        changed = true;
      }
      k += 1;
      now = {epoch, n, x, z, before, answer, label: y[n], wrong};
      if (k === trial) break;
    }
    done = !changed && k % 4 === 0;
  }

  const clip = (w) => {
    const corners = [[LOW, LOW], [HIGH, LOW], [HIGH, HIGH], [LOW, HIGH]];
    const region = [], ends = [];
    corners.forEach((p, i) => {
      const q = corners[(i + 1) % 4];
      const zp = w[0] + w[1] * p[0] + w[2] * p[1], zq = w[0] + w[1] * q[0] + w[2] * q[1];
      if (zp > 0) region.push(p);
      if ((zp > 0) !== (zq > 0)) {
        const t = zp / (zp - zq);
        const cut = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
        region.push(cut);
        ends.push(cut);
      }
    });
    return {region, ends};
  };
  const line = (ends, stroke, width) => ends.length === 0 ? '' :
    `<path d="M${px(ends[0][0])} ${py(ends[0][1])}L${px(ends[1][0])} ${py(ends[1][1])}" ` +
    `stroke="${stroke}" stroke-width="${width}"/>`;
  const arrow = (w) => {
    const square = w[1] * w[1] + w[2] * w[2];
    if (square === 0) return '';
    const shift = (w[0] + (w[1] + w[2]) * 0.5) / square;
    const ax = px(0.5 - shift * w[1]), ay = py(0.5 - shift * w[2]);
    const length = Math.sqrt(square), ux = w[1] / length, uy = -w[2] / length;
    const reach = Math.min(24 * length, 110), bx = ax + ux * reach, by = ay + uy * reach;
    const head = [[bx + 12 * ux, by + 12 * uy], [bx - 6 * uy, by + 6 * ux],
      [bx + 6 * uy, by - 6 * ux]];
    return `<path d="M${ax} ${ay}L${round(bx)} ${round(by)}" stroke="#222" stroke-width="3"/>` +
      `<polygon points="${head.map(([a, b]) => `${round(a)},${round(b)}`).join(' ')}" ` +
      'fill="#222"/>';
  };

  const {region, ends} = clip(w);
  let svg = `<rect x="${LEFT}" y="${TOP}" width="${SIZE}" height="${SIZE}" fill="#f7f0ea"/>`;
  if (region.length) {
    const corners = region.map(([a, b]) => `${px(a)},${py(b)}`).join(' ');
    svg += `<polygon points="${corners}" fill="#dce9f4"/>`;
  }
  svg += `<path d="M${px(0)} ${TOP}V${TOP + SIZE}M${LEFT} ${py(0)}H${LEFT + SIZE}" stroke="#bbb"/>`;
  svg += text(LEFT + SIZE - 8, py(0) - 6, 'x₁', 'end') + text(px(0) + 6, TOP + 18, 'x₂');
  if (now && now.wrong) svg += line(clip(now.before).ends, '#777" stroke-dasharray="6 5', 2);
  svg += line(ends, '#222', 3) + arrow(w);
  for (let n = 0; n < 4; n++) {
    const cx = px(X[n][0]), cy = py(X[n][1]);
    if (now && now.n === n && !done) {
      svg += `<circle cx="${cx}" cy="${cy}" r="24" fill="none" ` +
        `stroke="${now.wrong ? '#b00020' : '#007a5a'}" stroke-width="4"/>`;
    }
    svg += y[n]
      ? `<rect x="${cx - 10}" y="${cy - 10}" width="20" height="20" fill="#0072B2" stroke="#fff"/>`
      : `<circle cx="${cx}" cy="${cy}" r="11" fill="#D55E00" stroke="#fff"/>`;
  }

  const after = vector(w);
  let words = ['Before trial 1', '', `w = ${after}`];
  let sentence = `Before the first trial the weights (b, w₁, w₂) are ${after}.`;
  if (now) {
    const z = number(now.z), verdict = now.wrong ? 'a mistake' : 'right';
    const step = now.wrong ? `w ${now.label ? '+' : '−'} ${number(eta)} x` : 'no change';
    words = [`Epoch ${now.epoch}, trial ${k}`, '', `x = ${vector(now.x)}`, `z = w·x = ${z}`,
      `answer ŷ = ${now.answer}`, `label y = ${now.label}`, `${verdict}: ${step}`, '',
      `w = ${after}`, `mistakes so far: ${mistakes}`];
    if (done) words.push('all four right:', 'finished.');
    sentence = `Epoch ${now.epoch}, trial ${k}: input (${now.x[1]}, ${now.x[2]}), z = ${z}, ` +
      `answer ${now.answer}, label ${now.label}, ${verdict}. The weights are ${after} after ` +
      `${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'}.` +
      (done ? ' The unit has finished.' : '');
  }
  svg += words.map((row, i) => text(400, 34 + 31 * i, row)).join('');
  const style = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="19" fill="#222"';
  return {svg: `<svg viewBox="0 0 640 384" ${style}>${svg}</svg>`, sentence};
};
