// The grid: only cards in sight exist, so that thousands of pictures scroll like a dozen.
import { get, keep, recall, say } from "./dom.js";
import { on } from "./bus.js";
import { describe, fill, makeCard } from "./card.js";
import { forget } from "./thumbs.js";
import { current, select, show, state } from "./state.js";

const GAP = 8;
const BEYOND = 1.0; // of the window's height, above and below, that is kept ready

const host = get("grid");
const inner = get("grid-inner");
const cards = new Map();
const shape = { columns: 1, width: 220, height: 200 };
let before = false;
let asked = false;

export const columns = () => shape.columns;

export function pageRows() {
  return Math.max(1, Math.floor(host.clientHeight / (shape.height + GAP)));
}

function measure() {
  const room = host.clientWidth - GAP;
  // Two beside each other on a phone, too.
  const wanted = Math.min(Number(get("thumb-size").value), Math.floor(room / 2) - GAP);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  shape.columns = Math.max(1, Math.floor(room / (wanted + GAP)));
  shape.width = Math.floor(room / shape.columns) - GAP;
  shape.height = Math.round(shape.width * 0.68 + 3 * rem);
  const rows = Math.ceil(state.shown.length / shape.columns);
  inner.style.height = rows * (shape.height + GAP) + GAP + "px";
}

function paint() {
  asked = false;
  if (state.view !== "grid") return drop(new Set());
  const pitch = shape.height + GAP;
  const top = host.scrollTop - BEYOND * host.clientHeight;
  const first = Math.max(0, Math.floor(top / pitch)) * shape.columns;
  const rows = Math.ceil(((1 + 2 * BEYOND) * host.clientHeight) / pitch) + 1;
  const last = Math.min(state.shown.length, first + rows * shape.columns);
  drop(new Set(state.shown.slice(first, last)));
  for (let place = first; place < last; place++) put(state.shown[place], place);
  mark();
}

function drop(but) {
  for (const [id, card] of cards) {
    if (but.has(id)) continue;
    forget(card.querySelector("img"));
    card.remove();
    cards.delete(id);
  }
}

function put(id, place) {
  let card = cards.get(id);
  if (!card) {
    card = makeCard(id);
    cards.set(id, card);
    fill(card, state.pictures.get(id), before);
    inner.append(card);
  }
  const column = place % shape.columns;
  const row = Math.floor(place / shape.columns);
  card.style.width = shape.width + "px";
  card.style.height = shape.height + "px";
  card.style.transform = `translate(${GAP + column * (shape.width + GAP)}px, ${GAP + row * (shape.height + GAP)}px)`;
  card.setAttribute("aria-posinset", place + 1);
  card.setAttribute("aria-setsize", state.shown.length);
}

function mark() {
  for (const [id, card] of cards) {
    card.setAttribute("aria-selected", String(state.selected.has(id)));
    card.classList.toggle("current", id === state.current);
  }
  if (cards.has(state.current)) host.setAttribute("aria-activedescendant", "card-" + state.current);
  else host.removeAttribute("aria-activedescendant");
}

function soon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(paint);
}

/** Scrolls the current picture into sight, no further than needed. */
function reveal() {
  const place = state.shown.indexOf(state.current);
  if (place < 0 || state.view !== "grid") return;
  const pitch = shape.height + GAP;
  const top = Math.floor(place / shape.columns) * pitch;
  if (top < host.scrollTop) host.scrollTop = top;
  else if (top + pitch + GAP > host.scrollTop + host.clientHeight) host.scrollTop = top + pitch + GAP - host.clientHeight;
}

function again() {
  measure();
  soon();
}

/** Shows all pictures as shot, or as edited. */
export function toggleBefore() {
  before = !before;
  for (const [id, card] of cards) fill(card, state.pictures.get(id), before);
  say(before ? "as shot" : "edited");
}

export function start() {
  const size = get("thumb-size");
  size.value = recall("thumbs", 220);
  size.addEventListener("input", () => {
    keep("thumbs", Number(size.value));
    again();
    reveal();
  });
  host.addEventListener("scroll", soon, { passive: true });
  new ResizeObserver(again).observe(host);
  host.addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (card) select(card.dataset.id, { extend: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
  });
  host.addEventListener("dblclick", (event) => {
    if (event.target.closest(".card")) show("picture");
  });
  on("shown", again);
  on("selection", () => {
    mark();
    soon();
  });
  on("current", () => {
    reveal();
    soon();
    if (current() && state.view === "grid") say(describe(current()));
  });
  on("pictures", (ids) => {
    for (const id of ids) if (cards.has(id)) fill(cards.get(id), state.pictures.get(id), before);
  });
  on("view", (view) => {
    if (view !== "grid") return soon();
    again();
    reveal();
    host.focus({ preventScroll: true });
  });
}
