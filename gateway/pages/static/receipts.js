// The list of receipts on "My page".
import { receipts, removeAll } from "./receipts_kept.js";

const list = document.querySelector("[data-receipts]");
const none = document.querySelector("[data-none]");
const forget = document.querySelector("[data-forget]");
const row = document.querySelector("[data-receipt-row]");
const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Seoul" });

function show() {
  const kept = receipts();
  list.replaceChildren(...kept.map((receipt) => {
    const item = row.content.cloneNode(true);
    const link = item.querySelector("a");
    link.href = `/polls/${encodeURIComponent(receipt.poll_id)}/ballots/${encodeURIComponent(receipt.ballot_id)}`;
    link.textContent = receipt.title;
    const time = item.querySelector("time");
    time.dateTime = receipt.recorded_at;
    time.textContent = when.format(new Date(receipt.recorded_at));
    return item;
  }));
  list.hidden = forget.hidden = !kept.length;
  none.hidden = Boolean(kept.length);
}

forget.addEventListener("click", () => { removeAll(); show(); none.setAttribute("tabindex", "-1"); none.focus(); });
show();
