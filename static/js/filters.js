// The filter explorer: the wipe, and fields that send themselves when they change.
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

  document.addEventListener("DOMContentLoaded", uncover);
})();
