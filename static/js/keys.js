// The keys of a room: every key presses a link that the server wrote.
(() => {
  "use strict";
  const typing = "input, select, textarea, canvas, [contenteditable], [data-grid] *";
  const KEY = "convscope-keys";

  // Who speaks to their computer, or hits keys by chance, may switch these off; that is kept, where it can be.
  const shortcuts = () => document.getElementById("shortcuts");
  const recall = () => {
    try {
      if (shortcuts()) shortcuts().checked = localStorage.getItem(KEY) !== "off";
    } catch {
      // nothing is kept, so they are on
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target !== shortcuts()) return;
    try {
      localStorage.setItem(KEY, event.target.checked ? "on" : "off");
    } catch {
      // then it holds for this page only
    }
  });

  // Some keyboards write brackets with AltGr, which looks like Ctrl and Alt. Shift and an arrow belong to the arithmetic,
  // and the arrows alone to what can be scrolled, while the focus is on it.
  const isElsewhere = (event) => {
    const arrow = event.key.startsWith("Arrow");
    if ((event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph")) return true;
    if (event.target.closest(typing) || (arrow && event.shiftKey)) return true;
    return arrow && event.target.matches("[tabindex='0']") && event.target.scrollWidth > event.target.clientWidth;
  };

  document.addEventListener("keydown", (event) => {
    if (isElsewhere(event)) return;
    if (event.key === " " && event.target.closest("button, summary")) return;
    if (event.key !== " " && shortcuts() && !shortcuts().checked) return;
    const control = document.querySelector(`[data-keys="${CSS.escape(event.key)}"]`);
    if (!control) return;
    event.preventDefault();
    control.click();
  });

  document.addEventListener("htmx:after:swap", recall);
  document.addEventListener("DOMContentLoaded", recall);
})();
