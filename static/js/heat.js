// How strongly the heatmap covers the picture: the slider's place becomes a custom property of the page, which outlives
// every swap of the panel; a panel that is opened anew takes its slider's place from there.
(() => {
  "use strict";
  const NAME = "--heat-opacity";
  const root = document.documentElement;
  const slider = () => document.getElementById("heat-opacity");

  document.addEventListener("input", (event) => {
    if (event.target === slider()) root.style.setProperty(NAME, String(event.target.valueAsNumber / 100));
  });

  document.addEventListener("htmx:after:swap", () => {
    const chosen = root.style.getPropertyValue(NAME);
    if (slider() && chosen) slider().value = String(Math.round(chosen * 100));
  });
})();
