'use strict';
// Draws the states of the experiments "hand-rule", "tune-the-set" and "fold-the-line" of chapter 1;
// the same pictures as their draw(), state for state. Coordinates are whole tenths of a pixel.
(() => {
  const BLUE = '#0072B2', ORANGE = '#D55E00', INK = '#222222', GREY = '#888888';

  const rounded = (value) => Math.floor(value + 0.5);
  const clipped = (value, low, high) => Math.min(Math.max(value, low), high);

  function minus(number, digits) {
    const words = number.toFixed(digits);
    return /^-[0.]*$/.test(words) ? words.slice(1) : words.replaceAll('-', '−');
  }

  function text(x, y, words, size = 130, color = INK, anchor = 'start') {
    return `<text x="${x}" y="${y}" font-size="${size}" fill="${color}" ` +
      `text-anchor="${anchor}">${words}</text>`;
  }

  function svg(width, height, shapes) {
    return `<svg viewBox="0 0 ${width} ${height}"><rect width="${width}" height="${height}" ` +
      'fill="#FFFFFF"/><g transform="scale(0.1)" font-family="DejaVu Sans, Verdana, ' +
      `sans-serif">${shapes.join('')}</g></svg>`;
  }

  function screen(levels, left, top, cell) {
    const cells = levels.map((v, i) => v > 0
      ? `<rect x="${left + cell * (i % 8)}" y="${top + cell * Math.floor(i / 8)}" ` +
        `width="${cell + 5}" height="${cell + 5}" fill="rgb(${255 - v},${255 - v},${255 - v})"/>`
      : '');
    return cells.join('') +
      `<rect x="${left}" y="${top}" width="${8 * cell}" height="${8 * cell}" fill="none" ` +
      `stroke="${GREY}" stroke-width="10"/>`;
  }

  // For each digit and pixel: how many pictures have the ink 0, 1, …, 16 there.
  const COUNTS = {
    0:
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '7 8 20 10 16 11 5 6 0 3 3 0 1 0 0 0 0;0 0 0 0 0 0 0 1 2 6 3 8 15 14 11 20 10;' +
      '0 0 0 0 3 2 3 3 4 6 9 8 11 10 9 19 3;20 18 6 9 8 9 3 5 6 2 1 1 1 0 1 0 0;' +
      '86 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;57 14 8 8 2 0 0 1 0 0 0 0 0 0 0 0 0;' +
      '0 0 0 0 0 2 0 5 1 4 12 7 3 11 15 19 11;0 0 0 1 0 0 1 2 3 2 2 4 4 4 10 20 37;' +
      '0 1 0 0 3 2 1 1 4 5 8 7 6 7 10 8 27;0 0 1 3 2 1 0 4 6 6 6 6 6 15 9 16 9;' +
      '54 7 9 7 3 3 2 2 2 0 1 0 0 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;13 5 11 16 13 10 8 6 7 0 1 0 0 0 0 0 0;' +
      '0 0 0 0 0 0 0 0 0 2 2 4 3 6 7 17 49;14 11 9 7 6 2 5 2 6 8 6 1 4 2 2 1 4;' +
      '37 13 7 5 4 3 7 2 2 1 3 4 0 1 0 0 1;1 1 2 0 1 1 2 0 4 6 7 7 6 7 11 12 22;' +
      '16 6 6 8 16 6 9 8 9 4 2 0 0 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;1 3 7 6 23 9 11 7 21 1 0 0 1 0 0 0 0;' +
      '0 0 0 0 1 0 3 1 4 4 3 1 16 9 8 4 36;52 9 4 6 3 4 5 3 2 1 1 0 0 0 0 0 0;' +
      '78 6 4 1 1 0 0 0 0 0 0 0 0 0 0 0 0;1 1 0 2 9 0 7 4 13 4 7 6 11 7 7 4 7;' +
      '2 1 2 5 5 12 13 7 39 0 3 0 1 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;2 1 1 4 20 15 8 12 25 0 2 0 0 0 0 0 0;' +
      '0 0 0 0 1 0 2 1 9 10 9 2 20 6 5 4 21;67 6 3 2 7 4 1 0 0 0 0 0 0 0 0 0 0;' +
      '88 1 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0;0 1 1 2 5 4 5 7 12 7 7 4 15 7 4 3 6;' +
      '4 0 0 4 8 6 4 11 44 4 2 2 0 1 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;10 13 7 13 17 17 5 4 4 0 0 0 0 0 0 0 0;' +
      '0 0 0 0 0 0 0 0 2 2 4 5 18 10 12 12 25;47 13 4 3 4 6 4 0 3 1 1 1 1 1 1 0 0;' +
      '54 15 5 4 2 1 2 2 1 1 1 0 1 0 0 1 0;0 0 0 2 2 0 2 1 9 3 5 12 11 10 9 8 16;' +
      '8 6 5 11 6 7 10 9 15 3 2 4 4 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;57 13 10 4 4 2 0 0 0 0 0 0 0 0 0 0 0;' +
      '0 0 0 1 0 0 1 2 3 5 2 4 7 16 16 15 18;0 1 3 0 4 6 2 5 9 5 7 4 13 3 11 5 12;' +
      '1 1 0 1 2 2 9 2 7 8 6 4 11 9 11 3 13;0 0 0 0 0 1 0 1 2 0 9 2 6 11 12 24 22;' +
      '36 14 9 12 4 3 4 2 1 2 1 1 1 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '6 12 10 10 16 12 8 6 5 3 1 1 0 0 0 0 0;0 0 0 0 0 0 0 0 1 2 7 6 11 19 14 13 17;' +
      '0 0 0 0 0 0 1 0 0 1 4 3 12 19 24 14 12;5 10 9 11 10 10 10 3 11 3 2 0 3 0 2 1 0;' +
      '82 5 0 2 1 0 0 0 0 0 0 0 0 0 0 0 0;90 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;',
    1:
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;89 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '50 7 4 3 7 8 2 4 2 0 1 1 0 1 1 0 0;20 7 3 0 4 3 1 2 3 0 8 2 9 5 9 6 9;' +
      '4 2 2 2 2 4 1 4 1 1 5 11 11 9 8 10 14;21 1 1 2 5 6 1 4 12 5 1 6 4 7 6 5 4;' +
      '58 12 1 5 2 4 2 5 1 0 0 1 0 0 0 0 0;91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;87 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '42 6 8 4 6 5 2 3 3 2 1 2 1 4 0 1 1;6 3 3 4 2 4 0 2 2 3 2 2 0 6 4 5 43;' +
      '2 1 1 1 2 0 1 1 0 3 2 2 0 0 1 4 70;14 3 1 1 1 4 5 2 3 4 2 3 5 2 3 6 32;' +
      '59 3 7 2 4 3 0 3 5 2 1 2 0 0 0 0 0;91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;77 4 5 1 1 2 0 0 0 0 0 1 0 0 0 0 0;' +
      '21 9 4 4 7 4 7 5 1 3 4 5 3 3 1 2 8;1 0 0 0 0 0 0 1 1 2 2 3 5 6 8 9 53;' +
      '0 1 1 1 2 2 1 2 0 1 1 1 1 1 0 1 75;19 1 1 1 3 3 2 3 8 8 2 5 7 2 6 1 19;' +
      '75 1 0 4 4 1 2 2 1 0 1 0 0 0 0 0 0;91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;50 5 5 5 10 4 1 8 1 0 1 1 0 0 0 0 0;' +
      '11 3 1 4 3 1 2 2 6 2 6 2 10 3 6 7 22;0 0 0 0 0 0 1 0 1 1 2 2 1 3 1 5 74;' +
      '0 0 0 0 0 2 3 0 2 4 1 0 5 3 1 5 65;22 0 6 6 5 3 3 7 4 0 4 0 10 2 0 5 14;' +
      '81 3 1 0 3 1 0 1 1 0 0 0 0 0 0 0 0;91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;54 6 4 7 8 4 3 2 3 0 0 0 0 0 0 0 0;' +
      '16 4 4 2 2 3 4 7 3 4 2 4 7 4 2 5 18;2 0 0 5 1 1 3 4 6 1 5 2 3 0 5 6 47;' +
      '0 0 0 0 0 0 0 1 6 1 6 1 0 6 9 4 57;26 3 8 2 3 2 10 2 4 3 5 2 5 2 1 2 11;' +
      '83 1 0 0 5 0 0 1 1 0 0 0 0 0 0 0 0;91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;71 7 5 1 4 1 1 1 0 0 0 0 0 0 0 0 0;' +
      '40 4 4 3 2 1 2 1 2 1 5 2 1 5 3 4 11;9 2 4 6 3 4 2 2 4 4 4 4 3 2 1 2 35;' +
      '0 0 0 1 0 0 1 1 2 3 2 4 4 5 4 12 52;24 4 4 4 4 3 6 1 8 1 4 2 7 4 1 3 11;' +
      '80 4 1 3 2 0 0 1 0 0 0 0 0 0 0 0 0;91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;85 2 1 3 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '38 5 1 2 3 2 5 3 5 6 4 4 3 3 2 2 3;10 2 4 0 8 1 5 0 5 2 3 4 5 2 2 3 35;' +
      '0 0 0 0 1 0 0 1 4 3 1 6 3 3 7 8 54;16 5 5 1 2 3 5 3 1 4 1 2 6 3 5 5 24;' +
      '61 7 3 2 1 2 1 3 0 0 0 2 4 2 1 0 2;78 2 1 0 2 2 0 1 1 2 1 0 0 1 0 0 0;' +
      '91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;91 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '48 8 8 5 2 6 3 5 4 0 0 0 1 0 1 0 0;18 2 5 5 5 3 3 1 3 3 2 3 7 5 3 11 12;' +
      '0 0 0 2 1 3 0 1 5 2 2 3 10 12 10 10 30;9 4 2 4 4 1 4 2 6 2 3 6 8 3 3 11 19;' +
      '54 7 5 1 4 2 1 3 1 0 1 1 1 0 0 3 7;77 1 1 2 0 2 0 0 1 1 1 2 1 0 0 1 1;',
    3:
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;56 18 12 2 3 0 1 0 0 0 0 0 0 0 0 0 0;' +
      '4 5 2 6 4 3 11 8 6 4 10 7 5 6 4 4 3;0 0 0 0 0 0 3 2 0 5 4 3 9 8 13 15 30;' +
      '0 0 1 0 1 0 1 0 0 2 6 7 7 14 9 14 30;12 9 6 2 7 2 11 4 6 4 5 5 6 3 5 1 4;' +
      '72 7 3 5 1 0 1 1 1 0 1 0 0 0 0 0 0;92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;23 11 8 9 13 7 7 3 4 1 2 1 2 1 0 0 0;' +
      '0 0 0 0 3 1 3 2 2 4 8 7 8 7 12 9 26;0 1 0 0 6 5 6 3 16 11 6 9 7 10 4 3 5;' +
      '1 0 1 0 2 5 1 2 8 3 4 5 9 9 11 11 20;7 2 3 1 4 1 1 2 3 0 6 3 15 2 7 7 28;' +
      '59 4 7 5 3 1 2 1 4 0 2 0 2 0 0 1 1;91 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;50 4 6 7 6 6 1 2 2 3 1 0 2 0 1 1 0;' +
      '39 5 5 3 2 3 1 6 3 3 3 3 7 2 2 4 1;35 8 9 12 3 8 5 2 4 1 2 1 0 2 0 0 0;' +
      '0 0 4 2 4 1 1 2 2 4 4 7 5 8 13 17 18;12 1 3 2 1 5 8 3 8 9 5 5 4 4 4 9 9;' +
      '70 6 3 3 1 3 2 2 0 2 0 0 0 0 0 0 0;92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;81 3 2 0 1 0 3 1 1 0 0 0 0 0 0 0 0;' +
      '58 9 6 6 4 3 2 1 0 3 0 0 0 0 0 0 0;9 7 6 4 5 5 2 3 4 5 6 5 4 6 8 6 7;' +
      '1 0 0 0 0 0 1 0 4 2 1 4 2 4 9 17 47;12 8 9 8 5 5 8 8 6 3 1 2 9 4 0 2 2;' +
      '85 7 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;91 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '76 4 3 2 1 1 0 1 3 0 0 0 1 0 0 0 0;22 6 4 10 5 6 1 10 4 1 4 4 2 1 0 5 7;' +
      '0 0 0 1 1 1 2 2 3 8 4 3 8 8 10 12 29;2 0 2 1 0 5 3 5 1 2 6 6 11 5 7 12 24;' +
      '36 21 9 7 4 3 4 1 4 1 1 1 0 0 0 0 0;92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;84 3 0 1 2 1 1 0 0 0 0 0 0 0 0 0 0;' +
      '74 3 2 3 1 1 2 1 2 0 2 0 0 1 0 0 0;74 9 3 2 3 1 0 0 0 0 0 0 0 0 0 0 0;' +
      '27 9 12 5 5 7 4 2 2 5 1 3 4 3 2 1 0;1 0 0 0 0 1 0 1 3 5 4 6 5 12 10 16 28;' +
      '11 5 4 3 8 4 9 13 13 8 5 4 5 0 0 0 0;92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;68 11 5 2 0 4 0 1 0 0 1 0 0 0 0 0 0;' +
      '4 7 8 11 5 7 6 7 5 4 2 4 3 2 6 2 9;1 4 0 3 14 5 9 7 15 8 8 7 4 4 0 2 1;' +
      '2 4 3 3 8 5 8 1 10 4 6 6 6 8 6 6 6;3 0 2 0 2 1 1 0 1 1 3 4 7 5 8 17 37;' +
      '10 8 9 7 5 6 8 15 9 3 0 4 3 0 3 1 1;90 0 0 1 0 1 0 0 0 0 0 0 0 0 0 0 0;' +
      '92 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;65 9 9 7 0 2 0 0 0 0 0 0 0 0 0 0 0;' +
      '4 4 2 7 4 7 5 7 3 5 2 7 7 6 5 12 5;0 0 0 0 0 0 1 1 3 2 3 2 11 7 10 8 44;' +
      '0 0 1 0 2 0 0 3 1 3 1 6 11 10 8 18 28;5 6 5 1 3 10 3 4 9 10 10 8 2 2 0 7 7;' +
      '62 13 3 1 0 4 1 0 1 1 1 2 1 1 0 0 1;89 1 0 1 0 0 0 0 1 0 0 0 0 0 0 0 0;',
    8:
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;86 1 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '18 7 11 11 14 12 4 3 1 2 3 2 0 0 0 0 0;0 0 2 2 2 1 6 5 4 5 7 9 13 15 9 6 2;' +
      '1 0 0 0 2 0 1 1 5 3 2 2 7 17 17 17 13;7 7 3 6 8 9 5 5 4 7 10 3 2 5 4 2 1;' +
      '68 7 6 4 3 0 0 0 0 0 0 0 0 0 0 0 0;88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;49 11 10 6 5 4 1 0 1 1 0 0 0 0 0 0 0;' +
      '3 1 2 3 2 1 1 4 6 5 3 3 4 12 9 8 21;0 0 0 0 3 3 1 4 5 3 5 10 8 10 10 9 17;' +
      '2 2 2 0 9 4 5 5 4 7 7 3 10 3 4 8 13;3 0 1 0 2 1 0 3 2 6 3 7 9 10 6 15 20;' +
      '43 9 6 1 8 4 2 5 9 0 0 0 1 0 0 0 0;88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;43 2 4 3 9 3 4 6 8 5 0 1 0 0 0 0 0;' +
      '3 0 1 2 4 4 1 5 7 2 3 7 5 7 9 12 16;15 5 5 4 4 5 5 1 5 6 4 7 6 2 4 0 10;' +
      '14 4 7 4 4 5 4 3 6 2 9 5 3 5 4 3 6;2 0 2 1 0 1 2 0 4 4 3 11 11 6 10 14 17;' +
      '33 12 14 6 10 4 1 5 2 1 0 0 0 0 0 0 0;88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;52 8 6 8 4 3 3 1 3 0 0 0 0 0 0 0 0;' +
      '8 6 6 3 4 7 2 2 3 7 2 4 5 6 9 6 8;1 2 0 0 0 0 2 2 4 3 4 7 3 7 12 13 28;' +
      '0 0 1 1 1 1 4 3 1 2 2 2 2 9 16 16 27;8 8 4 8 8 3 2 7 4 2 6 4 1 5 9 5 4;' +
      '69 9 6 3 0 0 0 1 0 0 0 0 0 0 0 0 0;88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;69 11 2 5 0 0 0 0 1 0 0 0 0 0 0 0 0;' +
      '5 6 4 8 6 6 2 10 5 3 6 3 6 4 3 7 4;0 0 0 0 0 0 1 1 2 3 2 1 9 3 6 12 48;' +
      '2 1 1 1 1 0 4 0 1 5 4 1 4 9 8 12 34;31 10 8 2 1 7 4 5 2 3 4 1 3 2 1 1 3;' +
      '84 2 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0;88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;50 14 3 5 3 4 4 2 3 0 0 0 0 0 0 0 0;' +
      '5 3 1 0 2 2 1 1 4 2 4 5 11 9 11 12 15;6 5 3 5 6 4 3 6 4 10 6 5 3 6 5 6 5;' +
      '4 4 1 7 3 2 5 1 6 10 7 3 8 5 10 4 8;13 4 1 1 2 3 1 7 2 4 5 5 9 10 6 5 10;' +
      '56 9 4 2 5 3 4 3 1 1 0 0 0 0 0 0 0;88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;65 6 4 6 3 2 1 1 0 0 0 0 0 0 0 0 0;' +
      '5 0 0 1 3 1 1 3 2 6 7 9 17 6 7 8 12;0 2 3 5 5 4 4 7 7 4 11 9 8 11 1 4 3;' +
      '9 4 2 4 10 8 2 7 5 1 4 2 3 4 9 5 9;5 1 1 2 6 3 1 6 4 5 4 2 6 11 5 9 17;' +
      '42 6 2 5 8 2 2 4 11 1 1 2 2 0 0 0 0;88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '88 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;86 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0;' +
      '20 8 10 14 6 9 6 5 3 1 0 6 0 0 0 0 0;0 0 1 2 1 3 4 0 2 2 10 11 7 9 16 7 13;' +
      '0 0 0 0 0 2 3 1 3 2 6 2 6 12 5 15 31;7 8 3 8 1 4 2 5 5 0 7 8 7 3 2 8 10;' +
      '53 8 9 1 3 1 1 2 1 2 0 0 2 1 1 2 1;87 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0;',
  };
  const PAIRS = { '0 or 1': [0, 1], '3 or 8': [3, 8] };
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const table = (digit) => COUNTS[digit].split(';').slice(0, 64)
    .map((one) => one.split(' ').map(Number));

  (window.dlcoreLive ||= {})['hand-rule'] = ({ pair, row, column, t, inverted }) => {
    const names = PAIRS[pair], tables = names.map(table);
    const here = tables.map((one) => one[8 * (row - 1) + column - 1]);
    const n = here.map(sum), inked = here.map((one) => sum(one.slice(t)));
    let right = n[0] - inked[0] + inked[1];
    if (inverted) right = n[0] + n[1] - right;
    const shapes = [];
    for (const [k, left] of [[0, 150], [1, 2650]]) {
      const levels = tables[k]
        .map((one) => Math.floor(255 * sum(one.map((count, v) => v * count)) / (16 * n[k])));
      const [base, color] = k ? [3900, BLUE] : [2900, ORANGE];
      shapes.push(
        text(left + 1000, 190, `${n[k]} times ${names[k]}, laid over each other`, 115, color,
          'middle'),
        screen(levels, left, 260, 250),
        `<rect x="${left + 250 * (column - 1)}" y="${260 + 250 * (row - 1)}" width="250" ` +
        `height="250" fill="none" stroke="${color}" stroke-width="50"/>`,
        text(850, base, `the ${names[k]}s`, 130, color, 'end'));
      here[k].forEach((count, v) => {
        const height = rounded(500 * count / n[k]);
        const fits = ((v >= t) !== inverted) === (k === 1);
        if (count) {
          shapes.push(`<rect x="${1000 + 210 * v}" y="${base - height}" width="170" ` +
            `height="${height + 12}" fill="${color}" fill-opacity="${fits ? '1' : '0.3'}"/>`);
        }
      });
      shapes.push(`<line x1="980" y1="${base + 12}" x2="4570" y2="${base + 12}" ` +
        `stroke="${GREY}" stroke-width="8"/>`);
    }
    const x = 1000 + 210 * t - 20;
    shapes.push(
      `<line x1="${x}" y1="2350" x2="${x}" y2="3950" stroke="${INK}" stroke-width="20" ` +
      'stroke-dasharray="60 40"/>',
      ...[0, 4, 8, 12, 16].map((v) => text(1085 + 210 * v, 4080, `${v}`, 120, INK, 'middle')),
      text(2770, 4270, 'ink in this pixel', 120, INK, 'middle'),
      text(2400, 4530, `${right} of ${n[0] + n[1]} right`, 165, INK, 'middle'));
    const [more, less] = inverted ? names : [names[1], names[0]];
    const sentence = `The rule: where the pixel in row ${row}, column ${column} has an ink of ` +
      `${t} or more, say ${more}, else ${less}. It answers ${right} of ${n[0] + n[1]} pictures ` +
      `correctly, ${rounded(100 * right / (n[0] + n[1]))} %.`;
    return { svg: svg(480, 465, shapes), sentence };
  };

  // The picture that the set should show, in sixteenths of ink.
  const PICTURE = [
    0, 0, 7, 15, 13, 1, 0, 0, 0, 8, 13, 6, 15, 4, 0, 0,
    0, 2, 1, 13, 13, 0, 0, 0, 0, 0, 2, 15, 11, 1, 0, 0,
    0, 0, 0, 1, 12, 12, 1, 0, 0, 0, 0, 0, 1, 10, 8, 0,
    0, 0, 8, 4, 5, 14, 9, 0, 0, 0, 7, 13, 13, 9, 0, 0,
  ].map((v) => v / 16);

  function wrongness(w, b) {
    let J = 0, byW = 0, byB = 0;
    for (const wanted of PICTURE) {
      const s = 0.5 - wanted, error = w * s + b - wanted;
      J += 0.5 * error * error / 64;
      byW += error * s / 64;
      byB += error / 64;
    }
    return [J, byW, byB];
  }

  (window.dlcoreLive ||= {})['tune-the-set'] = ({ contrast, brightness, steps, rate }) => {
    let w = contrast, b = brightness;
    const trail = [[w, b]];
    for (let step = 0; step < steps; step++) {
      const [, byW, byB] = wrongness(w, b);
      w -= rate * byW;
      b -= rate * byB;
      trail.push([w, b]);
    }
    const J = wrongness(w, b)[0], start = wrongness(contrast, brightness)[0];
    const level = (v) => clipped(Math.floor(255 * v), 0, 255);
    const at = ([u, v]) => `${rounded(3450 + 250 * clipped(u, -2.4, 2.4))},` +
      `${rounded(3000 - 250 * clipped(v, -1.4, 2.4))}`;
    const lost = J > 100, said = lost ? 'over 100' : minus(J, 4);
    const [x, y] = at([w, b]).split(',');
    const shapes = [
      text(1150, 180, 'what the set shows', 125, INK, 'middle'),
      screen(PICTURE.map((v) => level(w * (0.5 - v) + b)), 150, 240, 250),
      text(3650, 180, 'what it should show', 125, INK, 'middle'),
      screen(PICTURE.map(level), 2650, 240, 250),
      text(150, 2560, lost ? 'contrast w: off the dial' : `contrast w = ${minus(w, 2)}`),
      text(150, 2780, lost ? 'brightness b: off the dial' : `brightness b = ${minus(b, 2)}`),
      text(150, 3060, `loss J = ${said}`, 160),
      text(150, 3290, `after ${steps} step${steps !== 1 ? 's' : ''}, rate ${rate}`, 120, '#666666'),
      `<rect x="2850" y="2400" width="1200" height="950" fill="none" stroke="${GREY}" ` +
      'stroke-width="8"/>',
      text(3450, 3510, 'contrast w', 115, INK, 'middle'),
      text(2790, 2510, 'b', 115, INK, 'end'),
      `<polyline points="${trail.slice(0, 40).map(at).join(' ')}" fill="none" stroke="${BLUE}" ` +
      'stroke-width="22"/>',
      `<circle cx="${x}" cy="${y}" r="45" fill="${ORANGE}"/>`,
    ];
    const verdict = steps === 0 ? 'Nobody has turned the knobs for you yet.'
      : lost ? 'In the end each step throws the knobs further: the rate is too large.'
        : J < 0.0005 ? 'The picture is there.'
          : `The loss was ${minus(start, 4)} at the start and has ${J < start ? '' : 'not '}fallen.`;
    const sentence = `Knobs set to contrast ${minus(contrast, 1)} and brightness ` +
      `${minus(brightness, 1)}, then ${steps} learning step${steps !== 1 ? 's' : ''} at rate ` +
      `${rate}: the loss is ${said}. ${verdict}`;
    return { svg: svg(480, 360, shapes), sentence };
  };

  const tent = (x) => 2 * Math.max(x, 0) - 4 * Math.max(x - 0.5, 0);

  (window.dlcoreLive ||= {})['fold-the-line'] = ({ k, x }) => {
    const values = [x];
    for (let layer = 0; layer < k; layer++) values.push(tent(values.at(-1)));
    const pieces = 2 ** k, many = k ? 's' : '', folds = `${k} fold${k !== 1 ? 's' : ''}`;
    const across = (v) => rounded(350 + 4200 * v), up = (v) => rounded(1900 - 1600 * v);
    const line = [];
    for (let i = 0; i <= pieces; i++) {
      line.push(`${across(i / pieces)},${up(k ? i % 2 : i / pieces)}`);
    }
    const y = values.at(-1);
    const shapes = [
      `<rect x="350" y="300" width="4200" height="1600" fill="none" stroke="${GREY}" ` +
      'stroke-width="8"/>',
      `<line x1="350" y1="${up(y)}" x2="4550" y2="${up(y)}" stroke="${ORANGE}" ` +
      'stroke-width="12" stroke-dasharray="60 50"/>',
      `<line x1="${across(x)}" y1="1900" x2="${across(x)}" y2="${up(y)}" stroke="${ORANGE}" ` +
      'stroke-width="16"/>',
      `<polyline points="${line.join(' ')}" fill="none" stroke="${BLUE}" stroke-width="24"/>`,
      `<circle cx="${across(x)}" cy="${up(y)}" r="60" fill="${ORANGE}"/>`,
      text(350, 210, `after ${folds}: ${pieces} straight piece${many}`, 150),
      text(290, 1950, '0', 120, INK, 'end'), text(290, 350, '1', 120, INK, 'end'),
      text(350, 2070, '0', 120, INK, 'middle'), text(4550, 2070, '1', 120, INK, 'middle'),
      text(2450, 2070, 'x', 130, INK, 'middle'),
    ];
    values.forEach((v, layer) => {
      const row = 2330 + 230 * layer;
      shapes.push(
        `<line x1="850" y1="${row}" x2="4000" y2="${row}" stroke="#B4BEC6" stroke-width="30"/>`,
        text(750, row + 45, layer ? `layer ${layer}` : 'x', 115, INK, 'end'),
        `<circle cx="${rounded(850 + 3150 * v)}" cy="${row}" r="60" fill="${ORANGE}"/>`,
        text(4120, row + 45, v.toFixed(3), 120));
    });
    const way = values.slice(1).map((v) => v.toFixed(3)).join(', then ');
    const ends = y > 0 && y < 1 ? pieces : pieces / 2 + (y === 0 ? 1 : 0); // 0 and 1 are corners
    const same = ends > 1 ? `${ends} numbers in all end there` : 'no other number ends there';
    const sentence = `${folds}, ${pieces} straight piece${many}. The number ${x.toFixed(3)} ` +
      (k ? `becomes ${way}; ${same}.` : 'stays where it is.');
    return { svg: svg(480, 400, shapes), sentence };
  };
})();
