// The preference map: where the preference comes from, over both photos, which are grey below it, so that its colours
// are its own.
const preferenceMap = ({ root, photo, clamp, press, tell }) => {
  const FINE = 10;
  const FAINT = 0.02; // the least peak, in log-odds of a cell
  const TINTS = { a: [0, 190, 255], b: [255, 212, 0] }; // azure and yellow differ for every kind of colour vision
  let on = false;
  function show() {
    const seen = on && root.classList.contains("has-map");
    root.classList.toggle("mapped", seen);
    press("map", seen);
  }
  function map() {
    if (!root.classList.contains("has-map")) return;
    on = !on;
    show();
    tell(on ? "The preference map is shown" : "The preference map is put away");
  }
  function smooth(line) { // a cubic B-spline through a line of cells, so that none shows: FINE values for each
    return Array.from({ length: line.length * FINE }, (_, i) => {
      const at = (i + 0.5) / FINE - 0.5, low = Math.floor(at), t = at - low;
      return [(1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, 1 + 3 * t + 3 * t ** 2 - 3 * t ** 3, t ** 3]
        .reduce((sum, weight, k) => sum + (weight / 6) * line[clamp(low - 1 + k, 0, line.length - 1)], 0);
    });
  }
  // A map in log-odds of its cells as per cent of its peak, -100 to 100; null where there is nothing. The peak is the 98th
  // percentile of the strengths, so that one cell does not hide all others, and photos that hardly differ show hardly anything.
  function levels(map) {
    const strengths = map.flat().map(Math.abs).sort((p, q) => p - q), peak = Math.max(strengths[Math.ceil(0.98 * strengths.length) - 1], FAINT);
    return strengths.at(-1) ? map.map((row) => row.map((cell) => Math.round(clamp(cell / peak, -1, 1) * 100))) : null;
  }
  const transposed = (grid) => grid[0].map((_, x) => grid.map((row) => row[x]));
  function paint(canvas, grid) {
    const fine = transposed(transposed(grid.map(smooth)).map(smooth));
    Object.assign(canvas, { width: fine[0].length, height: fine.length });
    const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
    fine.flat().forEach((value, i) => image.data.set([...TINTS[value > 0 ? "a" : "b"], 1.6 * Math.abs(value)], 4 * i));
    context.putImageData(image, 0, 0);
  }
  function load(map, shown = on) {
    const grid = map && levels(map);
    if (grid) for (const p of Object.values(photo)) paint(p.map, grid);
    root.classList.toggle("has-map", Boolean(grid));
    on = shown;
    show();
  }
  return { load, acts: { map }, keys: { m: map } };
};
