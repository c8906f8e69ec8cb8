// The keys of the walk, playing, and what must follow the address after a swap. It computes nothing:
// every key presses a link that the server wrote.
(() => {
  "use strict";
  const typing = "input, select, textarea, canvas, [contenteditable], [data-grid] *";
  let timer = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(typing)) return;
    if (event.key === " " && event.target.closest("button, summary")) return;
    const control = document.querySelector(`[data-keys="${CSS.escape(event.key)}"]`);
    if (!control) return;
    event.preventDefault();
    control.click();
  });

  const pause = () => {
    const speed = document.querySelector("[data-speed]");
    return speed ? Number(speed.value) : 800;
  };

  // Playing is part of the address: while the step bar says so, its own forward link is pressed after a pause.
  const play = () => {
    clearTimeout(timer);
    const bar = document.querySelector("#steps[data-playing]");
    if (!bar) return;
    timer = setTimeout(() => {
      const forward = document.querySelector("#steps[data-playing] [data-step=forward]");
      if (forward) forward.click();
    }, pause());
  };

  // While it plays, every cell takes the last one's place in the history, so that Back leads to where playing began.
  let played = false;
  document.addEventListener("htmx:before:request", () => {
    played = Boolean(document.querySelector("#steps[data-playing]"));
  });
  document.addEventListener("htmx:before:history:update", (event) => {
    if (played) event.detail.history.type = "replace";
  });

  // One polite line tells a screen reader what is picked now.
  const announce = () => {
    const status = document.getElementById("status");
    const head = document.querySelector("#microscope h2");
    const result = document.querySelector("[data-result]");
    if (status && head && result) status.textContent = `${head.textContent.trim().replace(/\s+/g, " ")}: ${result.textContent}`;
  };

  // On a narrow screen the strip scrolls by itself, so that the picked layer is in sight.
  const reveal = () => {
    const strip = document.getElementById("strip");
    const picked = strip && strip.querySelector(".station.picked");
    if (!picked || strip.scrollWidth <= strip.clientWidth) return;
    const { left, right } = picked.getBoundingClientRect();
    const frame = strip.getBoundingClientRect();
    if (left < frame.left || right > frame.right) strip.scrollLeft += left - frame.left - 16;
  };

  document.addEventListener("htmx:after:swap", () => {
    play();
    announce();
    reveal();
  });
  document.addEventListener("DOMContentLoaded", () => {
    play();
    reveal();
  });
})();
