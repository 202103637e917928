// The white balance dropper: a place that is to be grey, by mouse or by arrows and Enter.
import { clamp, get, press, say } from "./dom.js";
import { on } from "./bus.js";
import { send } from "./api.js";
import { editing, flush, neutral, set } from "./editing.js";
import { placeAt } from "./picture.js";
import { fail } from "./toast.js";

const canvas = get("view");
let at = null; // of the crosshair, in CSS pixels of the canvas

export const dropping = () => canvas.classList.contains("dropper");

export function toggleDropper(active = !dropping()) {
  if (active && editing.detail === null) return;
  canvas.classList.toggle("dropper", active);
  press(get("dropper"), active);
  get("crosshair").hidden = true;
  at = null;
  if (!active) return;
  canvas.focus({ preventScroll: true });
  say("Choose a place that is to be grey: click, or move with the arrows and press Enter. Escape ends it.");
}

async function pick(clientX, clientY) {
  const place = placeAt(clientX, clientY);
  if (place === null) return;
  const { id } = editing;
  try {
    await flush();
    const found = await send("dropper", { id, x: place[0], y: place[1] });
    if (editing.id !== id) return;
    set("Temperature", found.Temperature, false);
    set("Tint", found.Tint, true);
    say(`${Math.round(found.Temperature)} kelvin, tint ${Math.round(found.Tint)}`);
    toggleDropper(false);
  } catch (error) {
    fail(error);
  }
}

function move(dx, dy) {
  at ??= [canvas.clientWidth / 2, canvas.clientHeight / 2];
  at = [clamp(at[0] + dx, 0, canvas.clientWidth - 1), clamp(at[1] + dy, 0, canvas.clientHeight - 1)];
  const cross = get("crosshair");
  cross.hidden = false;
  cross.style.left = at[0] + "px";
  cross.style.top = at[1] + "px";
}

export function start() {
  get("dropper").addEventListener("click", () => toggleDropper());
  get("as-shot").addEventListener("click", () => {
    set("Temperature", neutral("Temperature"), false);
    set("Tint", neutral("Tint"), true);
  });
  canvas.addEventListener("click", (event) => {
    if (dropping()) pick(event.clientX, event.clientY);
  });
  canvas.addEventListener("keydown", (event) => {
    if (!dropping()) return;
    const far = event.shiftKey ? 40 : 8;
    const by = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
    if (by) move(...by);
    else if (event.key === "Enter" && at !== null) {
      const box = canvas.getBoundingClientRect();
      pick(box.left + at[0], box.top + at[1]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  on("current", () => toggleDropper(false));
}
