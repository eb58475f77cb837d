// Casting: one press is one request; a busy server is asked again by itself with the same ballot_id.
import "./focus.js";

const form = document.querySelector("[data-cast]");
const TRIES = 8;
const name = "mvoting.tries." + form.elements.ballot_id.value;
const tries = () => Number(sessionStorage.getItem(name) || 0);

form.addEventListener("submit", (event) => {
  if (form.dataset.sent && event.submitter?.name !== "do") { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => { delete form.dataset.sent; });

if (form.dataset.retry && tries() < TRIES && !form.querySelector("[type=password]")) {
  const after = Number(form.dataset.retry) * 1000 * Math.min(4, 1.5 ** tries());
  sessionStorage.setItem(name, tries() + 1);
  document.querySelector("[data-retrying]").hidden = false;
  setTimeout(() => form.requestSubmit(form.querySelector(".primary")), after * (0.5 + Math.random()));
}
