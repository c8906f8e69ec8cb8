// The drawing pad: it records where the pen went and sends that as part of the address; the server draws the picture
// that the network sees. A point is two characters (x, then y, on a grid of 64 by 64), strokes are separated by dots,
// and "0" is an empty sheet: the form that app/images.py reads.
(() => {
  "use strict";
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const GRID = 64;
  const PEN = 0.085; // of the sheet's side, as on the server
  const NEAREST = 2; // grid steps between two points: nearer ones would only lengthen the address
  const LONGEST = 1500; // characters
  const PAD = "canvas[data-drawing=pad]";

  let strokes = []; // what is on the pad: strokes of [x, y] in grid steps
  let stroke = null; // the one being drawn, also the last in `strokes`
  let pointer = null; // whose it is
  let sent = []; // payloads that the server has not answered yet
  let blank = true; // nothing was painted yet; asking an empty pad for its colours would only delay the page

  const pad = () => document.querySelector(PAD);
  const write = (list) => list.map((points) => points.map(([x, y]) => DIGITS[x] + DIGITS[y]).join("")).join(".") || "0";
  const read = (payload) =>
    !payload || payload === "0"
      ? []
      : payload.split(".").map((text) => (text.match(/../g) || []).map((two) => [...two].map((c) => DIGITS.indexOf(c))));

  // Every other point of each stroke goes, its two ends stay: the shape remains while the address gets shorter.
  const thinner = (points) => points.filter((_, at) => at % 2 === 0 || at === points.length - 1);

  function paint() {
    const canvas = pad();
    if (!canvas || (blank && !strokes.length)) return;
    blank = false;
    const size = Math.round(280 * Math.max(1, window.devicePixelRatio || 1));
    if (canvas.width !== size || canvas.height !== size) canvas.width = canvas.height = size;
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, size, size);
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--pad-ink").trim() || "#000";
    pen.lineWidth = PEN * size;
    pen.lineCap = pen.lineJoin = "round";
    for (const points of strokes) {
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(((x + 0.5) / GRID) * size, ((y + 0.5) / GRID) * size);
      if (points.length === 1) pen.lineTo(((points[0][0] + 0.51) / GRID) * size, ((points[0][1] + 0.5) / GRID) * size);
      pen.stroke();
    }
  }

  function send() {
    const form = pad().closest("form");
    let payload = write(strokes);
    while (payload.length > LONGEST && strokes.some((points) => points.length > 2)) {
      strokes = strokes.map(thinner);
      payload = write(strokes);
    }
    if (payload.length > LONGEST) {
      strokes = strokes.slice(1);
      return send();
    }
    sent.push(payload);
    form.querySelector("[data-drawing=image]").value = `drawn.${payload}`;
    paint();
    // Strokes may come faster than answers: the newest holds all the others, so it takes the place of those under way.
    form.setAttribute("hx-sync", "this:replace");
    form.requestSubmit();
  }

  // A page that arrives says what its picture is. While the pen is down, or while it answers an older stroke than the
  // last one, what is on the pad is newer and stays.
  function adopt() {
    const canvas = pad();
    if (!canvas) return;
    const payload = canvas.dataset.strokes || "";
    const answered = sent.indexOf(payload);
    sent = answered < 0 ? [] : sent.slice(answered + 1);
    if (!stroke && !sent.length) strokes = read(payload);
    paint();
  }

  function place(canvas, event) {
    const box = canvas.getBoundingClientRect();
    const step = (at, from, size) => Math.max(0, Math.min(GRID - 1, Math.floor(((at - from) / size) * GRID)));
    return [
      step(event.clientX, box.left + canvas.clientLeft, canvas.clientWidth),
      step(event.clientY, box.top + canvas.clientTop, canvas.clientHeight),
    ];
  }

  function extend(event, least) {
    const canvas = pad();
    if (!canvas) return;
    const point = place(canvas, event);
    const last = stroke[stroke.length - 1];
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= least) stroke.push(point);
  }

  document.addEventListener("pointerdown", (event) => {
    const canvas = event.target.closest?.(PAD);
    if (!canvas || stroke || !event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    stroke = [place(canvas, event)];
    strokes = [...strokes, stroke];
    paint();
  });

  document.addEventListener("pointermove", (event) => {
    if (!stroke || event.pointerId !== pointer) return;
    for (const each of event.getCoalescedEvents?.() ?? []) extend(each, NEAREST);
    extend(event, NEAREST);
    paint();
  });

  function finish(event) {
    if (!stroke || event.pointerId !== pointer) return;
    if (event.type === "pointerup") extend(event, 1);
    stroke = pointer = null;
    if (pad()) send();
  }
  document.addEventListener("pointerup", finish);
  document.addEventListener("pointercancel", finish);

  function change(what) {
    if (stroke || !strokes.length) return;
    strokes = what === "undo" ? strokes.slice(0, -1) : [];
    send();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-drawing=undo], [data-drawing=clear]");
    if (button) change(button.dataset.drawing);
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.(PAD)) return;
    const what = { Backspace: "undo", Delete: "clear" }[event.key];
    if (!what) return;
    event.preventDefault();
    change(what);
  });

  document.addEventListener("htmx:after:swap", adopt);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", adopt);
  else adopt();
})();
