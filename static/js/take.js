// Copy buttons: offered only where the browser lets a page write to the clipboard.
(() => {
  "use strict";
  if (!navigator.clipboard) return;

  const offer = () => document.querySelectorAll("[data-copies][hidden]").forEach((button) => { button.hidden = false; });
  document.addEventListener("DOMContentLoaded", offer);
  document.addEventListener("htmx:after:swap", offer);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    const field = button && document.getElementById(button.dataset.copies);
    if (!field) return;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // It stays selected, for the keyboard's own way of copying.
    }
  });
})();
