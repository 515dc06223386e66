'use strict';
// Draws the states of the experiments "unit-builder" and "adder-workshop" of chapter 4: the twin of
// dlcore/teaching/chapters/threshold_logic.py, state for state.
(() => {
  const INPUTS = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const NAMES = ['false', 'and', 'x1 and not x2', 'x1', 'x2 and not x1', 'x2', 'xor', 'or', 'nor',
    'xnor', 'not x2', 'x2 implies x1', 'not x1', 'x1 implies x2', 'nand', 'true'];
  const BLUE = '#0072B2', RED = '#B34700', INK = '#222222', GREY = '#777777';
  const LIT = '#F5C242', GOOD = '#A9CFE8', WRONG = '#D55E00';
  const LEFT = 34, TOP = 22, SIZE = 200;

  const round = (value) => Math.floor(value + 0.5);
  const px = (x1) => round(LEFT + (x1 + 0.5) * SIZE / 2);
  const py = (x2) => round(TOP + (1.5 - x2) * SIZE / 2);
  const minus = (number) => String(number).replaceAll('-', '−');
  const role = (word) => (word === 'absent' ? 'is absent' : word);

  function text(x, y, words, anchor = 'start', color = INK, weight = 'normal') {
    return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${color}" ` +
      `font-weight="${weight}">${words}</text>`;
  }

  function svg(width, height, shapes) {
    return `<svg viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, Verdana, sans-serif" ` +
      `font-size="15"><rect width="${width}" height="${height}" fill="#FFFFFF"/>` +
      `${shapes.join('')}</svg>`;
  }

  function halfPlane(w1, w2, theta) {
    const corners = [[-0.5, -0.5], [1.5, -0.5], [1.5, 1.5], [-0.5, 1.5]];
    const inside = [], border = [];
    corners.forEach((p, i) => {
      const q = corners[(i + 1) % 4];
      const zp = w1 * p[0] + w2 * p[1] - theta, zq = w1 * q[0] + w2 * q[1] - theta;
      if (zp >= 0) inside.push(p);
      if ((zp >= 0) !== (zq >= 0)) {
        const t = zp / (zp - zq);
        inside.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
        border.push(inside.at(-1));
      }
    });
    const points = (list) => list.map(([a, b]) => `${px(a)},${py(b)}`).join(' ');
    return [`<polygon points="${points(inside)}" fill="#DCE9F4"/>`,
      `<polyline points="${points(border)}" fill="none" stroke="${INK}" stroke-width="2"/>`];
  }

  (window.dlcoreLive ||= {})['unit-builder'] = ({kind, role1, role2, w1, w2, theta}) => {
    const old = kind === '1943', roles = [role1, role2];
    const sums = INPUTS.map((x) => (old
      ? x.reduce((sum, on, i) => sum + (on && roles[i] === 'excites' ? 1 : 0), 0)
      : w1 * x[0] + w2 * x[1]));
    const veto = INPUTS.map((x) => old && x.some((on, i) => on && roles[i] === 'inhibits'));
    const y = sums.map((sum, n) => (sum >= theta && !veto[n] ? 1 : 0));
    const column = y.join(''), name = NAMES[parseInt(column, 2)];

    const shapes = old ? [] : halfPlane(w1, w2, theta);
    shapes.push(
      `<rect x="${LEFT}" y="${TOP}" width="${SIZE}" height="${SIZE}" fill="none" ` +
        'stroke="#888888"/>',
      text(LEFT + SIZE, TOP + SIZE + 20, 'x₁', 'end'), text(LEFT - 8, TOP + 14, 'x₂', 'end'));
    INPUTS.forEach(([x1, x2], n) => {
      shapes.push(
        `<circle cx="${px(x1)}" cy="${py(x2)}" r="17" fill="${y[n] ? LIT : '#FFFFFF'}" ` +
          `stroke="${INK}" stroke-width="2"/>`,
        text(px(x1), py(x2) + 5, y[n], 'middle'));
    });
    const places = [292, 348, 398, 446];
    const rule = old ? `sum ≥ ${minus(theta)}, no veto` : `w·x ≥ ${minus(theta)}`;
    shapes.push(text(270, 40, `fires if ${rule}`));
    (old ? ['x₁ x₂', 'sum', 'veto', 'y'] : ['x₁ x₂', 'w·x', '', 'y']).forEach((head, i) => {
      shapes.push(text(places[i], 76, head, 'middle', GREY));
    });
    INPUTS.forEach(([x1, x2], n) => {
      [`${x1} ${x2}`, minus(sums[n]), veto[n] ? 'yes' : '', y[n]].forEach((word, i) => {
        shapes.push(text(places[i], 106 + 30 * n, word, 'middle'));
      });
    });
    shapes.push(text(270, 240, `y = ${name}`, 'start', INK, 'bold'));
    const setting = old
      ? `x₁ ${role(role1)}, x₂ ${role(role2)}, threshold ${minus(theta)}`
      : `weights ${minus(w1)} and ${minus(w2)}, threshold ${minus(theta)}`;
    const sentence = `${kind}: ${setting}. The answers to 00, 01, 10, 11 are ${column}, ` +
      `which is ${name}.`;
    return {svg: svg(480, 262, shapes), sentence};
  };

  function link(word, path, [x, y], [dx, dy]) {
    if (word === 'absent') return '';
    if (word === 'inhibits') {
      return `<path d="${path}" fill="none" stroke="${RED}" stroke-width="2.5" ` +
        `stroke-dasharray="6 4"/><circle cx="${x}" cy="${y}" r="5" fill="${RED}"/>`;
    }
    const tip = [[x + 4 * dx, y + 4 * dy], [x - 6 * dx - 5 * dy, y - 6 * dy + 5 * dx],
      [x - 6 * dx + 5 * dy, y - 6 * dy - 5 * dx]];
    const points = tip.map(([a, b]) => `${round(a)},${round(b)}`).join(' ');
    return `<path d="${path}" fill="none" stroke="${BLUE}" stroke-width="2.5"/>` +
      `<polygon points="${points}" fill="${BLUE}"/>`;
  }

  window.dlcoreLive['adder-workshop'] = ({tK, tA, kA, tB, kB, tS, aS, bS}) => {
    const signed = {excites: 1, inhibits: -1, absent: 0};
    const answer = (bits, roles, threshold) => {
      let sum = 0, veto = false;
      bits.forEach((on, i) => {
        if (on && roles[i] > 0) sum += 1;
        if (on && roles[i] < 0) veto = true;
      });
      return sum >= threshold && !veto ? 1 : 0;
    };
    const rows = [];
    for (let n = 0; n < 8; n++) {
      const x = [n >> 2 & 1, n >> 1 & 1, n & 1];
      const K = answer(x, [1, 1, 1], tK);
      const A = answer([...x, K], [1, 1, 1, signed[kA]], tA);
      const B = answer([...x, K], [1, 1, 1, signed[kB]], tB);
      const S = answer([A, B], [signed[aS], signed[bS]], tS);
      const ones = x[0] + x[1] + x[2];
      rows.push({x, K, A, B, S, wanted: [ones >> 1, ones & 1]});
    }
    let right = 0, mistake = null;
    const squares = {true: '', false: ''};
    for (let a = 0; a < 16; a++) {
      for (let b = 0; b < 16; b++) {
        let carry = 0, sum = 0;
        for (let place = 0; place < 4; place++) {
          const row = rows[4 * (a >> place & 1) + 2 * (b >> place & 1) + carry];
          carry = row.K;
          sum += row.S << place;
        }
        sum += carry << 4;
        const ok = sum === a + b;
        right += ok;
        if (!ok) mistake ||= [a, b, sum];
        squares[ok] += `M${40 + 13 * a} ${445 - 13 * b}h12v12h-12z`;
      }
    }

    const shapes = [];
    for (const y of [60, 120, 180]) {
      for (const to of [40, 120, 200]) {
        shapes.push(`<path d="M44 ${y}L106 ${to}" stroke="#AAAAAA" stroke-width="1.5"/>`);
      }
    }
    shapes.push(
      link(kA, 'M130 64V94', [130, 94], [0, 1]),
      link(kB, 'M153 48C196 70 196 170 158 190', [158, 190], [-1, 0.5]),
      link(aS, 'M154 120L208 146', [208, 146], [1, 0.5]),
      link(bS, 'M154 200L208 174', [208, 174], [1, -0.5]));
    for (const [y, name] of [[60, 'x₁'], [120, 'x₂'], [180, 'c']]) {
      shapes.push(
        `<circle cx="28" cy="${y}" r="16" fill="#FFFFFF" stroke="${INK}" stroke-width="1.5"/>`,
        text(28, y + 5, name, 'middle'));
    }
    for (const [x, y, threshold, name] of
      [[130, 40, tK, 'K'], [130, 120, tA, 'A'], [130, 200, tB, 'B'], [230, 160, tS, 'S']]) {
      shapes.push(
        `<circle cx="${x}" cy="${y}" r="24" fill="#FFFFFF" stroke="${INK}" stroke-width="2"/>`,
        text(x, y - 2, name, 'middle', INK, 'bold'),
        text(x, y + 14, `≥ ${threshold}`, 'middle', GREY));
    }
    shapes.push(text(162, 30, 'carry'), text(230, 202, 'sum', 'middle'));
    const columns = [300, 344, 370, 396, 422, 462];
    ['x₁x₂c', 'K', 'A', 'B', 'S', 'want'].forEach((head, i) => {
      shapes.push(text(columns[i], 22, head, 'middle', GREY));
    });
    rows.forEach(({x, K, A, B, S, wanted}, n) => {
      [x.join(''), K, A, B, S, wanted.join('')].forEach((word, i) => {
        shapes.push(text(columns[i], 46 + 23 * n, word, 'middle'));
      });
      const ok = K === wanted[0] && S === wanted[1];
      shapes.push(text(500, 46 + 23 * n, ok ? '✓' : '✗', 'middle', ok ? BLUE : RED));
    });
    shapes.push(
      `<path d="${squares.true}" fill="${GOOD}"/>`, `<path d="${squares.false}" fill="${WRONG}"/>`,
      text(40, 478, '0'), text(248, 478, 'a = 15', 'end'), text(34, 457, '0', 'end'),
      text(34, 262, '15', 'end'), text(34, 282, 'b', 'end'),
      text(270, 290, `${right} of 256 sums`, 'start', INK, 'bold'), text(270, 312, 'are right.'));
    let rest = 'This is an adder.';
    if (mistake) {
      const [a, b, sum] = mistake;
      rest = `The first mistake: ${a} + ${b} gives ${sum}.`;
      shapes.push(text(270, 350, 'The first mistake:', 'start', RED),
        text(270, 372, `${a} + ${b} gives ${sum}`, 'start', RED));
    } else {
      shapes.push(text(270, 350, rest, 'start', BLUE));
    }
    const links = [['K', kA, 'A'], ['K', kB, 'B'], ['A', aS, 'S'], ['B', bS, 'S']]
      .map(([from, word, to]) => (word === 'absent'
        ? `${from} not tied to ${to}` : `${from} ${word} ${to}`)).join(', ');
    const sentence = `Thresholds K ${tK}, A ${tA}, B ${tB}, S ${tS}; ${links}. ` +
      `${right} of 256 sums are right. ${rest}`;
    return {svg: svg(516, 490, shapes), sentence};
  };
})();
