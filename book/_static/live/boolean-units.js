'use strict';
// Draws the states of the experiments "four-lamps" and "wire-a-network" of chapter 8; the same
// pictures as their draw(), state for state. Coordinates are whole tenths of a pixel.
(() => {
  const CORNERS = [[-0.6, -0.6], [1.6, -0.6], [1.6, 1.6], [-0.6, 1.6]];
  const INPUTS = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const XOR = [0, 1, 1, 0];
  const RULES = ['b ≤ 0', 'b + w₂ &gt; 0', 'b + w₁ &gt; 0', 'b + w₁ + w₂ ≤ 0'];

  const place = (v, size) => Math.trunc((v + 0.6) / 2.2 * size + 0.5);
  const minus = (number, digits) => number.toFixed(digits).replaceAll('-', '−');

  function text(x, y, words, size = 140, color = '#222222', anchor = 'start') {
    return `<text x="${x}" y="${y}" font-size="${size}" fill="${color}" ` +
      `text-anchor="${anchor}">${words}</text>`;
  }

  function marker(x, y, k) {
    return k
      ? `<rect x="${x - 65}" y="${y - 65}" width="130" height="130" fill="#0072B2"/>`
      : `<circle cx="${x}" cy="${y}" r="70" fill="#D55E00"/>`;
  }

  function halfPlane(b, w1, w2, left, top, size) {
    const inside = [], border = [];
    CORNERS.forEach(([px, py], i) => {
      const [qx, qy] = CORNERS[(i + 1) % 4];
      const zp = b + w1 * px + w2 * py, zq = b + w1 * qx + w2 * qy;
      if (zp > 0) inside.push([px, py]);
      if ((zp > 0) !== (zq > 0)) {
        const t = zp / (zp - zq);
        inside.push([px + t * (qx - px), py + t * (qy - py)]);
        border.push(inside.at(-1));
      }
    });
    const points = (list) => list
      .map(([x, y]) => `${left + place(x, size)},${top + size - place(y, size)}`).join(' ');
    return `<polygon points="${points(inside)}" fill="#CFE3F1"/>` +
      `<polyline points="${points(border)}" fill="none" stroke="#222222" stroke-width="20"/>`;
  }

  function frame(left, top, size, name1, name2) {
    return `<rect x="${left}" y="${top}" width="${size}" height="${size}" fill="none" ` +
      'stroke="#888888" stroke-width="10"/>' +
      text(left + size, top + size + 170, name1, 140, '#222222', 'end') +
      text(left - 60, top + 130, name2, 140, '#222222', 'end');
  }

  function svg(width, height, shapes) {
    return `<svg viewBox="0 0 ${width} ${height}"><rect width="${width}" height="${height}" ` +
      'fill="#FFFFFF"/><g transform="scale(0.1)" font-family="DejaVu Sans, Verdana, ' +
      `sans-serif">${shapes.join('')}</g></svg>`;
  }

  (window.dlcoreLive ||= {})['four-lamps'] = ({ b, w1, w2 }) => {
    const sums = [b, b + w2, b + w1, b + w1 + w2];
    const shapes = [halfPlane(b, w1, w2, 280, 100, 2500), frame(280, 100, 2500, 'x₁', 'x₂')];
    let lit = 0;
    INPUTS.forEach(([x1, x2], n) => {
      const x = 280 + place(x1, 2500), y = 2600 - place(x2, 2500);
      shapes.push(marker(x, y, XOR[n]), text(x + 110, y - 90, `${x1}${x2}`));
      const ok = (sums[n] > 0) === (XOR[n] === 1);
      lit += ok;
      const top = 330 + 620 * n;
      shapes.push(
        `<circle cx="3080" cy="${top}" r="130" fill="${ok ? '#00734F' : '#FFFFFF'}" ` +
        'stroke="#444444" stroke-width="15"/>',
        text(3080, top + 55, ok ? '✓' : '✗', 160, ok ? '#FFFFFF' : '#A03000', 'middle'),
        text(3300, top - 20, `${x1}${x2}: ${RULES[n]}`),
        text(3300, top + 170, `the sum is ${minus(sums[n], 2)}`, 130, '#555555'));
    });
    const answers = sums.map((z) => (z > 0 ? 1 : 0)).join('');
    const sentence = `With b = ${minus(b, 2)}, w₁ = ${minus(w1, 2)}, w₂ = ${minus(w2, 2)} ` +
      `the unit answers 00, 01, 10, 11 with ${answers}; ${lit} of the 4 lamps are lit.`;
    return { svg: svg(480, 285, shapes), sentence };
  };

  function wire(x1, y1, x2, y2, w, x, y) { // its weight is written at (x, y), beside the line
    const color = w > 0 ? '#0072B2' : '#D55E00';
    const dash = w > 0 ? '' : ' stroke-dasharray="70 40"';
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${color}" ` +
      `stroke-width="25"${dash}/>` +
      text(x, y, minus(w, 0), 140, color, 'middle');
  }

  function unitCircle(x, y, words, under) {
    return `<circle cx="${x}" cy="${y}" r="230" fill="#FFFFFF" stroke="#222222" ` +
      'stroke-width="15"/>' +
      text(x, y + 45, words, 120, '#222222', 'middle') +
      text(x, y + 390, under, 140, '#222222', 'middle');
  }

  const fires = (sum, threshold) => (sum > threshold ? 1 : 0);

  (window.dlcoreLive ||= {})['wire-a-network'] = ({ w11, w12, t1, w21, w22, t2, v1, v2, t }) => {
    const hidden = INPUTS.map(([x1, x2]) =>
      [fires(w11 * x1 + w12 * x2, t1), fires(w21 * x1 + w22 * x2, t2)]);
    const answers = hidden.map(([h1, h2]) => fires(v1 * h1 + v2 * h2, t));
    const right = answers.filter((a, n) => a === XOR[n]).length;
    const good = '#00734F', bad = '#A03000';
    const shapes = [
      halfPlane(-t1, w11, w12, 250, 280, 1900),
      halfPlane(-t2, w21, w22, 250, 280, 1900)
        .replace('#CFE3F1', 'none').replace('"20"', '"20" stroke-dasharray="80 40"'),
      frame(250, 280, 1900, 'x₁', 'x₂'),
      halfPlane(-t, v1, v2, 2750, 280, 1900), frame(2750, 280, 1900, 'h₁', 'h₂'),
      text(1200, 200, 'inputs, h₁ solid, h₂ dashed', 135, '#222222', 'middle'),
      text(3700, 200, 'hidden space', 135, '#222222', 'middle'),
    ];
    INPUTS.forEach(([x1, x2], n) => {
      let x = 250 + place(x1, 1900), y = 2180 - place(x2, 1900);
      shapes.push(marker(x, y, XOR[n]), text(x + 90, y - 90, `${x1}${x2}`, 120));
      const [h1, h2] = hidden[n];
      const same = hidden.map((other) => other[0] === h1 && other[1] === h2);
      const count = (list) => list.filter(Boolean).length;
      const beside = 2 * count(same.slice(0, n)) - count(same) + 1; // not on one another
      x = 2750 + place(h1, 1900) + 90 * beside;
      y = 2180 - place(h2, 1900);
      shapes.push(marker(x, y, XOR[n]), text(x, y + 190, `${x1}${x2}`, 110, '#222222', 'middle'));
    });
    shapes.push(
      wire(300, 2800, 1350, 2800, w11, 825, 2740), wire(300, 3700, 1350, 2800, w12, 765, 3550),
      wire(300, 2800, 1350, 3700, w21, 765, 3050), wire(300, 3700, 1350, 3700, w22, 825, 3865),
      wire(1350, 2800, 2300, 3250, v1, 1885, 2940), wire(1350, 3700, 2300, 3250, v2, 1885, 3660),
      unitCircle(300, 2800, 'x₁', ''), unitCircle(300, 3700, 'x₂', ''),
      unitCircle(1350, 2800, `&gt; ${minus(t1, 1)}`, 'h₁'),
      unitCircle(1350, 3700, `&gt; ${minus(t2, 1)}`, 'h₂'),
      unitCircle(2300, 3250, `&gt; ${minus(t, 1)}`, 'y'));
    for (const [x, word] of [[2950, 'x₁x₂'], [3400, 'h₁h₂'], [3800, 'y'], [4230, 'XOR']]) {
      shapes.push(text(x, 2700, word, 135, '#555555', 'middle'));
    }
    INPUTS.forEach(([x1, x2], n) => {
      const row = 2950 + 260 * n, ok = answers[n] === XOR[n];
      for (const [x, word] of [[2950, `${x1}${x2}`], [3400, hidden[n].join('')],
        [3800, `${answers[n]}`], [4230, `${XOR[n]}`]]) {
        shapes.push(text(x, row, word, 140, '#222222', 'middle'));
      }
      shapes.push(text(4480, row, ok ? '✓' : '✗', 160, ok ? good : bad, 'middle'));
    });
    const verdict = right === 4 ? 'this is XOR' : `${right} of 4 rows are right`;
    shapes.push(text(3680, 4080, verdict, 150, right === 4 ? good : bad, 'middle'));
    const moved = INPUTS
      .map(([x1, x2], n) => `${x1}${x2} to ${hidden[n].join('')}`).join(', ');
    const sentence = `The hidden units send ${moved}; the outputs are ${answers.join('')}: ` +
      `${verdict}.`;
    return { svg: svg(480, 430, shapes), sentence };
  };
})();
