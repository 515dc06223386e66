'use strict';
// What scrolls sideways can be scrolled with the keyboard, and shows by fading that there is more.
addEventListener('load', () => {
  const boxes = document.querySelectorAll('.formula, .highlight pre, .pst-scrollable-table-container');
  const look = box => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
    box.classList.toggle('more', box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  };
  const lookAtAll = () => boxes.forEach(look);
  lookAtAll();
  boxes.forEach(box => box.addEventListener('scroll', () => look(box), {passive: true}));
  addEventListener('resize', lookAtAll);
  addEventListener('toggle', lookAtAll, true); // a solution has been opened
});
