// What the pictures share: the book's colours and markers, a sharp canvas, axes.
(() => {
  'use strict';

  // Okabe and Ito's colours, told apart with every common kind of colour vision: class 0, 1, 2, 3.
  const COLORS = ['#D55E00', '#0072B2', '#009E73', '#CC79A7'];
  const PALE = [[242, 179, 140], [140, 191, 224], [150, 214, 190], [233, 190, 213]];
  const NEGATIVE = COLORS[0], POSITIVE = COLORS[1], INK = '#222', QUIET = '#595959', LINE = '#ddd';
  const NOWHERE = 190; // grey, where there is NaN

  const CORNERS = {2: [[0, -1.2], [1.1, 0.9], [-1.1, 0.9]],
    3: [[0, -1.3], [1.2, 0], [0, 1.3], [-1.2, 0]]};

  // The canvas cleared, in units of a CSS pixel.
  function sheet(canvas) {
    const w = canvas.clientWidth, h = canvas.clientHeight, sharp = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(w * sharp), Math.round(h * sharp)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
    const ctx = canvas.getContext('2d');
    ctx.setTransform(sharp, 0, 0, sharp, 0, 0);
    ctx.clearRect(0, 0, w, h);
    ctx.font = '12px system-ui, sans-serif';
    ctx.lineJoin = 'round';
    return {ctx, w, h};
  }

  // A class is told by its colour and by its marker: circle, square, triangle, diamond.
  function marker(ctx, k, x, y, r, hollow) {
    ctx.beginPath();
    if (k === 0) ctx.arc(x, y, r, 0, 2 * Math.PI);
    else if (k === 1) ctx.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    else {
      CORNERS[k].forEach(([a, b], i) => ctx[i ? 'lineTo' : 'moveTo'](x + a * r, y + b * r));
      ctx.closePath();
    }
    ctx.fillStyle = hollow ? '#fff' : COLORS[k];
    ctx.strokeStyle = hollow ? COLORS[k] : '#fff';
    ctx.lineWidth = hollow ? 1.6 : 0.9;
    ctx.fill();
    ctx.stroke();
  }

  // A picture of G × G colours, the first row at the bottom, smoothed into a rectangle.
  function paint(ctx, G, colour, x, y, w, h) {
    const small = paint.small ||= document.createElement('canvas');
    if (small.width !== G) small.width = small.height = G;
    const inner = small.getContext('2d'), picture = inner.createImageData(G, G), rgba = picture.data;
    for (let row = 0, i = 0; row < G; row++) {
      for (let column = 0; column < G; column++, i++) {
        const at = 4 * ((G - 1 - row) * G + column);
        colour(i, rgba, at);
        rgba[at + 3] = 255;
      }
    }
    inner.putImageData(picture, 0, 0);
    ctx.imageSmoothingEnabled = true;
    ctx.drawImage(small, x, y, w, h);
  }

  // From white to a pale colour, as far as t of [0, 1] goes; grey for NaN.
  function tinted(t, end, rgba, at) {
    for (let c = 0; c < 3; c++) rgba[at + c] = Number.isNaN(t) ? NOWHERE : 255 + t * (end[c] - 255);
  }

  // White for 0, towards blue above and vermillion below, as far as v of [−1, 1] goes.
  function signed(v, rgba, at) {
    tinted(Math.min(1, Math.abs(v)), PALE[v > 0 ? 1 : 0], rgba, at);
  }

  // Leaves a moment to the browser: a slow phone stays answerable between the pieces of a long work.
  const rest = () => new Promise(resolve => { setTimeout(resolve); });

  const short = x => {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : x > 0 ? '∞' : '−∞';
    const size = Math.abs(x);
    const far = size !== 0 && (size < 1e-4 || size >= 1e5);
    const text = far ? x.toExponential(0).replace('+', '') : String(Number(x.toPrecision(3)));
    return text.replaceAll('-', '−');
  };

  dlcore.page.canvas = {COLORS, PALE, NEGATIVE, POSITIVE, INK, QUIET, LINE, NOWHERE, sheet, marker, paint,
    tinted, signed, short, rest};
})();
