// Quality against seconds. The curve of a session is a staircase: between two actions the masks stay as they are. That of
// clicks is a line: between k and k + 1 clicks an image some images have one click more than others.

const DASHES = ["", "7 4", "2 4", "11 4 2 4", "4 3", "1 3", "14 4"];
const AXES = { human: "Human seconds per image", waiting: "Waiting seconds per image" };
const MOST_ZOOM = 2000; // of the whole axis; beyond it labels would repeat
const BESIDE = 26; // longest name, in characters, that stands beside its curve instead of in a legend

class Chart {
  constructor(parent, title, runs) {
    this.runs = runs;
    this.axis = "human";
    this.at = null;
    this.measure = runs[0].measure === "iou" ? "Mean IoU" : "Pixel agreement";
    this.plot = svg("svg", { class: "chart", tabindex: 0, role: "group" });
    this.readout = el("div", { class: "readout", "aria-live": "polite" });
    const axis = choice("Time", Object.entries(AXES), this.axis, (value) => {
      this.axis = value;
      this.at = null;
      this.view = null;
      this.draw();
    });
    this.figure = el("figure", { class: "card chart-card" },
      el("figcaption", {}, el("b", {}, `${this.measure}, ${title}`), axis), this.limits(), this.plot, this.readout);
    this.legend = el("ul", { class: "legend inline" }, ...runs.map((run, index) => el("li", {}, dashKey(run.colour, index), run.name)));
    this.beside = runs.length <= 8 && runs.every((run) => run.name.length <= BESIDE);
    if (!this.beside) this.figure.append(this.legend);
    parent.append(this.figure);
    this.view = null;
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => { if (!this.drag) { this.at = null; this.mark(); } });
    this.plot.addEventListener("pointerdown", (event) => this.begin(event));
    this.plot.addEventListener("pointerup", (event) => this.end(event));
    this.plot.addEventListener("pointercancel", () => this.forget());
    this.plot.addEventListener("dblclick", () => this.show(null));
    this.plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.plot.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  // Fields for the ends of both axes, and a way back.
  limits() {
    this.fields = {};
    const field = (key, label, step) => {
      const input = el("input", { type: "number", step, "aria-label": label, onchange: () => this.typed() });
      this.fields[key] = input;
      return input;
    };
    this.whole = el("button", { type: "button", onclick: () => this.show(null) }, "Whole");
    return el("div", { class: "limits" },
      el("span", {}, `${this.measure} `, field("y0", `${this.measure} from`, 0.01), " to ", field("y1", `${this.measure} to`, 0.01)),
      el("span", {}, "Seconds ", field("x0", "Seconds from", 1), " to ", field("x1", "Seconds to", 1)),
      this.whole);
  }

  // What is drawn of a run: of clicks the best way to stop, which is known against human seconds only.
  curve(run) {
    if (run.line && this.axis === "human") return { t: run.line.human, q: run.line.quality, linear: true };
    return { t: run.curve[this.axis], q: run.curve.quality, linear: run.line !== null };
  }

  // Quality of a run at a moment; null before its first point.
  value(run, at) {
    const { t, q, linear } = this.curve(run), index = lastAtOrBefore(t, at);
    if (index < 0) return null;
    if (!linear || index === t.length - 1) return q[index];
    return q[index] + ((at - t[index]) / (t[index + 1] - t[index])) * (q[index + 1] - q[index]);
  }

  // Ends of the axes without zoom.
  full() {
    const most = Math.max(...this.runs.map((run) => this.curve(run).t.at(-1))) || 1;
    const lowest = Math.min(...this.runs.flatMap((run) => this.curve(run).q));
    const xs = niceTicks(0, most, 8);
    return { x0: 0, x1: Math.max(most, xs[xs.length - 1]), y0: Math.min(0.8, Math.floor(lowest * 10) / 10), y1: 1 };
  }

  // Shows a part of the axes, kept within the whole; null shows the whole.
  show(view) {
    const all = this.full();
    this.view = null;
    if (view) {
      const kept = {};
      for (const axis of ["x", "y"]) {
        const [low, high] = [all[axis + "0"], all[axis + "1"]];
        const length = Math.min(high - low, Math.max((high - low) / MOST_ZOOM, view[axis + "1"] - view[axis + "0"]));
        kept[axis + "0"] = Math.min(Math.max(low, view[axis + "0"]), high - length);
        kept[axis + "1"] = kept[axis + "0"] + length;
      }
      if (["x0", "x1", "y0", "y1"].some((key) => Math.abs(kept[key] - all[key]) > 1e-9)) this.view = kept;
    }
    this.draw();
  }

  typed() {
    const view = { ...this.now() };
    for (const [key, input] of Object.entries(this.fields)) {
      if (Number.isFinite(input.valueAsNumber)) view[key] = input.valueAsNumber;
    }
    if (view.x1 > view.x0 && view.y1 > view.y0) this.show(view);
    else this.draw(); // the fields say again what is shown
  }

  now() {
    return this.view ?? this.full();
  }

  // Magnifies about a point of the plot, given in its units; both axes or the quality alone.
  magnify(factor, x, y, both) {
    const view = { ...this.now() };
    for (const [axis, centre] of both ? [["x", x], ["y", y]] : [["y", y]]) {
      view[axis + "0"] = centre - (centre - view[axis + "0"]) / factor;
      view[axis + "1"] = centre + (view[axis + "1"] - centre) / factor;
    }
    this.show(view);
  }

  draw() {
    const width = Math.max(320, this.figure.clientWidth - 2 * 18);
    if (!this.figure.clientWidth) return;
    const height = Math.round(Math.min(400, Math.max(260, width * 0.42)));
    const bounds = this.bounds();
    const longest = Math.max(0, ...(this.beside ? this.runs.map((run) => run.name.length) : []),
      ...bounds.map((bound) => bound.text.length));
    const box = { left: 58, right: 34 + longest * 7.2, top: 14, bottom: 44 };
    const { x0, x1, y0, y1 } = this.now();
    this.frame = { width, height, box, x0, x1, y0, y1 };
    this.x = (value) => box.left + ((value - x0) / (x1 - x0)) * (width - box.left - box.right);
    this.y = (value) => height - box.bottom - ((value - y0) / (y1 - y0)) * (height - box.top - box.bottom);
    for (const [key, value] of Object.entries({ x0, x1, y0, y1 })) {
      this.fields[key].value = String(Number(value.toFixed(key[0] === "y" ? 4 : 2)));
    }
    this.whole.disabled = this.view === null;
    this.plot.replaceChildren();
    setAll(this.plot, { viewBox: `0 0 ${width} ${height}`, width, height,
      "aria-label": `${this.measure} from ${trim(y0)} to ${trim(y1)} against ${AXES[this.axis].toLowerCase()} from ${trim(x0)} ` +
        `to ${trim(x1)}; ${this.runs.length} curves. Left and right arrow keys read off values, plus and minus zoom, ` +
        "up and down arrow keys move, Home shows the whole." });
    const right = width - box.right, bottom = height - box.bottom;
    for (const y of niceTicks(y0, y1, 5).filter((value) => value <= y1 + 1e-9)) {
      this.plot.append(svg("line", { class: "grid", x1: box.left, x2: right, y1: this.y(y), y2: this.y(y) }),
        svg("text", { class: "tick-label", x: box.left - 8, y: this.y(y) + 4, "text-anchor": "end" }, trim(y)));
    }
    for (const x of niceTicks(x0, x1, width > 700 ? 8 : 5).filter((value) => value <= x1 + 1e-9)) {
      this.plot.append(svg("text", { class: "tick-label", x: this.x(x), y: bottom + 18, "text-anchor": "middle" }, trim(x)));
    }
    const clip = `clip${Chart.count++}`;
    const inside = svg("g", { "clip-path": `url(#${clip})` });
    this.plot.append(
      svg("clipPath", { id: clip }, svg("rect", { x: box.left, y: box.top - 3, width: right - box.left + 5, height: bottom - box.top + 6 })),
      svg("line", { class: "axis", x1: box.left, x2: right, y1: bottom, y2: bottom }), inside,
      svg("text", { class: "axis-label", x: (box.left + right) / 2, y: height - 6, "text-anchor": "middle" }, AXES[this.axis]));
    const labels = [];
    const visible = (value) => value >= y0 && value <= y1;
    for (const { value, text, colour } of bounds) {
      if (!visible(value)) continue;
      inside.append(svg("line", { class: "bound", stroke: colour, x1: box.left, x2: right, y1: this.y(value), y2: this.y(value) }));
      labels.push({ text, colour, x: right, y: this.y(value), small: true });
    }
    this.runs.forEach((run, index) => {
      const { t, q, linear } = this.curve(run);
      let path = `M${this.x(t[0]).toFixed(1)} ${this.y(q[0]).toFixed(1)}`;
      for (let i = 1; i < t.length; i++) {
        const [x, y] = [this.x(t[i]).toFixed(1), this.y(q[i]).toFixed(1)];
        path += linear ? `L${x} ${y}` : `H${x}V${y}`;
      }
      const last = t.length - 1;
      inside.append(
        svg("path", { class: "curve", d: path, stroke: run.colour, "stroke-dasharray": DASHES[index % DASHES.length] }),
        svg("circle", { cx: this.x(t[last]), cy: this.y(q[last]), r: 4, fill: run.colour }));
      if (this.beside && visible(q[last])) {
        labels.push({ text: run.name, colour: run.colour, x: right, y: this.y(q[last]), from: Math.min(right - 5, Math.max(box.left, this.x(t[last]))) });
      }
    });
    this.place(labels);
    this.rule = svg("line", { class: "rule", y1: box.top, y2: bottom, visibility: "hidden" });
    this.band = svg("rect", { class: "band", visibility: "hidden" });
    this.plot.append(this.rule, this.band);
    this.mark();
  }

  // What the partition allows: one line for all runs of which it is the same.
  bounds() {
    const found = new Map();
    for (const run of this.runs) {
      if (run.bound === null) continue;
      const text = `bound ${run.bound.toFixed(3)}`;
      if (found.has(text)) found.get(text).colour = "#5a6473";
      else found.set(text, { value: run.bound, text, colour: this.runs.length > 1 ? run.colour : "#5a6473" });
    }
    return [...found.values()];
  }

  // Names beside the ends of the curves, pushed apart until none hides another.
  place(labels) {
    const { height, box } = this.frame, step = 15;
    labels.sort((a, b) => a.y - b.y);
    let below = box.top - step;
    for (const label of labels) below = label.at = Math.max(label.y, below + step);
    let above = height - box.bottom + 4;
    for (const label of labels.slice().reverse()) above = (label.at = Math.min(label.at, above)) - step;
    for (const label of labels) {
      if (label.from !== undefined) {
        this.plot.append(svg("path", { class: "leader", stroke: label.colour,
          d: `M${label.from + 5} ${label.y}H${label.x + 2}L${label.x + 10} ${label.at}` }));
      }
      this.plot.append(svg("text", { class: label.small ? "end-label small" : "end-label", x: label.x + 13,
        y: label.at + 4, fill: label.colour }, label.text));
    }
  }

  // Where an event is, in seconds and quality.
  place_of(event) {
    const { width, height, box, x0, x1, y0, y1 } = this.frame, bounds = this.plot.getBoundingClientRect();
    const x = ((event.clientX - bounds.left) / bounds.width) * width, y = ((event.clientY - bounds.top) / bounds.height) * height;
    return { x: x0 + ((x - box.left) / (width - box.left - box.right)) * (x1 - x0),
      y: y0 + ((height - box.bottom - y) / (height - box.top - box.bottom)) * (y1 - y0) };
  }

  begin(event) {
    if (event.button !== 0) return;
    this.drag = { from: this.place_of(event), x: event.clientX, y: event.clientY };
    this.plot.setPointerCapture(event.pointerId);
  }

  // The part of the plot a drag has marked; along one axis only where the drag went along it.
  dragged(event) {
    const { from } = this.drag, to = this.place_of(event), now = this.now();
    const wide = Math.abs(event.clientX - this.drag.x) > 8, high = Math.abs(event.clientY - this.drag.y) > 8;
    if (!wide && !high) return null;
    return {
      x0: wide ? Math.max(now.x0, Math.min(from.x, to.x)) : now.x0, x1: wide ? Math.min(now.x1, Math.max(from.x, to.x)) : now.x1,
      y0: high ? Math.max(now.y0, Math.min(from.y, to.y)) : now.y0, y1: high ? Math.min(now.y1, Math.max(from.y, to.y)) : now.y1 };
  }

  end(event) {
    const view = this.drag ? this.dragged(event) : null;
    this.forget();
    if (view && view.x1 > view.x0 && view.y1 > view.y0) this.show(view);
  }

  forget() {
    this.drag = null;
    this.band?.setAttribute("visibility", "hidden");
  }

  // With Ctrl, or once the chart has the focus; else the wheel moves the page, as everywhere.
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.plot) return;
    event.preventDefault();
    const { x, y } = this.place_of(event);
    this.magnify(event.deltaY < 0 ? 1.25 : 0.8, x, y, event.shiftKey);
  }

  point(event) {
    const { x0, x1 } = this.frame, { x } = this.place_of(event);
    this.at = x < x0 || x > x1 ? null : x;
    const view = this.drag ? this.dragged(event) : null;
    if (view) {
      setAll(this.band, { x: this.x(view.x0), width: this.x(view.x1) - this.x(view.x0), y: this.y(view.y1),
        height: this.y(view.y0) - this.y(view.y1), visibility: "visible" });
    }
    this.mark();
  }

  key(event) {
    const { x0, x1, y0, y1 } = this.now(), step = (x1 - x0) / 40, rise = (y1 - y0) / 10;
    const at = this.at ?? x1;
    const read = (value) => { this.at = Math.min(x1, Math.max(x0, value)); this.mark(); };
    const best = () => Math.max(...this.runs.map((run) => this.value(run, at) ?? 0));
    const done = {
      ArrowLeft: () => read((this.at ?? x1) - step), ArrowRight: () => read((this.at ?? x0 - step) + step),
      ArrowUp: () => this.show({ x0, x1, y0: y0 + rise, y1: y1 + rise }),
      ArrowDown: () => this.show({ x0, x1, y0: y0 - rise, y1: y1 - rise }),
      "+": () => this.magnify(1.25, at, best(), false), "=": () => this.magnify(1.25, at, best(), false),
      "-": () => this.magnify(0.8, at, best(), false), Home: () => this.show(null), Escape: () => this.show(null),
    }[event.key];
    if (!done || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    done();
  }

  mark() {
    this.rule.setAttribute("visibility", this.at === null ? "hidden" : "visible");
    this.readout.replaceChildren();
    if (this.at === null) {
      this.readout.append("Point at the chart to read off values, drag over a part to zoom into it, double-click for the whole. With the " +
        "chart in focus: ← → read off, + − or the wheel zoom the quality, ↑ ↓ move, Home shows the whole.");
      return;
    }
    this.at = Math.min(this.frame.x1, Math.max(this.frame.x0, this.at));
    setAll(this.rule, { x1: this.x(this.at), x2: this.x(this.at) });
    this.readout.append(el("b", {}, `After ${seconds(this.at)}`));
    for (const run of this.runs) {
      const text = this.value(run, this.at)?.toFixed(3) ?? "not started";
      this.readout.append(el("span", {}, el("i", { class: "key", style: `background:${run.colour}` }), `${run.name} ${text}`));
    }
  }
}
Chart.count = 0;

// Colour and dashes of a curve, for a legend.
function dashKey(colour, index) {
  return svg("svg", { class: "dash", width: 30, height: 10, "aria-hidden": "true" },
    svg("line", { x1: 0, x2: 30, y1: 5, y2: 5, stroke: colour, "stroke-width": 2.4, "stroke-dasharray": DASHES[index % DASHES.length] }));
}

function lastAtOrBefore(rising, value) {
  let low = 0, high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function niceTicks(from, to, count) {
  const rough = (to - from) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough - 1e-12);
  const ticks = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 0.499; k++) ticks.push(k * step);
  return ticks;
}

function trim(value) {
  return String(Number(value.toFixed(6)));
}
