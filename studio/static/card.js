// One picture in the grid, and what is said of it.
import { make } from "./dom.js";
import { thumb } from "./api.js";
import { load } from "./thumbs.js";

const STATES = { waiting: "waiting", failed: "failed", predicted: "" };

export const stars = (rating) => "★".repeat(rating);

/** [class, sign, meaning] of each mark that a picture has. */
function marks(one) {
  return [
    one.flag === "pick" && ["pick", "⚑", "picked"],
    one.flag === "reject" && ["reject", "✕", "rejected"],
    one.corrected && ["corrected", "±", "corrected"],
    one.accepted && !one.stale && ["accepted", "✓", "handed over"],
    one.stale && ["stale", "✓*", "changed since it was handed over"],
    one.status === "failed" && ["failed", "!", "failed: " + (one.error || "no reason given")],
  ].filter(Boolean);
}

/** All that a card shows, in words. */
export function describe(one) {
  const said = [one.name, ...marks(one).map((mark) => mark[2])];
  if (one.rating) said.push(`${one.rating} of 5 stars`);
  if (STATES[one.status]) said.push(STATES[one.status]);
  if (one.confidence !== null) said.push(`confidence ${Math.round(100 * one.confidence)} %`);
  if (one.size !== null) said.push(`size of the edit ${one.size.toFixed(1)}`);
  if (one.differs !== null) said.push(`differs from its neighbours by ${one.differs.toFixed(1)}`);
  return said.join(", ");
}

export function makeCard(id) {
  const card = make("div", { className: "card", role: "option", id: "card-" + id });
  card.dataset.id = id;
  card.append(
    make("span", { className: "frame" },
      make("img", { alt: "", decoding: "async", draggable: false }),
      make("span", { className: "waiting", hidden: true })),
    make("bdi", { className: "name" }),
    make("span", { className: "row" },
      make("span", { className: "stars" }), make("span", { className: "facts" }), make("span", { className: "badges" })));
  return card;
}

/** Brings a card up to date. The picture is asked for anew only when its version has changed. */
export function fill(card, one, before) {
  load(card.querySelector("img"), thumb(one, before));
  card.querySelector(".name").textContent = one.name;
  card.querySelector(".stars").textContent = stars(one.rating);
  const facts = [];
  if (one.confidence !== null) facts.push(`${Math.round(100 * one.confidence)} %`);
  if (one.size !== null) facts.push(`ΔE ${one.size.toFixed(1)}`);
  card.querySelector(".facts").textContent = facts.join(" · ");
  card.querySelector(".badges").replaceChildren(
    ...marks(one).map(([name, sign, meaning]) => make("i", { className: "badge " + name, textContent: sign, title: meaning })));
  const waiting = card.querySelector(".waiting");
  waiting.hidden = one.status !== "waiting";
  waiting.textContent = "waiting";
  card.classList.toggle("reject", one.flag === "reject");
  card.setAttribute("aria-label", describe(one));
  card.title = one.error || one.name;
}
