// Experiments: native controls swap pictures drawn while the book was built.
// The state is in the address: ?boundaries.n=4&boundaries.m=2#boundaries
// Without this the first picture stands. Nothing is fetched: it works from a folder.
(() => {
  'use strict';

  function start(figure) {
    const name = figure.dataset.experiment;
    const data = JSON.parse(figure.querySelector('script').textContent);
    const controls = data.controls;
    const script = data.script && (window.dlcoreLive || {})[name];
    if (data.script && !script) return;

    for (const field of figure.querySelectorAll('template')) field.replaceWith(field.content);
    const picture = figure.querySelector('.picture');
    const sentence = figure.querySelector('.experiment-sentence span');
    const inputs = controls.map(control => document.getElementById(`${name}-${control.name}`));
    const keys = controls.map(control => `${name}.${control.name}`); // in the address
    const state = inputs.map(read); // for each control the index of its value

    function read(input) {
      return Number(input.type === 'checkbox' ? input.checked : input.value);
    }

    function write(i, index) {
      const input = inputs[i];
      state[i] = index;
      if (input.type === 'checkbox') input.checked = index === 1;
      else input.value = index;
      if (input.type !== 'range') return;
      const text = controls[i].texts[index].replace('-', '−');
      input.setAttribute('aria-valuetext', text);
      input.style.setProperty('--at', index / input.max);
      input.parentNode.querySelector('output').value = text;
    }

    // A control that changes nothing in this state says so.
    function markUnused() {
      const texts = {};
      state.forEach((index, i) => { texts[controls[i].name] = controls[i].texts[index]; });
      controls.forEach((control, i) => {
        const unused = data.unused.some(([name, other, text]) =>
          name === control.name && texts[other] === text);
        inputs[i].parentNode.classList.toggle('unused', unused);
      });
    }

    function change(i, index) {
      write(i, index);
      markUnused();
      remember();
      return show();
    }

    // What is seen in a state: {picture or svg, sentence, address}. The tests ask for all states.

    function seen(indices) {
      const address = written(indices);
      if (script) return {...script(values(indices)), address};
      const place = indices.reduce((at, index, i) => at * controls[i].values.length + index, 0);
      return {picture: data.pictures[data.states[place]], sentence: data.sentences[place], address};
    }

    function values(indices) {
      const named = {...data.fixed};
      indices.forEach((index, i) => { named[controls[i].name] = controls[i].values[index]; });
      return named;
    }

    function written(indices, params = new URLSearchParams()) {
      indices.forEach((index, i) => params.set(keys[i], controls[i].texts[index]));
      script?.written?.(params);
      return params.toString();
    }

    function indicesIn(address) { // what it does not name, or names wrongly, stays as it is
      const params = new URLSearchParams(address);
      const found = controls.map((control, i) => control.texts.indexOf(params.get(keys[i])));
      return found.map((index, i) => index < 0 ? state[i] : index);
    }

    // The picture. Those one step away are loaded ahead; of several requests the last one wins.

    const images = {};
    let turn = 0;

    async function show() {
      const mine = ++turn;
      const now = seen(state);
      if (now.picture) await load(now.picture);
      if (mine !== turn) return;
      if (now.svg) {
        picture.innerHTML = now.svg;
        picture.setAttribute('role', 'img');
        picture.setAttribute('aria-label', now.sentence);
      } else {
        const {picture: src, sentence: alt} = now;
        Object.assign(picture.firstElementChild, {decoding: 'sync', src, alt});
      }
      sentence.textContent = now.sentence;
      const room = sentence.parentNode.dataset; // of the longest sentence: a script's come one by one
      if (now.sentence.length > room.longest.length) room.longest = now.sentence;
      figure.dataset.state = now.address;
      loadAhead();
    }

    function load(src) {
      if (!images[src]) {
        images[src] = new Image();
        images[src].src = src;
      }
      return images[src].decode().catch(() => {});
    }

    function loadAhead() {
      if (script) return;
      state.forEach((index, i) => {
        for (const next of [index + 1, index - 1]) {
          if (next in controls[i].values) load(seen(Object.assign([...state], {[i]: next})).picture);
        }
      });
    }

    // The address.

    let resting;

    function remember() { // once it rests: browsers limit how often the address may change
      clearTimeout(resting);
      resting = setTimeout(() => {
        const query = written(state, new URLSearchParams(location.search));
        try { history.replaceState(history.state, '', `?${query}#${name}`); } catch { /* as before */ }
      }, 200);
    }

    async function copyLink({currentTarget: button}) {
      const link = `${location.href.split(/[?#]/)[0]}?${written(state)}#${name}`;
      try {
        await navigator.clipboard.writeText(link);
        button.textContent = 'Link copied';
        setTimeout(() => { button.textContent = 'Copy link to this state'; }, 2000);
      } catch {
        prompt('The link to this state:', link);
      }
    }

    // The play button: to the end and no further; from the end it begins again.

    function player(button, i) {
      const last = controls[i].values.length - 1;
      const pause = Number(button.dataset.interval);
      let timer = null;

      function say(word) {
        button.textContent = word;
        button.setAttribute('aria-label', `${word} ${inputs[i].labels[0].textContent}`);
        // A screen reader hears where the run stops, not every picture on the way.
        sentence.setAttribute('aria-live', word === 'Pause' ? 'off' : 'polite');
      }

      function stop() {
        clearTimeout(timer);
        timer = null;
        say('Play');
      }

      async function step() {
        const mine = timer;
        await change(i, state[i] === last ? 0 : state[i] + 1);
        if (timer !== mine) return;
        if (state[i] === last) stop();
        else timer = setTimeout(step, pause);
      }

      say('Play');
      inputs[i].addEventListener('input', stop);
      button.addEventListener('click', () => {
        if (timer !== null) return stop();
        say('Pause');
        timer = setTimeout(step);
      });
    }

    indicesIn(location.search).forEach((index, i) => write(i, index));
    markUnused();
    inputs.forEach((input, i) => {
      input.addEventListener('input', () => change(i, read(input)));
      const button = input.parentNode.querySelector('.experiment-play');
      if (button) player(button, i);
    });
    figure.querySelector('.experiment-link').addEventListener('click', copyLink);
    Object.assign(figure, {seen, indicesIn});
    figure.dataset.ready = '';

    const isStart = state.every((index, i) => index === controls[i].default);
    if (!isStart || script) return show();
    figure.dataset.state = written(state);
    loadAhead();
  }

  // An experiment starts when it comes near, when it is used, or when the address asks for it.

  const waiting = new Set();

  function startOnce(figure) {
    if (waiting.delete(figure)) start(figure);
  }

  document.addEventListener('DOMContentLoaded', () => {
    const near = new IntersectionObserver(entries => {
      for (const {target, isIntersecting} of entries) if (isIntersecting) startOnce(target);
    }, {rootMargin: '400px'});
    const asked = [...new URLSearchParams(location.search).keys()].map(key => key.split('.')[0]);
    for (const figure of document.querySelectorAll('figure[data-experiment]')) {
      waiting.add(figure);
      figure.addEventListener('focusin', () => startOnce(figure), {once: true});
      near.observe(figure);
      if (asked.includes(figure.dataset.experiment)) startOnce(figure);
    }
  });
})();
