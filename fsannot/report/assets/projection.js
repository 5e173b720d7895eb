// A session in its projection: slider over its steps, points, thumbnails, legend, segments by image.

const STRIP = 120;
const FILM = 6;

class Projection {
  constructor(parent, run, marks) {
    this.run = run;
    this.session = new Session(run.session);
    this.points = new PointCanvas(this.session, marks);
    this.marks = marks;
    this.playing = null;
    this.card = el("div", { class: "hover-card", hidden: true });
    this.said = el("p", { class: "visually-hidden", "aria-live": "polite" });
    this.slider = el("input", { type: "range", min: 0, max: this.session.frames - 1, step: 1, value: 0, "aria-label": "Step of the session",
      oninput: () => { this.stop(); this.show(Number(this.slider.value)); } });
    this.play = el("button", { type: "button", class: "play", onclick: () => (this.playing ? this.stop() : this.start()) }, "Play");
    this.status = el("p", { class: "step-status" });
    this.legend = el("ul", { class: "legend" });
    this.film = el("div", { class: "film", role: "group", "aria-label": "The session from before to after" });
    this.strip = el("div", { class: "strip", role: "list" });
    this.node = el("div", { class: "card session" },
      el("div", { class: "stage" },
        el("div", { class: "canvas-frame" }, this.points.node, this.card, this.zoomButtons()),
        el("div", { class: "side" },
          el("h3", {}, "Labels at this step"), this.legend, this.options(),
          el("h3", {}, "Segments by image"), this.imageSelect(), this.strip)),
      el("div", { class: "timeline" }, this.play, this.slider, this.status),
      this.film, this.help(), this.said);
    parent.append(this.node);
    this.listen();
    this.show(this.session.frames - 1);
    this.chooseImage(-1);
    new ResizeObserver(() => { this.points.resize(); this.drawFilm(); }).observe(this.points.node);
  }

  zoomButtons() {
    const button = (text, label, action) => el("button", { type: "button", "aria-label": label, title: label, onclick: action }, text);
    return el("div", { class: "zoom" },
      button("+", "Zoom in", () => this.points.zoomBy(1.6)),
      button("−", "Zoom out", () => this.points.zoomBy(1 / 1.6)),
      button("⤢", "Whole canvas", () => this.points.zoomBy(1e-6)));
  }

  options() {
    const draw = (change) => { change(); this.points.redraw(); };
    const view = choice("Draw", [["points", "Points"], ["thumbnails", "Thumbnails"]], "points",
      (value) => draw(() => (this.points.thumbnails = value === "thumbnails")));
    const errors = this.session.hasTruth
      ? tick("Ring segments whose label is not the ground truth’s majority", false, (on) => draw(() => (this.points.errors = on)))
      : null;
    return el("div", { class: "options" }, view, errors);
  }

  help() {
    return el("p", { class: "quiet help", id: `help-${this.run.index}` }, "Hover, or focus the canvas and use ",
      el("kbd", {}, "←↑↓→"), " for the next segment, ", el("kbd", {}, "PgUp"), " ", el("kbd", {}, "PgDn"), " for the step, ",
      el("kbd", {}, "+"), " ", el("kbd", {}, "−"), " ", el("kbd", {}, "0"), " for zoom, ", el("kbd", {}, "Enter"),
      " for the segment’s image, ", el("kbd", {}, "Esc"), " to let go. Drag to move, Ctrl and wheel to zoom.");
  }

  imageSelect() {
    const counts = new Uint32Array(this.session.imageIds.length);
    for (const image of this.session.image) counts[image]++;
    this.select = el("select", { "aria-label": "Image", onchange: () => this.chooseImage(Number(this.select.value)) },
      el("option", { value: -1 }, "all images"),
      ...this.session.imageIds.map((id, index) => el("option", { value: index }, `${id} (${counts[index]} segments)`)));
    return this.select;
  }

  listen() {
    const canvas = this.points.node;
    setAll(canvas, { "aria-describedby": `help-${this.run.index}`, "aria-label": `Projection of ${this.session.count} segments of ${this.run.name}` });
    canvas.addEventListener("pointermove", (event) => {
      if (this.drag) {
        const s = this.points.scale;
        this.points.moveTo(this.drag.x - (event.offsetX - this.drag.fromX) / s, this.drag.y - (event.offsetY - this.drag.fromY) / s);
        return this.hide();
      }
      this.choose(this.points.nearest(event.offsetX, event.offsetY, 16), false);
    });
    canvas.addEventListener("pointerleave", () => { if (document.activeElement !== canvas) this.choose(-1, false); });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.drag = { x: this.points.view.x, y: this.points.view.y, fromX: event.offsetX, fromY: event.offsetY };
    });
    canvas.addEventListener("pointerup", () => (this.drag = null));
    canvas.addEventListener("pointercancel", () => (this.drag = null));
    canvas.addEventListener("dblclick", (event) => this.points.zoomBy(1.8, event.offsetX, event.offsetY));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.points.zoomBy(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.hide());
  }

  key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const actions = {
      PageUp: () => this.show(Math.max(0, this.points.frame - 1)),
      PageDown: () => this.show(Math.min(this.session.frames - 1, this.points.frame + 1)),
      Home: () => this.show(0),
      End: () => this.show(this.session.frames - 1),
      "+": () => this.points.zoomBy(1.6),
      "=": () => this.points.zoomBy(1.6),
      "-": () => this.points.zoomBy(1 / 1.6),
      0: () => this.points.zoomBy(1e-6),
      Escape: () => { this.choose(-1, true); this.chooseImage(-1); },
      Enter: () => { if (this.points.current >= 0) this.chooseImage(this.session.image[this.points.current]); },
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in arrows) {
      const next = this.points.neighbor(...arrows[event.key]);
      if (next >= 0) this.choose(next, true);
    } else if (event.key in actions) actions[event.key]();
    else return;
    event.preventDefault();
  }

  show(frame) {
    this.slider.value = frame;
    this.points.show(frame);
    const { session, run } = this, step = session.steps[frame], index = lastAtOrBefore(run.curve.actions, step);
    const quality = index < 0 || run.measure === "none" ? "" : ` · ${run.measure === "iou" ? "IoU" : "agreement"} ${run.curve.quality[index].toFixed(3)}`;
    this.status.replaceChildren(el("b", {}, `Step ${step} of ${session.steps[session.frames - 1]}`),
      ` · ${seconds(session.seconds[frame])} human${quality} · `, el("span", { class: "did" }, session.actions[frame]));
    this.slider.setAttribute("aria-valuetext", `step ${step}, ${seconds(session.seconds[frame])}`);
    this.drawLegend();
    for (const button of this.film.children) button.setAttribute("aria-current", String(Number(button.dataset.frame) === frame));
    this.choose(this.points.current, false);
    this.markStrip();
  }

  drawLegend() {
    const { session, points } = this, counts = new Uint32Array(session.classes.length + 1);
    for (let i = 0; i < session.count; i++) if (points.visible(i)) counts[points.labels[i] + 1]++;
    const item = (label) => el("li", {}, this.marks.icon(label), el("span", {}, session.className(label)),
      el("span", { class: "count" }, counts[label + 1].toLocaleString("en").replaceAll(",", "\u202f")));
    this.legend.replaceChildren(...session.classes.keys().map(item), item(-1));
  }

  choose(segment, byKey) {
    this.points.current = segment;
    this.points.redraw();
    if (segment < 0) return this.hide();
    if (byKey) this.points.reveal(segment);
    const { session } = this, label = this.points.labels[segment], truth = session.truth[segment];
    const facts = [`segment ${segment}, ${session.area[segment]} px`, session.imageIds[session.image[segment]]];
    const wrong = truth >= 0 && label >= 0 && label !== truth;
    const given = el("b", {}, this.marks.icon(label), session.className(label));
    this.card.replaceChildren(session.thumbnail(segment, 112), el("div", {}, given,
      truth >= 0 ? el("span", { class: wrong ? "wrong" : "" }, `ground truth: ${session.className(truth)}`) : null,
      ...facts.map((fact) => el("span", {}, fact))));
    this.card.hidden = false;
    const [x, y] = this.points.screen(segment), frame = this.points.node, gap = 16;
    const width = this.card.offsetWidth, height = this.card.offsetHeight;
    this.card.style.left = `${x + gap + width > frame.clientWidth ? Math.max(4, x - gap - width) : x + gap}px`;
    this.card.style.top = `${Math.min(Math.max(4, y - height / 2), Math.max(4, frame.clientHeight - height - 4))}px`;
    if (byKey) this.said.textContent = `${session.className(label)}, ${facts.join(", ")}`;
  }

  hide() {
    this.card.hidden = true;
  }

  chooseImage(image) {
    this.select.value = image;
    this.points.image = image;
    this.points.redraw();
    this.strip.replaceChildren();
    const { session } = this, members = [];
    if (image < 0) return void this.strip.append(el("p", { class: "quiet" }, "Choose an image to see its segments here and alone on the canvas."));
    for (let i = 0; i < session.count; i++) if (session.image[i] === image && this.points.visible(i)) members.push(i);
    members.sort((a, b) => session.area[b] - session.area[a]);
    for (const i of members.slice(0, STRIP)) {
      this.strip.append(el("span", { role: "listitem" }, el("button", { type: "button", "data-segment": i,
        onfocus: () => this.choose(i, true), onpointerenter: () => this.choose(i, true), onblur: () => this.hide() },
        session.thumbnail(i, 56))));
    }
    if (members.length > STRIP) this.strip.append(el("p", { class: "quiet" }, `and ${members.length - STRIP} smaller ones`));
    this.markStrip();
  }

  markStrip() {
    for (const button of this.strip.querySelectorAll("button")) {
      const segment = Number(button.dataset.segment), label = this.points.labels[segment];
      button.style.borderColor = this.marks.colour(label);
      button.setAttribute("aria-label", `segment ${segment}: ${this.session.className(label)}`);
    }
  }

  // The session in a few pictures, from before the first action to after the last.
  drawFilm() {
    const last = this.session.frames - 1, ratio = window.devicePixelRatio || 1;
    const shown = [...new Set([...Array(FILM).keys()].map((k) => Math.round((k * last) / (FILM - 1))))];
    this.film.replaceChildren(...shown.map((frame) => {
      const picture = el("canvas", { width: 200 * ratio, height: 150 * ratio, "aria-hidden": "true" }), context = picture.getContext("2d");
      const { view, image } = this.points;
      Object.assign(this.points, { view: { zoom: 1, x: WORLD.width / 2, y: WORLD.height / 2 }, image: -1 });
      this.points.paint(context, 200, ratio, Math.max(1, 3.4 - Math.log10(Math.max(10, this.session.count)) * 0.55), frame);
      Object.assign(this.points, { view, image });
      const name = frame === 0 ? "Before" : frame === last ? "After" : seconds(this.session.seconds[frame]);
      return el("button", { type: "button", "data-frame": frame, "aria-current": String(frame === this.points.frame),
        onclick: () => { this.stop(); this.show(frame); } }, picture, el("span", {}, name));
    }));
  }

  start() {
    if (this.points.frame === this.session.frames - 1) this.show(0);
    this.play.textContent = "Pause";
    this.playing = setInterval(() => {
      if (this.points.frame >= this.session.frames - 1) this.stop();
      else this.show(this.points.frame + 1);
    }, Math.max(120, Math.min(700, 12000 / this.session.frames)));
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.play.textContent = "Play";
  }
}
