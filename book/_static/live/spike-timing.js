'use strict';
// Two spikes that the reader moves, and the window of spike timing: the twin of
// dlcore/teaching/chapters/spike_timing.py, state for state.
(() => {
  const NAME = 'spike-timing';
  const round = (value) => Math.floor(value + 0.5);
  const minus = (number) => String(number).replace('-', '−');
  const text = (x, y, words, anchor = 'middle') =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;

  function hundredths(value) {
    const n = round(100 * Math.abs(value));
    return `${value < 0 && n ? '−' : ''}${Math.floor(n / 100)}.${String(n % 100).padStart(2, '0')}`;
  }

  (window.dlcoreLive ||= {})[NAME] = ({t_pre, t_post, tau, ratio}) => {
    const rule = (dt) => (dt > 0 ? Math.exp(-dt / tau) : dt < 0 ? -ratio * Math.exp(dt / tau) : 0);
    const dt = t_post - t_pre, change = rule(dt);
    const shapes = [
      '<path d="M40 110h400M240 16v188" stroke="#999" fill="none"/>',
      text(440, 128, 'Δt in ms', 'end'), text(248, 26, 'Δw / A₊', 'start'),
      '<path d="M140 105v10M340 105v10M235 50h10" stroke="#999"/>',
      text(140, 98, '−50'), text(340, 132, '50'), text(230, 56, '1', 'end')];
    for (const [from, color] of [[-100, '#D55E00'], [2, '#0072B2']]) {
      const points = [];
      for (let t = from; t < from + (from < 0 ? 100 : 99); t += 2) {
        points.push(`${240 + 2 * t},${round(110 - 60 * rule(t))}`);
      }
      shapes.push(
        `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="3"/>`);
    }
    const at = 240 + 2 * dt, height = round(110 - 60 * change);
    const color = change > 0 ? '#0072B2' : change < 0 ? '#D55E00' : '#777';
    shapes.push(
      `<path d="M${at} 110V${height}" stroke="${color}" stroke-width="2"/>`,
      `<circle cx="${at}" cy="${height}" r="8" fill="${color}" stroke="#fff"/>`,
      '<path d="M40 250h400M40 310h400" stroke="#999" fill="none"/>');
    for (const [name, y, t] of [['before', 250, t_pre], ['after', 310, t_post]]) {
      const x = 40 + 4 * t;
      shapes.push(`<path d="M${x} ${y}v-34" stroke="#222" stroke-width="4"/>`,
        `<circle cx="${x}" cy="${y}" r="11" fill="#F5C242" stroke="#222" data-spike="${name}"/>`);
    }
    const amount = hundredths(change);
    const verdict = change > 0 ? 'grows' : change < 0 ? 'shrinks' : 'stays as it is';
    shapes.push(
      text(40, t_pre > 20 ? 232 : 275, 'cell before', 'start'),
      text(40, t_post > 20 ? 292 : 335, 'cell after', 'start'), text(440, 335, '100 ms', 'end'),
      text(240, 362, `Δt = ${minus(dt)} ms: the synapse ${verdict}, ${amount} A₊`));
    const style = 'style="user-select:none;max-width:min(100%,32rem)" ' +
      'font-family="DejaVu Sans, Verdana, sans-serif" font-size="16" fill="#222"';
    const sentence = `The cell before the synapse fires at ${t_pre} ms, the one after it at ` +
      `${t_post} ms; with τ = ${tau} ms and A₋ = ${ratio} A₊ the synapse ${verdict}, ` +
      `Δw = ${amount} A₊.`;
    return {svg: `<svg viewBox="0 0 480 374" ${style}>${shapes.join('')}</svg>`, sentence};
  };

  // A spike is dragged along its axis: that sets its control, and the control redraws.

  const CONTROLS = {before: 't_pre', after: 't_post'};
  let held = null;

  document.addEventListener('pointerdown', (event) => {
    const picture = event.target.closest?.(`figure[data-experiment="${NAME}"] .picture`);
    const spike = event.target.dataset?.spike;
    if (!picture || !spike) return;
    held = {picture, control: document.getElementById(`${NAME}-${CONTROLS[spike]}`)};
    picture.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  document.addEventListener('pointermove', (event) => {
    if (!held || !held.control) return;
    const box = held.picture.querySelector('svg').getBoundingClientRect();
    const t = ((event.clientX - box.left) / box.width * 480 - 40) / 4;
    const index = String(Math.max(0, Math.min(25, Math.round(t / 4))));
    if (held.control.value === index) return;
    held.control.value = index;
    held.control.dispatchEvent(new Event('input', {bubbles: true}));
  });

  // A finger on a spike drags it and does not scroll the page.
  document.addEventListener('touchstart', (event) => {
    if (event.target.dataset?.spike) event.preventDefault();
  }, {passive: false});

  for (const end of ['pointerup', 'pointercancel']) {
    document.addEventListener(end, () => { held = null; });
  }
})();
