'use strict';
// Draws the experiments "nine-journeys" and "price-of-a-probability" of chapter 10: the twin of
// dlcore/teaching/chapters/loss_pictures.py, state for state.
(() => {
  const JOURNEYS = 'nine-journeys';
  const ORDINARY = [16, 18, 20, 21, 23, 25, 28, 30];
  const NAMES = {'squares': '½ error²', 'absolute values': '|error|', 'Huber': 'Huber'};
  const COLORS = {'squares': '#D55E00', 'absolute values': '#0072B2', 'Huber': '#00734F'};
  const ENTROPY = 'cross-entropy', SQUARED = 'half squared error';

  const round = (value) => Math.floor(value + 0.5);
  const attributes = (given) => Object.entries(given)
    .map(([name, value]) => ` ${name}="${value}"`).join('');
  const text = (x, y, words, given = {}) => `<text x="${x}" y="${y}"${attributes(given)}>${words}</text>`;
  const picture = (width, height, style, shapes) =>
    `<svg viewBox="0 0 ${width} ${height}" style="${style}" ` +
    'font-family="DejaVu Sans, Verdana, sans-serif" font-size="19" fill="#222222">' +
    `<rect width="${width}" height="${height}" fill="#FFFFFF"/>${shapes.join('')}</svg>`;
  const middle = {'text-anchor': 'middle'}, end = {'text-anchor': 'end'};

  const tenth = (value) => {
    const n = round(10 * value);
    return `${Math.floor(n / 10)}.${n % 10}`;
  };
  const three = (value) => {
    let n = round(1000 * Math.abs(value));
    if (n >= 100000) {
      n = round(Math.abs(value)) * 1000;
      return `${value < 0 ? '−' : ''}${n / 1000}`;
    }
    const rest = String(n % 1000).padStart(3, '0');
    return `${value < 0 && n ? '−' : ''}${Math.floor(n / 1000)}.${rest}`;
  };
  const number = (value) => String(value).replace('-', '−');

  // Nine journeys.

  function pull(loss, e, delta) {
    if (loss === 'squares') return e;
    if (loss === 'absolute values') return Math.sign(e);
    return Math.max(-delta, Math.min(delta, e));
  }

  function meanLoss(loss, days, c, delta) {
    let total = 0;
    for (const y of days) {
      const e = Math.abs(y - c);
      if (loss === 'squares') total += 0.5 * e * e;
      else if (loss === 'absolute values') total += e;
      else total += e <= delta ? 0.5 * e * e : delta * (e - 0.5 * delta);
    }
    return total / days.length;
  }

  const netPull = (loss, days, c, delta) =>
    days.reduce((sum, y) => sum + pull(loss, y - c, delta), 0);

  function best(loss, days, delta) {
    if (loss === 'squares') return days.reduce((sum, y) => sum + y, 0) / days.length;
    if (loss === 'absolute values') return [...days].sort((a, b) => a - b)[4];
    let low = 0, high = 128;
    for (let i = 0; i < 60; i++) {
      const half = (low + high) / 2;
      if (netPull(loss, days, half, delta) > 0) low = half;
      else high = half;
    }
    return high;
  }

  const across = (minutes) => round(40 + 6 * (minutes - 10));

  function arrow(start, tip, y, color, width) {
    if (start === tip) return [];
    const back = tip > start ? -1 : 1, head = width > 6 ? 12 : 9;
    return [`<path d="M${start} ${y}H${tip}" stroke="${color}" stroke-width="${width}"/>`,
      `<path d="M${tip} ${y}l${back * head} ${-head}v${2 * head}z" fill="${color}"/>`];
  }

  function journeys({loss, ninth, answer, delta}) {
    const days = [...ORDINARY, ninth], color = COLORS[loss];
    const scale = loss === 'absolute values' ? 48 : 6, here = across(answer);
    const shapes = [`<path d="M${here} 30V492" stroke="#222222" stroke-width="2"/>`,
      text(here, 22, `your answer ${tenth(answer)}`, middle)];
    days.forEach((y, row) => {
      const at = across(y), top = 48 + 20 * row;
      shapes.push(`<path d="M${here} ${top}H${at}" stroke="#BBBBBB" stroke-width="1"/>`,
        ...arrow(here, here + round(scale * pull(loss, y - answer, delta)), top, color, 5));
      shapes.push(row === 8
        ? `<rect x="${at - 10}" y="${top - 10}" width="20" height="20" fill="#222222" ` +
          'data-point="ninth" style="cursor:grab"/>'
        : `<circle cx="${at}" cy="${top}" r="7" fill="#777777"/>`);
    });
    const net = netPull(loss, days, answer, delta) / 9;
    shapes.push(...arrow(here, here + round(scale * net), 240, '#222222', 9),
      text(620, 246, 'mean pull', end),
      '<path d="M40 264H580" stroke="#444444" stroke-width="2"/>');
    for (let minutes = 10; minutes <= 100; minutes += 10) {
      const at = across(minutes);
      shapes.push(`<path d="M${at} 264v6" stroke="#444444" stroke-width="2"/>`,
        text(at, 288, minutes === 100 ? '100 min' : minutes, middle));
    }
    const answers = Object.keys(NAMES).map((name, row) => {
      const at = best(name, days, delta), top = 308 + 24 * row, words = tenth(at);
      shapes.push(`<path d="M${across(at)} ${top - 8}l9 15h-18z" fill="${COLORS[name]}"/>` +
        text(632, top + 7, `${NAMES[name]}: ${words}`, {...end, fill: COLORS[name]}));
      return words;
    });
    const heights = Array.from({length: 91}, (_, i) => meanLoss(loss, days, 10 + i, delta));
    const highest = Math.max(heights[0], heights[40]); // the curve leaves the picture at 50 minutes
    const level = (h) => 492 - round(110 * h / highest);
    const corners = heights.map((h, i) => [h, `${across(10 + i)},${level(h)}`])
      .filter(([h]) => h <= highest).map(([, corner]) => corner).join(' ');
    const value = meanLoss(loss, days, answer, delta);
    shapes.push(`<polyline points="${corners}" fill="none" stroke="${color}" stroke-width="3"/>` +
      '<path d="M40 492H580" stroke="#444444" stroke-width="2"/>' +
      `<circle cx="${here}" cy="${level(value)}" r="7" fill="${color}"/>` +
      text(40, 516, `mean loss of an answer: ${tenth(value)} at yours`));
    const around = [-0.5, 0.5].map((step) => meanLoss(loss, days, answer + step, delta));
    const verdict = Math.min(...around) >= value ? 'no answer half a minute away costs less'
      : `the pulls lead to ${net > 0 ? 'longer' : 'shorter'} times`;
    const extra = loss === 'Huber' ? ` with δ = ${delta}` : '';
    return {
      svg: picture(640, 526, 'user-select:none;max-width:min(100%,40rem)', shapes),
      sentence: `Ninth journey ${ninth} minutes, ${loss}${extra}, your answer ${tenth(answer)}: ` +
        `the mean loss is ${tenth(value)}, and ${verdict}. The best answers are ${answers[0]} ` +
        `for squares, ${answers[1]} for absolute values and ${answers[2]} for Huber.`,
    };
  }

  // The price of a probability.

  function cost(loss, p, y) {
    if (loss === SQUARED) return 0.5 * (y * (1 - p) * (1 - p) + (1 - y) * p * p);
    return -(y > 0 ? y * Math.log(p) : 0) - (y < 1 ? (1 - y) * Math.log(1 - p) : 0);
  }

  function price({loss, p, y}) {
    const z = Math.log(p / (1 - p)), value = cost(loss, p, y), entropy = loss === ENTROPY;
    const byP = entropy ? (p - y) / (p * (1 - p)) : p - y;
    const byZ = entropy ? p - y : (p - y) * p * (1 - p);
    const highest = entropy ? 7 : 0.6, shapes = [];
    for (const [left, unit, ticks] of [[60, 'p', [0, 0.5, 1]], [360, 'z', [-6, 0, 6]]]) {
      shapes.push(`<path d="M${left} 40V290H${left + 250}" fill="none" stroke="#444444" ` +
        'stroke-width="2"/>');
      for (const tick of ticks) {
        const at = left + round(250 * (unit === 'p' ? tick : (tick + 8) / 16));
        shapes.push(`<path d="M${at} 290v6" stroke="#444444" stroke-width="2"/>`,
          text(at, 314, number(tick), middle));
      }
      shapes.push(text(left + 125, 340, unit === 'p' ? 'stated probability p' : 'logit z', middle));
    }
    for (const tick of entropy ? [0, 2, 4, 6] : [0, 0.2, 0.4, 0.6]) {
      const at = 290 - round(250 * tick / highest);
      shapes.push(`<path d="M54 ${at}h6" stroke="#444444" stroke-width="2"/>`,
        text(50, at + 7, number(tick), end));
    }
    shapes.push(text(60, 26, `ℓ, ${loss}`));
    const overP = Array.from({length: 499}, (_, i) => [(i + 1) / 500, cost(loss, (i + 1) / 500, y)]);
    const overZ = Array.from({length: 126}, (_, k) =>
      [k / 125, cost(loss, 1 / (1 + Math.exp(8 - 16 * k / 125)), y)]);
    for (const [left, curve] of [[60, overP], [360, overZ]]) {
      const inside = curve.filter(([, h]) => h <= highest)
        .map(([x, h]) => `${left + round(250 * x)},${290 - round(250 * h / highest)}`).join(' ');
      shapes.push(`<polyline points="${inside}" fill="none" stroke="#0072B2" stroke-width="3"/>`);
    }
    for (const [left, x, slope] of [[60, p, byP], [360, (z + 8) / 16, 16 * byZ]]) {
      const at = left + round(250 * x), level = 290 - round(250 * value / highest);
      const rise = slope / highest, length = 40 / Math.sqrt(1 + rise * rise);
      const dx = round(length), dy = length * rise;
      const parts = [-1, 1].map((side) => { // each half of the tangent as far as the frame goes
        const far = Math.max(left, Math.min(left + 250, at + side * dx));
        const part = dx ? Math.abs(far - at) / dx : 1;
        return `${far} ${level - round(side * part * dy)}`;
      });
      shapes.push(`<path d="M${parts[0]}L${parts[1]}" stroke="#D55E00" stroke-width="4"/>` +
        `<circle cx="${at}" cy="${level}" r="7" fill="#222222"/>`);
    }
    shapes.push(text(60, 378, `∂ℓ/∂p = ${three(byP)}`, {fill: '#B34700'}),
      text(360, 378, `∂ℓ/∂z = ${three(byZ)}`, {fill: '#B34700'}),
      text(60, 408, `y = ${number(y)}, p = ${number(p)}, z = ${three(z)}, ℓ = ${three(value)}`));
    return {
      svg: picture(640, 424, 'max-width:min(100%,40rem)', shapes),
      sentence: `${loss}, share of ones ${number(y)}, stated probability ${number(p)}: the loss ` +
        `is ${three(value)}, its slope by the probability ${three(byP)}, by the logit ` +
        `${three(byZ)}.`,
    };
  }

  window.dlcoreLive ||= {};
  window.dlcoreLive[JOURNEYS] = journeys;
  window.dlcoreLive['price-of-a-probability'] = price;

  // The ninth journey is dragged: that sets its control, and the control redraws.

  let held = null;

  document.addEventListener('pointerdown', (event) => {
    const figure = event.target.closest?.(`figure[data-experiment="${JOURNEYS}"] .picture`);
    if (!figure || event.target.dataset?.point !== 'ninth') return;
    held = {figure, control: document.getElementById(`${JOURNEYS}-ninth`)};
    figure.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  document.addEventListener('pointermove', (event) => {
    if (!held || !held.control) return;
    const box = held.figure.querySelector('svg').getBoundingClientRect();
    const minutes = ((event.clientX - box.left) / box.width * 640 - 40) / 6 + 10;
    const index = String(Math.max(0, Math.min(38, Math.round((minutes - 24) / 2))));
    if (held.control.value === index) return;
    held.control.value = index;
    held.control.dispatchEvent(new Event('input', {bubbles: true}));
  });

  document.addEventListener('touchstart', (event) => {
    if (event.target.dataset?.point === 'ninth') event.preventDefault();
  }, {passive: false});

  for (const name of ['pointerup', 'pointercancel']) {
    document.addEventListener(name, () => { held = null; });
  }
})();
