// The dialog that hands pictures over: which, where to, and as what.
import { get, keep, make, recall } from "./dom.js";
import { on } from "./bus.js";
import { flush } from "./editing.js";
import { change, state, targets } from "./state.js";
import { toast } from "./toast.js";

const KINDS = ["xmp", "embed", "tiff", "jpeg"];

/** [name, words, ids] of each choice of pictures that there is. */
function choices() {
  const known = [...state.pictures.values()].filter((one) => one.status === "predicted");
  const ready = new Set(known.map((one) => one.id));
  const only = (ids) => ids.filter((id) => ready.has(id));
  const all = [
    ["these", targets().length > 1 ? "the selected ones" : "this picture", only(targets())],
    ["picked", "the picked ones", known.filter((one) => one.flag === "pick").map((one) => one.id)],
    ["kept", "all that are not rejected", known.filter((one) => one.flag !== "reject").map((one) => one.id)],
    ["shown", "all that the filter shows", only(state.shown)],
    ["stale", "those that were changed since they were handed over", known.filter((one) => one.stale).map((one) => one.id)],
  ];
  return all.filter(([, , ids]) => ids.length);
}

export async function openAccept() {
  await flush();
  const found = choices();
  if (!found.length) return toast("Nothing is predicted yet.");
  get("accept-which").replaceChildren(...found.map(([name, words, ids], i) => {
    const radio = make("input", { type: "radio", name: "accept-which", value: name, checked: i === 0 });
    return make("label", { className: "tick" }, radio, `${words} (${ids.length})`);
  }));
  get("accept-output").textContent = state.session.output;
  check();
  get("accept-dialog").showModal();
}

/** What stands in the way, in one line; "" where nothing does. */
function check() {
  get("accept-embed").disabled = !get("accept-xmp").checked; // it is where XMP goes
  if (!get("accept-xmp").checked) get("accept-embed").checked = false;
  const any = KINDS.some((kind) => get("accept-" + kind).checked);
  const fields = ["accept-size", "accept-quality"].every((id) => get(id).checkValidity());
  const line = !any ? "Choose at least one kind of file." : !fields ? "A size or a quality is out of its range." : "";
  get("accept-note").textContent = line || "Nothing is written before you press the button.";
  get("accept-do").disabled = line !== "";
  for (const id of ["accept-size", "accept-quality"]) get(id).disabled = !get("accept-jpeg").checked;
}

async function accept() {
  const chosen = document.querySelector("[name=accept-which]:checked").value;
  const [, , ids] = choices().find(([name]) => name === chosen) ?? [null, null, []];
  const body = {
    ids,
    where: document.querySelector("[name=accept-where]:checked").value,
    max_size: get("accept-size").value === "" ? null : Number(get("accept-size").value),
    quality: Number(get("accept-quality").value),
  };
  for (const kind of KINDS) body[kind] = get("accept-" + kind).checked;
  keep("accept", body);
  get("accept-dialog").close();
  if (ids.length && (await change("accept", body))) toast(`Handing over ${ids.length === 1 ? "1 picture" : ids.length + " pictures"}.`);
}

export function start() {
  const last = recall("accept", null);
  if (last) {
    for (const kind of KINDS) get("accept-" + kind).checked = Boolean(last[kind]);
    get("accept-size").value = last.max_size ?? "";
    get("accept-quality").value = last.quality ?? 95;
  }
  get("accept").addEventListener("click", openAccept);
  get("accept-do").addEventListener("click", accept);
  get("accept-dialog").addEventListener("input", check);
  on("server:progress", (event) => {
    if (event.what === "accept" && event.finished) toast(event.text || "Handed over.", event.state === "failed");
  });
}
