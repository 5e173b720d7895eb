// Quality against seconds. A curve is a staircase: between two actions the masks stay as they are.

const DASHES = ["", "7 4", "2 4", "11 4 2 4", "4 3", "1 3", "14 4"];
const AXES = { user: "Human seconds per image", machine: "Machine seconds per image" };

class Chart {
  constructor(parent, title, runs) {
    this.runs = runs;
    this.axis = "user";
    this.at = null;
    this.measure = runs[0].measure === "iou" ? "Mean IoU" : "Pixel agreement";
    this.plot = svg("svg", { class: "chart", tabindex: 0, role: "group" });
    this.readout = el("div", { class: "readout", "aria-live": "polite" });
    const axis = choice("Time", Object.entries(AXES), this.axis, (value) => {
      this.axis = value;
      this.at = null;
      this.draw();
    });
    this.figure = el("figure", { class: "card chart-card" },
      el("figcaption", {}, el("b", {}, `${this.measure}, ${title}`), axis), this.plot, this.readout);
    parent.append(this.figure);
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => { this.at = null; this.mark(); });
    this.plot.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  draw() {
    const width = Math.max(320, this.figure.clientWidth - 2 * 18);
    if (!this.figure.clientWidth) return;
    const height = Math.round(Math.min(400, Math.max(260, width * 0.42)));
    const longest = Math.max(...this.runs.map((run) => Math.max(run.name.length, boundLabel(run).length)));
    const box = { left: 52, right: Math.min(230, 34 + longest * 7.2), top: 14, bottom: 44 };
    const times = this.runs.map((run) => run.curve[this.axis]);
    const most = Math.max(...times.map((t) => t[t.length - 1])) || 1;
    const lowest = Math.min(...this.runs.flatMap((run) => run.curve.quality));
    const xs = niceTicks(0, most, width > 700 ? 8 : 5), end = Math.max(most, xs[xs.length - 1]);
    const start = Math.min(0.8, Math.floor(lowest * 10) / 10);
    const ys = niceTicks(start, 1, 5).filter((y) => y <= 1);
    this.frame = { width, height, box, end };
    this.x = (value) => box.left + (value / end) * (width - box.left - box.right);
    this.y = (value) => height - box.bottom - ((value - start) / (1 - start)) * (height - box.top - box.bottom);
    this.plot.replaceChildren();
    setAll(this.plot, { viewBox: `0 0 ${width} ${height}`, width, height,
      "aria-label": `${this.measure} against ${AXES[this.axis].toLowerCase()}; ${this.runs.length} curves. ` +
        "Left and right arrow keys read off values." });
    for (const y of ys) {
      this.plot.append(svg("line", { class: "grid", x1: box.left, x2: this.x(end), y1: this.y(y), y2: this.y(y) }),
        svg("text", { class: "tick-label", x: box.left - 8, y: this.y(y) + 4, "text-anchor": "end" }, trim(y)));
    }
    for (const x of xs) {
      this.plot.append(svg("text", { class: "tick-label", x: this.x(x), y: height - box.bottom + 18,
        "text-anchor": "middle" }, trim(x)));
    }
    this.plot.append(
      svg("line", { class: "axis", x1: box.left, x2: this.x(end), y1: this.y(start), y2: this.y(start) }),
      svg("text", { class: "axis-label", x: (box.left + this.x(end)) / 2, y: height - 6, "text-anchor": "middle" },
        AXES[this.axis]));
    const labels = [];
    this.runs.forEach((run, index) => {
      const t = run.curve[this.axis], q = run.curve.quality;
      if (run.bound !== null) {
        this.plot.append(svg("line", { class: "bound", stroke: run.colour, x1: box.left, x2: this.x(end),
          y1: this.y(run.bound), y2: this.y(run.bound) }));
        labels.push({ text: boundLabel(run), colour: run.colour, x: this.x(end), y: this.y(run.bound),
          small: true });
      }
      let path = `M${this.x(t[0]).toFixed(1)} ${this.y(q[0]).toFixed(1)}`;
      for (let i = 1; i < t.length; i++) path += `H${this.x(t[i]).toFixed(1)}V${this.y(q[i]).toFixed(1)}`;
      const last = t.length - 1;
      this.plot.append(
        svg("path", { class: "curve", d: path, stroke: run.colour, "stroke-dasharray": DASHES[index % DASHES.length] }),
        svg("circle", { cx: this.x(t[last]), cy: this.y(q[last]), r: 4, fill: run.colour }));
      labels.push({ text: run.name, colour: run.colour, x: this.x(end), y: this.y(q[last]), from: this.x(t[last]) });
    });
    this.place(labels);
    this.rule = svg("line", { class: "rule", y1: box.top, y2: height - box.bottom, visibility: "hidden" });
    this.plot.append(this.rule);
    this.mark();
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

  point(event) {
    const { box, end } = this.frame, bounds = this.plot.getBoundingClientRect();
    const x = ((event.clientX - bounds.left) / bounds.width) * this.frame.width;
    const value = ((x - box.left) / (this.x(end) - box.left)) * end;
    this.at = value < 0 || value > end ? null : value;
    this.mark();
  }

  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }, { end } = this.frame;
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.at = Math.min(end, Math.max(0, (this.at ?? (steps[event.key] > 0 ? -end / 40 : end)) + (steps[event.key] * end) / 40));
    this.mark();
  }

  mark() {
    this.rule.setAttribute("visibility", this.at === null ? "hidden" : "visible");
    this.readout.replaceChildren();
    if (this.at === null) {
      this.readout.append("Point at the chart, or focus it and press ← →, to read off values.");
      return;
    }
    setAll(this.rule, { x1: this.x(this.at), x2: this.x(this.at) });
    this.readout.append(el("b", {}, `After ${seconds(this.at)}`));
    for (const run of this.runs) {
      const index = lastAtOrBefore(run.curve[this.axis], this.at);
      const text = index < 0 ? "not started" : run.curve.quality[index].toFixed(3);
      this.readout.append(el("span", {}, el("i", { class: "key", style: `background:${run.colour}` }), `${run.name} ${text}`));
    }
  }
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

function boundLabel(run) {
  return run.bound === null ? "" : `bound ${run.bound.toFixed(3)}`;
}
