'use strict';
// Draws the states of the experiment "drawn-curve" of chapter 12; the same picture as its draw().
// Coordinates are tenths of a pixel. The sliders set the five heights; a mouse that draws on the
// picture, or a finger that taps on it, sets the sliders.
(() => {
  const NAME = 'drawn-curve', LEFT = 500, FLOOR = 2300, WIDTH = 4000, HEIGHT = 2000;

  const rounded = (value) => Math.floor(value + 0.5);
  const thousandths = (value) => (rounded(1000 * value) / 1000).toFixed(3);
  const across = (x) => rounded(LEFT + WIDTH * x);
  const up = (y) => rounded(FLOOR - HEIGHT * y);

  const text = (x, y, words, anchor = 'middle') =>
    `<text x="${x}" y="${y}" font-size="140" fill="#222222" text-anchor="${anchor}">${words}</text>`;

  function draw({ N, ...given }) {
    const heights = [0, 1, 2, 3, 4].map((i) => given[`y${i}`]);

    function f(x) { // straight from handle to handle
      const i = Math.min(Math.floor(4 * x), 3);
      return heights[i] + (heights[i + 1] - heights[i]) * (4 * x - i);
    }

    const shapes = [];
    let stairs = '', worst = [-1, 0, 0];
    for (let j = 0; j < N; j++) {
      const begin = j / N, end = (j + 1) / N, c = f((j + 0.5) / N);
      for (const x of [begin, 0.25, 0.5, 0.75, end]) {
        const error = Math.abs(f(x) - c);
        if (begin <= x && x <= end && error > worst[0]) worst = [error, x, c];
      }
      const left = across(begin), right = across(end), top = up(c);
      shapes.push(`<rect x="${left}" y="${top}" width="${right - left}" height="${FLOOR - top}" ` +
        'fill="#CFE3F1" stroke="#FFFFFF" stroke-width="10"/>');
      stairs += `${j ? 'L' : 'M'}${left} ${top}H${right}`;
    }
    shapes.push(`<path d="${stairs}" fill="none" stroke="#0072B2" stroke-width="25"/>`);
    const points = heights.map((y, i) => `${across(i / 4)},${up(y)}`).join(' ');
    shapes.push(`<polyline points="${points}" fill="none" stroke="#222222" stroke-width="20"/>`);
    const [error, x, c] = worst;
    shapes.push(`<path d="M${across(x)} ${up(f(x))}V${up(c)}" stroke="#D55E00" stroke-width="50"/>`);
    heights.forEach((y, i) => shapes.push(`<circle cx="${across(i / 4)}" cy="${up(y)}" r="65" ` +
      'fill="#FFFFFF" stroke="#222222" stroke-width="20"/>'));
    for (const [at, words] of [[0, '0'], [0.5, '½'], [1, '1']]) {
      shapes.push(text(across(at), 2520, words), text(400, up(at) + 50, words, 'end'));
    }
    const steepest = 4 * Math.max(...[0, 1, 2, 3].map((i) => Math.abs(heights[i + 1] - heights[i])));
    shapes.push(text(2500, 150,
      `${N} bump${N > 1 ? 's' : ''}, ${N + 1} sigmoids: largest error ${thousandths(error)}`));
    return {
      svg: '<svg viewBox="0 0 480 260" style="user-select:none"><rect width="480" height="260" ' +
        'fill="#FFFFFF"/><g transform="scale(0.1)" font-family="DejaVu Sans, Verdana, sans-serif">' +
        `${shapes.join('')}</g></svg>`,
      sentence: `The curve through the heights ${heights.join(', ')} and ${N} ` +
        `bump${N > 1 ? 's' : ''} from ${N + 1} sigmoids: the largest error is ` +
        `${thousandths(error)}; with the steepest slope ${steepest} it cannot be above ` +
        `${steepest}/(2 · ${N}) = ${thousandths(steepest / (2 * N))}.`,
    };
  }

  function point(event) {
    const picture = event.target.closest(`figure[data-experiment="${NAME}"] .picture`);
    if (!picture) return;
    const box = picture.querySelector('svg').getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * 4800 - LEFT;
    const y = FLOOR - (event.clientY - box.top) / box.height * 2600;
    const slider = document.getElementById(`${NAME}-y${Math.round(4 * x / WIDTH)}`);
    const index = Math.max(0, Math.min(4, Math.round(4 * y / HEIGHT)));
    if (!slider || Number(slider.value) === index) return;
    slider.value = index;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  }

  document.addEventListener('pointerdown', point);
  document.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'mouse' && event.buttons === 1) point(event);
  });

  (window.dlcoreLive ||= {})[NAME] = draw;
})();
