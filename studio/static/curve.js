// The tone curve, drawn and dragged: master and channels, by mouse and by keys.
import { clamp, draw, make, press } from "./dom.js";
import { points, predictedPoints, reset, setCurve } from "./editing.js";
import { curveValues } from "./spline.js";

const MOST = 16; // points, as Camera Raw's own curves have
const NEAR = 9; // of 255: so near a click takes a point

const path = (list) => list.map(([x, y], i) => `${i ? "L" : "M"}${x} ${255 - y}`).join("");

export class Curve {
  #held = null; // the index of the dragged point

  /** @param curves [{name, label}] from the session */
  constructor(curves) {
    this.curves = curves;
    this.name = curves[0].name;
    this.was = draw("path", { class: "was" });
    this.line = draw("path", { class: "line" });
    this.dots = draw("g");
    const lattice = [64, 128, 191].map((at) => `M${at} 0V255M0 ${at}H255`).join("") + "M0 255L255 0";
    this.svg = draw("svg", { viewBox: "-6 -6 267 267", role: "group" },
      draw("path", { class: "lattice", d: lattice }), this.was, this.line, this.dots);
    this.channels = make("div", { className: "channels", role: "group", ariaLabel: "Channel of the curve" });
    for (const one of curves) {
      const button = make("button", { type: "button", textContent: one.label });
      button.addEventListener("click", () => this.choose(one.name));
      this.channels.append(button);
    }
    this.output = make("output");
    this.node = make("div", { className: "curve" }, this.channels, this.svg, this.output);
    this.#listen();
    this.choose(this.name);
  }

  choose(name) {
    this.name = name;
    const { label } = this.curves.find((one) => one.name === name);
    this.node.dataset.channel = name.replace("ToneCurvePV2012", "");
    this.svg.setAttribute("aria-label", `${label} curve. Click or press Insert for a new point`);
    [...this.channels.children].forEach((button, i) => press(button, this.curves[i].name === name));
    this.show();
  }

  show() {
    const list = points(this.name);
    this.line.setAttribute("d", path(curveValues(list)));
    this.was.setAttribute("d", path(curveValues(predictedPoints(this.name))));
    while (this.dots.childElementCount > list.length) this.dots.lastElementChild.remove();
    while (this.dots.childElementCount < list.length) {
      this.dots.append(draw("circle", { r: 5, tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuemax": 255 }));
    }
    list.forEach(([x, y], i) => {
      const dot = this.dots.children[i];
      const values = { cx: x, cy: 255 - y, "aria-label": `Point ${i + 1} of ${list.length}`, "aria-valuenow": Math.round(y), "aria-valuetext": `input ${Math.round(x)}, output ${Math.round(y)}` };
      for (const [name, value] of Object.entries(values)) dot.setAttribute(name, value);
      dot.classList.toggle("held", i === this.#held);
    });
    const same = JSON.stringify(list) === JSON.stringify(predictedPoints(this.name));
    this.moved = !same;
  }

  /** Moves a point as far as its neighbours let it. */
  #move(list, i, x, y, done) {
    const moved = list.map((point) => [...point]);
    const low = i > 0 ? list[i - 1][0] + 1 : 0;
    const high = i < list.length - 1 ? list[i + 1][0] - 1 : 255;
    moved[i] = [Math.round(clamp(x, low, high)), Math.round(clamp(y, 0, 255))];
    this.output.textContent = `Input ${moved[i][0]}, output ${moved[i][1]}`;
    setCurve(this.name, moved, done);
  }

  #add(x, y) {
    const list = points(this.name);
    const i = list.findIndex((point) => point[0] >= x);
    const at = i < 0 ? list.length : i;
    const free = x - (list[at - 1]?.[0] ?? -1) >= 1 && (list[at]?.[0] ?? 256) - x >= 1;
    if (list.length >= MOST || !free) return null;
    setCurve(this.name, [...list.slice(0, at), [x, y], ...list.slice(at)], false);
    return at;
  }

  #remove(i) {
    const list = points(this.name);
    if (list.length <= 2) return;
    setCurve(this.name, list.filter((_, k) => k !== i), true);
    this.output.textContent = "";
  }

  #place(event) {
    const box = this.svg.getBoundingClientRect();
    return [(267 * (event.clientX - box.left)) / box.width - 6, 255 - ((267 * (event.clientY - box.top)) / box.height - 6)];
  }

  #listen() {
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const [x, y] = this.#place(event);
      const list = points(this.name);
      const far = list.map((point) => Math.hypot(point[0] - x, point[1] - y));
      const nearest = far.indexOf(Math.min(...far));
      const at = Math.round(clamp(x, 0, 255));
      this.#held = far[nearest] <= NEAR ? nearest : this.#add(at, Math.round(curveValues(list)[at][1]));
      if (this.#held === null) return;
      this.svg.setPointerCapture(event.pointerId);
      this.show();
      this.dots.children[this.#held].focus();
      event.preventDefault();
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (this.#held !== null) this.#move(points(this.name), this.#held, ...this.#place(event), false);
    });
    const release = () => {
      if (this.#held === null) return;
      this.#held = null;
      setCurve(this.name, points(this.name), true);
    };
    this.svg.addEventListener("pointerup", release);
    this.svg.addEventListener("pointercancel", release);
    this.svg.addEventListener("dblclick", (event) => {
      const dot = [...this.dots.children].indexOf(event.target);
      if (dot >= 0) this.#remove(dot);
    });
    this.svg.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    const i = [...this.dots.children].indexOf(event.target);
    if (i < 0) return;
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const list = points(this.name);
    if (by && !event.altKey && !event.ctrlKey) {
      const far = event.shiftKey ? 10 : 1;
      this.#move(list, i, list[i][0] + far * by[0], list[i][1] + far * by[1], true);
    } else if (event.key === "Delete" || event.key === "Backspace") this.#remove(i);
    else if (event.key === "Insert" || event.key === "+") this.#between(list, i);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A new point on the curve, between this one and the next; it has the focus. */
  #between(list, i) {
    const k = Math.min(i, list.length - 2);
    const x = Math.round((list[k][0] + list[k + 1][0]) / 2);
    const at = this.#add(x, Math.round(curveValues(list)[x][1]));
    if (at === null) return;
    setCurve(this.name, points(this.name), true);
    this.dots.children[at].focus();
  }

  resetTo(to) {
    return reset([this.name], to);
  }
}
