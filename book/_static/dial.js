/* The dial of chapter 6: how far official slopes lie from those of a Belt with a chosen elasticity.
   Between two elasticities that were computed, means and deviations lie on a straight line. */
const Dial = (() => {
  /* Official slope less the invented mean, in standard deviations, for each slope. */
  function distances(elasticities, { official, mean, sd }, chosen) {
    const last = elasticities.length - 2;
    const found = elasticities.findIndex((each) => each > chosen) - 1;
    const at = found < 0 ? last : Math.min(found, last);
    const part = (chosen - elasticities[at]) / (elasticities[at + 1] - elasticities[at]);
    const between = (line) => line[at] + part * (line[at + 1] - line[at]);
    return official.map((slope, n) => (slope - between(mean[n])) / between(sd[n]));
  }

  const sum = (z) => z.reduce((total, each) => total + each * each, 0);

  return { distances, sum };
})();

(() => {
  const { svg, slider } = Toy;
  const [WIDE, LINE, TOP, EDGE] = [600, 27, 14, 5];

  function choice(words, options) {
    const select = document.createElement("select");
    Object.entries(options).forEach(([key, text]) => select.append(new Option(text, key)));
    const label = document.createElement("label");
    label.append(words, select);
    return { select, label };
  }

  function start(box) {
    const { elasticities, slopes, cases, at } = JSON.parse(box.dataset.places);
    const ends = [elasticities[0], elasticities[elasticities.length - 1]];
    const dial = slider("Elasticity of output with respect to residents", ends, 0.05, 1);
    const noise = choice("One sign for each", { city: "city", province: "province" });
    const rows = choice("Case", cases);
    const open = Object.assign(document.createElement("button"), { type: "button" });
    open.textContent = "Show the official slopes";
    const choices = Object.assign(document.createElement("div"), { className: "choices" });
    choices.append(dial.label, noise.label, rows.label, open);
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    const high = TOP + LINE * slopes.length + 40;
    const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img" });
    box.append(choices, said, picture);
    let guessed = null;

    const words = (value) => Number(value).toFixed(2).replace("-", "−");
    const left = 205;
    const across = (z) => left + ((Math.max(-EDGE, Math.min(EDGE, z)) + EDGE) / (2 * EDGE)) * (WIDE - left - 12);

    function draw() {
      const now = Number(dial.input.value);
      dial.shown.textContent = words(now);
      dial.input.setAttribute("aria-valuetext", words(now));
      picture.style.display = guessed === null ? "none" : "";
      if (guessed === null) {
        said.textContent = "Guess first: at which elasticity do invented Belts come nearest to the official slopes? Set the slider.";
        return;
      }
      const here = at[`${rows.select.value} ${noise.select.value}`];
      const z = Dial.distances(elasticities, here, now);
      const near = z.filter((each) => Math.abs(each) <= 2).length;
      const sums = elasticities.map((each) => Dial.sum(Dial.distances(elasticities, here, each)));
      const best = elasticities[sums.indexOf(Math.min(...sums))];
      said.textContent = `You guessed ${words(guessed)}. At ${words(now)}, ${near} of ${z.length} official slopes lie within two standard deviations of the invented ones, and the sum of squares is ${Dial.sum(z).toFixed(0)}. Of the elasticities in the table, the sum is smallest at ${words(best)}, with ${Math.min(...sums).toFixed(0)}.`;
      const bottom = TOP + LINE * slopes.length;
      const parts = [svg("rect", { class: "band", x: across(-2), y: TOP, width: across(2) - across(-2), height: bottom - TOP })];
      [-4, -2, 0, 2, 4].forEach((each) => {
        parts.push(svg("line", { class: "grid", x1: across(each), x2: across(each), y1: TOP, y2: bottom }));
        parts.push(svg("text", { x: across(each), y: bottom + 16, "text-anchor": "middle" }, String(each).replace("-", "−")));
      });
      parts.push(svg("text", { x: WIDE - 12, y: bottom + 36, "text-anchor": "end" }, "Official less invented, in standard deviations"));
      slopes.forEach((name, n) => {
        const y = TOP + LINE * (n + 0.5);
        parts.push(svg("text", { x: 0, y: y + 5 }, name));
        parts.push(svg("circle", { class: name.startsWith("Flow") ? "flow" : "stock", cx: across(z[n]), cy: y, r: 7 }));
      });
      picture.replaceChildren(...parts);
      picture.setAttribute("aria-label", slopes.map((name, n) => `${name} ${words(z[n])}`).join(", "));
    }

    open.addEventListener("click", () => {
      guessed = Number(dial.input.value);
      open.remove();
      draw();
      dial.input.focus();
    });
    [dial.input, noise.select, rows.select].forEach((each) => each.addEventListener("input", draw));
    draw();
    box.hidden = false;
  }

  document.querySelectorAll(".toy.dial").forEach(start);
})();
