// A ranking as two lists, what is in order and what is not. The fields for places stay in the form, out of sight, and are
// what is sent.
import { whole } from "./questions.js";
import { fill, number } from "./words.js";

export function ranking(question, words, say) {
  const { element } = question;
  const [ranked, rest] = [element.querySelector(".ranked"), element.querySelector(".unranked")];
  const items = new Map([...element.querySelectorAll("[data-option]")].map((item) => [item.dataset.option, item]));
  const fieldOf = (item) => item.querySelector("select, input");
  const nameOf = (id) => items.get(id).dataset.name;
  const isAlone = (id) => fieldOf(items.get(id)).dataset.exclusive !== undefined;
  const button = (id, move) => items.get(id).querySelector(`[data-move=${move}]`);

  function order() {
    const places = question.order.map((id) => [id, whole(fieldOf(items.get(id)).value)]).filter(([, place]) => place > 0);
    return places.sort((a, b) => a[1] - b[1]).map(([id]) => id);
  }

  function draw() {
    const now = order();
    const places = now.filter((id) => !isAlone(id)).length;
    element.querySelector("[data-none]").hidden = now.length > 0;
    element.querySelector("[data-rest]").hidden = now.length === items.size;
    const others = question.order.filter((each) => !now.includes(each));
    put(ranked, now);
    put(rest, others);
    now.forEach((id, n) => dress(id, n, now.length));
    for (const id of others) {
      for (const move of ["up", "down", "out"]) button(id, move).hidden = true;
      button(id, "in").hidden = false;
      const full = places >= question.most && !isAlone(id);
      button(id, "in").setAttribute("aria-disabled", String(full));
      if (!isAlone(id)) button(id, "in").setAttribute("aria-label", fill(words.put, { name: nameOf(id), n: number(places + 1) }));
      items.get(id).querySelector("[data-nth]").textContent = isAlone(id) ? "+" : full ? "–" : String(places + 1);
      items.get(id).classList.toggle("waiting", !full);
    }
  }

  // An item that stands where it should is not touched: moving it would take the keyboard's place away.
  function put(list, ids) {
    const there = [...list.children].map((item) => item.dataset.option);
    if (there.join() !== ids.join()) list.append(...ids.map((id) => items.get(id)));
  }

  function dress(id, n, count) {
    fieldOf(items.get(id)).value = String(n + 1);
    for (const move of ["up", "down", "out"]) button(id, move).hidden = false;
    button(id, "in").hidden = true;
    button(id, "up").setAttribute("aria-disabled", String(n === 0));
    button(id, "down").setAttribute("aria-disabled", String(n === count - 1));
    items.get(id).classList.remove("waiting");
  }

  // The order after a move; null where there is none. What can only be chosen alone takes the place of all others.
  function moved(now, id, move) {
    const n = now.indexOf(id);
    if (move === "in") {
      const others = isAlone(id) ? [] : now.filter((each) => !isAlone(each));
      return others.length < question.most ? [...others, id] : null;
    }
    if (move === "out") return now.filter((each) => each !== id);
    const to = move === "up" ? n - 1 : n + 1;
    return to < 0 || to >= now.length ? null : now.map((each, at) => (at === to ? id : at === n ? now[to] : each));
  }

  function act(id, move) {
    const next = moved(order(), id, move);
    if (!next) {
      if (move === "in") say(`${question.id}-order`, fill(words.full, { n: number(question.most) }));
      return;
    }
    const after = items.get(id).nextElementSibling;
    for (const [each, item] of items) fieldOf(item).value = next.includes(each) ? String(next.indexOf(each) + 1) : "";
    draw();
    focusAfter(id, move, after);
    const place = next.indexOf(id) + 1;
    const sentence = place ? words.placed : words.unplaced;
    say(`${question.id}-order`, fill(sentence, { name: nameOf(id), n: place, most: next.length }));
    fieldOf(items.get(id)).dispatchEvent(new Event("input", { bubbles: true }));
  }

  // The keyboard stays where the next step is: the next item to put in, or the same button of an item that moved.
  function focusAfter(id, move, after) {
    const next = after && rest.contains(after) ? after : rest.querySelector("[data-option]");
    if (move === "in") (next ? next.querySelector("[data-move=in]") : button(id, "up")).focus();
    else button(id, move === "out" ? "in" : move).focus();
  }

  element.querySelector("[data-ranked]").hidden = false;
  for (const [id, item] of items) {
    item.querySelector(".place").hidden = true;
    item.querySelector("[data-moves]").hidden = false;
    item.addEventListener("click", ({ target }) => {
      const pressed = target.closest("[data-move]");
      if (pressed) act(id, pressed.dataset.move);
      else if (rest.contains(item)) act(id, "in");
    });
  }
  return draw;
}
