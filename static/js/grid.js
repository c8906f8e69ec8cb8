// A grid of cells is one stop for the Tab key; inside it the arrow keys, Home and End move from cell to cell, and with
// Ctrl, Home and End go to its first and last cell. The cell that has the focus also says where it stands.
(() => {
  "use strict";
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -Infinity], End: [0, Infinity] };
  const within = (at, size) => Math.max(0, Math.min(size - 1, at));

  const target = (table, cell, event) => {
    const [down, across] = MOVES[event.key];
    if (event.ctrlKey) {
      const all = down || Number.isFinite(across) ? [] : table.querySelectorAll("button");
      return all[across < 0 ? 0 : all.length - 1];
    }
    const row = table.rows[within(cell.parentElement.rowIndex + down, table.rows.length)];
    if (Number.isFinite(across)) return row.cells[within(cell.cellIndex + across, row.cells.length)].querySelector("button");
    const some = row.querySelectorAll("button"); // near an edge of its map a row may begin and end with nothing
    return some[across < 0 ? 0 : some.length - 1];
  };

  document.addEventListener("keydown", (event) => {
    const table = event.target.closest("[data-grid]");
    if (!table || !MOVES[event.key] || event.metaKey || event.altKey) return;
    const next = target(table, event.target.closest("td"), event);
    if (!event.ctrlKey || next) event.preventDefault();
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });

  document.addEventListener("focusin", (event) => {
    const table = event.target.closest("[data-grid]");
    if (!table || !event.target.value) return;
    const [, row, column] = event.target.value.split(".");
    const said = table.dataset.grid.replace("{row}", row).replace("{column}", column);
    event.target.setAttribute("aria-label", said.replace("{value}", event.target.textContent));
  });
})();
