// Thumbnails, a few at a time: a browser has six connections to the server, and what is rendered
// for the one who moves a slider must not wait behind them.
const AT_ONCE = 3;

const waiting = new Map(); // image -> address
const loading = new Set();

/** Loads a thumbnail into an image, when its turn comes. */
export function load(image, address) {
  if (image.dataset.address === address) return;
  image.dataset.address = address;
  waiting.delete(image);
  waiting.set(image, address);
  queueMicrotask(next);
}

/** The image isn't wanted any more; what is on its way is called off. */
export function forget(image) {
  waiting.delete(image);
  delete image.dataset.address;
  if (!loading.delete(image)) return;
  image.removeAttribute("src");
  next();
}

function next() {
  for (const [image, address] of waiting) {
    if (loading.size >= AT_ONCE) return;
    waiting.delete(image);
    loading.add(image);
    const done = () => {
      if (loading.delete(image)) next();
    };
    image.onload = done;
    image.onerror = () => {
      image.removeAttribute("src"); // no sign of a broken page: what is wrong is said beside it
      done();
    };
    image.src = address;
  }
}
