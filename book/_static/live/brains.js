// The two games of chapter 3, drawn in the page: the twins of dlcore/teaching/chapters/orders.py
// and radio.py.
'use strict';
(() => {
  const live = (window.dlcoreLive ||= {});

  // ---------------------------------------------------------------- eight numbers of the brain

  const QUESTIONS = [
    ['neurons', 'neurons in a human brain', 1089, 1097, 1100, '86 ± 8 billion'],
    ['glia', 'glial cells for each neuron', -30, 18, 100, '0.5 to 1.5'],
    ['synapses', 'synapses in the neocortex', 1418, 1488, 1500, '1.5 to 7.6 · 10¹⁴'],
    ['average', 'spikes/s, average cortical cell', -80, 60, 200, '0.16 to 4'],
    ['fastest', 'spikes/s, fastest cortical cell', 253, 266, 230, '338 to 453'],
    ['watts', 'watts that the brain burns', 130, 130, 130, '20'],
    ['proteins', 'proteins in one sending bouton', 548, 548, 548, '300 000'],
    ['operations', 'operations/s to match a brain', 1200, 2000, 1500, '10¹² to 10²⁰'],
  ];
  const OPEN = '–', NEAR = 100;
  const LEFT = 20, TOP = 34, ROW = 52;
  const GREEN = '#00734F', RED = '#A03000', AMBER = '#B37400', BLUE = '#0072B2', GREY = '#666666';
  const raised = (k) => String(k).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit]);
  const SMALL = {'-2': '0.01', '-1': '0.1', 0: '1', 1: '10', 2: '100', 3: '1000'};
  const GUESSES = {};
  for (let k = -2; k <= 22; k++) GUESSES[SMALL[k] ?? `10${raised(k)}`] = 100 * k;

  const x = (hundredths) => Math.floor((1000 * LEFT + (hundredths + 250) * 176 + 500) / 1000);
  const tenths = (hundredths) => {
    const n = Math.floor((Math.abs(hundredths) + 5) / 10);
    return `${Math.floor(n / 10)}.${n % 10}`;
  };
  const line = (x1, y1, x2, y2, color, width) =>
    `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${color}" stroke-width="${width}"/>`;
  const text = (left, y, words, anchor = 'start', color = '#222222') =>
    `<text x="${left}" y="${y}" text-anchor="${anchor}" fill="${color}">${words}</text>`;
  const page = (shapes) =>
    '<svg viewBox="0 0 480 468" font-family="DejaVu Sans, Verdana, sans-serif" ' +
    `font-size="17"><rect width="480" height="468" fill="#FFFFFF"/>${shapes.join('')}</svg>`;

  live['orders-of-magnitude'] = (played) => {
    const bottom = TOP + ROW * QUESTIONS.length - 18, shapes = [], said = [];
    for (const [power, name] of [[0, '1'], [5, '10⁵'], [10, '10¹⁰'], [15, '10¹⁵'], [20, '10²⁰']]) {
      const at = x(100 * power);
      shapes.push(line(at, 40, at, bottom, '#DDDDDD', 1), text(at, bottom + 20, name, 'middle'));
    }
    let near = 0, total = 0, count = 0;
    QUESTIONS.forEach(([name, words, low, high, told, measured], row) => {
      const y = TOP + ROW * row, chosen = played[name];
      shapes.push(text(LEFT, y, words), line(LEFT, y + 14, LEFT + 440, y + 14, '#999999', 1));
      if (chosen === OPEN) {
        shapes.push(text(460, y, '?', 'end', GREY));
        return;
      }
      const guess = GUESSES[chosen];
      const miss = Math.max(guess - high, 0) - Math.max(low - guess, 0), size = Math.abs(miss);
      count += 1;
      near += size <= NEAR ? 1 : 0;
      total += size;
      const a = x(low), b = x(high), g = x(guess), at = y + 14;
      shapes.push(
        `<rect x="${a - 3}" y="${y + 8}" width="${b - a + 6}" height="12" rx="3" fill="${GREEN}"/>`,
        `<circle cx="${x(told)}" cy="${at}" r="7" fill="none" stroke="${AMBER}" ` +
          'stroke-width="2.5"/>',
        `<path d="M${g} ${at - 9}L${g + 9} ${at}L${g} ${at + 9}L${g - 9} ${at}Z" fill="${BLUE}"/>`,
        text(460, y, miss === 0 ? 'in range' : `${tenths(miss)} off`, 'end',
          size <= NEAR ? GREEN : RED));
      const where = miss === 0 ? 'in range' : `${tenths(miss)} too ${miss > 0 ? 'high' : 'low'}`;
      said.push(`${words}: ${chosen}, ${where} (sources: ${measured})`);
    });
    if (count === 0) {
      return {svg: page(shapes), sentence: 'Nothing is played yet. Choose a power of ten for one ' +
        'of the eight lines, and the line shows where the sources lie.'};
    }
    return {svg: page(shapes), sentence: `Played ${count} of 8, ${near} within one order of ` +
      `magnitude, ${tenths(total)} orders off in all. ${said.join('; ')}.`};
  };

  // ---------------------------------------------------------------- fix the radio

  // Right answers of 40 for the digits 0 … 9, two figures each, by the units that are cut (from 0).
  const METER = {
    _: '39383838394038383635', _0: '32353938364029390913', _1: '40263837403439393432',
    _2: '39233622404039380539', _3: '28392032393500381936', _4: '40293938273702383837',
    _5: '00383539264039373636', _6: '39063634404039374031', _7: '40393930394038123721',
    _01: '34143937353733400000', _02: '33233833354027390024', _03: '04392235383600390221',
    _04: '36264039273800391216', _05: '00343639144030380401', _06: '37143836364031392500',
    _07: '32354031374029161502', _12: '40193635383540390035', _13: '33383208400004391820',
    _14: '40254037203107393834', _15: '00293539133340373435', _16: '40003735403540383715',
    _17: '40293900390339153400', _23: '29290300403516380039', _24: '40003722153809330539',
    _25: '00242330224040340640', _26: '39000000404039360732', _27: '40243723404039210727',
    _34: '35373333322400382340', _35: '17400036283802371937', _36: '21060024403500373234',
    _37: '28402400393200181918', _45: '05282939033905173938', _46: '40003636293802374032',
    _47: '40303931283802003924', _56: '00200536284040373833', _57: '00393835274039003727',
    _67: '40063700404039004000',
  };
  const OTHER = {
    _: '38384037403739373435', _0: '32304038393733380609', _1: '38254035402840373233',
    _2: '38253820403639370238', _3: '26382228403001381034', _4: '39244038262905373936',
    _5: '00383638233739363436', _6: '39073530403839363627', _7: '39384027403739113520',
  };
  const ACTIVE = [4, 5, 1, 6, 4, 0, 2, 3], TWIN = [9, 8, 1, 5, 2, 8, 3, 3];
  const H = 8, BLIND_TWIN = '3.8', INK = '#222222', DARK = '#B34700';
  const counts = (table, units) => table[`_${[...units].sort().join('')}`].match(/../g).map(Number);
  const suffers = (before, after) => {
    const lost = before.map((n, k) => n - after[k]), most = Math.max(...lost);
    return [...lost.keys()].filter((k) => lost[k] === most && most > 0);
  };
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const inPairs = (unit) => [...Array(H).keys()].filter((k) => k !== unit)
    .map((k) => suffers(counts(METER, [k]), counts(METER, [unit, k])));
  const units = [...Array(H).keys()];

  const worth = (names) => {
    const given = names.map((name) => name === '?' ? -1 : Number(name));
    const many = (list, k) => list.filter((n) => n === k).length;
    return {
      fresh: sum(units.map((j) =>
        suffers(counts(OTHER, []), counts(OTHER, [j])).includes(given[j]) ? 1 : 0)),
      pairs: sum(units.map((j) => inPairs(j).filter((found) => found.includes(given[j])).length)),
      active: sum(units.map((j) => given[j] === ACTIVE[j] ? 1 : 0)),
      twin: sum([...Array(10).keys()].map((k) => Math.min(many(given, k), many(TWIN, k)))),
      best: sum(units.map((j) => Math.max(...[...Array(10).keys()].map((k) =>
        inPairs(j).filter((found) => found.includes(k)).length)))),
    };
  };

  live['radio-under-the-knife'] = ({cut1, cut2, show, ...named}) => {
    const word = (left, y, words, size, anchor = 'start', color = INK) =>
      `<text x="${left}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${color}">` +
      `${words}</text>`;
    const out = [...new Set([cut1, cut2].filter((c) => c !== 'none').map((c) => c - 1))].sort();
    const names = units.map((j) => named[`n${j + 1}`]);
    const whole = counts(METER, []), now = counts(METER, out);
    const percent = Math.floor((100 * sum(now) + 200) / 400);
    const which = ['Nothing is cut', `Unit ${out[0] + 1} is cut`,
      `Units ${out[0] + 1} and ${out[1] + 1} are cut`][out.length];
    const shapes = [word(20, 26, `${which}: ${percent} % right`, 18)];
    for (let k = 0; k < 10; k++) {
      const left = 24 + 44 * k;
      shapes.push(
        `<rect x="${left}" y="${170 - 3 * whole[k]}" width="32" height="${3 * whole[k]}" ` +
          'fill="#E4E4E4" stroke="#888888"/>',
        `<rect x="${left}" y="${170 - 3 * now[k]}" width="32" height="${3 * now[k]}" ` +
          `fill="${BLUE}"/>`,
        word(left + 16, 192, k, 17, 'middle'));
    }
    shapes.push(word(20, 222, 'units, and your names for them', 17));
    for (const j of units) {
      const at = 44 + 56 * j, gone = out.includes(j);
      shapes.push(`<g data-unit="${j + 1}" style="cursor:pointer"><circle cx="${at}" cy="252" ` +
        `r="19" fill="${gone ? '#F3D3C0' : '#FFFFFF'}" stroke="${gone ? DARK : INK}" ` +
        'stroke-width="2"/>');
      if (gone) {
        shapes.push(`<path d="M${at - 17} 235L${at + 17} 269M${at - 17} 269L${at + 17} 235" ` +
          `stroke="${DARK}" stroke-width="3"/>`);
      }
      shapes.push(word(at, 258, j + 1, 17, 'middle'), '</g>',
        word(at, 294, names[j], 19, 'middle', BLUE));
    }
    const lost = suffers(whole, now);
    let seen = `${which}: ${percent} % of the 400 pictures are right`;
    if (out.length === 0) seen += '.';
    else if (lost.length) {
      seen += `. Digit ${lost[0]} suffers most, from ${whole[lost[0]]} right of 40 to ` +
        `${now[lost[0]]}.`;
    } else seen += ', and no digit has lost any.';
    const count = names.filter((name) => name !== '?').length;
    const svg = () => '<svg viewBox="0 0 480 460" font-family="DejaVu Sans, Verdana, sans-serif">' +
      `<rect width="480" height="460" fill="#FFFFFF"/>${shapes.join('')}</svg>`;
    if (!show) {
      shapes.push(word(20, 340, 'The score is hidden.', 17));
      return {svg: svg(),
        sentence: `${seen} ${count} of 8 units have a name; the score is hidden.`};
    }
    const {fresh, pairs, active, twin, best} = worth(names);
    shapes.push(word(20, 330, 'of your names hold', 17),
      word(460, 330, 'yours, best, blind', 17, 'end'));
    [['other pictures, one unit cut', fresh, 8, '0.8'],
      ['another unit already cut', pairs, best, '5.7'],
      ['digit that it answers most to', active, 8, '0.8'],
      ['names that the twin has, too', twin, 8, BLIND_TWIN]].forEach((row, i) => {
      const [words, value, top, blind] = row, y = 360 + 28 * i;
      shapes.push(word(20, y, words, 17), word(460, y, `${value}, ${top}, ${blind}`, 17, 'end'));
    });
    return {svg: svg(), sentence: `${seen} ${count} of 8 units have a name. On other pictures ` +
      `${fresh} of the 8 names hold; with another unit already cut ${pairs} of 56, where the ` +
      `best names reach ${best} and blind ones 5.7; ${active} name the digit that the unit ` +
      `answers most to; ${twin} occur in the twin, too, where blind ones have ${BLIND_TWIN}.`};
  };

  // A click on a unit cuts it out, or puts it back: that sets its control, and the control redraws.
  document.addEventListener('click', (event) => {
    const unit = event.target.closest?.('[data-unit]');
    if (!unit?.closest('figure[data-experiment="radio-under-the-knife"]')) return;
    const [first, second] = ['cut1', 'cut2'].map((name) =>
      document.getElementById(`radio-under-the-knife-${name}`));
    if (!first || !second) return;
    const at = unit.dataset.unit; // the index of the unit among the choices, 0 is none
    const cut = [first, second].find((control) => control.value === at);
    const control = cut ?? (first.value === '0' ? first : second);
    control.value = cut ? '0' : at;
    control.dispatchEvent(new Event('input', {bubbles: true}));
  });
})();
