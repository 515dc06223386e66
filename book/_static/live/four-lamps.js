'use strict';
// Draws the states of the experiment "four-lamps" of chapter 8; the same picture as its draw(),
// state for state. Coordinates are whole tenths of a pixel.
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
})();
