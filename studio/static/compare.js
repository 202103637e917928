// One picture as several models edit it, side by side.
import { get, later, make, press } from "./dom.js";
import { picture, read } from "./api.js";
import { on } from "./bus.js";
import { change, current, show as showView, state } from "./state.js";
import { predictWith } from "./models.js";
import { fail, toast } from "./toast.js";

const MOST = 1600;
let chosen = null; // ids of models
let asShot = true;
let round = 0;
let version = 0; // of the edit that is shown

function ticks() {
  const known = new Set(state.session.models.map((one) => one.id));
  chosen = chosen ? new Set([...chosen].filter((id) => known.has(id))) : new Set([...known].slice(0, 4));
  get("compare-models").replaceChildren(...state.session.models.map((model) => {
    const box = make("input", { type: "checkbox", checked: chosen.has(model.id) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(model.id);
      else chosen.delete(model.id);
      paint();
    });
    return make("label", {}, box, make("span", { textContent: model.name }));
  }));
}

function figure(title, actions = []) {
  const canvas = make("canvas", { width: 3, height: 2, ariaLabel: title });
  canvas.setAttribute("role", "img");
  const head = make("figcaption", {}, make("strong", { textContent: title }), make("span", {}, ...actions));
  return { canvas, node: make("figure", {}, canvas, head) };
}

/** The sliders that a model moves, by Camera Raw's names. */
function list(edit) {
  const rows = [];
  for (const panel of state.session.panels) {
    for (const { name, label, neutral, decimals, unit } of panel.sliders) {
      const value = edit.sliders[name];
      if (value === undefined || value === neutral) continue;
      const text = (value > 0 && neutral !== null ? "+" : "") + value.toFixed(decimals) + (unit === "K" ? " K" : "");
      rows.push(make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: text })));
    }
  }
  return make("dl", {}, ...rows);
}

async function fill(place, id, body, mine) {
  try {
    const { bitmap } = await picture(`pictures/${encodeURIComponent(id)}/render`, body);
    if (mine === round) {
      place.canvas.width = bitmap.width;
      place.canvas.height = bitmap.height;
      place.canvas.getContext("2d").drawImage(bitmap, 0, 0);
      place.canvas.dataset.shown = "yes";
    }
    bitmap.close();
  } catch (error) {
    fail(error);
  }
}

async function paint() {
  const one = current();
  if (state.view !== "compare" || one === null || chosen === null) return;
  const mine = ++round;
  version = one.thumb;
  get("compare-name").textContent = one.name;
  const models = state.session.models.filter((model) => chosen.has(model.id));
  let found = [];
  try {
    const query = models.map((model) => encodeURIComponent(model.id)).join(",");
    if (models.length) found = (await read(`compare/${encodeURIComponent(one.id)}?models=${query}`)).models;
  } catch (error) {
    fail(error);
  }
  if (mine !== round) return;
  const size = Math.min(MOST, Math.ceil((get("compare-figures").clientWidth * (devicePixelRatio || 1)) / 200 / Math.max(1, Math.min(found.length, 3))) * 200 || 800);
  const jobs = [];
  if (asShot) jobs.push([figure("As shot"), { before: true, size }]);
  jobs.push([figure("Your edit now"), { size }]);
  for (const model of found) {
    const take = make("button", { type: "button", textContent: "Take this edit", ariaLabel: `Take the edit of ${model.name}` });
    take.addEventListener("click", () => takeEdit(one, model));
    const use = make("button", { type: "button", textContent: "Use this model", ariaLabel: `Use ${model.name} for all pictures` });
    use.addEventListener("click", () => predictWith(model.id));
    const place = figure(model.name, [take, " ", use]);
    place.node.append(list(model.edit));
    jobs.push([place, { model: model.id, size }]);
  }
  get("compare-figures").replaceChildren(...jobs.map(([place]) => place.node));
  // One after the other: of one picture's renders that wait, only the latest would be made.
  for (const [place, body] of jobs) {
    if (mine !== round) return;
    await fill(place, one.id, body, mine);
  }
}

async function takeEdit(one, model) {
  const changes = { reset: "neutral", set: model.edit.sliders, curves: model.edit.curves };
  if (await change("edit", { ids: [one.id], changes })) {
    toast(`${one.name} has the edit of ${model.name} now.`);
    showView("picture");
  }
}

export function start() {
  get("compare-before").addEventListener("click", () => {
    asShot = !asShot;
    press(get("compare-before"), asShot);
    paint();
  });
  on("session", () => {
    ticks();
    paint();
  });
  on("view", paint);
  on("current", paint);
  const again = later(paint, 200);
  on("pictures", (ids) => {
    if (ids.includes(state.current) && current().thumb !== version) again();
  });
}
