// The dialog that teaches: how many corrections there are, what more would gain, a new model.
import { get, make } from "./dom.js";
import { on } from "./bus.js";
import { read, send } from "./api.js";
import { learningChart } from "./chart.js";
import { flush } from "./editing.js";
import { predictWith, refresh } from "./models.js";
import { cancel } from "./progress.js";
import { fail, toast } from "./toast.js";

let job = null;
let saved = 0; // edits in the manifest: without any there is nothing to learn

async function show() {
  const known = await read("teach");
  const n = known.corrections;
  saved = known.in_manifest;
  get("teach-count").textContent = `${n} ${n === 1 ? "correction" : "corrections"} in this shoot; ${saved} of your edits in the manifest.`;
  get("teach-advice").textContent = known.advice ?? "";
  get("teach-chart").hidden = !known.curve?.length;
  if (known.curve?.length) get("teach-chart").replaceChildren(...learningChart(known.curve, known.auto_delta_e));
  const rows = (known.adapters ?? []).map((one) => {
    const use = make("button", { type: "button", textContent: "Use it", ariaLabel: `Use ${one.name}` });
    use.addEventListener("click", () => {
      get("teach-dialog").close();
      predictWith(one.id);
    });
    const error = typeof one.delta_e === "number" ? ` · ΔE ${one.delta_e.toFixed(1)}` : "";
    return make("li", {}, make("span", { textContent: one.name + error }), use);
  });
  get("teach-adapters").replaceChildren(...(rows.length ? [make("h3", { textContent: "Learnt so far" }), make("ul", {}, ...rows)] : []));
  if (known.training) progress({ ...known.training, what: "teach" });
  else progress(null);
}

function progress(event) {
  job = event?.job ?? null;
  get("teach-progress").hidden = event === null;
  get("teach-train").disabled = get("teach-curve").disabled = event !== null || !saved;
  if (event === null) return;
  const bar = get("teach-bar");
  if (event.total) {
    bar.max = event.total;
    bar.value = event.done;
  } else bar.removeAttribute("value");
  get("teach-text").textContent = event.text ?? "";
}

export async function openTeach() {
  try {
    await flush();
    await show();
    if (!get("teach-dialog").open) get("teach-dialog").showModal();
  } catch (error) {
    fail(error);
  }
}

async function act(path) {
  try {
    await flush();
    await send("teach/" + path, {});
    await show();
  } catch (error) {
    fail(error);
  }
}

export function start() {
  get("teach").addEventListener("click", openTeach);
  get("teach-save").addEventListener("click", () => act("save"));
  get("teach-curve").addEventListener("click", () => act("curve"));
  get("teach-train").addEventListener("click", () => act("train"));
  get("teach-cancel").addEventListener("click", () => cancel(job, "teach"));
  on("server:progress", (event) => {
    if (event.what !== "teach") return;
    progress(event.finished ? null : event);
    if (!event.finished) return;
    toast(event.text || "Done.", event.state === "failed");
    refresh();
    if (get("teach-dialog").open) show().catch(fail);
  });
}
