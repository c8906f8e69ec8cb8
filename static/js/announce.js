// What a screen reader is told after a press, and the title of the page.
(() => {
  "use strict";
  // One polite line tells a screen reader what has changed: the tour's text and the answer where they are new, and
  // always the picked number. What plays by itself keeps silent.
  const TOLD = ["#tour .tour-count", "#tour h2", "#tour h2 + p", ".verdict", "#heat .heat-asks"];
  let told = [];
  const texts = () => TOLD.map((place) => document.querySelector(place)?.textContent.trim().replace(/\s+/g, " ") ?? "");
  const announce = () => {
    const status = document.getElementById("status");
    const number = document.querySelector("[data-said]");
    if (!status || !number || document.querySelector("#steps[data-playing]")) return;
    const now = texts();
    const news = [...now.filter((text, at) => text && text !== told[at]), number.dataset.said];
    told = now;
    status.replaceChildren(...news.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    document.title = document.title.replace(/^[^·]*/, `${number.dataset.layer} `);
  };

  document.addEventListener("htmx:after:swap", announce);
  document.addEventListener("DOMContentLoaded", () => {
    told = texts();
  });
})();
