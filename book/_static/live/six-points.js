// Six points that the reader drags, drawn in the page: the twin of dlcore/teaching/chapters/six_points.py.
'use strict';
(() => {
  const NAME = 'six-points', COLUMNS = 'abcdefghijk', NAMES = ['c1', 'c2', 'c3', 's1', 's2', 's3'];
  const LOW = -0.6, HIGH = 10.6, LEFT = 40, TOP = 14, STEP = 33;

  const round = (value) => Math.floor(value + 0.5);
  const hundredths = (value) => (round(100 * value) / 100).toFixed(2);
  const px = (x) => round(LEFT + (x - LOW) * STEP);
  const py = (y) => round(TOP + (HIGH - y) * STEP);
  const place = (name) => [COLUMNS.indexOf(name[0]), Number(name.slice(1)) - 1];

  function* pairs(list) {
    for (let i = 0; i < list.length; i++) {
      for (let j = i + 1; j < list.length; j++) yield [list[i], list[j]];
    }
  }

  function* triples(list) {
    for (let i = 0; i < list.length; i++) {
      for (const [q, r] of pairs(list.slice(i + 1))) yield [list[i], q, r];
    }
  }

  // The geometry: whole numbers, until a crossing or a foot is asked for.

  const turn = (p, q, r) => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);

  const onSegment = (p, q, r) => turn(p, q, r) === 0 &&
    Math.min(p[0], q[0]) <= r[0] && r[0] <= Math.max(p[0], q[0]) &&
    Math.min(p[1], q[1]) <= r[1] && r[1] <= Math.max(p[1], q[1]);

  function inHull(p, points) {
    if (points.some((q) => p[0] === q[0] && p[1] === q[1])) return true;
    for (const [q, r] of pairs(points)) if (onSegment(q, r, p)) return true;
    for (const [a, b, c] of triples(points)) {
      const sides = [turn(a, b, p), turn(b, c, p), turn(c, a, p)];
      if (Math.min(...sides) > 0 || Math.max(...sides) < 0) return true;
    }
    return false;
  }

  function shared(A, B) {
    for (const p of A) if (inHull(p, B)) return p;
    for (const p of B) if (inHull(p, A)) return p;
    for (const [p, q] of pairs(A)) {
      for (const [r, s] of pairs(B)) {
        const a = turn(r, s, p), b = turn(r, s, q), c = turn(p, q, r), d = turn(p, q, s);
        if (a * b < 0 && c * d < 0) {
          const t = a / (a - b);
          return [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
        }
      }
    }
    return null;
  }

  function nearest(A, B) {
    let best = [Infinity, null, null];
    for (const [points, others, swapped] of [[A, B, false], [B, A, true]]) {
      for (const p of points) {
        for (const [q, r] of pairs(others)) {
          const dx = r[0] - q[0], dy = r[1] - q[1], square = dx * dx + dy * dy;
          let t = square === 0 ? 0 : ((p[0] - q[0]) * dx + (p[1] - q[1]) * dy) / square;
          t = Math.min(Math.max(t, 0), 1);
          const foot = [q[0] + t * dx, q[1] + t * dy];
          const distance = (p[0] - foot[0]) * (p[0] - foot[0]) + (p[1] - foot[1]) * (p[1] - foot[1]);
          if (distance < best[0]) best = swapped ? [distance, foot, p] : [distance, p, foot];
        }
      }
    }
    return [best[1], best[2]];
  }

  function colourings([first, ...rest]) {
    let count = 0;
    for (let mask = 0; mask < 2 ** rest.length; mask++) {
      const A = [first, ...rest.filter((_, i) => !(mask >> i & 1))];
      if (!shared(A, rest.filter((_, i) => mask >> i & 1))) count += 1;
    }
    return 2 * count;
  }

  // The picture.

  const text = (x, y, words, anchor, size) =>
    `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}">${words}</text>`;

  function marker(name, x, y) {
    const style = `stroke="#fff" stroke-width="2" data-point="${name}" ` +
      'style="cursor:grab"';
    return name[0] === 'c'
      ? `<circle cx="${x}" cy="${y}" r="12" fill="#D55E00" ${style}/>`
      : `<rect x="${x - 11}" y="${y - 11}" width="22" height="22" fill="#0072B2" ${style}/>`;
  }

  function starAt(x, y) {
    const corners = [];
    for (let k = 0; k < 10; k++) {
      const r = k % 2 === 0 ? 12 : 5, angle = k * Math.PI / 5;
      corners.push(`${round(px(x) + r * Math.sin(angle))},${round(py(y) - r * Math.cos(angle))}`);
    }
    return `<polygon points="${corners.join(' ')}" fill="#FFD92F" stroke="#222" ` +
      'stroke-width="1.5" pointer-events="none"/>';
  }

  function line(n, through, style) {
    const corners = [[LOW, LOW], [HIGH, LOW], [HIGH, HIGH], [LOW, HIGH]], ends = [];
    corners.forEach((p, i) => {
      const q = corners[(i + 1) % 4];
      const zp = n[0] * (p[0] - through[0]) + n[1] * (p[1] - through[1]);
      const zq = n[0] * (q[0] - through[0]) + n[1] * (q[1] - through[1]);
      if ((zp > 0) !== (zq > 0)) {
        const t = zp / (zp - zq);
        ends.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
      }
    });
    const [[a, b], [c, d]] = ends;
    return `<path d="M${px(a)} ${py(b)}L${px(c)} ${py(d)}" stroke="#222" ${style}/>`;
  }

  function draw(places) {
    const points = NAMES.map((name) => place(places[name]));
    const A = points.slice(0, 3), B = points.slice(3);
    const star = shared(A, B), count = colourings(points);
    const inLine = [...triples(points)].some((three) => turn(...three) === 0);

    const size = round((HIGH - LOW) * STEP);
    let svg = `<rect x="${LEFT}" y="${TOP}" width="${size}" height="${size}" fill="#fff" ` +
      'stroke="#999"/>';
    let dots = '';
    for (let i = 0; i < 11; i++) for (let j = 0; j < 11; j++) dots += `M${px(i)} ${py(j)}h1`;
    svg += `<path d="${dots}" stroke="#bbb" stroke-width="2"/>`;
    [...COLUMNS].forEach((column, i) => {
      svg += text(px(i), TOP + size + 18, column, 'middle', 14) +
        text(LEFT - 6, py(i) + 5, String(i + 1), 'end', 14);
    });
    for (const [triangle, fill, stroke] of
      [[A, '#F9D9C4', '#D55E00'], [B, '#CFE3F1', '#0072B2']]) {
      const corners = triangle.map((p) => `${px(p[0])},${py(p[1])}`).join(' ');
      svg += `<polygon points="${corners}" fill="${fill}" fill-opacity="0.7" ` +
        `stroke="${stroke}" stroke-width="2" stroke-linejoin="round"/>`;
    }
    let margin = '';
    if (!star) {
      const [a, b] = nearest(A, B), n = [b[0] - a[0], b[1] - a[1]];
      const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      svg += line(n, middle, 'stroke-width="3"') + line(n, a, 'stroke-dasharray="5 5"') +
        line(n, b, 'stroke-dasharray="5 5"');
      margin = hundredths(Math.sqrt(n[0] * n[0] + n[1] * n[1]) / 2);
    }
    NAMES.forEach((name, i) => { svg += marker(name, px(points[i][0]), py(points[i][1])); });
    if (star) svg += starAt(star[0], star[1]);

    const verdict = star ? 'No line separates them: the hulls share ★'
      : `A line separates them: margin ${margin}`;
    const position = inLine ? 'three of them in a line' : 'no three of them in a line';
    svg += text(LEFT, TOP + size + 46, verdict, 'start', 17) +
      text(LEFT, TOP + size + 71, `Of 64 colourings a line makes ${count}`, 'start', 17) +
      text(LEFT, TOP + size + 94, `(places with ${position})`, 'start', 15);
    const { c1, c2, c3, s1, s2, s3 } = places;
    const where = `circles at ${c1}, ${c2}, ${c3} and squares at ${s1}, ${s2}, ${s3}`;
    const sentence = (star
      ? `With ${where}, no line separates the classes: their hulls share a point.`
      : `With ${where}, a line separates the classes with margin ${margin}.`) +
      ` Of the 64 colourings of these places, ${position}, a line makes ${count}.`;
    const style = 'style="user-select:none;max-width:min(100%,28rem)" ' +
      'font-family="DejaVu Sans, Verdana, sans-serif" font-size="17" fill="#222"';
    return { svg: `<svg viewBox="0 0 440 492" ${style}>${svg}</svg>`, sentence };
  }

  (window.dlcoreLive ||= {})[NAME] = draw;

  // A point is dragged from place to place: that sets its control, and the control redraws.

  let held = null;

  document.addEventListener('pointerdown', (event) => {
    const picture = event.target.closest?.(`figure[data-experiment="${NAME}"] .picture`);
    const point = event.target.dataset?.point;
    if (!picture || !point) return;
    held = { picture, control: document.getElementById(`${NAME}-${point}`) };
    picture.setPointerCapture(event.pointerId); // the marker itself is drawn anew at every place
    event.preventDefault();
  });

  document.addEventListener('pointermove', (event) => {
    if (!held || !held.control) return;
    const box = held.picture.querySelector('svg').getBoundingClientRect();
    const at = (value) => Math.max(0, Math.min(10, Math.round(value)));
    const x = at(((event.clientX - box.left) / box.width * 440 - LEFT) / STEP + LOW);
    const y = at(HIGH - ((event.clientY - box.top) / box.height * 492 - TOP) / STEP);
    const index = String(11 * x + y);
    if (held.control.value === index) return;
    held.control.value = index;
    held.control.dispatchEvent(new Event('input', { bubbles: true }));
  });

  // A finger on a point drags it and does not scroll the page.
  document.addEventListener('touchstart', (event) => {
    if (event.target.dataset?.point) event.preventDefault();
  }, { passive: false });

  for (const end of ['pointerup', 'pointercancel']) {
    document.addEventListener(end, () => { held = null; });
  }
})();
