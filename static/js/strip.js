// The strip of the walk scrolls to the selected layer.
(() => {
  "use strict";
  // Where the strip is longer than the screen it scrolls by itself, so that the picked layer is in sight.
  const reveal = () => {
    const picked = document.querySelector("#strip .station h2 [aria-current]")?.closest(".station");
    const scrolls = (box) => box && box.scrollWidth > box.clientWidth;
    const strip = picked && [picked.closest(".stations"), picked.closest("#strip")].find(scrolls);
    if (!strip) return;
    const { left, right } = picked.getBoundingClientRect();
    const frame = strip.getBoundingClientRect();
    if (left < frame.left || right > frame.right) strip.scrollLeft += left - frame.left - 16;
  };

  document.addEventListener("htmx:after:swap", reveal);
  document.addEventListener("DOMContentLoaded", reveal);
})();
