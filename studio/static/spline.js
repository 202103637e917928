// Camera Raw's point curve: a natural cubic spline through its points, limited to 0..255.

/** Values at 0, every, 2 every … 255 of the curve through [[x, y], …], x rising. */
export function curveValues(points, every = 1) {
  const count = points.length;
  const x = points.map((point) => point[0]);
  const y = points.map((point) => point[1]);
  const step = x.slice(1).map((value, i) => value - x[i]);
  const slope = step.map((length, i) => (y[i + 1] - y[i]) / length);
  const bend = new Array(count).fill(0); // second derivatives, of a tridiagonal system
  const above = new Array(count).fill(0);
  for (let k = 1; k < count - 1; k++) {
    const pivot = 2 * (step[k - 1] + step[k]) - step[k - 1] * above[k - 1];
    above[k] = step[k] / pivot;
    bend[k] = (6 * (slope[k] - slope[k - 1]) - step[k - 1] * bend[k - 1]) / pivot;
  }
  for (let k = count - 2; k > 0; k--) bend[k] -= above[k] * bend[k + 1];
  const values = [];
  let i = 0;
  for (let at = 0; at <= 255; at += every) {
    const place = Math.min(Math.max(at, x[0]), x[count - 1]);
    while (i < count - 2 && place >= x[i + 1]) i += 1;
    const d = place - x[i];
    const first = slope[i] - (step[i] * (2 * bend[i] + bend[i + 1])) / 6;
    const value = y[i] + d * (first + d * (bend[i] / 2 + (d * (bend[i + 1] - bend[i])) / (6 * step[i])));
    values.push([at, Math.min(Math.max(value, 0), 255)]);
  }
  return values;
}
