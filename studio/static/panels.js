// Camera Raw's panels: built from what the session tells, shown as the edit has them.
import { get, keep, make, recall } from "./dom.js";
import { on } from "./bus.js";
import { Choice } from "./choice.js";
import { Curve } from "./curve.js";
import { editing, neutral, predicted, reset, set, value } from "./editing.js";
import { Slider } from "./slider.js";

const OPEN = ["light", "color"];
const acts = {
  move: set,
  neutral,
  reset: (name, to) => reset([name], to),
};
let panels = [];

function build(session) {
  const opened = new Set(recall("panels", OPEN));
  panels = session.panels.map((about) => {
    const controls = about.sliders.map((one) => (one.choices ? new Choice(one, acts) : new Slider(one, acts)));
    const curve = about.curves && session.curves.length ? new Curve(session.curves) : null;
    const inside = make("div", { className: "inside" }, curve && curve.node, ...controls.map((one) => one.node));
    const back = make("button", { type: "button", textContent: "Reset panel" });
    back.ariaLabel = `Reset ${about.title} to the prediction`;
    back.addEventListener("click", () =>
      reset([...about.sliders.map((one) => one.name), ...(curve ? session.curves.map((one) => one.name) : [])]));
    inside.append(make("div", { className: "foot" }, back));
    const dot = make("span", { className: "dot" });
    const node = make("details", { className: "panel", open: opened.has(about.name), ariaLabel: about.title }, make("summary", {}, about.title, dot), inside);
    node.dataset.panel = about.name;
    node.addEventListener("toggle", () => {
      if (node.open) opened.add(about.name);
      else opened.delete(about.name);
      keep("panels", [...opened]);
      show();
    });
    return { node, dot, controls, curve };
  });
  const help = make("p", { className: "unseen", id: "slider-help", textContent: "Delete: back to the prediction. Shift and Delete: neutral." });
  get("panels").replaceChildren(help, ...panels.map((one) => one.node));
  show();
}

function show() {
  get("side").inert = editing.detail === null;
  if (editing.detail === null) return;
  for (const { node, dot, controls, curve } of panels) {
    for (const one of controls) one.show(value(one.about.name), predicted(one.about.name));
    curve?.show();
    const moved = controls.some((one) => one.moved) || Boolean(curve?.moved);
    node.classList.toggle("moved", moved);
    dot.title = moved ? "not as predicted" : "";
  }
}

export function start() {
  on("session", (session) => {
    if (!panels.length) build(session);
  });
  on("edit", show);
}
