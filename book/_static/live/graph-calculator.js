'use strict';
// The graph calculator of chapter 13: the twin of dlcore/teaching/chapters/formulas.py, state for
// state. A typed formula is parsed by recursive descent and never run as code. The text field that
// this script puts above the picture takes any formula; the list of examples fills it.
(() => {
  const NAME = 'graph-calculator';
  const ONE = ['exp', 'log', 'sqrt', 'sin', 'cos', 'tanh', 'sigmoid', 'relu', 'softplus', 'abs'];
  const TWO = ['max', 'min'];
  const CONSTANTS = {pi: Math.PI, e: Math.E};
  const LONGEST = 80, MOST = 12, REVERSE = 'derivatives back';
  const ALIKE = {'−': '-', '–': '-', '·': '*', '⋅': '*', '×': '*', '÷': '/', '^': '**',
    '\t': ' ', '\n': ' ', '\u00a0': ' '};
  const INSTEAD = {'π': 'pi', '√': 'sqrt(…)', '|': 'abs(…)', '[': '(', ']': ')', '{': '(', '}': ')'};
  const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', DIGITS = '0123456789.';
  const INK = '#222222', BLUE = '#0072B2', VERMILLION = '#B34700', GREY = '#777777';
  const WIDTH = 540, HEIGHT = 330, TOP = 44, ACROSS = 138, DOWN = 76, BOX = 86, TALL = 64;

  class FormulaError extends Error {
    constructor(message, place) { super(message); this.place = place; }
  }
  class NoValue extends Error { // in words for a reader whose inputs are called x and y, too
    constructor(message) {
      super(message.replace(/expected a finite value, got .*/, 'the value is too large')
        .replaceAll('expected x ', 'expected an argument ').replaceAll('is a Node', 'varies')
        .replaceAll('/: ', 'division: ').replaceAll('**', '^').replaceAll('-', '−'));
    }
  }

  // Numbers as Python writes them: the nearest, of two that are equally near the one that is even.

  function general(value, digits) {
    if (Number.isNaN(value)) return 'nan';
    if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
    if (value === 0) return Object.is(value, -0) ? '-0' : '0';
    let [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    const [exact] = value.toExponential(60).split('e');
    const sign = value < 0 ? '-' : '', plain = (text) => text.replace(/[-.]/g, '');
    if (/^50*$/.test(plain(exact).slice(digits))) { // a tie
      let kept = BigInt(plain(exact).slice(0, digits));
      if (kept % 2n === 1n) kept += 1n;
      const text = String(kept);
      if (text.length > digits) exponent = String(Number(exponent) + 1);
      mantissa = sign + text[0] + (digits > 1 ? `.${text.slice(1, digits)}` : '');
    }
    const e = Number(exponent), figures = plain(mantissa);
    const strip = (text) => (text.includes('.') ? text.replace(/\.?0*$/, '') : text);
    if (e < -4 || e >= digits) {
      const size = String(Math.abs(e)).padStart(2, '0');
      return `${strip(mantissa)}e${e < 0 ? '-' : '+'}${size}`;
    }
    if (e < 0) return strip(`${sign}0.${'0'.repeat(-e - 1)}${figures}`);
    return strip(`${sign}${figures.slice(0, e + 1)}.${figures.slice(e + 1)}`);
  }

  const number = (value, digits = 4) => general(value + 0, digits)
    .replaceAll('-', '−').replace('inf', '∞').replace('nan', 'not a number');
  const rounded = (value) => Math.floor(value + 0.5);

  // The nodes of dlcore.graph: value, parents, local derivatives.

  function node(value, parents = [], partials = [], op = '', name = '') {
    if (!Number.isFinite(value)) {
      throw new NoValue(`${op || 'Node'}: expected a finite value, got ${general(value, 17)}`);
    }
    return {value, parents, partials, op, name};
  }

  const g = (value) => general(value, 6);
  const logistic = (x) => { const e = Math.exp(-Math.abs(x)); return (x >= 0 ? 1 : e) / (1 + e); };
  const share = (x, y) => (x !== y ? Number(x > y) : 0.5);
  const raise = (x, k) => { // too large is ∞, whatever the sign, as in dlcore
    const v = Math.pow(x, k);
    return Number.isFinite(v) ? v : Infinity;
  };
  const slopeOfPower = (x, k) => {
    if (k === 0) return 0;
    return x !== 0 || k >= 1 ? k * raise(x, k - 1) : Infinity;
  };

  const add = (a, b) => node(a.value + b.value, [a, b], [1, 1], '+');
  const subtract = (a, b) => node(a.value - b.value, [a, b], [1, -1], '−');
  const multiply = (a, b) => node(a.value * b.value, [a, b], [b.value, a.value], '×');
  const negative = (a) => node(-a.value, [a], [-1], '−');

  function divide(a, b) {
    if (b.value === 0) {
      throw new NoValue(`/: expected a divisor other than 0, got ${g(a.value)}/0`);
    }
    const v = a.value / b.value;
    return node(v, [a, b], [1 / b.value, -v / b.value], '/');
  }

  function power(a, k) { // k: a node that depends on an input, or a number
    const x = a.value;
    if (typeof k !== 'number') {
      if (x <= 0) {
        throw new NoValue(`**: expected a base > 0 where the exponent is a Node, got ${g(x)}`);
      }
      const v = raise(x, k.value);
      return node(v, [a, k], [slopeOfPower(x, k.value), v * Math.log(x)], '**');
    }
    if (x === 0 && k < 0) throw new NoValue(`**: expected a base other than 0, got 0**${g(k)}`);
    if (x < 0 && !Number.isInteger(k)) {
      throw new NoValue(`**: expected a base ≥ 0 or a whole exponent, got (${g(x)})**${g(k)}`);
    }
    return node(raise(x, k), [a], [slopeOfPower(x, k)], `**${g(k)}`);
  }

  function one(name, a) {
    const x = a.value, make = (v, slope) => node(v, [a], [slope], name);
    switch (name) {
      case 'exp': return make(Math.exp(x), Math.exp(x));
      case 'log':
        if (x <= 0) throw new NoValue(`log: expected x > 0, got ${g(x)}`);
        return make(Math.log(x), 1 / x);
      case 'sqrt':
        if (x < 0) throw new NoValue(`sqrt: expected x ≥ 0, got ${g(x)}`);
        return make(Math.sqrt(x), x > 0 ? 0.5 / Math.sqrt(x) : Infinity);
      case 'sin': return make(Math.sin(x), Math.cos(x));
      case 'cos': return make(Math.cos(x), -Math.sin(x));
      case 'tanh': return make(Math.tanh(x), 1 - Math.tanh(x) * Math.tanh(x));
      case 'sigmoid': return make(logistic(x), logistic(x) * (1 - logistic(x)));
      case 'relu': return make(Math.max(x, 0), Number(x > 0));
      case 'softplus':
        return make(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), logistic(x));
      default: return make(Math.abs(x), Number(x > 0) - Number(x < 0)); // abs
    }
  }

  function two(name, a, b) {
    const part = name === 'max' ? share(a.value, b.value) : share(b.value, a.value);
    const value = name === 'max' ? Math.max(a.value, b.value) : Math.min(a.value, b.value);
    return node(value, [a, b], [part, 1 - part], name);
  }

  // All nodes below the output, parents before children.
  function topological(output) {
    const order = [], seen = new Set(), stack = [[output, false]];
    while (stack.length) {
      const [v, done] = stack.pop();
      if (done) order.push(v);
      else if (!seen.has(v)) {
        seen.add(v);
        stack.push([v, true]);
        for (const p of [...v.parents].reverse()) stack.push([p, false]);
      }
    }
    return order;
  }

  // Text to tokens, tokens to nodes: one function for each line of the grammar.

  function tokens(text) {
    const found = [], letters = [...text].map((letter) => ALIKE[letter] ?? letter);
    let at = 0;
    while (at < letters.length) {
      const letter = letters[at], start = at;
      const inside = (set, one) => one !== undefined && one.length === 1 && set.includes(one);
      if (letter === ' ') at += 1;
      else if (letter === '²' || letter === '³') {
        found.push(['**', at], [letter === '²' ? '2' : '3', at]);
        at += 1;
      } else if (inside(LETTERS, letter) || inside(DIGITS, letter)) {
        const more = inside(DIGITS, letter) ? DIGITS : `${LETTERS}0123456789`;
        while (inside(more, letters[at])) at += 1;
        const word = letters.slice(start, at).join('');
        if (inside(DIGITS, letter) && (word.split('.').length > 2 || word === '.')) {
          throw new FormulaError(`“${word}” is no number`, start);
        }
        if (inside(DIGITS, letter) &&
            /^[eE](-?|\+?)[0-9]/.test(letters.slice(at, at + 3).join(''))) {
          throw new FormulaError('a number has no e in it; write 2*10^5 for 2e5', at);
        }
        found.push([word, start]);
      } else if (letter === '*' && letters[at + 1] === '*') {
        found.push(['**', at]);
        at += 2;
      } else if (['+', '-', '*', '/', '**', '(', ')', ',', ';', '='].includes(letter)) {
        found.push([letter, at]);
        at += 1;
      } else {
        const instead = Object.hasOwn(INSTEAD, letter) ? `; write ${INSTEAD[letter]}` : '';
        throw new FormulaError(`“${letter}” has no meaning here${instead}`, at);
      }
    }
    return [...found, ['', letters.length]];
  }

  function parse(text, given) {
    if ([...text].length > LONGEST) {
      throw new FormulaError(`the formula is longer than ${LONGEST} letters`, LONGEST);
    }
    const words = tokens(text), inputs = Object.keys(given), known = new Map();
    for (const name of inputs) known.set(name, node(given[name], [], [], '', name));
    let at = 0;

    const here = () => words[at][0];
    const take = (...wanted) => (wanted.includes(here()) ? words[at++][0] : '');
    const fail = (message, back = 0) => { throw new FormulaError(message, words[at - back][1]); };
    const begins = (token, set) => token !== '' && set.includes(token[0]);

    function lines() {
      if (here() === '') fail('the field is empty: type a formula, such as x*y + 1');
      let output = line();
      while (take(';')) output = line();
      if (here() !== '') {
        if (here() === ',') fail('a comma stands in max and min only; a decimal number has a point');
        if (here() === ')') fail('this bracket was never opened');
        if (here() === '=') fail('a name stands before =, as in s = x + y; s*s');
        fail(`an operation is missing before “${here()}”: a product needs its *`);
      }
      return output;
    }

    function line() {
      const name = here();
      if (!(begins(name, LETTERS) && words[at + 1][0] === '=')) return sum();
      if (ONE.includes(name) || TWO.includes(name) || Object.hasOwn(CONSTANTS, name) ||
          inputs.includes(name)) fail(`“${name}” has a meaning already; take another name`);
      at += 2;
      const found = sum();
      known.set(name, found.parents.length && !found.name ? {...found, name} : found);
      return known.get(name);
    }

    function sum() {
      let left = product(), operator;
      while ((operator = take('+', '-'))) {
        const right = product();
        left = operator === '+' ? add(left, right) : subtract(left, right);
      }
      return left;
    }

    function product() {
      let left = signed(), operator;
      while ((operator = take('*', '/'))) {
        const right = signed();
        left = operator === '*' ? multiply(left, right) : divide(left, right);
      }
      return left;
    }

    function signed() {
      if (!take('-')) return raised();
      const x = signed();
      return x.parents.length || x.name ? negative(x) : node(-x.value);
    }

    function raised() {
      const x = atom();
      if (!take('**')) return x;
      const k = signed();
      return power(x, topological(k).some((v) => v.name) ? k : k.value);
    }

    function atom() {
      const token = here();
      if (take('(')) {
        const inner = sum();
        closed();
        return inner;
      }
      if (begins(token, DIGITS)) {
        at += 1;
        return node(Number(token));
      }
      if (begins(token, LETTERS)) {
        at += 1;
        return ONE.includes(token) || TWO.includes(token) ? call(token) : named(token);
      }
      if (token === '') fail('the formula ends too early: a number, a name or a bracket is missing');
      return fail(`a number, a name or a bracket is missing before “${token}”`);
    }

    function call(name) {
      if (!take('(')) fail(`${name} needs its argument in brackets: ${name}(…)`);
      const args = [sum()];
      while (take(',')) args.push(sum());
      const n = ONE.includes(name) ? 1 : 2;
      if (args.length !== n) fail(`${name} takes ${n} argument${n > 1 ? 's' : ''}, not ${args.length}`);
      closed();
      return n === 1 ? one(name, args[0]) : two(name, ...args);
    }

    function named(name) {
      if (here() === '(') {
        if (known.has(name) || Object.hasOwn(CONSTANTS, name)) {
          fail('an operation is missing before “(”: a product needs its *');
        }
        fail(`there is no function “${name}”; there are ${[...ONE, ...TWO].join(', ')}`, 1);
      }
      if (known.has(name)) return known.get(name);
      if (Object.hasOwn(CONSTANTS, name)) return node(CONSTANTS[name]);
      const product = [...name].every((letter) => inputs.includes(letter));
      return fail(`“${name}” is not known; the inputs are ${inputs.join(' and ')}` +
        `${product ? '; a product needs its *' : ''}`, 1);
    }

    function closed() {
      if (here() === '') fail('a bracket is not closed');
      if (!take(')')) {
        if (here() === ',') fail('a comma stands in max and min only; a decimal number has a point');
        fail(`an operation or a bracket ) is missing before “${here()}”`);
      }
    }

    return lines();
  }

  // A node as a formula: its own name, else what it computes; and how strongly that binds.

  const inBrackets = ([text, binds], least) => (binds >= least ? text : `(${text})`);

  function written(v) {
    if (v.name) return [v.name, 4];
    if (!v.parents.length) return [number(v.value), v.value >= 0 ? 4 : 1];
    const op = v.op, inner = v.parents.map(written), [first] = inner;
    if (ONE.includes(op) || TWO.includes(op)) {
      return [`${op}(${inner.map(([text]) => text).join(', ')})`, 4];
    }
    if (op.startsWith('**')) {
      const k = inner.length === 2 ? inBrackets(inner[1], 4) : op.slice(2).replaceAll('-', '−');
      return [`${inBrackets(first, 4)}^${k}`, 3];
    }
    if (inner.length === 1) return [`−${inBrackets(first, 3)}`, 1];
    if (op === '+' || op === '−') return [`${first[0]} ${op} ${inBrackets(inner[1], 2)}`, 1];
    return [`${inBrackets(first, 2)}${op}${inBrackets(inner[1], 3)}`, 2];
  }
  const words = (v) => written(v)[0];

  // The sweeps: after each visit to an operation, who got what and all entries so far.

  function backwards(output) {
    const entries = new Map([[output, 1]]), states = [{node: null, added: [], entries: new Map(entries)}];
    for (const v of topological(output).reverse()) {
      if (!v.parents.length) continue;
      const added = v.parents.map((p, i) => [p, entries.get(v) * v.partials[i]]);
      for (const [p, amount] of added) entries.set(p, (entries.get(p) ?? 0) + amount);
      states.push({node: v, added, entries: new Map(entries)});
    }
    return states;
  }

  function forwards(output, seed) {
    const entries = new Map([[seed, 1]]), reached = new Set([seed]), states = [];
    for (const v of topological(output)) {
      if (!v.parents.length) continue;
      const added = v.parents.map((p, i) =>
        [v, reached.has(p) ? entries.get(p) * v.partials[i] : 0]);
      if (v.parents.some((p) => reached.has(p))) reached.add(v);
      let total = 0;
      for (const [, amount] of added) total += amount;
      entries.set(v, total);
      states.push({node: v, added, slope: total});
    }
    return states;
  }

  // Where the nodes lie: the layout of dlcore/teaching/graphs.py.

  function port(child, i) {
    const n = child.parents.length;
    return 0.44 * ((n - 1) / 2 - i) / Math.max(n - 1, 1);
  }

  function layout(output) {
    const order = topological(output), depth = new Map(), columns = [], chains = [];
    for (const v of order) {
      depth.set(v, 1 + Math.max(-1, ...v.parents.map((p) => depth.get(p))));
    }
    for (const v of order) {
      if (!v.parents.length && !v.name && v !== output) {
        depth.set(v, Math.min(...order.filter((c) => c.parents.includes(v))
          .map((c) => depth.get(c))) - 1);
      }
    }
    for (let c = 0; c <= Math.max(...depth.values()); c++) columns.push([]);
    for (const v of order) columns[depth.get(v)].push(v);
    for (const child of order) {
      child.parents.forEach((parent, i) => {
        const corners = [];
        for (let c = depth.get(parent) + 1; c < depth.get(child); c++) {
          corners.push({column: c});
          columns[c].push(corners.at(-1));
        }
        chains.push({parent, child, i, corners, way: [parent, ...corners, child]});
      });
    }
    const neighbours = new Map();
    const near = (a, b, shift) => {
      if (!neighbours.has(a)) neighbours.set(a, []);
      neighbours.get(a).push([b, shift]);
    };
    for (const {child, i, way} of chains) {
      for (let n = 1; n < way.length; n++) {
        const shift = way[n] === child ? port(child, i) : 0;
        near(way[n - 1], way[n], shift);
        near(way[n], way[n - 1], -shift);
      }
    }
    const height = new Map();
    const spread = (column) => column.forEach((v, k) => height.set(v, (column.length - 1) / 2 - k));
    columns.forEach(spread);
    for (let sweep = 0; sweep < 8; sweep++) {
      for (const column of sweep % 2 ? columns : [...columns].reverse()) {
        const mean = new Map(column.map((v) => {
          const around = (neighbours.get(v) ?? [[v, 0]]).map(([n, shift]) => height.get(n) + shift);
          return [v, around.reduce((total, h) => total + h, 0) / around.length];
        }));
        column.sort((a, b) => mean.get(b) - mean.get(a));
        spread(column);
      }
    }
    return {order, depth, height, chains};
  }

  // The picture.

  const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const text = (x, y, inner, attributes) => `<text x="${x}" y="${y}"` +
    `${Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`).join('')}>${inner}</text>`;
  const picture = (shapes) => `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="DejaVu Sans, ` +
    `Verdana, sans-serif" font-size="16"><rect width="${WIDTH}" height="${HEIGHT}" fill="#FFFFFF"/>` +
    `${shapes.join('')}</svg>`;

  function refused(formula, message, place) {
    const letters = [...formula], cut = (from, to) => escaped(letters.slice(from, to).join(''));
    const shown = place === null ? cut(0, LONGEST)
      : `${cut(0, place)}<tspan fill="${VERMILLION}">▸${cut(place, LONGEST)}</tspan>`;
    const shapes = [text(8, 20, shown, {fill: INK, 'font-weight': 'bold', 'font-size': 16})];
    const lines = [];
    let line = '';
    for (const word of message.split(' ')) {
      if ([...line].length + [...word].length > 52) {
        lines.push(line);
        line = '';
      }
      line += (line ? ' ' : '') + word;
    }
    [...lines, line].forEach((words, n) => shapes.push(
      text(8, 70 + 26 * n, escaped(words), {fill: VERMILLION, 'font-size': 17})));
    return {svg: picture(shapes),
      sentence: `“${letters.slice(0, LONGEST).join('')}” cannot be shown: ${message}.`};
  }

  function calculator({formula, sweep, x, y, step}) {
    let output, operations;
    try {
      output = parse(formula, {x, y});
      operations = topological(output).filter((v) => v.parents.length);
      if (operations.length > MOST) {
        throw new FormulaError(`this formula has ${operations.length} operations; ` +
          `the picture has room for ${MOST}`, 0);
      }
    } catch (error) {
      if (error instanceof FormulaError) return refused(formula, error.message, error.place);
      if (!(error instanceof NoValue)) throw error;
      return refused(formula,
        `no value at x = ${number(x)}, y = ${number(y)}: ${error.message}`, null);
    }

    const back = sweep === REVERSE, by = sweep.at(-1), all = topological(output);
    const k = operations.length, last = back ? 2 * k : k, now = Math.min(step, last);
    const valued = new Set([...operations.slice(0, Math.min(now, k)),
      ...all.filter((v) => !v.parents.length)]);
    let known = new Map(), added = [], done = new Set();
    let current = now > 0 && now <= k ? operations[now - 1] : null;
    if (back) {
      const visited = backwards(output), state = visited[Math.max(now - k, 0)];
      if (now >= k) known = state.entries;
      if (now > k) {
        current = state.node;
        added = state.added;
      }
      done = new Set(visited.slice(1, Math.max(now - k, 0) + 1).map((s) => s.node));
    } else {
      const seed = all.find((v) => v.name === by && !v.parents.length);
      for (const v of all) if (!v.parents.length) known.set(v, Number(v === seed));
      if (seed) {
        const visited = forwards(output, seed);
        for (const s of visited.slice(0, now)) known.set(s.node, s.slope);
        if (now) added = visited[now - 1].added;
      } else for (const v of operations.slice(0, now)) known.set(v, 0);
      done = new Set(operations.slice(0, now));
    }
    const finished = step > last || (step === last && k === 0);
    if (finished) {
      current = null;
      added = [];
    }
    const shapes = [
      text(8, 20, escaped(formula), {fill: INK, 'font-weight': 'bold'}),
      text(8, 38, `at x = ${number(x)}, y = ${number(y)}`, {fill: INK, 'font-size': 14}),
      text(WIDTH - 8, 38, back ? 'blue: ∂f/∂v' : `blue: ∂v/∂${by}`,
        {fill: BLUE, 'font-size': 14, 'text-anchor': 'end'}),
      ...graph(output, {valued, known, done, current, added, back}),
    ];
    const said = sentence(output, {sweep, now, last, k, current, added, known, finished});
    return {svg: picture(shapes),
      sentence: `${formula} at x = ${number(x)}, y = ${number(y)}. ${said}`};
  }

  function graph(output, {valued, known, done, current, added, back}) {
    const {order, depth, height, chains} = layout(output);
    const columns = 1 + Math.max(...depth.values()), heights = [...height.values()];
    const high = Math.max(...heights), low = Math.min(...heights), room = HEIGHT - TOP;
    const middle = (high + low) / 2, rows = 1 + high - low;
    const scale = Math.floor(1000 * Math.min(1, (WIDTH - 8) / (ACROSS * (columns - 1) + BOX),
      room / (DOWN * rows)));
    const across = (column) => rounded(ACROSS * (column - (columns - 1) / 2));
    const down = (at) => rounded(DOWN * (middle - at));
    const shapes = [`<g transform="translate(${WIDTH / 2} ${TOP + room / 2}) scale(${scale / 1000})">`];
    for (const {parent, child, i, corners} of chains) {
      const amount = child === current && added.length ? added[i][1] : null;
      const start = [across(depth.get(parent)) + BOX / 2, down(height.get(parent))];
      const end = [across(depth.get(child)) - BOX / 2, down(height.get(child) + port(child, i))];
      const points = [start, ...corners.map((c) => [across(c.column), down(height.get(c))]), end];
      let path = `M${start[0]} ${start[1]}`;
      for (let n = 1; n < points.length; n++) {
        const [xa, ya] = points[n - 1], [xb, yb] = points[n], half = rounded((xa + xb) / 2);
        path += `C${half} ${ya} ${half} ${yb} ${xb} ${yb}`;
      }
      const [color, width] = amount !== null ? [VERMILLION, 3] : [GREY, 1.5];
      shapes.push(`<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}"/>`);
      const [[px, py], side] = amount !== null && back ? [start, 9] : [end, -9];
      shapes.push(`<polygon points="${px},${py} ${px + side},${py - 5} ${px + side},${py + 5}" ` +
        `fill="${color}"/>`);
      if (amount !== null || valued.has(child)) {
        const label = amount !== null ? `${amount >= 0 ? '+' : ''}${number(amount, 3)}`
          : number(child.partials[i], 3);
        const above = child.parents.length === 1 || i === 0;
        shapes.push(text(end[0] - 5, end[1] + (above ? -6 : 16), label, {
          'text-anchor': 'end', 'font-size': 13, fill: amount !== null ? VERMILLION : INK,
          stroke: '#FFFFFF', 'stroke-width': 4, 'paint-order': 'stroke',
        }));
      }
    }
    for (const v of order) {
      const left = across(depth.get(v)) - BOX / 2, top = down(height.get(v)) - TALL / 2;
      shapes.push(`<rect x="${left}" y="${top}" width="${BOX}" height="${TALL}" rx="9" ` +
        `fill="${done.has(v) ? '#DCE9F4' : '#FFFFFF'}" ` +
        `stroke="${v === current ? VERMILLION : INK}" stroke-width="${v === current ? 3 : 1.5}"/>`);
      const partly = back && known.has(v) &&
        order.some((c) => c.parents.includes(v) && !done.has(c));
      const slope = known.has(v) ? number(known.get(v)) + (partly ? ' + …' : '') : '?';
      const label = [v.name, v.op.replace('**', '^')].filter(Boolean).join(': ') || 'constant';
      [[label.replaceAll('-', '−'), INK, 'bold'],
        [valued.has(v) ? number(v.value) : '?', INK, 'normal'],
        [slope, BLUE, 'normal']].forEach(([line, fill, weight], n) => {
        shapes.push(text(left + BOX / 2, top + 18 + 20 * n, line, {
          'text-anchor': 'middle', fill, 'font-weight': weight,
          'font-size': [...line].length > 9 ? 13 : 16,
        }));
      });
    }
    return [...shapes, '</g>'];
  }

  function sentence(output, {sweep, now, last, k, current, added, known, finished}) {
    const back = sweep === REVERSE, by = sweep.at(-1);
    if (finished) {
      const value = `Finished: the value is ${number(output.value)}`;
      if (!back) return `${value}, and its derivative by ${by} is ${number(known.get(output))}.`;
      const slopes = topological(output).filter((v) => v.name && !v.parents.length)
        .map((v) => `${number(known.get(v))} by ${v.name}`);
      if (!slopes.length) return `${value}, and it depends on no input.`;
      return `${value}, its derivative is ${slopes.join(' and ')}.`;
    }
    const where = `Step ${now} of ${last}`;
    if (now === 0) {
      return `${where}: only the inputs are known. The formula has ${k} operation${k !== 1 ? 's' : ''}.`;
    }
    const name = words(current), value = number(current.value);
    if (!back) {
      const taken = added.map(([, amount]) => `(${number(amount)})`).join(' + ') || '0';
      return `${where}: ${name} = ${value}, with the derivative ${taken} = ` +
        `${number(known.get(current))} by ${by}.`;
    }
    if (now < k) return `${where}, values: ${name} = ${value}.`;
    if (now === k) {
      return `${where}, values: ${name} = ${value}. This is the output; its derivative by itself is 1.`;
    }
    const passed = added.map(([p, amount]) => `${number(amount)} to ${words(p)}`).join(' and ');
    return `${where}, derivatives: ${name} has ${number(known.get(current))} and passes ${passed}.`;
  }

  // The text field, which comes with the first picture. What is typed there takes the place of the
  // chosen example, and stands in the address, where a link finds it again.

  const KEY = `${NAME}.typed`;
  let typed = null;

  function field() {
    const choice = document.getElementById(`${NAME}-formula`);
    const slider = document.getElementById(`${NAME}-x`);
    if (!choice || !slider || document.getElementById(`${NAME}-typed`)) return;
    const row = document.createElement('div');
    row.className = 'experiment-control experiment-typed';
    row.innerHTML = `<label for="${NAME}-typed">your own formula</label><input id="${NAME}-typed" ` +
      'type="text" autocomplete="off" autocapitalize="off" spellcheck="false">';
    const box = row.querySelector('input');
    const example = () => choice.selectedOptions[0].textContent.trim();
    choice.closest('.experiment-control').after(row);
    typed = new URLSearchParams(location.search).get(KEY);
    box.value = typed ?? example();
    const again = () => slider.dispatchEvent(new Event('input', {bubbles: true}));
    box.addEventListener('input', () => {
      typed = box.value;
      again();
    });
    choice.addEventListener('input', () => {
      typed = null;
      box.value = example();
      again();
    });
  }

  function draw(state) {
    field();
    return calculator(typed === null ? state : {...state, formula: typed});
  }
  draw.written = (params) => { // what an address says beside the controls
    if (typed === null) params.delete(KEY);
    else params.set(KEY, [...typed].slice(0, 2 * LONGEST).join('')); // servers refuse long addresses
  };

  (window.dlcoreLive ||= {})[NAME] = draw;
})();
