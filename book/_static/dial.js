/* The dial of chapter 6: S - (1 - eta) D of each slope, at an elasticity that the reader chooses. */
(() => {
  const { svg, slider } = Toy;
  const [WIDE, LINE, TOP, LEFT] = [600, 30, 14, 190];
  const words = (value) => Number(value).toFixed(2).replace("-", "−");

  function start(box) {
    const slopes = JSON.parse(box.dataset.slopes);
    const dial = slider("Elasticity η: per cent more output with one per cent more residents", [-0.5, 1.5], 0.05, 0);
    const guess = document.createElement("p");
    guess.textContent = "Guess first: how many of these signs change if η moves from −0.5 to 1.5?";
    const buttons = [0, slopes.length / 2, slopes.length].map((many) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.textContent = { 0: "none", [slopes.length]: "all" }[many] || `${many} of ${slopes.length}`;
      return button;
    });
    guess.append(...buttons.flatMap((button) => [" ", button]));
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    const bottom = TOP + LINE * slopes.length;
    const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${bottom + 40}`, role: "img" });
    box.append(guess);

    const at = ({ S, D }, eta) => S - (1 - eta) * D;
    const ends = slopes.flatMap((each) => [at(each, -0.5), at(each, 1.5), each.b, 0]);
    const [least, most] = [Math.min(...ends), Math.max(...ends)];
    const across = (value) => LEFT + ((value - least) / (most - least)) * (WIDE - LEFT - 14);

    function draw() {
      const eta = Number(dial.input.value);
      dial.shown.textContent = words(eta);
      dial.input.setAttribute("aria-valuetext", words(eta));
      const same = slopes.filter((each) => Math.sign(at(each, eta)) === Math.sign(each.S)).length;
      said.textContent = `At η = ${words(eta)}, ${same} of ${slopes.length} have the sign that they have without any effect of residents on output.`;
      const parts = [svg("line", { x1: across(0), x2: across(0), y1: TOP, y2: bottom })];
      slopes.forEach((each, n) => {
        const y = TOP + LINE * (n + 0.5);
        const kind = each.name.startsWith("flow") ? "flow" : "stock";
        parts.push(svg("text", { x: 0, y: y + 5 }, each.name));
        parts.push(svg("line", { class: "grid", x1: across(at(each, -0.5)), x2: across(at(each, 1.5)), y1: y, y2: y }));
        parts.push(svg("circle", { "data-reading": kind, cx: across(at(each, eta)), cy: y, r: 7 }));
        parts.push(svg("text", { x: across(each.b), y: y + 5, "text-anchor": "middle" }, "×"));
      });
      parts.push(svg("text", { x: LEFT, y: bottom + 30 }, "● S − (1 − η) D"));
      parts.push(svg("text", { x: WIDE - 14, y: bottom + 30, "text-anchor": "end" }, "× slope on official figures"));
      picture.replaceChildren(...parts);
      picture.setAttribute("aria-label", slopes.map((each) => `${each.name} ${words(at(each, eta))}`).join(", "));
    }

    buttons.forEach((button) => button.addEventListener("click", () => {
      buttons.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
      if (picture.isConnected) return;
      const choices = Object.assign(document.createElement("div"), { className: "choices" });
      choices.append(dial.label);
      box.append(choices, said, picture);
      draw();
      dial.input.focus();
    }));
    dial.input.addEventListener("input", draw);
    box.hidden = false;
  }

  document.querySelectorAll(".toy.dial").forEach(start);
})();
