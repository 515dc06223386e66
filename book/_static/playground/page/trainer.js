// One or many starts of a setting, in step: what they have reached, and how they stand in words.
(() => {
  'use strict';

  const {settings, setup, curves: {median}, canvas: {short}} = dlcore.page;

  class Trainer {
    constructor(s) {
      this.s = s;
      this.data = setup.data(s);
      const {seed, starts} = settings.all(s);
      this.runs = Array.from({length: starts}, (_, e) => setup.run(s, seed + e, this.data));
    }

    get steps() { return Math.max(...this.runs.map(run => run.history.steps)); }
    get epochs() { return Math.max(...this.runs.map(run => run.history.epochs)); }
    get ended() { return this.runs.every(run => run.ended); }
    get diverged() { return this.runs.filter(run => run.ended === 'diverged'); }

    // The networks to be shown: those that have not diverged, or where all have, all.
    get nets() {
      const well = this.runs.filter(run => run.ended !== 'diverged');
      return (well.length ? well : this.runs).map(run => run.net);
    }

    // One minibatch for every start that has not ended; false when all have.
    step() {
      for (const run of this.runs) if (!run.ended) run.step();
      return !this.ended;
    }

    // To the end of the epoch.
    epoch() {
      const before = this.epochs;
      while (this.step() && this.epochs === before);
    }

    lists(name) {
      return this.runs.map(run => run.history[name]);
    }

    // The last values of a curve, of the starts that have one.
    last(name) {
      return this.lists(name).map(list => list.at(-1)).filter(x => x !== undefined);
    }

    // Of the first start, backpropagation against differences, on as many rows as a minibatch has and
    // without dropout; nothing is changed.
    gradient_error() {
      const {net, loss, caches, slope, data: {X, target, N}} = this.runs[0];
      const rows = Math.min(N, slope.length / net.n_out), now = [net.gradient, ...net.buffers.flat()];
      const kept = now.map(array => array.slice());
      const noisy = net.layers.filter(layer => layer.rng).map(layer => [layer, {...layer}]);
      for (const [layer] of noisy) Object.assign(layer, {p: 0, rng: dlcore.random.default_rng(0)});
      const J = () => net.value_and_gradient(loss, X, target, rows, caches, slope);
      J();
      const error = dlcore.gradcheck.directional_error(J, net.theta, net.gradient.slice());
      for (const [layer, before] of noisy) Object.assign(layer, before);
      now.forEach((array, i) => array.set(kept[i]));
      return error;
    }

    // Where it stands, in a sentence or two.
    sentence() {
      const {runs, steps, epochs, data: {test}} = this;
      if (this.diverged.length === runs.length) return this.account();
      if (!steps) return this.start();
      const at = `Epoch ${epochs}, step ${steps}`;
      if (!epochs) return `${at}: the first epoch has not ended yet.`;
      const parts = [`training loss ${this.said('loss')}`];
      if (test) parts.push(`test loss ${this.said('validation')}`);
      const share = 100 * median(this.last('accuracy'));
      const percent = share.toFixed(share > 99 && share < 100 ? 1 : 0);
      const right = `${percent} % of the ${test ? 'test' : 'training'} points right`;
      return `${at}: ${parts.join(', ')}, ${right}${this.many()}.${this.end() || this.growth()}` +
        (this.diverged.length ? ` ${this.account()}` : '');
    }

    many() {
      if (this.runs.length === 1) return '';
      const all = this.last('accuracy').filter(share => share === 1).length;
      const have = all === 1 ? 'has' : 'have';
      return `, the median of ${this.runs.length} starts; ${all} of them ${have} all points right`;
    }

    // Before the loss is infinite there is already something to say.
    growth() {
      const [first, last] = [this.lists('loss').map(list => list[0]), this.last('loss')].map(median);
      const far = Math.max(1000, 10 * first);
      return last > far ? ' The loss has grown far beyond its start: try a smaller learning rate.' : '';
    }

    said(name) {
      const values = this.last(name), text = short(median(values));
      if (values.length === 1) return text;
      return `${text} (${short(Math.min(...values))} to ${short(Math.max(...values))})`;
    }

    start() {
      const {n_parameters} = this.nets[0], many = this.runs.length;
      const drawn = {Zeros: 'all zero', Constant: 'the weights all alike'}[settings.value(this.s, 'init')]
        || 'drawn at random';
      const points = `the ${this.data.train.y.length} filled points.`;
      if (many === 1) {
        return `A network of ${n_parameters} numbers, ${drawn}: it knows nothing yet. ` +
          `Run lets it learn from ${points}`;
      }
      return `${many} networks of ${n_parameters} numbers each, ${drawn}: they know nothing ` +
        `yet. Run lets them learn from ${points}`;
    }

    end() {
      if (!this.ended) return '';
      const {ended, history: {best}} = this.runs[0];
      return {epochs: ' It has stopped after the epochs that were asked for.',
        stopped: ' It has stopped: the loss is below what was asked for.',
        patience: ` It has stopped, and is again as it was after epoch ${best}, its best.`}[ended] || '';
    }

    account() {
      const {diverged, runs} = this, [{account, net, seed}] = diverged, {advice} = account;
      const words = account.words.replace(/layer \d+, /, `${layerName(net, account.layer)}, `);
      if (runs.length === 1) return `${words} ${advice}`;
      const who = `${diverged.length} of ${runs.length} starts have diverged. Seed ${seed}: `;
      return `${who}${words[0].toLowerCase()}${words.slice(1)} ${advice}`;
    }

    // What the copied Python is compared with.
    reached() {
      return {epochs: this.epochs, losses: this.last('loss'),
        diverged: this.diverged[0]?.history.diverged || 0};
    }
  }

  // As the picture of the network counts: by the layers of weights.
  function layerName(net, place) {
    const {linear} = setup.places(net), l = linear.filter(at => at <= place).length;
    return l === linear.length ? 'the output layer' : `hidden layer ${l}`;
  }

  dlcore.page.Trainer = Trainer;
})();
