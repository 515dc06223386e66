// Where the network answers what: one pass over a grid gives the answer and every unit's picture.
(() => {
  'use strict';

  const {setup, settings, canvas: {PALE, INK, NOWHERE, sheet, marker, paint, signed}} = dlcore.page;
  const {softmax} = dlcore.metrics, {sigmoid} = dlcore.activations;

  // The square around points of the plane.
  function around(X, own) {
    const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
    const list = own ? [...X, -1, -1, 1, 1] : X;
    list.forEach((x, i) => {
      low[i % 2] = Math.min(low[i % 2], x);
      high[i % 2] = Math.max(high[i % 2], x);
    });
    const half = 0.56 * Math.max(high[0] - low[0], high[1] - low[1], 0.1);
    return low.map((x, i) => (x + high[i]) / 2).map(centre => [centre - half, centre + half]);
  }

  class Regions {
    constructor(s, {all, train, test}, G) {
      Object.assign(this, {s, all, train, test, G});
      this.bounds = around(all.X, settings.value(s, 'data') === 'own');
      const [[x0, x1], [y0, y1]] = this.bounds, plane = new Float64Array(2 * G * G);
      for (let i = 0; i < G * G; i++) {
        plane[2 * i] = x0 + (x1 - x0) * ((i % G) + 0.5) / G;
        plane[2 * i + 1] = y0 + (y1 - y0) * (Math.floor(i / G) + 0.5) / G;
      }
      this.rows = setup.featured(plane, settings.value(s, 'features'));
      this.K = setup.outputs(s);
      this.loss = settings.value(s, 'loss');
      this.p = new Float64Array(G * G * Math.max(2, this.K));
    }

    // The answers of some networks: their probabilities, averaged, and of each the line of ½.
    // The caches of the first stay, for the pictures of its units.
    ask(nets) {
      const {G, K, p} = this, classes = Math.max(2, K), row = new Float64Array(K);
      p.fill(0);
      this.caches ||= nets[0].caches(G * G);
      this.spare ||= nets.length > 1 ? nets[0].caches(G * G) : null;
      this.lines = nets.map((net, e) => {
        const y_hat = net.forward(this.rows, G * G, e ? this.spare : this.caches);
        for (let i = 0; i < G * G; i++) {
          if (K === 1) {
            const q = this.probability(y_hat[i]);
            p[2 * i] += (1 - q) / nets.length;
            p[2 * i + 1] += q / nets.length;
          } else {
            this.probabilities(y_hat.subarray(i * K, (i + 1) * K), row);
            for (let k = 0; k < K; k++) p[classes * i + k] += row[k] / nets.length;
          }
        }
        if (classes > 2) return [];
        return this.contour(K === 1 ? i => y_hat[i] : i => y_hat[2 * i + 1] - y_hat[2 * i]);
      });
    }

    probability(z) {
      return this.loss === 'SigmoidCrossEntropy' ? sigmoid(z) : Math.min(1, Math.max(0, (z + 1) / 2));
    }

    probabilities(z, p) {
      if (this.loss === 'SoftmaxCrossEntropy') return softmax(z, 0, z.length, p);
      let total = 0;
      z.forEach((value, k) => { total += p[k] = this.probability(value) + 1e-9; });
      for (let k = 0; k < z.length; k++) p[k] /= total;
    }

    // Pieces of the line where f is 0, in units of the grid.
    contour(f) {
      const {G} = this, found = [];
      for (let row = 0; row < G - 1; row++) {
        for (let column = 0; column < G - 1; column++) {
          const at = row * G + column;
          const v = [f(at), f(at + 1), f(at + 1 + G), f(at + G)];
          const corner = [[0, 0], [1, 0], [1, 1], [0, 1]], cuts = [];
          for (let a = 0; a < 4; a++) {
            const b = (a + 1) % 4;
            if ((v[a] > 0) === (v[b] > 0)) continue;
            const t = v[a] / (v[a] - v[b]), [xa, ya] = corner[a], [xb, yb] = corner[b];
            cuts.push([column + xa + t * (xb - xa), row + ya + t * (yb - ya)]);
          }
          for (let c = 0; c + 1 < cuts.length; c += 2) found.push([cuts[c], cuts[c + 1]]);
        }
      }
      return found;
    }

    // What a unit of a hidden layer says on the grid, as far as from its largest size.
    unit(net, l, k) {
      const {G} = this, layer = setup.places(net).hidden[l], {y, n_out} = this.caches[layer];
      let size = 1e-12;
      for (let i = 0; i < G * G; i++) size = Math.max(size, Math.abs(y[i * n_out + k]));
      return i => y[i * n_out + k] / size;
    }

    // What the network is given there, and one output's own answer.
    input(j) {
      const {G, rows} = this, d = rows.length / (G * G);
      let size = 1e-12;
      for (let i = 0; i < G * G; i++) size = Math.max(size, Math.abs(rows[i * d + j]));
      return i => rows[i * d + j] / size;
    }

    output(k) {
      const {p, K} = this;
      return K === 1 ? i => 2 * p[2 * i + 1] - 1 : i => p[K * i + k];
    }

    // ``look``: null for the answer, [hidden layer, unit] for what one unit says.
    draw(canvas, nets, look) {
      const {ctx, w, h} = sheet(canvas), {G, p} = this, classes = Math.max(2, this.K);
      if (look) {
        const value = this.unit(nets[0], ...look);
        paint(ctx, G, (i, rgba, at) => signed(value(i), rgba, at), 0, 0, w, h);
      } else {
        paint(ctx, G, (i, rgba, at) => this.blend(p, i, classes, rgba, at), 0, 0, w, h);
        const [width, alpha] = this.lines.length > 1 ? [0.8, 0.45] : [1.6, 1];
        for (const line of this.lines) this.stroke(ctx, line, w, h, width, alpha);
      }
      this.points(ctx, w, h);
    }

    // The points alone, where there is nothing to train yet.
    only(canvas) {
      const {ctx, w, h} = sheet(canvas);
      this.points(ctx, w, h);
    }

    // Two classes: from one pale colour over white to the other; more: by the probabilities.
    blend(p, i, classes, rgba, at) {
      if (classes === 2) return signed(2 * p[2 * i + 1] - 1, rgba, at);
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0; k < classes; k++) sum += p[classes * i + k] * PALE[k][c];
        rgba[at + c] = Number.isNaN(sum) ? NOWHERE : sum;
      }
    }

    stroke(ctx, line, w, h, width, alpha) {
      const {G} = this;
      ctx.beginPath();
      for (const [[xa, ya], [xb, yb]] of line) {
        ctx.moveTo((xa + 0.5) / G * w, h - (ya + 0.5) / G * h);
        ctx.lineTo((xb + 0.5) / G * w, h - (yb + 0.5) / G * h);
      }
      ctx.globalAlpha = alpha;
      ctx.strokeStyle = INK;
      ctx.lineWidth = width;
      ctx.stroke();
      ctx.globalAlpha = 1;
    }

    place(x1, x2, w, h) {
      const [[x0, xe], [y0, ye]] = this.bounds;
      return [(x1 - x0) / (xe - x0) * w, h - (x2 - y0) / (ye - y0) * h];
    }

    // Where in the plane a place of the picture lies.
    plane(x, y, w, h) {
      const [[x0, xe], [y0, ye]] = this.bounds;
      return [x0 + (xe - x0) * x / w, y0 + (ye - y0) * (1 - y / h)];
    }

    points(ctx, w, h) {
      const r = this.all.y.length > 400 ? 2.2 : this.all.y.length < 10 ? 7 : 3.6;
      for (const [part, hollow] of [[this.test, true], [this.train, false]]) {
        if (!part) continue;
        part.y.forEach((k, i) => {
          const [x, y] = this.place(part.X[2 * i], part.X[2 * i + 1], w, h);
          marker(ctx, k, x, y, hollow ? 0.85 * r : r, hollow);
        });
      }
    }
  }

  dlcore.page.Regions = Regions;
})();
