// Signing out on a shared device: unfinished ballots go too.
import { forgetAll } from "./ballots.js";

document.querySelector("[data-sign-out]")?.addEventListener("submit", forgetAll);
