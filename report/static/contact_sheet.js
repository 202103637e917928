"use strict";
const data = JSON.parse(document.getElementById("pictures").textContent);
const get = (id) => document.getElementById(id);
const copy = (id) => get(id).content.firstElementChild.cloneNode(true);

function slider([name, low, high, neutral], value, asShot) {
  const row = copy("slider"), digits = name === "Exposure2012" ? 2 : 0;
  row.firstElementChild.textContent = name.replace("2012", "");
  if (name === "Temperature" || name === "Tint") {
    if (asShot && name in asShot) neutral = asShot[name];
    row.title = neutral + " is as shot";
  }
  const sign = name !== "Temperature" && value > 0 ? "+" : "";
  row.lastElementChild.textContent = sign + value.toFixed(digits);
  const part = value < neutral ? (value - neutral) / (neutral - low)
                               : (value - neutral) / (high - neutral);
  const bar = row.querySelector("i");
  bar.style.left = 50 + 50 * Math.min(part, 0) + "%";
  bar.style.width = 50 * Math.abs(part) + "%";
  return row;
}

function card(name, facts) {
  const node = copy("card");
  node.querySelector(".name").textContent = name;
  node.querySelector(".camera").textContent = facts.camera || "unknown camera";
  const size = "ΔE00 " + facts.size.toFixed(1);
  node.querySelector(".facts span").textContent = facts.by ? size + " · " + facts.by : size;
  const [before, after] = node.querySelectorAll("img");
  for (const [image, uri] of [[before, facts.before], [after, facts.after]]) {
    [image.height, image.width] = facts.shape;
    image.src = uri;
  }
  const rows = data.sliders.map((one) => slider(one, facts.settings[one[0]], facts.as_shot));
  node.querySelector(".sliders").append(...rows);
  const curve = facts.settings.ToneCurve;
  const points = curve.map((y, i) => i / (curve.length - 1) + "," + (1 - y));
  node.querySelector("polyline").setAttribute("points", points.join(" "));
  return {node, name, camera: facts.camera || "", size: facts.size};
}

const cards = Object.entries(data.cards).map(([name, facts]) => card(name, facts));
const cameras = new Map();
for (const one of cards) cameras.set(one.camera, (cameras.get(one.camera) || 0) + 1);
const named = [...cameras].sort((a, b) => a[0] < b[0] ? -1 : 1);
named.forEach(([camera, count], i) => {
  get("camera").add(new Option((camera || "unknown camera") + " (" + count + ")", String(i)));
});

function show() {
  const chosen = get("camera").value;
  const camera = chosen === "" ? null : named[Number(chosen)][0];
  const from = get("from").value === "" ? -Infinity : Number(get("from").value);
  const to = get("to").value === "" ? Infinity : Number(get("to").value);
  let shown = 0;
  for (const one of cards) {
    const fits = (camera === null || one.camera === camera) && one.size >= from && one.size <= to;
    one.node.hidden = !fits;
    shown += fits;
  }
  get("count").textContent = shown + " of " + cards.length + " pictures";
}

function sort() {
  const by = get("sort").value, way = by === "large" ? -1 : 1;
  const key = (one) => by === "name" ? one.place : way * one.size;
  const ordered = [...cards].sort((a, b) => key(a) - key(b) || a.place - b.place);
  get("cards").replaceChildren(...ordered.map((one) => one.node));
}

cards.forEach((one, i) => { one.place = i; });
for (const id of ["camera", "from", "to"]) get(id).addEventListener("input", show);
get("sort").addEventListener("input", sort);
sort();
show();
if (data.failed.length) {
  get("failed").hidden = false;
  get("failed").querySelector("summary").textContent = data.failed.length + " not done";
  for (const [name, error] of data.failed) {
    const row = get("failed").querySelector("table").insertRow();
    row.insertCell().textContent = name;
    row.insertCell().textContent = error;
  }
}
