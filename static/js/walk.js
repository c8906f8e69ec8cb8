// The keys of the walk, playing, and what must follow the address after a swap: the spoken line, the title, the focus.
// It computes nothing: every key presses a link that the server wrote.
(() => {
  "use strict";
  const typing = "input, select, textarea, canvas, [contenteditable], [data-grid] *";
  const KEY = "convscope-keys";
  let timer = 0;

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

  // A press must not throw the reader back to the top of the page: where their control is gone, they are led to what
  // has come instead of it. A panel that they have opened stays open while they are in it.
  let held = null;
  document.addEventListener("htmx:before:swap", () => {
    held = document.activeElement;
  });
  const keepFocus = () => {
    const now = document.activeElement;
    const closed = now.closest("details:not([open])");
    if (closed && !now.matches("summary")) closed.open = true;
    if (now !== document.body || !held || held === document.body) return;
    const next = (held.id && document.getElementById(held.id)) || document.querySelector("#tour h2, [data-said] h2");
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  // Where the strip is longer than the screen it scrolls by itself, so that the picked layer is in sight.
  const reveal = () => {
    const picked = document.querySelector("#strip .station.picked");
    const scrolls = (box) => box && box.scrollWidth > box.clientWidth;
    const strip = picked && [picked.closest(".stations"), picked.closest("#strip")].find(scrolls);
    if (!strip) return;
    const { left, right } = picked.getBoundingClientRect();
    const frame = strip.getBoundingClientRect();
    if (left < frame.left || right > frame.right) strip.scrollLeft += left - frame.left - 16;
  };

  document.addEventListener("htmx:after:swap", () => {
    play();
    recall();
    announce();
    keepFocus();
    reveal();
  });
  document.addEventListener("DOMContentLoaded", () => {
    told = texts();
    recall();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play(); // else it is theirs to press
    reveal();
  });
})();
