// A canvas that writes down what is drawn on it, as SVG: pictures for a paper, sharp at every size.
// It knows of a canvas what the playground's pictures use.
(() => {
  'use strict';

  const ANCHOR = {left: 'start', center: 'middle', right: 'end'};
  const BASELINE = {alphabetic: 'auto', middle: 'central'};

  const round = x => String(Math.round(100 * x) / 100);
  const escape = text => String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
  const element = (name, attributes, inner = '') => {
    const given = Object.entries(attributes).filter(([, x]) => x !== undefined);
    return `<${name}${given.map(([key, x]) => ` ${key}="${escape(x)}"`).join('')}>${inner}</${name}>`;
  };

  class Drawing {
    static clips = 0;

    // Of w × h pixels; in place of a canvas, and of its context.
    constructor(w, h) {
      Object.assign(this, {clientWidth: w, clientHeight: h, parts: [], path: '', dash: [], kept: [],
        clipped: undefined, globalAlpha: 1, lineWidth: 1, textAlign: 'left',
        textBaseline: 'alphabetic', fillStyle: '#000', strokeStyle: '#000'});
    }

    getContext() { return this; }
    setTransform() {}
    clearRect() {}

    save() { this.kept.push(this.clipped); }
    restore() { this.clipped = this.kept.pop(); }

    beginPath() { this.path = ''; }
    moveTo(...at) { this.path += `M${at.map(round).join(' ')}`; }
    lineTo(...at) { this.path += `L${at.map(round).join(' ')}`; }
    bezierCurveTo(...at) { this.path += `C${at.map(round).join(' ')}`; }
    closePath() { this.path += 'Z'; }

    // A whole circle.
    arc(x, y, r) {
      this.moveTo(x - r, y);
      for (const way of [1, -1]) {
        this.path += `A${round(r)} ${round(r)} 0 0 1 ${round(x + way * r)} ${round(y)}`;
      }
      this.closePath();
    }

    rect(x, y, w, h) {
      this.path += `M${round(x)} ${round(y)}h${round(w)}v${round(h)}h${round(-w)}Z`;
    }

    roundRect(x, y, w, h, r) {
      const turn = (dx, dy) => `a${round(r)} ${round(r)} 0 0 1 ${round(dx)} ${round(dy)}`;
      this.path += `M${round(x + r)} ${round(y)}h${round(w - 2 * r)}${turn(r, r)}` +
        `v${round(h - 2 * r)}${turn(-r, r)}h${round(2 * r - w)}${turn(-r, -r)}` +
        `v${round(2 * r - h)}${turn(r, -r)}Z`;
    }

    clip() {
      this.clipped = `clip-${++Drawing.clips}`;
      this.parts.push(element('clipPath', {id: this.clipped}, element('path', {d: this.path})));
    }

    setLineDash(dash) { this.dash = dash; }

    // What it looks like where it is not as SVG begins.
    look(more) {
      const {globalAlpha: alpha, clipped} = this;
      return {opacity: alpha === 1 ? undefined : alpha, 'clip-path': clipped && `url(#${clipped})`,
        ...more};
    }

    fill() { this.add('path', {d: this.path, fill: this.fillStyle}); }

    stroke() {
      this.add('path', {d: this.path, fill: 'none', stroke: this.strokeStyle,
        'stroke-width': round(this.lineWidth), 'stroke-linejoin': 'round',
        'stroke-dasharray': this.dash.join(' ') || undefined});
    }

    fillRect(x, y, width, height) {
      this.add('rect', {x: round(x), y: round(y), width: round(width), height: round(height),
        fill: this.fillStyle});
    }

    fillText(text, x, y) {
      this.add('text', {x: round(x), y: round(y), fill: this.fillStyle,
        'text-anchor': ANCHOR[this.textAlign], 'dominant-baseline': BASELINE[this.textBaseline]},
      escape(text));
    }

    // Colours of another canvas, smoothed.
    drawImage(small, x, y, width, height) {
      this.add('image', {href: small.toDataURL(), x: round(x), y: round(y), width: round(width),
        height: round(height), preserveAspectRatio: 'none'});
    }

    add(name, attributes, inner) {
      if (this.path || attributes.d === undefined) {
        this.parts.push(element(name, this.look(attributes), inner));
      }
    }
  }

  // Drawings side by side: [x, y, drawing] each, on white; what a screen reader says of them.
  function svg(width, height, placed, title) {
    const inner = placed.map(([x, y, {parts}]) =>
      element('g', {transform: `translate(${x} ${y})`}, `\n${parts.join('\n')}\n`));
    return element('svg', {xmlns: 'http://www.w3.org/2000/svg', width, height,
      viewBox: `0 0 ${width} ${height}`, 'font-family': 'system-ui, sans-serif', 'font-size': 12,
      role: 'img'}, [element('title', {}, escape(title)),
      element('rect', {width, height, fill: '#fff'}), ...inner].join('\n'));
  }

  dlcore.page.svg = {Drawing, svg};
})();
