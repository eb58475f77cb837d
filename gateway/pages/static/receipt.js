// A receipt: kept in this browser, and the unfinished ballot it came from is forgotten.
import { forget, kept } from "./ballots.js";
import { add } from "./receipts_kept.js";

const receipt = document.querySelector("[data-receipt]");
const { poll, title, ballotId, recordedAt } = receipt.dataset;
if (kept(poll)?.ballot_id === ballotId) forget(poll);
sessionStorage.removeItem("mvoting.tries." + ballotId);
const stored = add({ poll_id: poll, title, ballot_id: ballotId, recorded_at: recordedAt, receipt: JSON.parse(receipt.dataset.document) });
document.querySelector("[data-kept]").hidden = !stored;

const print = document.querySelector("[data-print]");
print.hidden = false;
print.addEventListener("click", () => window.print());
