// The miniature goes on by itself for one round and then rests. It computes nothing: it presses the link to the next
// cell, which the server wrote. It waits while nobody can see it, and while somebody is about to press one of its parts.
(() => {
  "use strict";
  const PAUSE = 2200; // milliseconds: long enough to find the number that has changed
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const find = (selector) => document.querySelector(`#miniature ${selector}`);
  let left = 0; // presses until the round is over
  let timer = 0;
  let asked = false; // whether it was a reader who pressed

  const outOfSight = () => {
    const { top, bottom } = find(".flow").getBoundingClientRect();
    return document.hidden || bottom < 0 || top > innerHeight;
  };
  const inUse = () => find(".flow:is(:hover, :focus-within)");

  const stop = () => {
    left = 0;
    clearTimeout(timer);
    find("[data-play]")?.removeAttribute("data-playing");
  };

  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(press, PAUSE);
  };

  const press = () => {
    const next = find("[data-next]");
    if (!next || document.documentElement.classList.contains("no-htmx")) return stop();
    if (outOfSight() || inUse()) return wait();
    return next.click();
  };

  const start = (begin) => {
    if (still.matches || !find("[data-play]")) return;
    left = Number(document.getElementById("miniature").dataset.total);
    find("[data-play]").setAttribute("data-playing", "");
    begin();
  };

  // One polite line tells a screen reader what is shown now, where it was asked for; playing by itself says nothing.
  const announce = () => {
    const place = find("[data-place]");
    const status = document.getElementById("status");
    if (place && status) status.textContent = `${place.textContent.trim()}: ${find("[data-result]").textContent}`;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#miniature [data-play]");
    if (button && button.hasAttribute("data-playing")) stop();
    else if (button) start(press);
    if (event.target.closest("#miniature [data-next]")) {
      asked = event.isTrusted;
      if (asked) stop(); // who steps by hand has taken over
      else if (event.defaultPrevented) left -= 1; // htmx has taken the press
      else {
        event.preventDefault(); // htmx is not there yet, and nobody has asked for a new page
        wait();
      }
    }
  });

  document.addEventListener("htmx:after:swap", () => {
    if (asked) announce();
    asked = false;
    if (left > 0) wait();
    else stop();
  });
  document.addEventListener("htmx:error", stop);
  still.addEventListener("change", stop);
  document.addEventListener("DOMContentLoaded", () => start(wait));
})();
