// The keyboard's focus after a press.
(() => {
  "use strict";
  // A press must not throw the reader back to the top of the page: where their control is gone, they are led to what
  // has come instead of it. A panel that they have opened stays open while they are in it.
  let held = null;
  document.addEventListener("htmx:before:swap", () => {
    held = document.activeElement;
  });
  const keepFocus = () => {
    const now = document.activeElement;
    const closed = now.closest("details:not([open])");
    if (closed && !now.matches("summary")) closed.open = true;
    if (now !== document.body || !held || held === document.body) return;
    const next = (held.id && document.getElementById(held.id)) || document.querySelector("#tour h2, [data-said] h2");
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("htmx:after:swap", keepFocus);
})();
