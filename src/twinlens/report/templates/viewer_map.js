// The preference map: where the preference comes from, over both photos, which are grey below it, so that its colours
// are its own.
const preferenceMap = ({ root, photo, clamp, press, tell }) => {
  const FINE = 10;
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
  const transposed = (grid) => grid[0].map((_, x) => grid.map((row) => row[x]));
  function paint(canvas, grid) {
    const fine = transposed(transposed(grid.map(smooth)).map(smooth));
    Object.assign(canvas, { width: fine[0].length, height: fine.length });
    const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
    fine.flat().forEach((value, i) => image.data.set([...TINTS[value > 0 ? "a" : "b"], 1.6 * Math.abs(value)], 4 * i));
    context.putImageData(image, 0, 0);
  }
  function load(grid, shown = on) {
    if (grid) for (const p of Object.values(photo)) paint(p.map, grid);
    root.classList.toggle("has-map", Boolean(grid));
    on = shown;
    show();
  }
  return { load, acts: { map }, keys: { m: map } };
};
