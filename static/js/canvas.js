// Pressing a cell on the picture of a map. It computes nothing about the picture: it fills in the server's own form.
(() => {
  "use strict";
  // A press on a picture fills in the form below that asks for a cell, or for a pixel.
  document.addEventListener("click", (event) => {
    const canvas = event.target.closest("[data-picks]");
    const field = canvas && document.getElementById(`go-to-${canvas.dataset.picks}`);
    if (!field) return;
    const [channel, height, width] = canvas.dataset.size.split(".").map(Number);
    const box = canvas.getBoundingClientRect();
    const place = (at, start, length, count) => Math.max(0, Math.min(count - 1, Math.floor(((at - start) / length) * count)));
    const row = place(event.clientY, box.top, box.height, height);
    const column = place(event.clientX, box.left, box.width, width);
    field.value = `${channel}.${row}.${column}`;
    field.form.requestSubmit();
  });
})();
