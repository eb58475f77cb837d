// On paper the tables are open.
const folded = () => document.querySelectorAll("details:not([open])");
addEventListener("beforeprint", () => {
  for (const details of folded()) { details.dataset.folded = ""; details.open = true; }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("[data-folded]")) { details.open = false; delete details.dataset.folded; }
});
