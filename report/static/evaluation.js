"use strict";
const data = (id) => JSON.parse(document.getElementById(id).textContent);
const make = (tag, parent, content) => {
  const element = document.createElement(tag);
  if (content !== undefined) element.textContent = content;
  parent.append(element);
  return element;
};

function card(one) {
  const box = document.createElement("div");
  box.className = "card";
  make("p", box, one.id);
  const errors = Object.entries(one.errors).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  let line = "ΔE00: " + errors.join(", ");
  if (one.numbers.confidence !== null) {
    line += `; confidence ${(100 * one.numbers.confidence).toFixed(0)} %`;
  }
  make("p", box, line);
  make("p", box, [one.kinds.join(", "), one.about].filter(Boolean).join(" · ")).className = "dim";
  const view = make("div", box);
  view.className = "view";
  const under = make("img", view), over = make("img", view), edge = make("div", view);
  over.className = "over";
  edge.className = "edge";
  const range = make("input", box);
  Object.assign(range, { type: "range", min: 0, max: 100, value: 50, step: 0.5 });
  range.setAttribute("aria-label", "wipe between the two pictures");
  const sides = make("div", box);
  sides.className = "sides";
  const left = make("select", sides), right = make("select", sides);
  const names = Object.keys(one.pictures);
  for (const select of [left, right]) for (const name of names) make("option", select, name);
  left.value = names.find((n) => n.startsWith("model") && !n.includes(":")) || names[1];
  right.value = "expert";
  const wipe = () => {
    over.style.clipPath = `inset(0 ${100 - range.value}% 0 0)`;
    edge.style.left = range.value + "%";
  };
  const show = () => {
    over.src = one.pictures[left.value];
    under.src = one.pictures[right.value];
    over.alt = left.value;
    under.alt = right.value;
  };
  range.addEventListener("input", wipe);
  left.addEventListener("change", show);
  right.addEventListener("change", show);
  wipe();
  show();
  return box;
}

const cards = data("cards-data"), order = document.getElementById("order");
const kind = document.getElementById("kind"), place = document.getElementById("cards");
const boxes = new Map(cards.map((one) => [one, card(one)]));
for (const name of Object.keys(cards.length ? cards[0].numbers : {})) {
  if (cards.some((one) => one.numbers[name] !== null)) {
    for (const way of ["highest", "lowest"]) {
      const option = make("option", order, `${name}, ${way} first`);
      option.value = JSON.stringify([name, way === "highest" ? -1 : 1]);
    }
  }
}
make("option", order, "name").value = JSON.stringify(["", 1]);

function arrange() {
  const [name, sign] = JSON.parse(order.value);
  const chosen = cards.filter((one) => !kind.value || one.kinds.includes(kind.value));
  const key = (one) => (name ? one.numbers[name] ?? -1 : 0);
  chosen.sort((a, b) => sign * (key(a) - key(b)) || (a.id < b.id ? -1 : 1));
  place.replaceChildren(...chosen.map((one) => boxes.get(one)));
}
order.addEventListener("change", arrange);
kind.addEventListener("change", arrange);
arrange();

const all = data("all-data"), table = make("table", document.getElementById("all"));
const head = make("tr", make("thead", table)), body = make("tbody", table);
const lines = all.lines.map((values) => {
  const row = make("tr", body);
  values.forEach((value, i) => {
    const number = typeof value === "number";
    const cell = make("td", row, value === null ? "" : number ? value.toFixed(2) : value);
    if (number) cell.className = "number";
  });
  return [values, row];
});
all.heading.forEach((title, i) => {
  const cell = make("th", head, title);
  if (all.lines.some((values) => typeof values[i] === "number")) cell.className = "number";
  cell.addEventListener("click", () => {
    const up = cell.getAttribute("aria-sort") !== "ascending";
    for (const other of head.children) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    lines.sort(([a], [b]) => {
      if (a[i] === null || b[i] === null) return (a[i] === null) - (b[i] === null);
      return (a[i] < b[i] ? -1 : a[i] > b[i] ? 1 : 0) * (up ? 1 : -1);
    });
    body.append(...lines.map(([, row]) => row));
  });
});
