// The histogram of the pixels that are shown, and where they clip.
import { get, press } from "./dom.js";
import { on } from "./bus.js";
import { showMarks } from "./picture.js";

const LONG = 640; // of the picture that is counted
const LOW = 1; // 8-bit values at or below which a channel is black, at or above which white
const HIGH = 254;
const COLORS = ["#f0483e", "#3fbf4f", "#3f7df0"];
const marking = { shadows: false, highlights: false };
let pixels = null;

function count(bitmap) {
  const scale = Math.min(1, LONG / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false; // a mean of clipped and unclipped pixels is neither
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function draw({ data }) {
  const bins = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  let [dark, bright] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
    bins[0][r] += 1;
    bins[1][g] += 1;
    bins[2][b] += 1;
    if (Math.min(r, g, b) <= LOW) dark += 1;
    if (Math.max(r, g, b) >= HIGH) bright += 1;
  }
  const canvas = get("histogram");
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  // The ends are clipping's own; they don't flatten the rest.
  const top = Math.max(1, ...bins.map((bin) => Math.max(...bin.subarray(3, 253))));
  context.globalCompositeOperation = "lighter";
  bins.forEach((bin, channel) => {
    context.fillStyle = COLORS[channel];
    context.beginPath();
    context.moveTo(0, height);
    for (let value = 0; value < 256; value++) {
      context.lineTo(((value + 0.5) / 256) * width, height - Math.min(1, Math.sqrt(bin[value] / top)) * (height - 4));
    }
    context.lineTo(width, height);
    context.fill();
  });
  context.globalCompositeOperation = "source-over";
  const share = (clipped) => (400 * clipped) / data.length;
  tellClipping("shadows", share(dark));
  tellClipping("highlights", share(bright));
  const mean = bins[1].reduce((sum, n, value) => sum + n * value, 0) / (data.length / 4);
  canvas.setAttribute("aria-label",
    `Histogram: middle of green at ${Math.round(mean)} of 255, ${share(dark).toFixed(1)} % clipped in the shadows, ${share(bright).toFixed(1)} % in the highlights`);
}

/** Nothing is shown yet: the last picture's is not this one's. */
function clear() {
  pixels = null;
  const canvas = get("histogram");
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  canvas.setAttribute("aria-label", "Histogram: no picture is shown");
  for (const end of ["shadows", "highlights"]) tellClipping(end, 0);
}

function tellClipping(end, percent) {
  const button = get("clip-" + end);
  button.textContent = end === "shadows" ? "◣" : "◢";
  button.classList.toggle("clips", percent >= 0.05);
  button.title = button.ariaLabel = `${percent.toFixed(1)} % clipped in the ${end}; mark them (J)`;
}

/** Marks over the picture: blue where a channel is black, red where one is white. */
async function mark() {
  if (pixels === null || !(marking.shadows || marking.highlights)) return showMarks(null);
  const { data, width, height } = pixels;
  const marks = new ImageData(width, height);
  for (let i = 0; i < data.length; i += 4) {
    const low = marking.shadows && Math.min(data[i], data[i + 1], data[i + 2]) <= LOW;
    const high = marking.highlights && Math.max(data[i], data[i + 1], data[i + 2]) >= HIGH;
    if (low || high) marks.data.set(high ? [255, 40, 30, 255] : [40, 110, 255, 255], i);
  }
  showMarks(await createImageBitmap(marks));
}

function set(ends, value) {
  for (const end of ends) {
    marking[end] = value;
    press(get("clip-" + end), value);
  }
  press(get("clipping"), marking.shadows && marking.highlights);
  mark();
}

export function toggleClipping() {
  set(["shadows", "highlights"], !(marking.shadows && marking.highlights));
}

export function start() {
  for (const end of ["shadows", "highlights"]) {
    get("clip-" + end).addEventListener("click", () => set([end], !marking[end]));
    tellClipping(end, 0);
  }
  get("clipping").addEventListener("click", toggleClipping);
  on("shown-pixels", (bitmap) => {
    if (bitmap === null) return clear();
    pixels = count(bitmap);
    draw(pixels);
    mark();
  });
}
