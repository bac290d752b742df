/* The Belt's map: pick an indicator, a year and a city; its series stands below.
   Figures come rounded, as whole numbers of their last digit; nothing is computed here. */
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const [WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM] = [600, 210, 52, 24, 30, 30];
  const svg = (name, given, ...inside) => {
    const made = document.createElementNS(NS, name);
    Object.entries(given).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...inside);
    return made;
  };
  const html = (name, given, ...inside) => {
    const made = Object.assign(document.createElement(name), given);
    made.append(...inside);
    return made;
  };
  const label = (words, control, ...more) => {
    control.setAttribute("aria-label", words);
    return html("label", {}, words, control, ...more);
  };

  function start(box) {
    const all = JSON.parse(box.dataset.map);
    const [wide, high] = all.size.map((size) => size / 10);
    const column = html("select", {}, ...all.columns.map(({ name }) => new Option(name)));
    const city = html("select", {}, ...all.cities.map((name) => new Option(name)));
    const last = all.years.length - 1;
    const year = html("input", { type: "range", min: all.years[0], max: all.years[last], step: 1,
      value: all.years[last] });
    const chosen = html("output", {});
    const said = html("p", {});
    said.setAttribute("role", "status");
    const map = svg("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img" });
    const series = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    const marks = svg("g", {});
    const legend = svg("g", { transform: `translate(${wide - 322} ${high - 88})` });
    map.append(svg("path", { class: "land", d: all.land, transform: "scale(.1)" }),
      svg("path", { class: "river", d: all.river, transform: "scale(.1)" }), legend, marks);
    city.value = all.first;

    const shown = (value, digits) => (value === null ? "missing"
      : (value / 10 ** digits).toFixed(digits).replace("-", "−"));
    const colour = (reach) => `var(--reach-${reach})`;
    const far = (value, at) => value / 10 ** at.digits - at.even;

    function mark(x, y, away, colour, at) {
      if (away === null) {
        return svg("path", { class: "missing", d: `M${x - 3} ${y - 3}l6 6m-6 0l6-6` });
      }
      const r = 2.5 + 8.5 * Math.sqrt(Math.min(1, Math.abs(away) / at.full));
      return svg("circle", { class: away < 0 ? "below" : "above", cx: x, cy: y, r,
        style: `--reach: ${colour}` });
    }

    function explain(at) {
      const line = (row, x, words) => svg("text", { x, y: 21 * row + 5 }, words);
      legend.replaceChildren(line(0, 0, "reach:"));
      all.reaches.forEach((reach, place) => legend.append(
        mark(62 + 84 * place, 0, at.full / 4, colour(reach), at), line(0, 72 + 84 * place, reach)));
      legend.append(line(1, 0, `${at.even} = ${at.means}`),
        mark(8, 42, at.full / 4, "currentColor", at), line(2, 20, "above"),
        mark(92, 42, -at.full / 4, "currentColor", at), line(2, 104, "below"),
        mark(176, 42, null), line(2, 188, "missing"),
        mark(11, 67, at.full, "currentColor", at), line(3.2, 28, `${at.full} or more from ${at.even}`));
    }

    function places(at, now, own) {
      const found = at.values.map((row, which) => {
        const [x, y] = all.places[which].map((value) => value / 10);
        const away = row[now] === null ? null : far(row[now], at);
        const one = mark(x, y, away, colour(all.reach[which]), at);
        one.append(svg("title", {}, `${all.cities[which]} ${shown(row[now], at.digits)}`));
        return [one, Math.abs(away)];
      });
      found.sort((a, b) => b[1] - a[1]);
      const [x, y] = all.places[own].map((value) => value / 10);
      const left = x > wide - 120;
      marks.replaceChildren(...found.map(([one]) => one),
        svg("circle", { class: "own", cx: x, cy: y, r: 14 }),
        svg("text", { class: "name", x: x + (left ? -18 : 18), y: y + 5,
          "text-anchor": left ? "end" : "start" }, all.cities[own]));
    }

    function course(at, now, own) {
      const rows = [at.median, at.values[own]];
      const known = rows.flat().filter((value) => value !== null);
      const [low, top] = [Math.min(...known), Math.max(...known)];
      const pad = Math.max(1, (top - low) * 0.08);
      const across = (place) => LEFT + (place / last) * (WIDE - LEFT - RIGHT);
      const up = (value) => TOP
        + ((top + pad - value) / (top - low + 2 * pad)) * (HIGH - TOP - BOTTOM);
      const reach = colour(all.reach[own]);
      series.replaceChildren();
      const step = [1, 2, 5].flatMap((each) => [0, 1, 2, 3, 4].map((ten) => each * 10 ** ten))
        .sort((a, b) => a - b).find((each) => (top - low + 2 * pad) / each <= 6);
      for (let value = Math.ceil((low - pad) / step) * step; value <= top + pad; value += step) {
        series.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: up(value),
          y2: up(value) }), svg("text", { x: LEFT - 6, y: up(value) + 5, "text-anchor": "end" },
          shown(value, at.digits)));
      }
      all.years.forEach((each, place) => (place % 5 || series.append(svg("text",
        { x: across(place), y: HIGH - 8, "text-anchor": "middle" }, each))));
      series.append(svg("line", { class: "now", x1: across(now), x2: across(now), y1: TOP,
        y2: HIGH - BOTTOM }));
      rows.forEach((row, which) => {
        let pen = "M";
        const d = row.map((value, place) => {
          // h0: a year between two gaps is a dot.
          const move = value === null ? "" : `${pen}${across(place)} ${up(value)}h0`;
          pen = value === null ? "M" : "L";
          return move;
        }).join("");
        series.append(svg("path", { class: which ? "city" : "median", d,
          style: which ? `--reach: ${reach}` : "" }));
      });
      if (rows[1][now] !== null) {
        series.append(svg("circle", { class: "above", cx: across(now), cy: up(rows[1][now]), r: 6,
          style: `--reach: ${reach}` }));
      }
      series.append(svg("line", { class: "city", x1: LEFT, x2: LEFT + 24, y1: 14, y2: 14,
        style: `--reach: ${reach}` }),
        svg("text", { x: LEFT + 30, y: 19 }, `${at.name}: ${all.cities[own]}`),
        svg("line", { class: "median", x1: 400, x2: 424, y1: 14, y2: 14 }),
        svg("text", { x: 430, y: 19 }, "Belt’s median"));
      series.setAttribute("aria-label",
        `${at.name} of ${all.cities[own]} and the Belt’s median, year by year`);
    }

    function draw() {
      const at = all.columns[column.selectedIndex];
      const known = all.years.filter((_, place) => at.median[place] !== null);
      year.min = known[0];
      year.max = known[known.length - 1]; // and the browser moves the year to where there are figures
      const now = year.value - all.years[0];
      const own = city.selectedIndex;
      const values = [at.values[own][now], at.median[now]].map((value) => shown(value, at.digits));
      explain(at);
      places(at, now, own);
      course(at, now, own);
      chosen.textContent = `${year.value} (${year.min} to ${year.max})`;
      said.textContent = `${city.value}, ${year.value}: ${at.name} ${values[0]} `
        + `(Belt’s median ${values[1]})`;
      map.setAttribute("aria-label", `Map of the Belt’s cities. ${said.textContent}`);
    }

    [column, city].forEach((list) => list.addEventListener("change", draw));
    year.addEventListener("input", draw);
    map.addEventListener("click", (event) => {
      const to = new DOMPoint(event.clientX, event.clientY)
        .matrixTransform(map.getScreenCTM().inverse());
      const gaps = all.places.map(([x, y]) => Math.hypot(x / 10 - to.x, y / 10 - to.y));
      const least = Math.min(...gaps);
      if (least < 24) { city.selectedIndex = gaps.indexOf(least); draw(); }
    });
    box.append(html("div", { className: "choices" }, label("Indicator", column),
      label("City", city), label("Year", year, chosen)), said, map, series);
    box.hidden = false;
    draw();
  }

  document.querySelectorAll(".belt-map").forEach(start);
})();
