// The filter explorer: the wipe, fields that send themselves when they change, and pressing a pixel of a picture.
// It computes nothing about pictures: it fills in the server's own forms.
(() => {
  "use strict";
  const root = document.documentElement;
  const wipe = () => document.getElementById("wipe");

  // How far the picture is uncovered: a custom property of the page, which outlives every swap.
  const uncover = () => wipe() && root.style.setProperty("--wipe", `${wipe().value}%`);
  document.addEventListener("input", (event) => {
    if (event.target === wipe()) uncover();
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-submits]");
    if (form && form.reportValidity()) form.requestSubmit();
  });

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

  document.addEventListener("DOMContentLoaded", uncover);
})();
