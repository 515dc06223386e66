'use strict';
// A bar of light and the rate of a hidden cell: the twin of dlcore/teaching/chapters/electrode.py,
// state for state.
(() => {
  const NAME = 'virtual-electrode';
  const CELLS = {A: [6, 13, 60, false], B: [13, 6, 135, false], C: [11, 12, 30, true]};
  const SPREAD = 1.5, WAVE = 6, MOST = 60;
  const round = (value) => Math.floor(value + 0.5);
  const radians = (degrees) => degrees * (Math.PI / 180);
  const text = (x, y, words) => `<text x="${x}" y="${y}" text-anchor="start">${words}</text>`;

  function field(cell, x, y) {
    const [x0, y0, angle, complexCell] = CELLS[cell], phi = radians(angle);
    const along = (x - x0) * Math.cos(phi) + (y - y0) * Math.sin(phi);
    const across = (y - y0) * Math.cos(phi) - (x - x0) * Math.sin(phi);
    const wide = complexCell ? 4 : 1;
    const window = Math.exp(-(across * across / wide + along * along / 4) / (2 * SPREAD * SPREAD));
    const wave = 2 * Math.PI * across / WAVE;
    return [window * Math.cos(wave), window * Math.sin(wave)];
  }

  function rate(cell, x, y, angle, length) {
    const phi = radians(angle);
    let cosine = 0, sine = 0;
    for (let i = -length; i <= length; i++) {
      const t = 0.5 * i;
      const [even, odd] = field(cell, x + t * Math.cos(phi), y + t * Math.sin(phi));
      cosine += even;
      sine += odd;
    }
    const total = CELLS[cell][3]
      ? Math.sqrt(cosine * cosine + sine * sine) : Math.max(0, cosine);
    return round(MOST * total / 15);
  }

  (window.dlcoreLive ||= {})[NAME] = ({cell, x, y, angle, length, map}) => {
    const shapes = ['<rect x="20" y="20" width="336" height="336" fill="#333"/>'];
    let best = -1, where = [0, 0];
    if (map) {
      for (let row = 0; row < 21; row += 2) {
        for (let column = 0; column < 21; column += 2) {
          const r = rate(cell, column, row, angle, length);
          if (r > best) [best, where] = [r, [column, row]];
          if (!r) continue;
          const tone = (round(90 * r / MOST) / 100).toFixed(2);
          shapes.push(
            `<rect x="${34 + 14 * column}" y="${314 - 14 * row}" width="28" height="28" ` +
            `fill="#56B4E9" fill-opacity="${tone}"/>`);
        }
      }
    }
    const phi = radians(angle);
    const dx = round(7 * length * Math.cos(phi)), dy = round(7 * length * Math.sin(phi));
    const cx = 48 + 14 * x, cy = 328 - 14 * y;
    shapes.push(`<path d="M${cx - dx} ${cy + dy}L${cx + dx} ${cy - dy}" ` +
      'stroke="#FFE28A" stroke-width="8"/>');
    const r = rate(cell, x, y, angle, length), height = 5 * r;
    shapes.push('<rect x="380" y="56" width="30" height="300" fill="none" stroke="#777"/>',
      `<rect x="380" y="${356 - height}" width="30" height="${height}" fill="#0072B2"/>`,
      text(380, 38, `${r} spikes/s`), text(20, 382, `bar at (${x}, ${y}), ${angle}°`));
    const style = 'style="user-select:none;max-width:min(100%,32rem)" ' +
      'font-family="DejaVu Sans, Verdana, sans-serif" font-size="16" fill="#222"';
    let sentence = `Cell ${cell}, a bar of length ${length} with its middle at (${x}, ${y}), ` +
      `turned by ${angle}°: ${r} spikes per second.`;
    if (map) {
      sentence += ` On the map for this angle and length the most is ${best}, ` +
        `at ${where[0]}, ${where[1]}.`;
    }
    return {svg: `<svg viewBox="0 0 490 392" ${style}>${shapes.join('')}</svg>`, sentence};
  };
})();
