'use strict';
// Draws the states of the experiments "fog-walk", "landscape-player" and "rate-map" of chapter 11:
// the twin of dlcore/teaching/chapters/descent.py, state for state, sum for sum.
(() => {
  const INK = '#222222', BLUE = '#0072B2', ORANGE = '#C04C00', STAR = '#7A4FBF';
  const BANDS = ['#6286B4', '#739FC0', '#8AB6C6', '#A3C6C6', '#BDD3C3', '#D5DCC4', '#E9E4D0',
    '#F7F3E8'];
  const LEFT = 20, TOP = 16, UNIT = 17, WIDE = 24;
  const FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"';

  const round = (value) => Math.floor(value + 0.5);
  const clip = (value, low, high) => Math.min(Math.max(value, low), high);
  const minus = (words) => String(words).replaceAll('-', '−');
  const tenths = (value) => (round(10 * value) / 10).toFixed(1);
  const thousandths = (value) => minus((round(1000 * value) / 1000 + 0).toFixed(3));
  const bare = (words) => words.replace(/0+$/, '').replace(/\.$/, '');
  const signed = (value) => minus(bare((round(100000 * value) / 100000 + 0).toFixed(5)));
  const plain = (value) => bare(value.toFixed(4));
  const plural = (n) => (n === 1 ? '' : 's');

  const text = (x, y, words, anchor, size, color = INK) =>
    `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${color}">` +
    `${words}</text>`;

  const picture = (width, height, shapes, style) =>
    `<svg viewBox="0 0 ${width} ${height}" style="${style}" ${FONT}>` +
    `<rect width="${width}" height="${height}" fill="#FFFFFF"/>${shapes.join('')}</svg>`;

  function bands(height, n, cell, x0, y0, levels, left, top, size) {
    const pieces = BANDS.map(() => '');
    for (let j = 0; j < n; j++) {
      const y = y0 + (j + 0.5) * cell;
      const low = round(size - j * size / n), high = round(size - (j + 1) * size / n);
      let began = 0, last = -1;
      for (let i = 0; i <= n; i++) {
        let band = -1;
        if (i < n) {
          const h = height(x0 + (i + 0.5) * cell, y);
          band = levels.filter((level) => h >= level).length;
        }
        if (band === last) continue;
        if (last >= 0) {
          const a = round(began * size / n), b = round(i * size / n);
          pieces[last] += `M${left + a} ${top + high}h${b - a}v${low - high}h${a - b}z`;
        }
        began = i;
        last = band;
      }
    }
    return pieces.map((d, band) => (d ? `<path d="${d}" fill="${BANDS[band]}"/>` : ''));
  }

  // ------------------------------------------------------------- a walk in the fog

  const STARTS = { 'a broad valley': [3, 20], 'two hollows': [4, 21], 'a long gorge': [3, 13] };
  const BOTTOMS = { 'a broad valley': [17, 8], 'two hollows': [18.667, 5.333],
    'a long gorge': [20, 8] };
  const COMPASS = { N: [0, 1], NE: [1, 1], E: [1, 0], SE: [1, -1], S: [0, -1], SW: [-1, -1],
    W: [-1, 0], NW: [-1, 1] };
  const LENGTHS = [1, 2, 4, 8], LEGS = 10;

  function mountain(name, u, v) {
    if (name === 'a broad valley') {
      const a = u - 17, b = v - 8;
      return [120 + 2 * a * a + 1.2 * b * b, 4 * a, 2.4 * b];
    }
    if (name === 'a long gorge') {
      const across = 0.6 * (u - 20) + 0.8 * (v - 8), along = 0.8 * (u - 20) - 0.6 * (v - 8);
      return [150 + 2 * across * across + 0.12 * along * along,
        2.4 * across + 0.192 * along, 3.2 * across - 0.144 * along];
    }
    const a = u - 14, b = v - 10;
    let h = 420 + 0.4 * a * a + 0.4 * b * b, east = 0.8 * a, north = 0.8 * b;
    for (const [x, y, depth, width] of [[7, 17, 160, 24], [19, 5, 260, 36]]) {
      const p = u - x, q = v - y;
      const s = 1 + (p * p + q * q) / width;
      h -= depth / s;
      east += 2 * depth * p / (width * s * s);
      north += 2 * depth * q / (width * s * s);
    }
    return [h, east, north];
  }

  function walked(start, legs) {
    const places = [start];
    for (const leg of legs) {
      if (leg === '–') continue;
      const [name, n] = leg.split(' ');
      const [u, v] = places.at(-1), [east, north] = COMPASS[name];
      places.push([clip(u + east * Number(n), 0, WIDE), clip(v + north * Number(n), 0, WIDE)]);
    }
    return places;
  }

  function descent(name, eta, steps) {
    let [u, v] = STARTS[name];
    const places = [[u, v]];
    for (let t = 0; t < steps; t++) {
      const [, east, north] = mountain(name, u, v);
      [u, v] = [u - eta * east, v - eta * north];
      places.push([u, v]);
      if (Math.abs(u) > 500 || Math.abs(v) > 500) break;
    }
    return places;
  }

  const ux = (u) => round(LEFT + u * UNIT), vy = (v) => round(TOP + (WIDE - v) * UNIT);

  function path(places, color, dash) {
    const points = places.map(([u, v]) => [clip(u, 0, WIDE), clip(v, 0, WIDE)]);
    const line = points.map(([u, v]) => `${ux(u)} ${vy(v)}`).join('L');
    const dots = points.map(([u, v]) => `M${ux(u)} ${vy(v)}h0`).join('');
    return `<path d="M${line}" fill="none" stroke="${color}" stroke-width="2"${dash}/>` +
      `<path d="${dots}" stroke="${color}" stroke-width="7" stroke-linecap="round"/>`;
  }

  function arrow(name, [u, v], reach) {
    const [, east, north] = mountain(name, u, v);
    const slope = Math.sqrt(east * east + north * north);
    if (slope < 0.05) return '';
    const length = reach * (0.7 + 1.8 * slope / (slope + 30));
    const a = -east / slope, b = -north / slope;
    const x = u + length * a, y = v + length * b;
    const tip = [[x, y], [x - 0.45 * a - 0.28 * b, y - 0.45 * b + 0.28 * a],
      [x - 0.45 * a + 0.28 * b, y - 0.45 * b - 0.28 * a]];
    const points = tip.map(([p, q]) => `${ux(p)},${vy(q)}`).join(' ');
    return `<path d="M${ux(u)} ${vy(v)}L${ux(x)} ${vy(y)}" stroke="${INK}" stroke-width="2"/>` +
      `<polygon points="${points}" fill="${INK}"/>`;
  }

  const along = ([x, y], east, north) => (x * east + y * north) / Math.sqrt(x * x + y * y);

  function direction(east, north) {
    let best = 'N';
    for (const name of Object.keys(COMPASS)) {
      if (along(COMPASS[name], east, north) > along(COMPASS[best], east, north)) best = name;
    }
    return best;
  }

  (window.dlcoreLive ||= {})['fog-walk'] = ({ terrain: name, lifted, eta, ...legs }) => {
    const places = walked(STARTS[name], Object.values(legs));
    const taken = places.length - 1, [u, v] = places.at(-1);
    const [h, east, north] = mountain(name, u, v);
    const first = mountain(name, ...STARTS[name])[0];
    const size = WIDE * UNIT, shapes = [];
    if (lifted) {
      shapes.push(...bands((x, y) => mountain(name, x, y)[0], 48, WIDE / 48, 0, 0,
        [150, 200, 260, 340, 440, 560, 720], LEFT, TOP, size));
    } else {
      shapes.push(`<rect x="${LEFT}" y="${TOP}" width="${size}" height="${size}" fill="#E4E6E9"/>`);
    }
    shapes.push(`<rect x="${LEFT}" y="${TOP}" width="${size}" height="${size}" fill="none" ` +
      'stroke="#999999" data-map="1"/>');
    const steps = taken || LEGS, machine = descent(name, eta, steps);
    if (lifted) {
      const [x, y] = BOTTOMS[name];
      shapes.push(text(ux(x), vy(y) + 6, '★', 'middle', 17, STAR),
        path(machine, ORANGE, ' stroke-dasharray="5 3"'));
    }
    shapes.push(path(places, BLUE, ''));
    places.forEach((p, i) => {
      const last = p[0] === u && p[1] === v;
      shapes.push(arrow(name, p, last ? 1.4 : 0.9));
    });
    shapes.push(`<circle cx="${ux(u)}" cy="${vy(v)}" r="6" fill="${BLUE}" stroke="#ffffff" ` +
      'stroke-width="1.5"/>');
    const slope = Math.sqrt(east * east + north * north);
    const down = slope > 0.05 ? direction(-east, -north) : 'nowhere';
    const below = TOP + size;
    shapes.push(
      text(LEFT, below + 22, `you: step ${taken} of ${LEGS}, ${round(h)} m high`, 'start', 16),
      text(LEFT, below + 44, `slope ${tenths(slope)} m a stride, downhill: ${down}`, 'start', 16));
    let sentence = `${name}: after ${taken} of ${LEGS} steps you stand ${round(h)} m high, from ` +
      `${round(first)} m; the ground falls ${tenths(slope)} m a stride, ` +
      `${down === 'nowhere' ? 'nowhere' : `towards ${down}`}.`;
    if (lifted) {
      const [a, b] = machine.at(-1);
      const away = a < 0 || b < 0 || a > WIDE || b > WIDE;
      const where = away ? 'off the map' : `${round(mountain(name, a, b)[0])} m`;
      const low = round(mountain(name, ...BOTTOMS[name])[0]);
      shapes.push(
        text(LEFT, below + 66, `descent, η = ${eta.toFixed(2)}, step ${steps}: ${where}`, 'start',
          16, ORANGE),
        text(LEFT + size, below + 22, `★ ${low} m`, 'end', 16, STAR));
      sentence += ` The fog is lifted: the lowest place has ${low} m, and descent with ` +
        `η = ${eta.toFixed(2)} is ${away ? '' : 'at '}${where} after ${steps} step${plural(steps)}.`;
    } else {
      shapes.push(text(LEFT, below + 66, 'the fog is dense', 'start', 16, '#666666'));
    }
    const style = 'user-select:none;max-width:min(100%,28rem);touch-action:manipulation';
    return { svg: picture(LEFT + size + 20, below + 78, shapes, style), sentence };
  };

  // ------------------------------------------------------------- four landscapes

  const COLUMNS = 'abcdefghijk';
  const LEVELS = {
    bowl: [0.05, 0.2, 0.5, 1.0, 1.6, 2.4, 3.2],
    ravine: [0.2, 0.8, 2.0, 5.0, 12.0, 25.0, 45.0],
    saddle: [-0.4, -0.2, -0.05, 0.05, 0.3, 0.8, 1.5],
    Rosenbrock: [0.5, 2.0, 8.0, 30.0, 120.0, 400.0, 1200.0],
  };
  const MINIMA = { saddle: [[0, 1.41421356], [0, -1.41421356]], Rosenbrock: [[1, 1]] };

  function landscape(name, x, y) {
    if (name === 'bowl') return [0.5 * (x * x + y * y), x, y];
    if (name === 'ravine') return [0.5 * (x * x + 30 * y * y), x, 30 * y];
    if (name === 'saddle') {
      return [0.5 * (x * x - y * y) + 0.125 * y * y * y * y, x, 0.5 * y * y * y - y];
    }
    const a = 1 - x, b = y - x * x;
    return [a * a + 100 * b * b, -2 * a - 400 * x * b, 200 * b];
  }

  window.dlcoreLive['landscape-player'] = ({ surface: name, spot, eta, steps }) => {
    const low = name === 'Rosenbrock' ? -1 : -2, size = 374;
    let x = 0.4 * (COLUMNS.indexOf(spot[0]) - 5);
    let y = 0.4 * (Number(spot.slice(1)) - 1 - 5) + (low + 2);
    let J = landscape(name, x, y)[0], rose = 0;
    const walk = [[x, y]], began = J;
    for (let t = 0; t < steps; t++) {
      const before = J, [, dx, dy] = landscape(name, x, y);
      [x, y] = [x - eta * dx, y - eta * dy];
      walk.push([x, y]);
      J = landscape(name, x, y)[0];
      rose += J > before ? 1 : 0;
      if (Math.abs(x) > 100 || Math.abs(y) > 100) break;
    }
    const shapes = bands((p, q) => landscape(name, p, q)[0], 44, 4 / 44, -2, low, LEVELS[name],
      LEFT + 18, TOP, size);
    shapes.push(`<rect x="${LEFT + 18}" y="${TOP}" width="${size}" height="${size}" fill="none" ` +
      'stroke="#999999" data-map="1"/>');
    const px = (p) => round(LEFT + 18 + (clip(p, -2, 2) + 2) / 4 * size);
    const py = (q) => round(TOP + size - clip(q - low, 0, 4) / 4 * size);
    for (let t = 0; t < 5; t++) {
      shapes.push(text(px(t - 2), TOP + size + 17, minus(t - 2), 'middle', 13),
        text(LEFT + 12, py(t + low) + 5, minus(t + low), 'end', 13));
    }
    for (const [p, q] of MINIMA[name] || [[0, 0]]) {
      shapes.push(text(px(p), py(q) + 6, '★', 'middle', 17, STAR));
    }
    const line = walk.map(([p, q]) => `${px(p)} ${py(q)}`).join('L');
    const dots = walk.slice(0, 40).map(([p, q]) => `M${px(p)} ${py(q)}h0`).join('');
    shapes.push(`<path d="M${line}" fill="none" stroke="${ORANGE}" stroke-width="1.6"/>`,
      `<path d="${dots}" stroke="${ORANGE}" stroke-width="6" stroke-linecap="round"/>`,
      `<circle cx="${px(walk[0][0])}" cy="${py(walk[0][1])}" r="6" fill="${INK}"/>`);
    const away = walk.length <= steps || Math.abs(x) > 2 || y < low || y > low + 4;
    const made = walk.length - 1, after = J > 1000 ? 'beyond 1000' : thousandths(J);
    shapes.push(
      text(LEFT + 18, TOP + size + 44, `${name}, η = ${plain(eta)}, ${made} step${plural(made)}`,
        'start', 16),
      text(LEFT + 18, TOP + size + 66, `J: ${thousandths(began)} → ${after}`, 'start', 16));
    const sentence = `${name}, η = ${plain(eta)}: from ${spot}, where J is ${thousandths(began)}, ` +
      `${made} ${made === 1 ? 'step leads' : 'steps lead'} to J = ${after}` +
      `${away ? ', and off the map' : ''}; J rose in ${rose} of them.`;
    const style = 'user-select:none;max-width:min(100%,28rem);touch-action:manipulation';
    return { svg: picture(LEFT + 18 + size + 20, TOP + size + 78, shapes, style), sentence };
  };

  // ------------------------------------------------------------- the rates

  const LOG = [[1, 0], [1.5, 0.17609], [2, 0.30103], [3, 0.47712], [5, 0.69897], [7, 0.84510]];
  const REGIMES = { crawl: '#F3F0E4', converge: '#CFE3D6', oscillate: '#CFE0F0',
    diverge: '#F2D3C2' };

  function regime(product) {
    if (Math.abs(product - 1) < 1e-9) return 'one step';
    if (Math.abs(product - 2) < 1e-9) return 'swing for ever';
    if (product > 2) return 'diverge';
    if (product > 1) return 'oscillate';
    return product < 0.1 - 1e-9 ? 'crawl' : 'converge';
  }

  function decimalLog(value) {
    let power = 0;
    for (; value >= 9.99; power++) value /= 10;
    for (; value < 0.999; power--) value *= 10;
    let best = LOG[0];
    for (const pair of LOG) {
      if (Math.abs(pair[0] - value) < Math.abs(best[0] - value)) best = pair;
    }
    return power + best[1];
  }

  window.dlcoreLive['rate-map'] = ({ eta, k }) => {
    const left = 46, top = 34, wide = 340, high = 150, floor = 392;
    const mx = (log) => round(left + (log + 4) / 5 * wide);
    const my = (log) => round(top + high - (log + 1) / 2 * high);
    const shapes = [`<rect x="${left}" y="${top}" width="${wide}" height="${high}" ` +
      `fill="${REGIMES.diverge}"/>`];
    for (const [c, name] of [[0.30103, 'oscillate'], [0, 'converge'], [-1, 'crawl']]) {
      const corners = [[-4, -1], [-4, 1], [c - 1, 1],
        ...(c <= 0 ? [[c + 1, -1]] : [[1, c - 1], [1, -1]])];
      const points = corners.map(([a, b]) => `${mx(a)},${my(b)}`).join(' ');
      shapes.push(`<polygon points="${points}" fill="${REGIMES[name]}" stroke="#777777"/>`);
    }
    shapes.push(`<rect x="${left}" y="${top}" width="${wide}" height="${high}" fill="none" ` +
      'stroke="#777777"/>');
    ['0.0001', '0.001', '0.01', '0.1', '1', '10'].forEach((words, i) => {
      shapes.push(text(mx(i - 4), top + high + 18, words, 'middle', 13));
    });
    ['0.1', '1', '10'].forEach((words, i) => {
      shapes.push(text(left - 6, my(i - 1) + 5, words, 'end', 13));
    });
    for (const [a, b, words, turn] of [[-2.5, 0, 'crawl', 0], [-0.56, 0, 'converge', 48],
      [0.13, 0, 'oscillate', 48], [0.68, 0.2, 'diverge', 48]]) {
      const x = mx(a), y = my(b) + (words === 'oscillate' ? 0 : 5);
      shapes.push(`<text x="${x}" y="${y}" transform="rotate(${turn} ${x} ${y})" ` +
        `font-size="13" text-anchor="middle" fill="${INK}">${words}</text>`);
    }
    shapes.push(
      text(left + wide, top + high + 38, 'learning rate η', 'end', 14),
      text(4, top - 14, 'curvature k', 'start', 14),
      `<circle cx="${mx(decimalLog(eta))}" cy="${my(decimalLog(k))}" r="7" fill="${INK}" ` +
        'stroke="#ffffff" stroke-width="1.5"/>');
    let factor = 1 - eta * k;
    if (Math.abs(factor) < 1e-9) factor = 0;
    const what = regime(eta * k), walk = [1];
    for (let t = 0, theta = 1; t < 12; t++) {
      theta *= factor;
      walk.push(theta);
      if (Math.abs(theta) > 1.6) break;
    }
    const qx = (value) => round(left + wide / 2 + clip(value, -1.7, 1.7) * 95);
    const qy = (value) => {
      const held = clip(value, -1.7, 1.7);
      return round(floor - held * held * 48);
    };
    const tens = Array.from({ length: 35 }, (_, i) => (i - 17) / 10);
    const curve = tens.map((value) => `${qx(value)} ${qy(value)}`).join('L');
    const line = walk.map((value) => `${qx(value)} ${qy(value)}`).join('L');
    const dots = walk.map((value) => `M${qx(value)} ${qy(value)}h0`).join('');
    shapes.push(
      `<path d="M${curve}" fill="none" stroke="#888888" stroke-width="2"/>`,
      `<path d="M${line}" fill="none" stroke="${ORANGE}" stroke-width="1.5"/>`,
      `<path d="${dots}" stroke="${ORANGE}" stroke-width="7" stroke-linecap="round"/>`,
      `<circle cx="${qx(1)}" cy="${qy(1)}" r="6" fill="${INK}"/>`,
      text(left + wide / 2, floor + 20, 'J over θ, the first 12 steps', 'middle', 14));
    let pace;
    if (what === 'one step') pace = 'one step is enough';
    else if (what === 'swing for ever') pace = 'it never comes nearer';
    else if (what === 'diverge') pace = `every step is ${tenths(Math.abs(factor))} times as far out`;
    else {
      const steps = round(Math.log(0.001) / Math.log(Math.abs(factor)));
      pace = `a thousandth takes about ${Math.max(steps, 1)} steps`;
    }
    const product = signed(eta * k);
    shapes.push(text(4, floor + 48, `ηk = ${product}: ${what}`, 'start', 17),
      text(4, floor + 71, `each step multiplies θ by ${signed(factor)}`, 'start', 15),
      text(4, floor + 93, pace, 'start', 15));
    const sentence = `η = ${plain(eta)}, k = ${plain(k)}: ηk = ${product} and each step ` +
      `multiplies θ by ${signed(factor)}. Verdict: ${what}; ${pace}.`;
    return { svg: picture(410, floor + 104, shapes, 'max-width:min(100%,28rem)'), sentence };
  };

  // ------------------------------------------------------------- a finger on the map

  function set(control, value) {
    if (!control || control.value === String(value)) return;
    control.value = value;
    control.dispatchEvent(new Event('input', { bubbles: true }));
  }

  document.addEventListener('click', (event) => {
    const figure = event.target.closest?.('figure[data-experiment]');
    const map = event.target.closest?.('.picture')?.querySelector('[data-map]');
    if (!figure || !map) return;
    const box = map.getBoundingClientRect();
    const right = (event.clientX - box.left) / box.width;
    const up = (box.bottom - event.clientY) / box.height;
    if (right < 0 || right > 1 || up < 0 || up > 1) return;
    const name = figure.dataset.experiment, part = (id) => document.getElementById(`${name}-${id}`);
    if (name === 'landscape-player') {
      set(part('spot'), 11 * round(10 * right) + round(10 * up));
    } else if (name === 'fog-walk') {
      // The next step goes towards the finger; a click on one's own place takes the last one back.
      const legs = Array.from({ length: LEGS }, (_, i) => part(`leg${i + 1}`));
      const moves = legs.map((leg) => leg.options[leg.selectedIndex].textContent);
      const here = walked(STARTS[part('terrain').selectedOptions[0].textContent], moves).at(-1);
      const east = WIDE * right - here[0], north = WIDE * up - here[1];
      if (Math.abs(east) < 0.7 && Math.abs(north) < 0.7) {
        set(legs[moves.findLastIndex((move) => move !== '–')], 0);
        return;
      }
      let best = null;
      Object.values(COMPASS).forEach(([x, y], i) => LENGTHS.forEach((n, j) => {
        const off = (n * x - east) ** 2 + (n * y - north) ** 2;
        if (!best || off < best[0]) best = [off, 1 + LENGTHS.length * i + j];
      }));
      set(legs[moves.findLastIndex((move) => move !== '–') + 1], best[1]);
    }
  });
})();
