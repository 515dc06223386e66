'use strict';
// A digit that the reader paints over, and the memory that completes it: the twin of
// dlcore/teaching/chapters/paint_memory.py, state for state.
(() => {
  const NAME = 'paint-memory';
  // The digits 0 to 9, a number for each row, 128 the left pixel.
  const PICTURES = [
    24, 60, 38, 38, 38, 36, 44, 24, 24, 28, 24, 56, 24, 24, 24, 28, 12, 28, 60, 12, 56, 112, 60,
    14, 24, 104, 24, 24, 12, 6, 38, 28, 8, 8, 16, 22, 52, 60, 12, 8, 48, 60, 60, 56, 4, 6, 12,
    60, 24, 24, 48, 48, 48, 60, 30, 28, 30, 6, 12, 60, 56, 16, 48, 32, 56, 60, 52, 28, 24, 60,
    38, 60, 48, 60, 60, 44, 60, 6, 12, 56,
  ];
  // The order of the units in each sweep: NumPy's permutations from the seed 0.
  const ORDERS = [
    [16, 36, 27, 8, 44, 23, 53, 4, 58, 50, 10, 2, 42, 34, 19, 47, 11, 57, 37, 20, 18, 61, 3, 1,
     30, 24, 17, 46, 21, 35, 28, 43, 0, 6, 22, 26, 51, 48, 62, 32, 25, 55, 9, 38, 59, 52, 40,
     13, 12, 7, 45, 39, 63, 5, 49, 14, 54, 29, 41, 60, 56, 33, 15, 31],
    [53, 42, 62, 31, 35, 37, 59, 57, 45, 33, 49, 50, 54, 38, 5, 0, 13, 14, 30, 21, 52, 41, 28,
     58, 1, 3, 61, 48, 12, 17, 29, 16, 11, 15, 24, 7, 23, 39, 36, 20, 51, 34, 10, 27, 32, 63,
     43, 26, 8, 40, 60, 9, 47, 55, 22, 19, 56, 6, 46, 18, 44, 2, 4, 25],
    [51, 7, 12, 52, 47, 46, 1, 20, 40, 21, 26, 4, 57, 0, 35, 59, 8, 58, 5, 56, 2, 60, 37, 6,
     38, 29, 39, 18, 10, 30, 33, 43, 13, 34, 27, 45, 54, 49, 63, 17, 28, 24, 53, 15, 25, 41,
     44, 16, 42, 14, 19, 62, 22, 11, 36, 50, 61, 55, 31, 48, 3, 32, 9, 23],
    [9, 7, 28, 42, 38, 3, 51, 36, 43, 46, 23, 14, 55, 20, 22, 50, 32, 57, 0, 35, 18, 61, 41,
     53, 19, 10, 27, 44, 48, 63, 31, 56, 25, 16, 1, 12, 29, 15, 6, 40, 58, 26, 37, 17, 39, 47,
     11, 60, 13, 33, 52, 59, 21, 4, 30, 45, 49, 24, 54, 5, 2, 8, 62, 34],
    [3, 58, 51, 23, 59, 53, 7, 8, 63, 5, 19, 24, 30, 18, 27, 20, 9, 38, 0, 43, 31, 21, 42, 57,
     11, 25, 36, 37, 46, 44, 55, 45, 49, 6, 14, 50, 29, 13, 62, 54, 1, 28, 32, 35, 10, 4, 47,
     41, 61, 34, 22, 33, 39, 16, 56, 48, 26, 2, 15, 60, 17, 40, 12, 52],
  ];
  // (X Xᵀ)⁻¹ for the first digits, times a million, rounded.
  const INVERSE = {
    2: [
      16967, -4772, -4772, 16967,
    ],
    3: [
      18382, -2101, -5777, -2101, 22009, -10904, -5777, -10904, 23584,
    ],
    4: [
      19590, 291, -6044, -5180, 291, 26745, -11433, -10257, -6044, -11433, 23643, 1144, -5180,
      -10257, 1144, 22212,
    ],
    5: [
      22430, 2216, -4714, -4015, -8560, 2216, 28050, -10531, -9468, -5803, -4714, -10531,
      24266, 1690, -4010, -4015, -9468, 1690, 22690, -3512, -8560, -5803, -4010, -3512, 25806,
    ],
    10: [
      29528, 10304, -3048, 66, -7492, -5610, -7785, -1789, -256, -8847, 10304, 48392, -7989,
      -5626, 440, -13395, -24647, -13783, 2524, 1702, -3048, -7989, 28608, 2227, -2752, 7732,
      -1157, -5159, -6358, -7531, 66, -5626, 2227, 29250, -6594, -14709, 3664, -651, -7446,
      5262, -7492, 440, -2752, -6594, 33120, 10063, -17491, -1460, 1895, -5751, -5610, -13395,
      7732, -14709, 10063, 67376, -5605, 8170, -3411, -44183, -7785, -24647, -1157, 3664,
      -17491, -5605, 50690, 8116, -12184, 9306, -1789, -13783, -5159, -651, -1460, 8170, 8116,
      25268, -2788, -6476, -256, 2524, -6358, -7446, 1895, -3411, -12184, -2788, 34212, -6043,
      -8847, 1702, -7531, 5262, -5751, -44183, 9306, -6476, -6043, 60532,
    ],
  };

  const picture = (digit) => [...Array(64).keys()].map((i) =>
    (PICTURES[8 * digit + (i >> 3)] >> (7 - (i & 7)) & 1 ? 1 : -1));

  const products = {};

  function weightsOf(weights, stored) {
    const key = `${weights} ${stored}`;
    if (products[key]) return products[key];
    const X = [...Array(stored).keys()].map(picture);
    const W = [];
    for (let i = 0; i < 64; i++) {
      for (let j = 0; j < 64; j++) {
        let sum = 0;
        for (let a = 0; a < stored && i !== j; a++) {
          if (weights === 'plain Hebb') sum += X[a][i] * X[a][j];
          else for (let b = 0; b < stored; b++) sum += X[a][i] * INVERSE[stored][a * stored + b] * X[b][j];
        }
        W.push(sum);
      }
    }
    products[key] = W;
    return W;
  }

  // sᵢ ← sign(Σⱼ wᵢⱼ sⱼ), one unit after the other; a sum of 0 leaves it as it is.
  function recall(W, start, sweeps) {
    const s = [...start];
    for (const i of ORDERS.slice(0, sweeps).flat()) {
      let z = 0;
      for (let j = 0; j < 64; j++) z += W[64 * i + j] * s[j];
      if (z !== 0) s[i] = z > 0 ? 1 : -1;
    }
    return s;
  }

  const text = (x, y, words, anchor = 'middle', weight = 'normal') =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" font-weight="${weight}">${words}</text>`;

  function ink(s, x, y, size) {
    let cells = '';
    s.forEach((v, i) => {
      if (v > 0) cells += `M${x + size * (i & 7)} ${y + size * (i >> 3)}h${size}v${size}h-${size}z`;
    });
    return `<path d="${cells}" fill="#222"/>`;
  }

  (window.dlcoreLive ||= {})[NAME] = ({weights, stored, digit, sweeps, ...rows}) => {
    const kept = [...Array(stored).keys()].map(picture), whole = picture(digit);
    const cue = whole.map((v, i) => (rows[`r${(i >> 3) + 1}`] >> (7 - (i & 7)) & 1 ? -v : v));
    const now = recall(weightsOf(weights, stored), cue, sweeps);
    const same = kept.map((x) => x.filter((v, i) => v === now[i]).length);
    const nearest = same.indexOf(Math.max(...same));

    const shapes = [];
    kept.forEach((x, k) => {
      const left = 20 + 45 * k, own = k === digit;
      shapes.push(`<rect x="${left - 3}" y="27" width="38" height="38" fill="#fff" ` +
        `stroke="${own ? '#0072B2' : '#BBBBBB'}" stroke-width="${own ? 3 : 1}"/>` +
        ink(x, left, 30, 4));
    });
    const after = sweeps === 0 ? 'Before any sweep' : `After ${sweeps} sweep${sweeps > 1 ? 's' : ''}`;
    shapes.push(text(17, 18, `${stored} memories`, 'start'),
      text(116, 92, 'your picture (click, drag)'), text(364, 92, after));
    for (const [left, state] of [[20, cue], [268, now]]) {
      shapes.push(`<rect x="${left}" y="102" width="192" height="192" fill="#fff"/>`,
        ink(state, left, 102, 24));
    }
    let turned = 0;
    cue.forEach((v, i) => {
      if (v === whole[i]) return;
      turned += 1;
      shapes.push(`<circle cx="${32 + 24 * (i & 7)}" cy="${114 + 24 * (i >> 3)}" r="4" fill="#D55E00"/>`);
    });
    for (const left of [20, 268]) {
      let lines = '';
      for (let k = 0; k < 9; k++) lines += `M${left} ${102 + 24 * k}h192M${left + 24 * k} 102v192`;
      shapes.push(`<path d="${lines}" stroke="#CCCCCC" fill="none"/>`);
    }
    shapes.push('<path d="M220 198h34m-9 -8l10 8l-10 8" stroke="#222" fill="none"/>');
    for (let r = 0; r < 8; r++) {
      for (let c = 0; c < 8; c++) {
        shapes.push(`<rect x="${20 + 24 * c}" y="${102 + 24 * r}" width="24" height="24" fill="#fff" ` +
          `fill-opacity="0" data-pixel="${r},${c}"/>`);
      }
    }

    const known = digit < stored;
    let what = `no stored digit: ${same[nearest]} pixels as in the ${nearest}`;
    if (same[nearest] === 64) what = `the stored ${nearest}`;
    else if (same.includes(0)) what = `the negative of the stored ${same.indexOf(0)}`;
    shapes.push(
      text(116, 318, `${64 - turned} of 64 pixels of the ${digit}`),
      text(364, 318, known ? `${same[digit]} of 64 pixels of the ${digit}` : `${digit} was not stored`),
      text(240, 346, `It is ${what}.`, 'middle', 'bold'));
    const style = 'style="user-select:none;touch-action:pan-y;max-width:min(100%,32rem)" ' +
      'font-family="DejaVu Sans, Verdana, sans-serif" font-size="16" fill="#222"';
    const given = turned !== 1 ? `${turned} pixels painted over` : '1 pixel painted over';
    const sentence = `${stored} memories, ${weights} weights; a ${digit} with ${given}` +
      `${known ? '' : ', which was not stored'}. ${after} it is ${what}.`;
    return {svg: `<svg viewBox="0 0 480 358" ${style}>${shapes.join('')}</svg>`, sentence};
  };

  // The brush: the first pixel is turned, and those it is drawn over get the same colour.

  let brush = null; // {picture, ink}: what is painted on, and whether with ink

  const figureOf = (node) => node.closest?.(`figure[data-experiment="${NAME}"] .picture`);
  const field = (name) => document.getElementById(`${NAME}-${name}`);

  function isInk(r, c) {
    const row = PICTURES[8 * Number(field('digit').value) + r] ^ Number(field(`r${r + 1}`).value);
    return (row >> (7 - c) & 1) === 1;
  }

  function paint(r, c) {
    const slider = field(`r${r + 1}`);
    if (!slider || isInk(r, c) === brush.ink) return;
    slider.value = String(Number(slider.value) ^ 1 << (7 - c));
    slider.dispatchEvent(new Event('input', {bubbles: true}));
  }

  document.addEventListener('pointerdown', (event) => {
    const on = figureOf(event.target), pixel = event.target.dataset?.pixel;
    if (!on || !pixel || !field('digit')) return;
    const [r, c] = pixel.split(',').map(Number);
    brush = {picture: on, ink: !isInk(r, c)};
    on.setPointerCapture(event.pointerId); // the pixel itself is drawn anew at every stroke
    event.preventDefault();
    paint(r, c);
  });

  document.addEventListener('pointermove', (event) => {
    if (!brush) return;
    const box = brush.picture.querySelector('svg').getBoundingClientRect();
    const c = Math.floor(((event.clientX - box.left) / box.width * 480 - 20) / 24);
    const r = Math.floor(((event.clientY - box.top) / box.height * 358 - 102) / 24);
    if (r >= 0 && r < 8 && c >= 0 && c < 8) paint(r, c);
  });

  // A finger on a pixel paints and does not scroll the page.
  document.addEventListener('touchstart', (event) => {
    if (event.target.dataset?.pixel) event.preventDefault();
  }, {passive: false});

  for (const end of ['pointerup', 'pointercancel']) {
    document.addEventListener(end, () => { brush = null; });
  }
})();
