// On paper the tables are open, and what is too wide for a sheet is in parts below each other, each with the first column.
const folded = () => document.querySelectorAll("details:not([open])");

// `data-sheets`: for each part the number of the first column that is no longer in it.
function cut(table) {
  const ends = table.dataset.sheets.split(" ").map(Number);
  const parts = ends.map((end, n) => part(table, ends[n - 1] ?? 1, end, `${n + 1}/${ends.length}`));
  table.after(...parts);
  table.hidden = true;
}

function part(table, start, end, which) {
  const copy = table.cloneNode(true);
  copy.removeAttribute("data-sheets");
  copy.dataset.sheet = "";
  copy.caption.append(` (${which})`);
  for (const row of copy.rows) {
    for (const cell of [...row.cells].filter((_, n) => n > 0 && (n < start || n >= end))) cell.remove();
  }
  return copy;
}

addEventListener("beforeprint", () => {
  for (const details of folded()) { details.dataset.folded = ""; details.open = true; }
  for (const table of document.querySelectorAll("[data-sheets]:not([hidden])")) cut(table);
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("[data-folded]")) { details.open = false; delete details.dataset.folded; }
  for (const copy of document.querySelectorAll("[data-sheet]")) copy.remove();
  for (const table of document.querySelectorAll("[data-sheets]")) table.hidden = false;
});
