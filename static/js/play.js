// Playing: the page presses its own forward link, cell after cell, and leaves one entry in the history.
(() => {
  "use strict";
  let timer = 0;

  const pause = () => {
    const speed = document.querySelector("[data-speed]");
    return speed ? Number(speed.value) : 800;
  };

  // Playing is part of the address: while the step bar says so, its own forward link is pressed after a pause.
  // Who wants things to stand still has to ask for it: an address alone starts nothing.
  let wanted = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let replaces = false;
  let stepping = false;
  const play = () => {
    clearTimeout(timer);
    if (!wanted || !document.querySelector("#steps[data-playing]")) return;
    timer = setTimeout(() => {
      const forward = document.querySelector("#steps[data-playing] a[href][data-step=forward]");
      if (!forward) return;
      stepping = true;
      forward.click();
      stepping = false;
    }, pause());
  };

  // While it plays, every cell takes the last one's place in the history, and so does the pause: Back leads to where
  // playing began, and does not set it going again.
  document.addEventListener(
    "click",
    (event) => {
      const pauses = event.target.closest("#steps[data-playing] [data-step=play]");
      if (event.target.closest("[data-step=play]")) wanted = true;
      if (!stepping) clearTimeout(timer);
      replaces = stepping || Boolean(pauses);
    },
    true,
  );
  document.addEventListener("htmx:before:history:update", (event) => {
    const update = event.detail.history;
    if (replaces) update.type = "replace";
    update.path = update.path.replace(/([?&])play=on(&|$)/, (_, before, after) => (after ? before : ""));
  });

  document.addEventListener("htmx:after:swap", play);
  document.addEventListener("DOMContentLoaded", () => {
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play(); // else it is theirs to press
  });
})();
