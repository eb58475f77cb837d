// The edit form warns before what was entered is left behind.
const form = document.querySelector("[data-edit]");
let unsaved = "unsaved" in form.dataset;
form.addEventListener("input", () => { unsaved = true; });
form.addEventListener("submit", () => { unsaved = false; });
addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
