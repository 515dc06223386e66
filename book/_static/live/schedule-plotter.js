'use strict';
// Draws the states of the experiment "schedule-plotter" of chapter 15; the same picture as its draw().
(() => {
  const LAST = 200;

  function rates(kind, eta, T, s, gamma) {
    const k = -Math.log(gamma);
    const of = {
      'constant': () => eta,
      'step': (t) => eta * gamma ** Math.floor(t / s),
      'linear': (t) => eta + (0 - eta) * (Math.min(t, T) / T),
      'exponential': (t) => eta * gamma ** t,
      'inverse time': (t) => eta / (1 + k * t),
      'cosine': (t) => 0.5 * eta * (1 + Math.cos(Math.PI * Math.min(t, T) / T)),
    }[kind];
    return Array.from({length: LAST + 1}, (_, t) => of(t));
  }

  const label = (x, y, words, anchor = 'end') =>
    `<text x="${x}" y="${y}" font-size="13" fill="#222222" text-anchor="${anchor}">${words}</text>`;

  function staircase(values, top, bottom, highest) {
    const path = values.map((value, t) => {
      const height = Math.floor(10 * (bottom - (bottom - top) * value / highest) + 0.5);
      return `${t === 0 ? 'M560 ' : 'V'}${height}H${560 + 17 * (t + 1)}`;
    }).join('');
    return `<g transform="scale(0.1)"><path d="${path}" fill="none" ` +
      'stroke="#0072B2" stroke-width="20"/></g>';
  }

  function axes(top, bottom, marks) {
    const shapes = [`<path d="M56 ${top}V${bottom}H398" fill="none" stroke="#444444"/>`];
    for (const t of [0, 50, 100, 150, 200]) {
      const x = 56 + Math.floor(17 * t / 10);
      shapes.push(`<path d="M${x} ${bottom}v4" stroke="#444444"/>` +
        label(x, bottom + 17, t, 'middle'));
    }
    for (const [share, words] of marks) {
      const height = bottom - Math.floor((bottom - top) * share + 0.5);
      shapes.push(`<path d="M52 ${height}h4" stroke="#444444"/>` + label(49, height + 5, words));
    }
    return shapes.join('');
  }

  function draw({kind, eta, T, s, gamma}) {
    const values = rates(kind, eta, T, s, gamma);
    let total = 0;
    const sums = values.map((value) => total += value);
    const shapes = [
      label(64, 16, `η(t), ${kind}`, 'start'), label(64, 186, 'sum of η', 'start'),
      axes(24, 144, [[0, '0'], [0.5, (eta / 2).toFixed(3)], [1, eta.toFixed(3)]]),
      staircase(values, 24, 144, eta),
      axes(194, 314, [[0, '0'], [0.5, (eta * 100).toFixed(0)], [1, (eta * 200).toFixed(0)]]),
      staircase(sums, 194, 314, eta * (LAST + 1)),
      label(398, 348, 'updates made, t'),
    ];
    const uses = {
      'constant': 'nothing else', 'step': `s = ${s} and γ = ${gamma.toFixed(2)}`,
      'linear': `T = ${T}`, 'exponential': `γ = ${gamma.toFixed(2)}`,
      'inverse time': `k = −ln γ for γ = ${gamma.toFixed(2)}`, 'cosine': `T = ${T}`,
    }[kind];
    return {
      svg: '<svg viewBox="0 0 410 356" font-family="DejaVu Sans, Verdana, sans-serif">' +
        `<rect width="410" height="356" fill="#FFFFFF"/>${shapes.join('')}</svg>`,
      sentence: `${kind}, from η = ${eta.toFixed(2)}, using ${uses}: the rate is ` +
        `${values[50].toFixed(4)} at t = 50 and ${values[100].toFixed(4)} at t = 100; ` +
        `the sum up to t = 200 is ${total.toFixed(2)}.`,
    };
  }

  (window.dlcoreLive ||= {})['schedule-plotter'] = draw;
})();
