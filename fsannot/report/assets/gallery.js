// Example images in rows: image, ground truth, then each run's result and where it differs.

class Gallery {
  constructor(parent, gallery, runs, special, marks) {
    this.runs = runs;
    this.marks = marks;
    const group = el("div", { class: "card gallery" }, el("h3", {}, gallery.title));
    for (const [kind, heading] of [["best", "Best"], ["worst", "Worst"], ["labelled", "Labelled, without ground truth"]]) {
      const rows = gallery.rows.filter((row) => row.kind === kind);
      if (!rows.length) continue;
      group.append(el("h4", {}, heading), ...rows.map((row) => this.row(row)));
    }
    group.append(this.key(gallery, special));
    parent.append(group);
  }

  row(row) {
    const photo = imageUrl(row.jpeg, "image/jpeg");
    const panel = (caption, layer, kind) => el("figure", { class: `panel ${kind}` },
      el("div", { class: "layers", style: `aspect-ratio:${row.width}/${row.height}` },
        el("img", { src: photo, alt: `${row.id}: ${caption}`, width: row.width, height: row.height }),
        layer === null ? null : el("img", { class: "layer", src: imageUrl(layer, "image/png"), alt: "" })),
      el("figcaption", {}, caption));
    const pairs = [[panel("image", null, "plain")]];
    if (row.target !== null) pairs[0].push(panel("ground truth", row.target, "outline"));
    for (const result of row.results) {
      const run = this.runs[result.run], score = result.score === null ? "" : ` ${result.score.toFixed(3)}`;
      pairs.push([panel(`${run.name}${score}`, result.outline, "outline")]);
      if (result.difference !== null) pairs.at(-1).push(panel(`${run.name}, difference`, result.difference, "difference"));
    }
    const paired = row.results.length > 1;
    return el("div", { class: "example" }, el("h5", {}, row.id), el("div", { class: paired ? "panels paired" : "panels" },
      ...(paired ? pairs.map((pair) => el("div", { class: "pair" }, ...pair)) : pairs.flat())));
  }

  key(gallery, special) {
    const entry = (colour, text) => el("li", {}, el("i", { class: "key", style: `background:${colour}` }), text);
    const foreground = gallery.rows.every((row) => row.classes.length <= 2);
    const classes = foreground ? [] : gallery.rows[0].classes.map((name, label) => entry(this.marks.colour(label), name));
    if (gallery.rows.every((row) => row.target === null)) return el("ul", { class: "legend inline" }, ...classes);
    return el("ul", { class: "legend inline" }, ...classes, el("li", {}, el("b", {}, "In the differences:")),
      entry(special.surplus, foreground ? "labelled as object, but is not" : "wrong class"),
      entry(special.missed, foreground ? "object that was missed" : "no label"),
      entry("rgb(120 125 135)", "no ground truth, counts nowhere"));
  }
}
