// Puts the sections together.

function main() {
  const data = JSON.parse(document.getElementById("data").textContent);
  data.runs.forEach((run, index) => (run.index = index));
  const marks = new Marks(data);
  const charts = document.getElementById("charts");
  if (data.charts.length) charts.replaceChildren();  // the pictures that need no script
  for (const chart of data.charts) new Chart(charts, chart.title, chart.runs.map((i) => data.runs[i]));
  sessions(document.getElementById("sessions"), data.runs.filter((run) => run.session), marks);
  const galleries = document.getElementById("galleries");
  for (const gallery of data.galleries) new Gallery(galleries, gallery, data.runs, data.special, marks);
  if (!data.galleries.length) galleries.append(el("p", { class: "quiet" }, "No run stored example images."));
}

// One session at a time: each may hold 20,000 points.
function sessions(parent, runs, marks) {
  if (!runs.length) {
    parent.append(el("p", { class: "quiet" }, "None of these runs has a projection: click baselines label one image at a time."));
    return;
  }
  const place = el("div");
  let shown = null;
  const open = (index) => {
    if (shown) shown.stop();
    place.replaceChildren();
    shown = new Projection(place, runs[index], marks);
  };
  if (runs.length > 1) {
    const options = runs.map((run, index) => [String(index), `${run.name} · ${run.dataset}`]);
    parent.append(choice("Run", options, "0", (value) => open(Number(value))));
  }
  parent.append(place);
  open(0);
}

main();
