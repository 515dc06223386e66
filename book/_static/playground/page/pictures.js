// All pictures and the sentence, each in its share of the time: a dear one is drawn more rarely.
(() => {
  'use strict';

  const {diagram, canvas: {sheet, rest}, curves: {curves, gradients, TRAIN, TEST}} = dlcore.page;
  const DASH = [6, 3];

  // The curves of the losses and of the right answers, each with its axis.
  function series(trainer) {
    const {test} = trainer.data, losses = [{lists: trainer.lists('loss'), colour: TRAIN}];
    if (test) losses.push({lists: trainer.lists('validation'), colour: TEST, dash: DASH});
    const right = test ? {colour: TEST, dash: DASH} : {colour: TRAIN};
    return [[losses, {log: true}],
      [[{lists: trainer.lists('accuracy'), ...right}], {low: 0.5, high: 1}]];
  }

  function pictured(parts) {
    const still = matchMedia('(prefers-reduced-motion: reduce)');

    // paint(state), not before ``least`` milliseconds have passed and ``share`` of the time allows
    // it, or because it must be.
    function paced(least, share, paint) {
      let next = 0;
      return (state, must) => {
        const now = performance.now();
        if (!must && now < next) return;
        paint(state);
        next = now + Math.max(still.matches ? 1000 : least, (performance.now() - now) / share);
      };
    }

    const drawCurves = paced(0, 0.2, ({trainer}) => {
      const [loss, right] = series(trainer);
      curves(parts.loss, ...loss);
      curves(parts.accuracy, ...right);
    });

    const drawMaps = paced(90, 0.2, ({s, trainer: {nets, steps}, regions, look}) => {
      regions.ask(nets);
      regions.draw(parts.regions, nets, look);
      diagram.draw(parts.diagram, s, nets[0], regions, look);
      gradients(parts.gradient, nets, steps);
      parts.unit.textContent = look ? diagram.numbers(s, nets[0], look) : '';
    });

    const say = paced(250, 0.2, ({trainer}) => {
      parts.sentence.textContent = trainer.sentence();
      parts.sentence.classList.toggle('play-diverged', trainer.diverged.length > 0);
    });

    return {
      draw(state, must) {
        for (const part of [drawCurves, drawMaps, say]) part(state, must);
      },

      // The same when the page opens, in pieces.
      async open(state) {
        for (const part of [say, drawMaps, drawCurves]) {
          await rest();
          part(state, true);
        }
      },

      // The points alone.
      empty(regions) {
        for (const name of ['diagram', 'loss', 'accuracy', 'gradient']) sheet(parts[name]);
        regions.only(parts.regions);
        parts.sentence.textContent = parts.unit.textContent = '';
      },
    };
  }

  dlcore.page.pictures = {pictured, series};
})();
