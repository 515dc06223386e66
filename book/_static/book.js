'use strict';
// What scrolls sideways can be reached and scrolled with the keyboard.
addEventListener('load', () => {
  const boxes = document.querySelectorAll('.formula, .highlight pre, .pst-scrollable-table-container');
  const update = () => {
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute('tabindex');
    }
  };
  update();
  addEventListener('resize', update);
});
