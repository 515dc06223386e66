// The page's elements: data, buttons, pictures, the sentence, curves, groups of settings.
(() => {
  'use strict';

  const {controls: {element}} = dlcore.page;

  const button = (text, more) => element('button', {type: 'button', ...more}, text);
  const canvas = (label, className) => element('canvas', {role: 'img', 'aria-label': label, className});

  const PACES = [['2', '2 steps a second'], ['60', '60 steps a second'],
    ['Infinity', 'as fast as it goes']];

  const GROUPS = [['data', 'Data'], ['network', 'Network'], ['learning', 'Loss and optimiser'],
    ['limits', 'Penalty, and when to stop']];

  function figure(picture, ...under) {
    return element('figure', {className: 'play-figure'}, picture,
      element('figcaption', {}, ...under));
  }

  function key(className, text) {
    return element('span', {className: `play-key ${className}`}, text);
  }

  function layout(root) {
    const parts = {
      data: element('fieldset', {className: 'play-chooser'},
        element('legend', {className: 'visually-hidden'}, 'Data')),
      plane: element('div', {className: 'play-under'}),
      first: element('div', {className: 'play-under'}),
      run: button('Run', {className: 'play-run'}),
      step: button('One step'),
      epoch: button('One epoch'),
      back: button('Back to the start'),
      pace: element('select', {'aria-label': 'Pace', autocomplete: 'off'},
        ...PACES.map(([value, text]) => element('option', {value}, text))),
      starts: element('input', {type: 'checkbox', id: 'play-starts', autocomplete: 'off'}),
      sentence: element('p', {className: 'play-sentence', 'aria-live': 'polite'}),
      refusal: element('p', {className: 'play-refusal', role: 'alert', hidden: true}),
      regions: canvas('The plane of the data and what the network answers where'),
      diagram: canvas('The network: its units and weights'),
      loss: canvas('The loss over the epochs'),
      accuracy: canvas('The share of right answers over the epochs'),
      gradient: canvas('The length of the gradient, layer by layer'),
      look: element('select', {id: 'play-look', autocomplete: 'off'}),
      own: element('div', {className: 'play-own', hidden: true}),
      link: button('Copy link'),
      python: button('Copy as Python'),
      pictures: button('Save pictures', {title: 'As SVG'}),
      table: button('Save curves', {title: 'As CSV'}),
      networks: button('Save network', {title: 'As JSON: all weights and biases'}),
      check: button('Check the gradient'),
      checked: element('output', {className: 'play-checked'}),
      unit: element('p', {className: 'play-unit'}),
      code: element('pre', {tabIndex: 0, role: 'region', 'aria-label': 'The same run in Python'}),
    };
    const groups = {plane: parts.plane, first: parts.first};
    parts.pace.value = '60';
    parts.plane.append(element('div', {className: 'play-control play-look'},
      element('label', {htmlFor: 'play-look'}, 'Shown'), parts.look));
    root.append(
      parts.data,
      element('div', {className: 'play-bar', role: 'group', 'aria-label': 'Training'},
        parts.run, parts.step, parts.epoch, parts.back, parts.pace,
        element('span', {className: 'play-twenty'}, parts.starts,
          element('label', {htmlFor: 'play-starts'}, 'Twenty starts'))),
      parts.own, parts.refusal, parts.sentence,
      element('div', {className: 'play-pictures'},
        element('figure', {className: 'play-figure play-regions'}, parts.regions, parts.plane),
        element('figure', {className: 'play-figure play-network'}, parts.diagram, parts.first,
          element('figcaption', {}, key('play-positive', 'weight above 0'),
            key('play-negative', 'below 0')), parts.unit)),
      element('div', {className: 'play-curves'},
        figure(parts.loss, 'Loss: ', key('play-train', 'training'),
          key('play-test', 'test')),
        figure(parts.accuracy, 'Right answers: ',
          key('play-train play-alone', 'training'), key('play-test', 'test')),
        figure(parts.gradient, 'Gradient of each layer’s weights: its length')),
      element('div', {className: 'play-groups'}, ...GROUPS.map(([name, text]) => {
        groups[name] = element('div', {className: 'play-controls'});
        return element('details', {}, element('summary', {}, text), groups[name]);
      })),
      element('div', {className: 'play-bar', role: 'group', 'aria-label': 'Take it with you'},
        parts.link, parts.python, parts.pictures, parts.table, parts.networks, parts.check, parts.checked),
      element('details', {className: 'play-code'},
        element('summary', {}, 'The same run in Python'), parts.code));
    return {...parts, groups};
  }

  dlcore.page.layout = layout;
})();
