/* The scatter behind a slope: take a city out, and the line follows.
   Slopes are those of lib.jackknife, all effects estimated anew; points are of all cities. */
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const [WIDE, HIGH, LEFT, BOTTOM, TOP] = [600, 360, 66, 44, 10];
  const shown = (value, digits) => value.toFixed(digits).replace("-", "−");
  const svg = (name, given, words) => {
    const made = document.createElementNS(NS, name);
    Object.entries(given).forEach(([key, value]) => made.setAttribute(key, value));
    if (words !== undefined) made.textContent = words;
    return made;
  };
  const html = (name, given, ...inside) => {
    const made = Object.assign(document.createElement(name), given);
    made.append(...inside);
    return made;
  };

  function steps(low, high) {
    const rough = (high - low) / 8;
    const ten = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((each) => each * ten).find((each) => each >= rough);
    const out = [];
    for (let at = Math.ceil(low / step); at * step <= high; at++) out.push(at * step);
    return [out, Math.max(0, -Math.floor(Math.log10(step)))];
  }

  function start(box) {
    const panels = JSON.parse(box.dataset.panels);
    const reading = html("select", { ariaLabel: "LM is a" }, ...Object.keys(panels).map((name) => new Option(name)));
    const city = html("select", { ariaLabel: "Without" });
    const before = html("button", { type: "button", textContent: "Previous city" });
    const after = html("button", { type: "button", textContent: "Next city" });
    const said = html("p", {});
    said.setAttribute("role", "status");
    const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    let places = [];

    const end = (values, pick) => pick(...values.flat());
    // 99 % of the points are in view; those further out stand in the margin, as in the figure above.
    function frame(one) {
      const away = one.x.flat().map(Math.abs).sort((a, b) => a - b);
      const edge = 1.1 * away[Math.floor(0.99 * (away.length - 1))];
      const y = [end(one.y, Math.min), end(one.y, Math.max)];
      const pad = ([low, high]) => [low - (high - low) * 0.04, high + (high - low) * 0.04];
      const [x0, x1] = [-1.2 * edge, 1.2 * edge];
      const [y0, y1] = pad(y);
      const kept = (value) => (Math.abs(value) > edge ? 1.12 * edge * Math.sign(value) : value);
      return {
        x: [-edge, edge], y: [y0, y1],
        across: (value) => LEFT + ((kept(value) - x0) / (x1 - x0)) * (WIDE - LEFT - 10),
        up: (value) => TOP + ((y1 - value) / (y1 - y0)) * (HIGH - TOP - BOTTOM),
      };
    }

    function axes(at) {
      const [alongX, digitsX] = steps(at.x[0] / 1000, at.x[1] / 1000);
      alongX.forEach((value) => {
        const x = at.across(1000 * value);
        picture.append(svg("line", { class: "grid", x1: x, x2: x, y1: TOP, y2: HIGH - BOTTOM }),
          svg("text", { x, y: HIGH - BOTTOM + 18, "text-anchor": "middle" }, shown(value, digitsX)));
      });
      at.x.forEach((edge) => picture.append(svg("line", { class: "edge", x1: at.across(edge), x2: at.across(edge),
        y1: TOP, y2: HIGH - BOTTOM })));
      const [alongY, digitsY] = steps(at.y[0] / 1000, at.y[1] / 1000);
      alongY.forEach((value) => {
        const y = at.up(1000 * value);
        picture.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE - 10, y1: y, y2: y }),
          svg("text", { x: LEFT - 6, y: y + 5, "text-anchor": "end" }, shown(value, digitsY)));
      });
      picture.append(
        svg("text", { x: (LEFT + WIDE) / 2, y: HIGH - 6, "text-anchor": "middle" },
          `${box.dataset.x} net of effects, in shares of residents`),
        svg("text", { x: -(HIGH - BOTTOM) / 2, y: 14, transform: "rotate(-90)",
          "text-anchor": "middle" }, `${box.dataset.y} net of effects, Belt 2008 = 1`));
    }

    function line(at, slope, kind) {
      // Through zero, cut where it leaves the frame.
      let [low, high] = at.x;
      const ends = at.y.map((y) => y / slope).sort((a, b) => a - b);
      if (slope) [low, high] = [Math.max(low, ends[0]), Math.min(high, ends[1])];
      picture.append(svg("line", { class: kind, x1: at.across(low), x2: at.across(high),
        y1: at.up(slope * low), y2: at.up(slope * high) }));
    }

    function draw() {
      const one = panels[reading.value];
      const out = city.selectedIndex - 1;
      const at = frame(one);
      picture.replaceChildren();
      axes(at);
      places = one.cities.flatMap((_, which) => one.x[which].map((x, row) =>
        [at.across(x), at.up(one.y[which][row]), which]));
      // One element for all points that stay: round ends of lines without a length.
      const kept = places.filter(([, , which]) => which !== out);
      picture.append(svg("path", { class: "kept",
        d: kept.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("") }));
      places.filter(([, , which]) => which === out).forEach(([cx, cy]) => {
        const point = svg("circle", { cx, cy, r: 5, class: "out" });
        point.append(svg("title", {}, one.cities[out]));
        picture.append(point);
      });
      box.dataset.reading = reading.value;
      line(at, one.slope, "all");
      const slope = out < 0 ? one.slope : one.without[out];
      if (out >= 0) line(at, slope, "without");
      box.dataset.slope = slope;
      before.disabled = out < 0;
      after.disabled = out === one.cities.length - 1;
      said.textContent = out < 0
        ? `With all ${one.cities.length} cities the slope is ${shown(one.slope, 2)}.`
        : `Without ${one.cities[out]} the slope is ${shown(slope, 2)}; with all, `
          + `${shown(one.slope, 2)}. The city holds ${shown(one.share[out] / 10, 1)} % of what `
          + `${box.dataset.x} varies.`;
      picture.setAttribute("aria-label", said.textContent);
    }

    function list() {
      // Cities stand in the order of their weight, which is another under another reading.
      const one = city.value ? 1 : 0;
      const { cities } = panels[reading.value];
      city.replaceChildren(new Option("none", ""), ...cities.map((name) => new Option(name)));
      city.selectedIndex = one;
      draw();
    }

    reading.addEventListener("change", list);
    city.addEventListener("change", draw);
    [[before, -1], [after, 1]].forEach(([button, step]) => button.addEventListener("click", () => {
      city.selectedIndex += step;
      draw();
    }));
    picture.addEventListener("click", (event) => {
      const to = new DOMPoint(event.clientX, event.clientY)
        .matrixTransform(picture.getScreenCTM().inverse());
      const far = ([x, y]) => Math.hypot(x - to.x, y - to.y);
      const near = places.reduce((a, b) => (far(b) < far(a) ? b : a));
      if (far(near) < 24) { city.selectedIndex = near[2] + 1; draw(); }
    });
    box.append(html("div", { className: "choices" }, html("label", {}, "LM is a ", reading),
      html("label", {}, "Without ", city), before, after), said, picture);
    box.hidden = false;
    list();
  }

  document.querySelectorAll(".removal").forEach(start);
})();
