/* Pflüger's two regions: move the cost of shipping and the share of mobile workers. The model is
   that of the cell in chapter 13; tests hold it to that cell. */
const Core = (() => {
  const sides = (share, free) => [share + free * (1 - share), free * share + 1 - share];

  /* Utility of a mobile worker in region 1 less that in region 2. */
  function gain(share, free, mobile, sigma) {
    const others = (1 - mobile) / mobile / 2;
    const [home, away] = sides(share, free);
    const profit = ((1 - free) / sigma) * ((others + share) / home - (others + 1 - share) / away);
    return profit + Math.log(home / away) / (sigma - 1);
  }

  /* Zero if an even spread never lasts; its cost is then infinite. */
  function breakPoint(mobile, sigma) {
    const rho = (1 - mobile) / mobile;
    return Math.max(0, (rho * (sigma - 1) - sigma) / (rho * (sigma - 1) + 3 * sigma - 2));
  }

  /* The share of mobile workers in the larger region of a stable equilibrium. */
  function stable(free, mobile, sigma) {
    if (free <= breakPoint(mobile, sigma)) return 0.5;
    if (gain(1, free, mobile, sigma) >= 0) return 1;
    let [low, high] = [0.5 + 1e-6, 1];
    for (let n = 0; n < 60; n++) {
      const middle = (low + high) / 2;
      if (gain(middle, free, mobile, sigma) > 0) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  return { gain, breakPoint, stable };
})();

(() => {
  const { svg, slider } = Toy;
  const [WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM] = [600, 340, 92, 14, 16, 66];
  const COST = [1.02, 2.5];
  const MOBILE = [0.1, 0.5];

  const across = (cost) => LEFT + ((COST[1] - cost) / (COST[1] - COST[0])) * (WIDE - LEFT - RIGHT);
  const up = (share) => TOP + (1 - share) * (HIGH - TOP - BOTTOM);

  function start(box) {
    const { sigma, cost, mobile } = JSON.parse(box.dataset.start);
    const first = slider("Cost of shipping", COST, 0.02, cost);
    const second = slider("Mobile workers", MOBILE, 0.01, mobile);
    const choices = Object.assign(document.createElement("div"), { className: "choices" });
    choices.append(first.label, second.label);
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    box.append(choices, said, picture);

    function draw() {
      const now = Number(first.input.value);
      const movers = Number(second.input.value);
      const large = (price) => Core.stable(price ** (1 - sigma), movers, sigma);
      const breaks = Core.breakPoint(movers, sigma) ** (1 / (1 - sigma));
      const share = large(now);
      const arrives = `${now.toFixed(2)} units for 1`;
      first.shown.textContent = arrives;
      first.input.setAttribute("aria-valuetext", arrives);
      second.shown.textContent = `${Math.round(100 * movers)} %`;
      second.input.setAttribute("aria-valuetext", second.shown.textContent);
      const per = Math.round(100 * share);
      const state = share === 0.5 ? "The mobile workers spread evenly, 50 % in each region."
        : share === 1 ? "All mobile workers live in one region: a core and a periphery."
          : `${per} % of the mobile workers live in one region and ${100 - per} % in the other.`;
      const point = Number.isFinite(breaks) ? `The break point is at a cost of ${breaks.toFixed(2)}.`
        : "There is no break point: no cost keeps an even spread.";
      const text = `${state} ${point}`;
      if (said.textContent !== text) said.textContent = text;

      const parts = [];
      [0, 0.25, 0.5, 0.75, 1].forEach((at) => {
        parts.push(svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: up(at), y2: up(at) }));
        parts.push(svg("text", { x: LEFT - 8, y: up(at) + 5, "text-anchor": "end" }, `${100 * at} %`));
      });
      [2.5, 2, 1.5, 1.02].forEach((at) =>
        parts.push(svg("text", { x: across(at), y: HIGH - BOTTOM + 26, "text-anchor": at < 1.1 ? "end" : "middle" }, at)));
      parts.push(svg("text", { x: (LEFT + WIDE) / 2, y: HIGH - 8, "text-anchor": "middle" }, "Cost of shipping, falling"));
      const [upper, lower] = [[], []];
      for (let price = COST[1]; price >= COST[0] - 1e-9; price -= 0.005) {
        const at = large(price);
        upper.push(`${across(price).toFixed(1)} ${up(at).toFixed(1)}`);
        lower.push(`${across(price).toFixed(1)} ${up(1 - at).toFixed(1)}`);
      }
      [upper, lower].forEach((points) => parts.push(svg("path", { class: "stable", d: `M${points.join("L")}` })));
      if (breaks > COST[0]) {
        parts.push(svg("line", { class: "unstable", x1: across(Math.min(breaks, COST[1])), x2: across(COST[0]), y1: up(0.5), y2: up(0.5) }));
      }
      parts.push(svg("line", { class: "now", x1: across(now), x2: across(now), y1: TOP, y2: HIGH - BOTTOM }));
      [share, 1 - share].forEach((at) => parts.push(svg("circle", { cx: across(now), cy: up(at), r: 7 })));
      picture.replaceChildren(...parts);
      picture.setAttribute("aria-label", `Share of the mobile workers in a region against the cost of shipping. ${text}`);
    }

    [first, second].forEach((each) => each.input.addEventListener("input", draw));
    draw();
    box.hidden = false;
  }

  document.querySelectorAll(".toy.core").forEach(start);
})();
