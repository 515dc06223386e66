'use strict';
// Draws the states of the experiment "layer-builder" of chapter 12; the same picture as its draw().
(() => {
  const COLORS = {input: '#E69F00', output: '#009E73', hidden: '#0072B2'};

  const text = (x, y, words, size = 13, weight = 'normal') =>
    `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" ` +
    `fill="#222222" text-anchor="middle">${words}</text>`;

  function draw({n_in, h1, h2, h3, n_out}) {
    const widths = [n_in, h1, h2, h3, n_out].filter((n) => n);
    const last = widths.length - 1;
    const place = (i) => 40 + Math.floor(360 * i / last);
    const parts = [], counts = [], shapes = [];
    widths.forEach((n, i) => {
      const x = place(i);
      const height = 24 + 14 * (31 - Math.clz32(n));
      const kind = i === 0 ? 'input' : i === last ? 'output' : 'hidden';
      const name = kind === 'hidden' ? `hidden ${i}` : kind;
      parts.push(`<rect x="${x - 11}" y="${96 - height / 2}" width="22" height="${height}" ` +
        `rx="5" fill="${COLORS[kind]}"/>`);
      parts.push(text(x, 192, n, 15, 'bold'), text(x, 208, name, 12));
      if (i) {
        const before = widths[i - 1];
        const middle = Math.floor((x + place(i - 1)) / 2);
        shapes.push(`${n} × ${before}`);
        counts.push(n * before + n);
        parts.push(text(middle, 88, `${n}×${before}`, 12), text(middle, 104, `+ ${n}`, 12));
      }
    });
    const total = counts.reduce((a, b) => a + b, 0);
    const words = counts.length > 1 ? `${counts.join(' + ')} = ${total}` : `${total}`;
    parts.push(text(220, 240, `${words} parameters`, 14, 'bold'));
    return {
      svg: '<svg viewBox="0 0 440 256" font-family="DejaVu Sans, Verdana, sans-serif">' +
        `<rect width="440" height="256" fill="#FFFFFF"/>${parts.join('')}</svg>`,
      sentence: `A network of widths ${widths.join('-')}: weight matrices ${shapes.join(', ')} ` +
        `and as many biases as rows, ${words} parameters.`,
    };
  }

  (window.dlcoreLive ||= {})['layer-builder'] = draw;
})();
