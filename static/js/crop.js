// Choosing a part of the picture: a frame dragged on it becomes x.y.width.height in the form beside it.
(() => {
  "use strict";
  const NAME = "http://www.w3.org/2000/svg";
  let frame = null;

  const place = (event) => {
    const box = frame.plate.getBoundingClientRect();
    const [width, height] = frame.plate.dataset.crop.split(".").map(Number);
    const within = (at, size) => Math.max(0, Math.min(size, at));
    return [
      within(((event.clientX - box.left) / box.width) * width, width),
      within(((event.clientY - box.top) / box.height) * height, height),
    ];
  };

  const corners = (event) => {
    const [x, y] = place(event);
    const left = Math.floor(Math.min(x, frame.start[0]));
    const top = Math.floor(Math.min(y, frame.start[1]));
    return [left, top, Math.ceil(Math.max(x, frame.start[0])) - left, Math.ceil(Math.max(y, frame.start[1])) - top];
  };

  document.addEventListener("pointerdown", (event) => {
    const plate = event.target.closest("[data-crop]");
    if (!plate || event.button !== 0) return;
    event.preventDefault();
    const old = plate.querySelector("svg");
    if (old) old.remove();
    const overlay = document.createElementNS(NAME, "svg");
    const [width, height] = plate.dataset.crop.split(".");
    overlay.setAttribute("class", "window");
    overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    overlay.append(document.createElementNS(NAME, "rect"));
    plate.append(overlay);
    plate.setPointerCapture(event.pointerId);
    frame = { plate, rect: overlay.firstChild, start: null };
    frame.start = place(event);
  });

  document.addEventListener("pointermove", (event) => {
    if (!frame) return;
    const sides = corners(event);
    ["x", "y", "width", "height"].forEach((name, at) => frame.rect.setAttribute(name, sides[at]));
  });

  document.addEventListener("pointerup", (event) => {
    if (!frame) return;
    const sides = corners(event);
    const form = document.querySelector(".crop-form");
    frame = null;
    if (!form || sides[2] < 2 || sides[3] < 2) return;
    form.elements.crop.value = sides.join(".");
    form.requestSubmit();
  });

  document.addEventListener("pointercancel", () => {
    frame = null;
  });
})();
