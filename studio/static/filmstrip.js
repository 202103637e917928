// The pictures beside the one that is seen, and what is known and marked of it.
import { get, make, press } from "./dom.js";
import { thumb } from "./api.js";
import { forget, load } from "./thumbs.js";
import { on } from "./bus.js";
import { describe } from "./card.js";
import { editing } from "./editing.js";
import { current, select, state } from "./state.js";
import { rate } from "./commands.js";

const BESIDE = 12;

function strip() {
  if (state.view !== "picture") return;
  const place = state.shown.indexOf(state.current);
  const ids = state.shown.slice(Math.max(0, place - BESIDE), place + BESIDE + 1);
  const host = get("filmstrip");
  const known = new Map([...host.children].map((one) => [one.dataset.id, one]));
  const stills = ids.map((id) => known.get(id) ?? still(id));
  for (const one of host.children) if (!ids.includes(one.dataset.id)) forget(one.firstElementChild);
  if (stills.length !== host.childElementCount || stills.some((one, i) => one !== host.children[i])) host.replaceChildren(...stills);
  for (const one of stills) {
    const picture = state.pictures.get(one.dataset.id);
    load(one.firstElementChild, thumb(picture));
    one.ariaLabel = describe(picture);
    one.title = picture.name;
    one.classList.toggle("reject", picture.flag === "reject");
    const here = picture.id === state.current;
    if (here) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
    one.tabIndex = here ? 0 : -1; // the arrows go on; Tab goes past
    if (here) host.scrollLeft = one.offsetLeft - host.offsetLeft - (host.clientWidth - one.offsetWidth) / 2;
  }
}

function still(id) {
  const button = make("button", { type: "button", className: "still" }, make("img", { alt: "", decoding: "async" }));
  button.dataset.id = id;
  button.addEventListener("click", () => select(id));
  return button;
}

function facts() {
  const one = current();
  if (one === null) return;
  const exif = editing.detail?.id === one.id ? editing.detail.exif ?? {} : {};
  const said = [
    one.camera, exif.lens, exif.focal && `${exif.focal} mm`, exif.aperture && `f/${exif.aperture}`,
    exif.shutter && `${exif.shutter} s`, one.iso && `ISO ${one.iso}`,
    one.date && one.date.replace("T", " "), one.width && `${one.width} × ${one.height}`,
    one.confidence !== null && `confidence ${Math.round(100 * one.confidence)} %`,
    one.size !== null && `edit ΔE ${one.size.toFixed(1)}`,
  ];
  get("picture-facts").textContent = said.filter(Boolean).join(" · ");
  for (const button of document.querySelectorAll("[data-flag]")) press(button, button.dataset.flag && one.flag === button.dataset.flag);
  [...get("stars").children].forEach((button, i) => {
    button.classList.toggle("on", i < one.rating);
    press(button, i + 1 === one.rating);
  });
}

function both() {
  strip();
  facts();
}

export function start() {
  for (let stars = 1; stars <= 5; stars++) {
    const button = make("button", { type: "button", textContent: "★", ariaLabel: `${stars} of 5 stars`, title: `${stars} of 5 stars (${stars})` });
    button.addEventListener("click", () => rate(current()?.rating === stars ? 0 : stars));
    get("stars").append(button);
  }
  for (const name of ["current", "view", "pictures", "shown", "edit"]) on(name, both);
}
