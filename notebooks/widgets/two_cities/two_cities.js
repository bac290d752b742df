/* Two cities among all: a reader taps or types them; lines, sentence and address follow.
   All lines and dots are drawn already, and the words stand in the page. */
(() => {
  const short = (value) => (value + 1e-9).toFixed(value >= 1 ? 1 : 2);
  const change = ([before, after]) => Math.sign(after - before) + 1;
  const filled = (words, given) => words.replace(/\{(\w+)\}/g, (_, name) => given[name]);
  const plain = (name) => name.trim().replace(/市$/, "").toLowerCase();
  const numbers = (line) => line.getAttribute("d").match(/-?[\d.]+/g).map(Number);

  function start(box) {
    const words = JSON.parse(box.dataset.words);
    const [copy, said] = ["button", "[role=status]"].map((each) => box.querySelector(each));
    const fields = [...box.querySelectorAll("input")];
    const [map, ...panels] = [...box.querySelectorAll("svg")].map((svg) => {
      const [gaps, apart, names, all] = ["line.gap", "text.gap", "text.name", "[data-city]"]
        .map((each) => [...svg.querySelectorAll(each)]);
      return { svg, gaps, apart, names, lines: new Map(all.map((line) => [line.dataset.city, line])) };
    });
    const [year0, year1] = [...panels[0].svg.querySelectorAll(".year")].map((each) => each.textContent);
    const cities = [...map.lines].map(([city, dot]) => [city, dot.textContent.slice(city.length + 1)]);
    let chosen = [...panels[0].lines.keys()].slice(-2); // the two that are marked are drawn last
    let next = 0; // the field that a tap fills
    let sentence = said.textContent;

    /* The pair as others open it: in Latin letters, on the page in either language. */
    function address() {
      const [one, other] = chosen.map((city) => cities.find(([name]) => name === city)
        .find((name) => /[a-z]/i.test(name)));
      return `#${new URLSearchParams({ one, other })}`;
    }

    function show(typed) {
      const found = typed.map((name) => cities.find((both) => both.map(plain).includes(plain(name))));
      const lacks = found.indexOf(undefined);
      if (lacks >= 0) said.textContent = filled(words.unknown, { name: typed[lacks] });
      else if (found[0] === found[1]) said.textContent = words.same;
      else draw(found.map(([city]) => city));
      fields.forEach((field, at) => { field.value = chosen[at]; });
      return lacks < 0 && found[0] !== found[1];
    }

    function pick(at, name) {
      if (show(chosen.map((city, place) => (place === at ? name : city)))) {
        next = 1 - at;
        history.replaceState(null, "", address());
      }
    }

    function opened() {
      const asked = new URLSearchParams(window.location.hash.slice(1));
      if (asked.has("one") && asked.has("other")) show([asked.get("one"), asked.get("other")]);
    }

    function draw(pair) {
      chosen = pair;
      const ends = (city) => panels[0].lines.get(city).dataset.ends.split(" ").map(Number);
      const [rich, poor] = [...pair].sort((a, b) => ends(b)[0] - ends(a)[0]);
      const [high, low] = [ends(rich), ends(poor)];
      const ratios = high.map((value, at) => short(Math.max(value / low[at], low[at] / value)));
      const gaps = high.map((value, at) => short(Math.abs(value - low[at])));
      sentence = filled(words.first + (high[1] < low[1] ? words.turned : words.last) + words.gaps, {
        rich, poor, year0, year1, ratio0: ratios[0], ratio1: ratios[1], gap0: gaps[0], gap1: gaps[1],
        near: words.changes[change(ratios)], far: words.changes[change(gaps)] });
      said.textContent = sentence;
      const places = [map, ...panels].map(({ gaps: [gap], names, lines }) => {
        lines.forEach((line) => line.classList.remove("on"));
        return [rich, poor].map((city, at) => {
          const line = lines.get(city);
          line.classList.add("on");
          (gap ?? names[0]).before(line);
          names[at].textContent = city;
          return numbers(line);
        });
      });
      map.names.forEach((name, at) => {
        const [x, y] = places[0][at];
        const left = x > map.svg.viewBox.baseVal.width / 2;
        name.setAttribute("x", left ? x - 8 : x + 8);
        name.setAttribute("y", y + (at ? 12 : -2));
        name.setAttribute("text-anchor", left ? "end" : "start");
      });
      panels.forEach((panel, which) => {
        const [firsts, lasts] = [1, -1].map((at) => places[which + 1].map((course) => course.at(at)));
        [firsts, lasts].forEach((ys, at) => {
          ys.forEach((y, end) => panel.gaps[at].setAttribute(`y${end + 1}`, y));
          panel.apart[at].setAttribute("y", (ys[0] + ys[1]) / 2 + 4);
          panel.apart[at].textContent = which ? gaps[at] : `${ratios[at]} ×`;
        });
        panel.names[0].setAttribute("y", lasts[0] - 8);
        panel.names[1].setAttribute("y", firsts[1] + 18);
        const about = filled(words.about, { n: cities.length });
        panel.svg.setAttribute("aria-label", `${words.heads[which]}: ${about}${sentence}`);
      });
    }

    const list = Object.assign(document.createElement("datalist"), { id: "cities" });
    list.append(...cities.map(([city, also]) => new Option(also, city)));
    box.append(list);
    fields.forEach((field, at) => {
      field.setAttribute("aria-label", words.lists[at]);
      field.value = chosen[at];
      // An empty field shows all names.
      field.addEventListener("focus", () => { field.value = ""; field.placeholder = chosen[at]; });
      field.addEventListener("change", () => field.value && pick(at, field.value));
      field.addEventListener("blur", () => { field.value = chosen[at]; });
    });
    map.svg.addEventListener("click", ({ clientX, clientY }) => {
      const to = new DOMPoint(clientX, clientY).matrixTransform(map.svg.getScreenCTM().inverse());
      const far = cities.map(([city]) => numbers(map.lines.get(city)))
        .map(([x, y]) => Math.hypot(x - to.x, y - to.y));
      pick(next, cities[far.indexOf(Math.min(...far))][0]);
    });
    copy.addEventListener("click", async () => {
      const text = `${sentence} ${new URL(address(), window.location.href)}`;
      try {
        await navigator.clipboard.writeText(text);
        [, copy.textContent] = words.copy;
      } catch { window.prompt(words.copy[0], text); }
    });
    window.addEventListener("hashchange", opened);
    box.classList.add("ready");
    opened();
  }

  document.querySelectorAll(".two-cities").forEach(start);
})();
