// The edit form warns before what was entered is left behind.
const form = document.querySelector("[data-edit]");
let unsaved = "unsaved" in form.dataset;
form.addEventListener("input", () => { unsaved = true; });
form.addEventListener("submit", () => { unsaved = false; });
addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
// Which questions stand open is posted along, so that they still do on the page that comes next.
form.addEventListener("toggle", ({ target }) => {
  const shown = target.querySelector(":scope > fieldset > [data-shown]");
  if (shown) shown.value = target.open ? "yes" : "";
}, true);
