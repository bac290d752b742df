/* Choose your specification: the page holds all of them as whole numbers, which
 * notebooks/studies/multiverse/explorer.py explains; this script looks up the one that a reader chose.
 * Nothing is estimated here. */
"use strict";
(() => {
  const home = document.getElementById("explorer");
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const ERRORS = data.options.errors.map(([name]) => name);
  // The choices inside an estimand; a key numbers their options, mixed radix.
  const CHOICES = ["column", "term", ...Object.keys(data.options)];
  const VARIED = CHOICES.slice(4, -1);
  const WIDTH = 640, HEIGHT = 170;
  let state = {};
  let notes = "";
  let started = false;  // a page that was only opened keeps its address

  // -- the data ----------------------------------------------------------------------------------

  const nameOf = ({column, term, mobility, outcome}) => `${column} ${term} ${mobility} ${outcome}`;
  const blocks = new Map(data.blocks.map((block) => [nameOf(block), block]));

  /** The specifications of a coefficient and estimand. */
  function blockOf(chosen) {
    const block = blocks.get(nameOf(chosen));
    if (block && !block.at) {
      block.at = new Map(block.key.map((key, i) => [key, i]));
      const repeats = Object.entries(data.repeats[`${block.column} ${block.mobility}`] || {});
      block.repeats = new Map(repeats.map(([key, of]) => [+key, of])
        .filter(([, of]) => block.at.has(of)));
    }
    return block;
  }

  /** Options of a choice with their labels; columns and terms are choices, too. */
  function named(choice) {
    const {columns} = data;
    if (choice === "column") return Object.entries(columns).map(([key, own]) => [key, own.heading]);
    if (choice !== "term") return data.options[choice];
    return Object.entries(columns[state.column].terms).map(([key, own]) => [key, own.symbol]);
  }
  const optionsOf = (choice) => named(choice).map(([name]) => name);
  const label = (choice, option) => named(choice).find(([name]) => name === option)[1];

  const keyOf = (chosen) => VARIED.reduce((key, choice) =>
    key * optionsOf(choice).length + optionsOf(choice).indexOf(chosen[choice]), 0);

  function chosenBy(key) {
    const chosen = {};
    for (const choice of [...VARIED].reverse()) {
      const names = optionsOf(choice);
      chosen[choice] = names[key % names.length];
      key = Math.floor(key / names.length);
    }
    return chosen;
  }

  /** The key that differs in the fewest choices, with one choice held; the first of equals. */
  function nearest(block, wanted, held) {
    const found = [...block.key, ...block.repeats.keys()].map((key) => {
      const chosen = chosenBy(key);
      const apart = VARIED.filter((choice) => chosen[choice] !== wanted[choice]);
      return {key, apart: apart.includes(held) ? 99 : apart.length};
    }).sort((a, b) => a.apart - b.apart || a.key - b.key)[0];
    return found.apart < 99 ? found.key : null;
  }

  /** One coefficient: its figures, and the verdict by the rule of lib.verdicts. */
  function cellOf(block, place, errors) {
    const printed = data.columns[block.column].terms[block.term];
    const unit = 10 ** -(block.digits + data.finer);
    const coef = block.coef[place], se = block[errors][place];
    const df = errors === "classical" ? block.df[place] : block.cities[place] - 1;
    const half = data.t[printed.level][df] * se;
    const stars = Math.floor(block.stars[place] / 4 ** ERRORS.indexOf(errors)) % 4;
    const t = coef / block.classical[place];
    const verdict = !printed.stars ? "no claim"
      : stars < printed.stars.length ? "cannot tell"
      : Math.sign(coef) === Math.sign(printed.coef) ? "supported" : "opposed";
    return {
      printed, verdict, stars, coef: coef * unit, t: coef / se,
      low: (coef - half) * unit, high: (coef + half) * unit, digits: block.digits,
      r: t / Math.sqrt(t * t + block.df[place]),
      nobs: block.nobs[place], cities: block.cities[place],
    };
  }

  /** The curve of an estimand: specifications with both effects, by partial correlation. */
  function curveOf(block) {
    block.curve ||= block.key.map((key, place) => ({key, place}))
      .filter(({key}) => chosenBy(key).effects === "twoway")
      .map((each) => ({...each, r: cellOf(block, each.place, ERRORS[0]).r}))
      .sort((a, b) => a.r - b.r || a.key - b.key);
    return block.curve;
  }

  // -- choosing ----------------------------------------------------------------------------------

  /** Take over a choice; what cannot stand beside it moves to the nearest that can. */
  function choose(changes, held) {
    const before = state;
    state = {...state, ...changes};
    const column = data.columns[state.column];
    if (!column.terms[state.term]) state.term = Object.keys(column.terms)[0];
    if (held === "column") {
      Object.assign(state, {product: column.printed.product, controls: column.printed.controls});
    }
    const block = blockOf(state);
    const wanted = state;
    const key = nearest(block, state, VARIED.includes(held) && held) ?? nearest(block, state);
    state = {...state, ...chosenBy(key)};
    const old = held === "column" ? before : wanted;
    const moved = VARIED.filter((choice) => choice !== held && state[choice] !== old[choice])
      .map((choice) => `${choice} is now “${label(choice, state[choice])}”`);
    notes = moved.length ? `Changed with it: ${moved.join("; ")}. ` : "";
    if (block.repeats.has(key)) {
      const first = label("sample", chosenBy(block.repeats.get(key)).sample);
      notes += `These are the rows of “${first}”, counted once.`;
    }
    show();
  }

  const some = (list) => list[Math.floor(Math.random() * list.length)];
  const ACTIONS = {
    // The paper prints income in levels; of the readings of mobility it has both.
    printed: () => choose({...data.columns[state.column].printed, outcome: "reg", errors: ERRORS[0]}),
    most: () => extreme(1),
    least: () => extreme(-1),
    random: () => {
      const {column, term, mobility, outcome, key} = some(data.blocks);
      choose({column, term, mobility, outcome, ...chosenBy(some(key)), errors: some(ERRORS)});
    },
    "copy-code": (button) => copy(shown("code").textContent, button),
    "copy-address": (button) => copy(location.href, button),
  };

  function extreme(sign) {
    const block = blockOf(state);
    const claimed = Math.sign(data.columns[state.column].terms[state.term].coef);
    const t = ({place}) => sign * claimed * cellOf(block, place, state.errors).t;
    choose(chosenBy([...curveOf(block)].sort((a, b) => t(b) - t(a) || a.key - b.key)[0].key));
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const words = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = words; }, 1500);
  }

  // -- showing -----------------------------------------------------------------------------------

  const shown = (name) => home.querySelector(`[data-show="${name}"]`);
  const figure = (value, digits) => {
    const text = value.toLocaleString(
      "en", {minimumFractionDigits: digits, maximumFractionDigits: digits});
    return /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
  };
  const whole = (value) => figure(value, 0);
  const ratio = (t) => figure(t, Math.abs(t) < 9.9995 ? 2 : 1);
  const starred = ({coef, digits, stars}) => figure(coef, digits) + "*".repeat(stars);
  const className = (verdict) => verdict.replace(" ", "-");

  function show() {
    const block = blockOf(state), key = keyOf(state);
    const first = block.repeats.get(key) ?? key;
    const cell = cellOf(block, block.at.get(first), state.errors);
    const [low, high] = [cell.low, cell.high].map((each) => figure(each, cell.digits));
    const level = Math.round(100 * (1 - cell.printed.level));
    const sign = cell.printed.coef > 0 ? "positive" : "negative";
    showSelects(block);
    shown("claim").textContent = cell.printed.stars
      ? `a ${sign} effect` : `no effect with a star (printed: ${sign})`;
    shown("verdict").className = className(cell.verdict);
    shown("verdict").innerHTML =
      `<strong>${cell.verdict[0].toUpperCase()}${cell.verdict.slice(1)}.</strong> ` +
      `<span>${starred(cell)}, ${level} % interval ${low} to ${high}</span>, ` +
      `${whole(cell.nobs)} city-years of ${cell.cities} cities.`;
    shown("notes").textContent = notes;
    showCurve(block, first);
    showTable(first);
    shown("code").textContent = code();
    const address = `#${new URLSearchParams(CHOICES.map((choice) => [choice, state[choice]]))}`;
    if (started) history.replaceState(null, "", address);
    started = true;
  }

  function showSelects(block) {
    const keys = [...block.key, ...block.repeats.keys()].map(chosenBy);
    for (const select of home.querySelectorAll("select")) {
      const {choice, words} = select.dataset, offered = optionsOf(choice);
      if (words === undefined) {
        select.replaceChildren(...named(choice).map(([name, text]) => new Option(text, name)));
      }
      for (const option of select.options) {
        option.disabled = !offered.includes(option.value) || (VARIED.includes(choice) &&
          !keys.some((chosen) => chosen[choice] === option.value));
        option.hidden = choice === "term" && option.disabled;
      }
      select.value = state[choice];
    }
  }

  function showCurve(block, key) {
    const curve = curveOf(block);
    const cells = curve.map(({place}) => cellOf(block, place, state.errors));
    const at = curve.findIndex((each) => each.key === key);
    const printed = data.columns[state.column].terms[state.term].r;
    const top = Math.max(0.05, printed, curve.at(-1).r) * 1.1;
    const bottom = Math.min(-0.05, printed, curve[0].r) * 1.1;
    const y = (r) => +((top - r) / (top - bottom) * HEIGHT).toFixed(1);
    const step = WIDTH / curve.length;
    const bars = {};
    cells.forEach((cell, i) => {
      const [x, end] = [i * step, (i + 1) * step].map((each) => each.toFixed(2));
      bars[cell.verdict] = `${bars[cell.verdict] || ""}M${x} ${y(0)}H${end}V${y(cell.r)}H${x}Z`;
    });
    const paths = Object.entries(bars).map(([verdict, path]) =>
      `<path class="${className(verdict)}" d="${path}"/>`).join("");
    const x = ((at + 0.5) * step).toFixed(1);
    const marker = at < 0 ? "" : `<path class="here" d="M${x} 0V${HEIGHT}m-6 8l6-8 6 8z"/>`;
    const positive = Math.round(100 * cells.filter(({coef}) => coef > 0).length / cells.length);
    const words = (at < 0
      ? "Other effects ask another question: not in the curve"
      : `Place ${whole(at + 1)} of ${whole(curve.length)}, smallest first: ` +
        `partial correlation ${figure(curve[at].r, 2)}`) + ` (printed ${figure(printed, 2)}). ` +
      `Of the specifications offered here ${positive} % are positive.`;
    shown("curve").innerHTML =
      `<svg viewBox="0 -16 ${WIDTH} ${HEIGHT + 28}" role="img" aria-label="${words}">` +
      `${paths}<path class="zero" d="M0 ${y(0)}H${WIDTH}"/>` +
      `<path class="printed" d="M0 ${y(printed)}H${WIDTH}"/>` +
      `<text x="2" y="${y(printed) - 4}">printed</text>${marker}</svg>`;
    shown("place").textContent = words;
    Object.assign(shown("slider"), {max: curve.length, disabled: at < 0, value: at + 1});
    shown("slider").setAttribute("aria-valuetext", words);
  }

  function showTable(key) {
    const rows = Object.keys(data.columns[state.column].terms).map((term) => {
      const block = blockOf({...state, term});
      if (!block.at.has(key)) return "";
      const {printed, ...cell} = cellOf(block, block.at.get(key), state.errors);
      return `<tr${term === state.term ? ' aria-current="true"' : ""}>` +
        `<th scope="row">${printed.symbol}</th>` +
        `<td>${figure(printed.coef, 3)}${printed.stars} (${figure(printed.t, 2)})</td>` +
        `<td>${starred(cell)} (${ratio(cell.t)})</td><td>${cell.verdict}</td></tr>`;
    });
    shown("rows").innerHTML = rows.join("");
  }

  /** The regression as a student would write it. */
  function code() {
    const {agglomeration: ia, controls, effects, mobility, outcome, product, sample} = state;
    const column = data.columns[state.column];
    const belt = ["listed94", "delta41"].includes(sample) ? sample : "belt110";
    const industry = {tertiary: "share_tertiary", employment: "te"}[ia];
    const own = ["mean", "hoover"].includes(ia), moved = state.period === "text";
    const changes = [
      state.k !== "province" && `mobility="${data.series[state.k].replace("{}", mobility)}"`,
      outcome !== "reg" && `outcome="${outcome}"`,
      industry && `industry="${industry}"`,
      belt === sample && sample !== "belt110" && `sample="${sample}"`,
      ["steps", "boundary", "both"].includes(sample) && `without="${sample}"`,
    ].filter(Boolean);
    const replaced = (what, how) => how.length ? `replace(${what}, ${how.join(", ")})` : what;
    const names = ["LM", "IA", ...data.controls[controls]];
    const terms = controls === column.printed.controls ? ""
      : `, ${JSON.stringify(names).replaceAll(",", ", ")}`;
    const x = [product !== "alone" && ["LM", "IA"], product !== "none" && "LM_IA",
      data.controls[controls]].flat().filter(Boolean);
    const absorbed = {twoway: " + period + EntityEffects", entity: " + EntityEffects", none: ""};
    return [
      (changes.length || moved) && "from dataclasses import replace",
      "from linearmodels.panel import PanelOLS",
      `from lib import ${sample === "flags" ? "jackknife, " : ""}panel, specifications`,
      own && "from studies.multiverse.explore import agglomeration",
      "data = panel.load()",
      sample === "municipalities" &&
        'data = data[~data["province"].isin(["Shanghai", "Chongqing"])]',
      own && `data["own"] = agglomeration(panel.sample(data, "${belt}"), "${ia}")`,
      `reading = ${replaced(`specifications.${mobility.toUpperCase()}`, changes)}`,
      `column = ${replaced(`specifications.${column.name}`,
        moved ? [`years=(${column.text.join(", ")})`] : [])}`,
      `rows = specifications.rows(data, reading, column${terms})`,
      own && 'rows["IA"] = rows.merge(data, on=["city", "year"])["own"]',
      sample === "flags" &&
        'rows = jackknife.without_singles(rows[rows["flags"].eq("")], ["city", "year"])',
      product === "centred" && "rows = specifications.centred(rows)",
      `formula = "REG ~ 1 + ${x.join(" + ")}${absorbed[effects]}"`,
      'model = PanelOLS.from_formula(formula, rows.set_index(["city", "year"]))',
      'fit = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)',
      `print(fit.params["${state.term}"], fit.std_errors["${state.term}"])`,
    ].filter(Boolean).join("\n");
  }

  // -- starting ----------------------------------------------------------------------------------

  /** The specification of the address; what it does not name is as printed. */
  function start() {
    const {column, term, mobility, outcome} = data.blocks[0];
    const asked = Object.entries(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
    const known = ([choice, option]) =>
      CHOICES.includes(choice) && optionsOf(choice).includes(option);
    state = {column, term, mobility, outcome, errors: ERRORS[0]};
    Object.assign(state, Object.fromEntries(asked.filter(([c]) => c === "column").filter(known)));
    choose({...data.columns[state.column].printed, ...Object.fromEntries(asked.filter(known))});
  }

  home.addEventListener("change", ({target}) => {
    const {choice} = target.dataset;
    if (choice) choose({[choice]: target.value}, choice);
  });
  home.addEventListener("click", ({target, clientX}) => {
    const button = target.closest("button[data-do]"), svg = target.closest("svg");
    if (button) ACTIONS[button.dataset.do](button);
    if (svg) {
      const box = svg.getBoundingClientRect(), curve = curveOf(blockOf(state));
      const at = Math.floor((clientX - box.left) / box.width * curve.length);
      choose(chosenBy(curve.at(Math.min(at, curve.length - 1)).key));
    }
  });
  shown("slider").addEventListener("input", ({target}) =>
    choose(chosenBy(curveOf(blockOf(state))[target.value - 1].key)));
  window.addEventListener("hashchange", () => location.hash.includes("column=") && start());
  for (const [verdict, colour] of Object.entries(data.colours)) {
    home.style.setProperty(`--${className(verdict)}`, colour);
  }
  home.hidden = false;
  start();
})();
