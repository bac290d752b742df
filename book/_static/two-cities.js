/* Two cities among all: a reader picks them, and their lines, ratio and difference are marked.
   All lines are drawn already, and the words stand in the page (studies/glance.py). */
(() => {
  const short = (value) => (value + 1e-9).toFixed(value >= 1 ? 1 : 2);
  const change = ([before, after]) => Math.sign(after - before) + 1;
  const filled = (words, given) => words.replace(/\{(\w+)\}/g, (_, name) => given[name]);

  function start(box) {
    const words = JSON.parse(box.dataset.words);
    const choices = box.querySelector(".choices");
    const said = box.querySelector("[role=status]");
    const panels = [...box.querySelectorAll("svg")].map((svg) => {
      const [gaps, apart, names, all] = ["line.gap", "text.gap", "text.name", "path"]
        .map((each) => [...svg.querySelectorAll(each)]);
      return { svg, gaps, apart, names, lines: new Map(all.map((line) => [line.dataset.city, line])) };
    });
    const years = [...panels[0].svg.querySelectorAll(".year")].map((each) => each.textContent);
    const cities = [...panels[0].lines.keys()];
    const chosen = cities.slice(-2); // the two that are marked are drawn last
    cities.sort((a, b) => a.localeCompare(b));
    const lists = words.lists.map((name, place) => {
      const list = document.createElement("select");
      list.append(...cities.map((city) => new Option(city)));
      list.value = chosen[place];
      list.setAttribute("aria-label", name);
      list.addEventListener("change", draw);
      const label = document.createElement("label");
      label.append(name, list);
      choices.append(label);
      return list;
    });

    function draw() {
      const ends = (city) => panels[0].lines.get(city).dataset.ends.split(" ").map(Number);
      const [rich, poor] = lists.map((list) => list.value).sort((a, b) => ends(b)[0] - ends(a)[0]);
      if (rich === poor) {
        said.textContent = words.same;
        return;
      }
      const [high, low] = [ends(rich), ends(poor)];
      const ratios = high.map((value, at) => short(Math.max(value / low[at], low[at] / value)));
      const gaps = high.map((value, at) => short(Math.abs(value - low[at])));
      const last = high[1] < low[1] ? words.turned : words.last;
      said.textContent = filled(words.first, { year: years[0], rich, poor, ratio: ratios[0] })
        + filled(last, { year: years[1], rich, poor, ratio: ratios[1],
          change: words.changes[change(ratios)] })
        + filled(words.gaps, { year: years[0], gap0: gaps[0], gap1: gaps[1],
          change: words.changes[change(gaps)] });
      panels.forEach((panel, which) => {
        panel.lines.forEach((line) => line.classList.remove("on"));
        const places = [rich, poor].map((city) => {
          const line = panel.lines.get(city);
          line.classList.add("on");
          panel.gaps[0].before(line);
          const course = line.getAttribute("d").match(/[\d.]+/g);
          return [Number(course[1]), Number(course[course.length - 1])];
        });
        panel.gaps.forEach((gap, at) => {
          places.forEach((place, end) => gap.setAttribute(`y${end + 1}`, place[at]));
          panel.apart[at].setAttribute("y", (places[0][at] + places[1][at]) / 2 + 4);
          panel.apart[at].textContent = which ? gaps[at] : `${ratios[at]} ×`;
        });
        [rich, poor].forEach((city, at) => {
          panel.names[at].setAttribute("y", places[at][1 - at] + (at ? 18 : -8));
          panel.names[at].textContent = city;
        });
        const about = filled(words.about, { n: cities.length });
        panel.svg.setAttribute("aria-label", `${words.heads[which]}: ${about}${said.textContent}`);
      });
    }
    choices.hidden = false;
  }

  document.querySelectorAll(".two-cities").forEach(start);
})();
