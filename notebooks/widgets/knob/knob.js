/* The knob of chapter 6: lines and slope of a Belt at any η.  The still picture has three panels;
   the script moves the one in the middle. */
(() => {
  const shown = (value) => value.toFixed(2).replace(/^-(?!0\.00$)/, "−").replace(/^-/, "");

  function start(box) {
    const { base, more, weight, year, city, kind } = JSON.parse(box.dataset.belt);
    const [label, input, said] = ["label", "input", "[role=status]"].map((each) => box.querySelector(each));
    const svg = box.querySelectorAll("svg")[1];
    const [lines, names] = ["path", ".name"].map((each) => [...svg.querySelectorAll(each)]);
    const official = said.textContent.slice(said.textContent.indexOf("; "));

    function draw() {
      const eta = Number(input.value);
      const income = base.map((value, at) => Math.exp((value + eta * more[at]) / 1e4));
      const slope = income.reduce((sum, value, at) => sum + (weight[at] / 1e6) * value, 0);
      const paths = ["", "", ""];
      income.forEach((value, at) => {
        const step = city[at] === city[at - 1] ? "L" : "M";
        paths[kind[city[at]]] += `${step}${24 + 14 * year[at]} ${(204 - 14 * value).toFixed(1)}`;
      });
      paths.forEach((path, at) => lines[at].setAttribute("d", path));
      names.forEach((name, at) => name.setAttribute("y", Number(paths[at + 1].split(" ").at(-1)) - 5));
      lines[3].setAttribute("transform", `translate(${56 + 16 * slope} 258)`);
      svg.querySelector(".slope").textContent = shown(slope);
      svg.querySelector(".slope").setAttribute("x", 64 + 16 * slope);
      svg.querySelector(".eta").textContent = `η = ${shown(eta)}`;
      const sign = ["negative", "zero", "positive"][1 + Math.sign(slope)];
      said.textContent = `η = ${shown(eta)}: with this invented output the slope of income on mobility (the stock) is `
        + `${shown(slope)}, ${sign}${official}`;
      input.setAttribute("aria-valuetext", `η = ${shown(eta)}, slope ${shown(slope)}`);
    }

    input.addEventListener("input", draw);
    label.hidden = false;
    box.classList.add("ready");
    draw();
  }

  document.querySelectorAll(".knob").forEach(start);
})();
