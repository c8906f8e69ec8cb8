// A grid of cells is one stop for the Tab key; inside it the arrow keys, Home and End move from cell to cell.
(() => {
  "use strict";
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -Infinity], End: [0, Infinity] };

  document.addEventListener("keydown", (event) => {
    const table = event.target.closest("[data-grid]");
    const move = moves[event.key];
    if (!table || !move || event.ctrlKey || event.metaKey || event.altKey) return;
    const cell = event.target.closest("td");
    const row = cell.parentElement;
    const within = (at, size) => Math.max(0, Math.min(size - 1, at));
    const rows = table.rows;
    const down = rows[within(row.rowIndex + move[0], rows.length)];
    const next = down.cells[within(cell.cellIndex + move[1], down.cells.length)].querySelector("button");
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
})();
