// A small line chart: how near the edits come, by how many were learnt from.
import { draw, make } from "./dom.js";

const [WIDE, HIGH, LEFT, BOTTOM, TOP, RIGHT] = [520, 220, 44, 34, 12, 16];

/** @param points [{edits, delta_e}], edits rising; auto: what nothing learnt comes to, or null */
export function learningChart(points, auto = null) {
  const logs = points.map((one) => Math.log(one.edits));
  const [first, last] = [Math.min(...logs), Math.max(...logs)];
  const top = Math.max(...points.map((one) => one.delta_e)) * 1.1 || 1;
  const x = (edits) => LEFT + ((Math.log(edits) - first) / (last - first || 1)) * (WIDE - LEFT - RIGHT);
  const y = (value) => HIGH - BOTTOM - (value / top) * (HIGH - BOTTOM - TOP);
  const words = points.map((one) => `${one.edits} edits: ${one.delta_e.toFixed(1)}`).join("; ");
  const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `Colour difference to your edits. ${words}` });
  const text = (at, label, anchor) => {
    const node = draw("text", { x: at[0], y: at[1], "text-anchor": anchor });
    node.textContent = label;
    return node;
  };
  svg.append(draw("path", { class: "axis", d: `M${LEFT} ${TOP}V${HIGH - BOTTOM}H${WIDE - RIGHT}` }));
  for (const value of [0, top / 2.2, top / 1.1]) svg.append(text([LEFT - 6, y(value) + 4], value.toFixed(1), "end"));
  for (const one of points) svg.append(text([x(one.edits), HIGH - BOTTOM + 16], String(one.edits), "middle"));
  const line = points.map((one, i) => `${i ? "L" : "M"}${x(one.edits)} ${y(one.delta_e)}`).join("");
  svg.append(draw("path", { class: "line", d: line }));
  for (const one of points) svg.append(draw("circle", { cx: x(one.edits), cy: y(one.delta_e), r: 4 }));
  const caption = "Mean ΔE00 to your own edits of pictures that were not learnt from, by the number of edits learnt from.";
  const without = typeof auto === "number" ? ` Auto, which learns nothing: ${auto.toFixed(1)}.` : "";
  return [svg, make("figcaption", { textContent: caption + without })];
}
