// What to do when training no longer improves: keep the best θ and stop, or make smaller steps.
// As dlcore/early_stopping.py.
(() => {
  'use strict';

  // The best θ and running statistics so far, and of which epoch.
  class EarlyStopping {
    constructor(net, patience, min_delta = 0) {
      Object.assign(this, {patience, min_delta, best: Infinity, epoch: 0});
      this.now = [net.theta, ...net.buffers.flat()];
      this.kept = this.now.map(array => array.slice());
    }

    // Note what an epoch has reached; smaller is better, and NaN is not.
    update(epoch, J) {
      if (!(J < this.best - this.min_delta)) return;
      Object.assign(this, {best: J, epoch});
      this.now.forEach((array, i) => this.kept[i].set(array));
    }

    stopped(epoch) {
      return epoch - this.epoch >= this.patience;
    }

    // Put the best back; its epoch, or null where there never was one.
    restore() {
      if (!this.epoch) return null;
      this.kept.forEach((array, i) => this.now[i].set(array));
      return this.epoch;
    }
  }

  // A callback: η ← γ η after every ``patience`` epochs without a better loss.
  const ReduceOnPlateau = (optimizer, factor = 0.5, patience = 5) => (epoch, history) => {
    const curve = history.falling(), since = epoch - 1 - curve.indexOf(Math.min(...curve));
    if (since > 0 && since % patience === 0) optimizer.lr *= factor;
  };

  dlcore.early_stopping = {EarlyStopping, ReduceOnPlateau};
})();
