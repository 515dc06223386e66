// ipywidgets gives a slider no name, and the number of its position for a value: both are told to
// screen readers here, whenever something has changed.
window.dlcoreSliders ||= (() => {
  const tell = () => {
    for (const handle of document.querySelectorAll('.dlcore-controls [role="slider"]')) {
      const slider = handle.closest('.widget-slider');
      const note = slider.closest('.dlcore-unused') ? ' (no effect here)' : '';
      handle.setAttribute('aria-label', slider.querySelector('.widget-label').textContent + note);
      handle.setAttribute('aria-valuetext', slider.querySelector('.widget-readout').textContent);
    }
  };
  const observer = new MutationObserver(tell);
  const changes = {childList: true, subtree: true, attributeFilter: ['class']};
  observer.observe(document.body, changes);
  tell();
  return observer;
})();
