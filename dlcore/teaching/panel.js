// ipywidgets gives a slider no name, and the number of its position for a value: both are told to
// screen readers here, whenever something has changed.
window.dlcoreSliders ||= (() => {
  const tell = () => {
    for (const handle of document.querySelectorAll('.dlcore-controls [role="slider"]')) {
      const slider = handle.closest('.widget-slider');
      handle.setAttribute('aria-label', slider.querySelector('.widget-label').textContent);
      handle.setAttribute('aria-valuetext', slider.querySelector('.widget-readout').textContent);
    }
  };
  const observer = new MutationObserver(tell);
  observer.observe(document.body, {childList: true, subtree: true});
  tell();
  return observer;
})();
