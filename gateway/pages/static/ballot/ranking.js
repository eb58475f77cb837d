// A ranking as two lists, what is in order and what is not. The fields for places stay in the form, out of sight, and are
// what is sent.
import { draggable } from "./dragging.js";
import { whole } from "./questions.js";
import { fill, number } from "./words.js";

const MARKED = ".landing, .landing-before, .landing-after";

function middle(item) {
  const { top, height } = item.getBoundingClientRect();
  return top + height / 2;
}

export function ranking(question, words, say) {
  const { element } = question;
  const [ranked, rest] = [element.querySelector(".ranked"), element.querySelector(".unranked")];
  const [none, restHead] = [element.querySelector("[data-none]"), element.querySelector("[data-rest]")];
  const items = new Map([...element.querySelectorAll("[data-option]")].map((item) => [item.dataset.option, item]));
  const fieldOf = (item) => item.querySelector("select, input");
  const nameOf = (id) => items.get(id).dataset.name;
  const isAlone = (id) => fieldOf(items.get(id)).dataset.exclusive !== undefined;
  const button = (id, move) => items.get(id).querySelector(`[data-move=${move}]`);
  let aimed = null; // where the item lands that is being dragged

  function order() {
    const places = question.order.map((id) => [id, whole(fieldOf(items.get(id)).value)]).filter(([, place]) => place > 0);
    return places.sort((a, b) => a[1] - b[1]).map(([id]) => id);
  }

  function draw() {
    const now = order();
    const places = now.filter((id) => !isAlone(id)).length;
    none.hidden = now.length > 0;
    restHead.hidden = now.length === items.size;
    const others = question.order.filter((each) => !now.includes(each));
    fit(ranked, now);
    fit(rest, others);
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
  function fit(list, ids) {
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

  // The order with the item put at a place (from 0) among the others, or out of it (-1); null where there is no room.
  // What can only be chosen alone takes the place of all others.
  function put(now, id, at) {
    const others = now.filter((each) => each !== id);
    if (at < 0) return others;
    if (isAlone(id)) return [id];
    const alike = others.filter((each) => !isAlone(each));
    return alike.length < question.most ? [...alike.slice(0, at), id, ...alike.slice(at)] : null;
  }

  // Whether it could be done.
  function place(id, at) {
    const next = put(order(), id, at);
    if (!next) {
      say(`${question.id}-order`, fill(words.full, { n: number(question.most) }));
      return false;
    }
    for (const [each, item] of items) fieldOf(item).value = next.includes(each) ? String(next.indexOf(each) + 1) : "";
    draw();
    const n = next.indexOf(id) + 1;
    const sentence = n ? words.placed : words.unplaced;
    say(`${question.id}-order`, fill(sentence, { name: nameOf(id), n, most: next.length }));
    fieldOf(items.get(id)).dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  function act(id, move) {
    const now = order();
    const at = { in: now.length, out: -1, up: now.indexOf(id) - 1, down: now.indexOf(id) + 1 }[move];
    if ((move === "up" && at < 0) || (move === "down" && at >= now.length)) return;
    const after = items.get(id).nextElementSibling;
    if (place(id, at)) focusAfter(id, move, after);
  }

  // The keyboard stays where the next step is: the next item to put in, or the same button of an item that moved.
  function focusAfter(id, move, after) {
    const next = after && rest.contains(after) ? after : rest.querySelector("[data-option]");
    if (move === "in") (next ? next.querySelector("[data-move=in]") : button(id, "up")).focus();
    else button(id, move === "out" ? "in" : move).focus();
  }

  // The place of an item that is let go at this height of the window among the others, or -1, out of the order.
  function landing(id, y) {
    if (y > restHead.getBoundingClientRect().top) return -1;
    return order().filter((each) => each !== id && middle(items.get(each)) < y).length;
  }

  // A line between the two items where it lands, a frame around what it goes into; nothing where nothing would change.
  function aim(id, y) {
    unmark();
    restHead.hidden = false;
    const [now, at] = [order(), landing(id, y)];
    const next = put(now, id, at);
    if (next?.join() === now.join()) return;
    aimed = at;
    if (next) mark(now.filter((each) => each !== id), isAlone(id), at);
  }

  function mark(others, alone, at) {
    if (at < 0) rest.classList.add("landing");
    else if (!others.length) none.classList.add("landing");
    else if (alone || isAlone(others[0])) ranked.classList.add("landing");
    else if (at < others.length) items.get(others[at]).classList.add("landing-before");
    else items.get(others[at - 1]).classList.add("landing-after");
  }

  function unmark() {
    aimed = null;
    restHead.hidden = order().length === items.size;
    for (const marked of element.querySelectorAll(MARKED)) marked.classList.remove("landing", "landing-before", "landing-after");
  }

  // Who works with keys as well finds them where the item is now.
  function drop(id) {
    const keyed = element.contains(document.activeElement);
    if (aimed === null || !place(id, aimed) || !keyed) return;
    button(id, order().includes(id) ? "up" : "in").focus({ preventScroll: true });
  }

  element.querySelector("[data-ranked]").hidden = false;
  for (const [id, item] of items) {
    item.querySelector(".place").hidden = true;
    item.querySelector("[data-moves]").hidden = false;
    draggable(item, item.querySelector("[data-handle]"), { over: (y) => aim(id, y), drop: () => drop(id), end: unmark });
    item.addEventListener("click", ({ target }) => {
      const pressed = target.closest("[data-move]");
      if (pressed) act(id, pressed.dataset.move);
      else if (rest.contains(item)) act(id, "in");
    });
  }
  return draw;
}
