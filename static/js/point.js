// Pointing at a number shows its partners: the pixel it was read from, the weight, the product, and the place on the map.
// It marks; it computes nothing. It works with a pointer, and by keyboard with Shift and the arrow keys.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  const clear = () => {
    document.querySelectorAll(".pointed").forEach((cell) => cell.classList.remove("pointed"));
    document.querySelectorAll(".pointer").forEach((mark) => mark.remove());
  };

  const show = (block, row, column) => {
    block.querySelectorAll("table.grid").forEach((table) => {
      const line = table.rows[row];
      if (line && line.cells[column]) line.cells[column].classList.add("pointed");
    });
    const frame = block.querySelector(".plate .window rect");
    const table = block.querySelector("table.grid");
    if (!frame || !table) return;
    // The frame spans the window; its places lie evenly in it, the first and the last at its ends.
    const spot = (start, length, count, at) => start + (count > 1 ? ((length - 1) / (count - 1)) * at : 0);
    const side = (name) => Number(frame.getAttribute(name));
    const mark = document.createElementNS(SVG, "rect");
    mark.setAttribute("class", "pointer");
    mark.setAttribute("x", spot(side("x"), side("width"), table.rows[0].cells.length, column));
    mark.setAttribute("y", spot(side("y"), side("height"), table.rows.length, row));
    mark.setAttribute("width", 1);
    mark.setAttribute("height", 1);
    frame.after(mark);
  };

  // The other way round: a place inside the frame on the map is a place in the tables.
  const fromPlate = (block, event) => {
    const overlay = block.querySelector(".plate .window");
    const frame = overlay && overlay.querySelector("rect");
    const table = block.querySelector("table.grid");
    if (!frame || !table) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(overlay.getScreenCTM().inverse());
    const side = (name) => Number(frame.getAttribute(name));
    const within = (place, start, length, count) => Math.floor(((place - start) / length) * count);
    const row = within(at.y, side("y"), side("height"), table.rows.length);
    const column = within(at.x, side("x"), side("width"), table.rows[0].cells.length);
    if (row >= 0 && column >= 0 && row < table.rows.length && column < table.rows[0].cells.length) show(block, row, column);
  };

  // By keyboard from place to place, over the end of one block into the next; what is marked there is read aloud.
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const places = () =>
    [...document.querySelectorAll("#arithmetic .block")]
      .filter((block) => block.checkVisibility())
      .flatMap((block) => [...(block.querySelector("table.grid")?.rows ?? [])].map((row) => [block, row]));

  document.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, canvas, [data-grid] *")) return;
    const lines = places();
    if (!lines.length) return;
    event.preventDefault();
    const marked = document.querySelector("#arithmetic td.pointed");
    const from = marked ? lines.findIndex(([, row]) => row === marked.parentElement) : 0;
    const [down, across] = marked ? move : [0, 0];
    const [block, row] = lines[Math.max(0, Math.min(lines.length - 1, from + down))];
    const column = Math.max(0, Math.min(row.cells.length - 1, (marked ? marked.cellIndex : 0) + across));
    clear();
    show(block, row.rowIndex, column);
    row.cells[column].scrollIntoView({ block: "nearest", inline: "nearest" });
    const texts = [...block.querySelectorAll("td.pointed")].map((cell) => cell.textContent);
    document.getElementById("status").textContent = texts.join(" × ").replace(/ × ([^×]*)$/, " = $1");
  });

  // Only where the pointer has moved: what scrolls away under it has not been left.
  document.addEventListener("pointermove", (event) => {
    const cell = event.target.closest(".block table.grid td");
    const plate = event.target.closest(".block .plate");
    clear();
    if (cell) show(cell.closest(".block"), cell.parentElement.rowIndex, cell.cellIndex);
    else if (plate) fromPlate(plate.closest(".block"), event);
  });
})();
