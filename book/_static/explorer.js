/* Choose your specification.
 *
 * The page holds every specification as whole numbers (lib/studies/multiverse/explorer.py says how
 * they are written).  This script looks up the one that a reader chose, and shows it in words, as a
 * row of the table, as a place in its curve, and as code.  Nothing is estimated here.
 */
"use strict";
(() => {
  const home = document.getElementById("explorer");
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const ERRORS = data.options.errors.map(([name]) => name);
  // The choices inside an estimand; a key numbers their options, mixed radix.
  const VARIED = Object.keys(data.options).filter(
    (name) => !["mobility", "outcome", "errors"].includes(name));
  const CHOICES = ["column", "term", "mobility", "outcome", ...VARIED, "errors"];
  const WIDTH = 640, HEIGHT = 170;
  let state = {};
  let notes = [];
  let started = false;  // a page that was only opened keeps its address

  // -- the data ----------------------------------------------------------------------------------

  const digitOf = Object.fromEntries([...data.letters].map((letter, n) => [letter, n]));

  function decoded([low, width, text]) {
    const count = text.length / width;
    return Array.from({length: count}, (_, i) => {
      let value = 0;
      for (let place = 0; place < width; place++) {
        value = value * 64 + digitOf[text[place * count + i]];
      }
      return low + value;
    });
  }

  const blocks = new Map(data.blocks.map(
    (block) => [[block.column, block.term, block.mobility, block.outcome].join(" "), block]));
  const critical = {};
  for (const [level, [df, t]] of Object.entries(data.t)) {
    const values = decoded(t);
    critical[level] = new Map(decoded(df).map((each, i) => [each, values[i] / 10000]));
  }

  /** The specifications of a coefficient and estimand, decoded when first asked for. */
  function blockOf(chosen) {
    const block = blocks.get(
      [chosen.column, chosen.term, chosen.mobility, chosen.outcome].join(" "));
    if (block && !block.at) {
      for (const name of ["key", "coef", ...ERRORS, "stars", "df", "nobs", "cities"]) {
        block[name] = decoded(block[name]);
      }
      block.at = new Map(block.key.map((key, i) => [key, i]));
      block.repeats = new Map();
      const [keys, of] = (data.repeats[`${block.column} ${block.mobility}`] || []).map(decoded);
      (keys || []).forEach((key, i) => {
        if (block.at.has(of[i])) block.repeats.set(key, of[i]);
      });
    }
    return block;
  }

  const optionsOf = (choice) => {
    if (choice === "column") return Object.keys(data.columns);
    if (choice === "term") return Object.keys(data.columns[state.column].terms);
    return data.options[choice].map(([name]) => name);
  };
  const label = (choice, option) => {
    if (choice === "column") return data.columns[option].heading;
    if (choice === "term") return data.columns[state.column].terms[option].symbol;
    return data.options[choice].find(([name]) => name === option)[1];
  };

  const keyOf = (chosen) => VARIED.reduce((key, choice) => {
    const names = optionsOf(choice);
    return key * names.length + names.indexOf(chosen[choice]);
  }, 0);

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
    let best = null, least = Infinity;
    for (const key of [...block.key, ...block.repeats.keys()]) {
      const chosen = chosenBy(key);
      if (held && chosen[held] !== wanted[held]) continue;
      const apart = VARIED.filter((choice) => chosen[choice] !== wanted[choice]).length;
      if (apart < least || (apart === least && key < best)) [best, least] = [key, apart];
    }
    return best;
  }

  /** One coefficient: its figures, and the verdict by the rule of lib.verdicts. */
  function cellOf(block, place, errors) {
    const printed = data.columns[block.column].terms[block.term];
    const unit = 10 ** -block.digits;
    const coef = block.coef[place], se = block[errors][place];
    const df = errors === "classical" ? block.df[place] : block.cities[place] - 1;
    const half = critical[String(printed.level)].get(df) * se;
    const stars = Math.floor(block.stars[place] / 4 ** ERRORS.indexOf(errors)) % 4;
    const t = coef / block.classical[place];
    let verdict = "no claim";
    if (printed.stars) {
      verdict = stars < printed.stars.length ? "cannot tell"
        : Math.sign(coef) === Math.sign(printed.coef) ? "supported" : "opposed";
    }
    return {
      printed, verdict, stars, coef: coef * unit, se: se * unit, t: coef / se,
      low: (coef - half) * unit, high: (coef + half) * unit, digits: Math.max(block.digits, 0),
      r: t / Math.sqrt(t * t + block.df[place]),
      nobs: block.nobs[place], cities: block.cities[place],
    };
  }

  /** The curve of an estimand: specifications with both effects, by partial correlation. */
  function curveOf(block) {
    block.curve ||= block.key.map((key, place) => ({key, place}))
      .filter(({key}) => chosenBy(key).effects === optionsOf("effects")[0])
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
      state.product = column.printed.product;
      state.controls = column.printed.controls;
    }
    const block = blockOf(state);
    const key = nearest(block, state, VARIED.includes(held) ? held : null) ??
      nearest(block, state, null);
    const wanted = state;
    state = {...state, ...chosenBy(key)};
    const moved = VARIED.filter((choice) =>
      choice !== held && state[choice] !== (held === "column" ? before : wanted)[choice]);
    notes = moved.map((choice) => `${choice} is now “${label(choice, state[choice])}”`);
    if (block.repeats.has(key)) {
      const first = chosenBy(block.repeats.get(key)).sample;
      notes.push(`here the same rows as “${label("sample", first)}”, counted once`);
    }
    show();
  }

  const ACTIONS = {
    printed: () => choose(data.columns[state.column].printed),
    most: () => extreme(1),
    least: () => extreme(-1),
    random: () => {
      const some = (list) => list[Math.floor(Math.random() * list.length)];
      const {column, term, mobility, outcome} = some(data.blocks);
      const block = blockOf({column, term, mobility, outcome});
      choose({column, term, mobility, outcome, ...chosenBy(some(block.key)),
        errors: some(ERRORS)});
    },
    "copy-code": (button) => copy(shown("code").textContent, button),
    "copy-address": (button) => copy(location.href, button),
  };

  function extreme(sign) {
    const block = blockOf(state);
    const printed = data.columns[state.column].terms[state.term];
    const t = ({place}) =>
      sign * Math.sign(printed.coef) * block.coef[place] / block[state.errors][place];
    const found = [...curveOf(block)].sort((a, b) => t(b) - t(a) || a.key - b.key)[0];
    choose(chosenBy(found.key));
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
  const signed = (text) => text.replace("-", "−");
  const figure = (value, digits) => {
    const text = value.toLocaleString("en", {
      minimumFractionDigits: digits, maximumFractionDigits: digits});
    return signed(Number(text.replaceAll(",", "")) === 0 ? text.replace("-", "") : text);
  };
  const whole = (value) => value.toLocaleString("en");
  const className = (verdict) => verdict.replace(" ", "-");

  function show() {
    const block = blockOf(state), key = keyOf(state);
    const first = block.repeats.get(key) ?? key;
    const cell = cellOf(block, block.at.get(first), state.errors);
    const level = Math.round(100 * (1 - cell.printed.level));
    const sign = cell.printed.coef > 0 ? "positive" : "negative";
    showSelects(block);
    shown("claim").textContent = cell.printed.stars
      ? `a ${sign} effect` : `no effect with a star (printed: ${sign})`;
    shown("verdict").className = className(cell.verdict);
    shown("verdict").innerHTML =
      `<strong>${cell.verdict[0].toUpperCase()}${cell.verdict.slice(1)}.</strong> ` +
      `<span>${figure(cell.coef, cell.digits)}${"*".repeat(cell.stars)}, ${level} % interval ` +
      `${figure(cell.low, cell.digits)} to ${figure(cell.high, cell.digits)}</span>, ` +
      `${whole(cell.nobs)} city-years of ${cell.cities} cities.`;
    shown("notes").textContent = notes.length ? `Changed with it: ${notes.join("; ")}.` : "";
    showCurve(block, first);
    showTable(first);
    shown("code").textContent = code();
    const address = new URLSearchParams(CHOICES.map((choice) => [choice, state[choice]]));
    if (started) history.replaceState(null, "", `#${address}`);
    started = true;
  }

  function showSelects(block) {
    const keys = [...block.key, ...block.repeats.keys()].map(chosenBy);
    for (const select of home.querySelectorAll("select")) {
      const choice = select.dataset.choice;
      const offered = optionsOf(choice);
      if (select.dataset.words === undefined) {
        select.replaceChildren(...offered.map((name) => new Option(label(choice, name), name)));
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
    const paths = Object.entries(bars).map(
      ([verdict, path]) => `<path class="${className(verdict)}" d="${path}"/>`);
    const x = ((at + 0.5) * step).toFixed(1);
    const marker = at < 0 ? "" : `<path class="here" d="M${x} 0V${HEIGHT}m-6 8l6-8 6 8z"/>`;
    const positive = Math.round(100 * cells.filter(({coef}) => coef > 0).length / cells.length);
    const words = (at < 0
      ? "Other effects ask another question: not in the curve"
      : `Place ${whole(at + 1)} of ${whole(curve.length)}, smallest first: ` +
        `partial correlation ${figure(curve[at].r, 2)}`) + ` (printed ${figure(printed, 2)}). ` +
      `Of this estimand’s specifications ${positive} % are positive.`;
    shown("curve").innerHTML =
      `<svg viewBox="0 -4 ${WIDTH} ${HEIGHT + 16}" role="img" aria-label="${words}">` +
      `${paths.join("")}<path class="zero" d="M0 ${y(0)}H${WIDTH}"/>` +
      `<path class="printed" d="M0 ${y(printed)}H${WIDTH}"/>` +
      `<text x="2" y="${y(printed) - 4}">printed</text>${marker}</svg>`;
    shown("place").textContent = words;
    const slider = shown("slider");
    slider.max = curve.length;
    slider.disabled = at < 0;
    slider.value = at + 1;
    slider.setAttribute("aria-valuetext", words);
  }

  function showTable(key) {
    const cells = Object.keys(data.columns[state.column].terms).map((term) => {
      const block = blockOf({...state, term});
      const place = block.at.get(key);
      return place === undefined ? null : [term, cellOf(block, place, state.errors)];
    }).filter(Boolean);
    shown("rows").innerHTML = cells.map(([term, cell]) =>
      `<tr${term === state.term ? ' aria-current="true"' : ""}>` +
      `<th scope="row">${cell.printed.symbol}</th>` +
      `<td>${figure(cell.printed.coef, 3)}${cell.printed.stars} (${figure(cell.printed.t, 2)})` +
      `</td><td>${figure(cell.coef, cell.digits)}${"*".repeat(cell.stars)} ` +
      `(${figure(cell.t, 2)})</td><td>${cell.verdict}</td></tr>`).join("");
  }

  /** The regression as a student would write it. */
  function code() {
    const {controls, effects, agglomeration: ia, sample, mobility, product} = state;
    const column = data.columns[state.column];
    const named = ["listed94", "delta41"].includes(sample) ? sample : "belt110";
    const changes = [];
    if (state.k !== "province") {
      changes.push(`mobility="${data.series[state.k].replace("{}", mobility)}"`);
    }
    if (state.outcome !== "reg") changes.push(`outcome="${state.outcome}"`);
    const industry = {tertiary: "share_tertiary", employment: "te"}[ia];
    const ours = ["mean", "hoover"].includes(ia);
    if (industry) changes.push(`industry="${industry}"`);
    if (named !== "belt110") changes.push(`sample="${named}"`);
    if (["steps", "boundary", "both"].includes(sample)) changes.push(`without="${sample}"`);
    const moved = state.period === "text";
    const own = `specifications.${column.name}`;
    const which = moved ? `replace(${own}, years=(${column.text.join(", ")}))` : own;
    const reading = `specifications.${mobility.toUpperCase()}`;
    const more = controls === "none" ? "" : ", *specifications.CONTROLS" +
      (controls === "seven" ? ", *specifications.EXTRA_CONTROLS" : "");
    const terms = controls === column.printed.controls ? "" : `, ["LM", "IA"${more}]`;
    const x = [...(product === "alone" ? [] : ["LM", "IA"]),
      ...(product === "none" ? [] : ["LM_IA"]), ...data.controls[controls]];
    const taken = {twoway: " + period + EntityEffects", entity: " + EntityEffects", none: ""};
    return [
      changes.length || moved ? "from dataclasses import replace" : null,
      "from linearmodels.panel import PanelOLS",
      "from lib import panel, specifications",
      ours ? "from lib.studies.multiverse.explore import agglomeration" : null,
      "data = panel.load()",
      sample === "municipalities"
        ? 'data = data[~data["province"].isin(["Shanghai", "Chongqing"])]' : null,
      ours ? `data["own"] = agglomeration(panel.sample(data, "${named}"), "${ia}")` : null,
      `reading = ${changes.length ? `replace(${reading}, ${changes.join(", ")})` : reading}`,
      `rows = specifications.rows(data, reading, ${which}${terms})`,
      ours ? 'rows["IA"] = rows.merge(data, on=["city", "year"])["own"]' : null,
      sample === "flags" ? 'rows = specifications.connected(rows[rows["flags"].eq("")])' : null,
      product === "centred" ? 'rows["LM_IA"] = (rows["LM"] - rows["LM"].mean()) * ' +
        '(rows["IA"] - rows["IA"].mean())' : null,
      `formula = "REG ~ 1 + ${x.join(" + ")}${taken[effects]}"`,
      'model = PanelOLS.from_formula(formula, rows.set_index(["city", "year"]))',
      state.errors === "classical"
        ? "fit = model.fit(debiased=True)"
        : 'fit = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)',
      `print(fit.params["${state.term}"], fit.std_errors["${state.term}"])`,
    ].filter((line) => line !== null).join("\n");
  }

  // -- starting ----------------------------------------------------------------------------------

  function start() {
    const first = data.blocks[0];
    state = {column: first.column, term: first.term, mobility: first.mobility,
      outcome: first.outcome, ...data.columns[first.column].printed, errors: ERRORS[0]};
    const asked = {};
    for (const [choice, option] of new URLSearchParams(location.hash.slice(1))) {
      if (choice === "column" && optionsOf(choice).includes(option)) state.column = option;
      if (CHOICES.includes(choice) && optionsOf(choice).includes(option)) asked[choice] = option;
    }
    choose({...data.columns[state.column].printed, ...asked});
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
      choose(chosenBy(curve[Math.min(Math.max(at, 0), curve.length - 1)].key));
    }
  });
  shown("slider").addEventListener("input", ({target}) => {
    choose(chosenBy(curveOf(blockOf(state))[target.value - 1].key));
  });
  window.addEventListener("hashchange", () => {
    if (location.hash.includes("column=")) start();
  });
  for (const [verdict, colour] of Object.entries(data.colours)) {
    home.style.setProperty(`--${className(verdict)}`, colour);
  }
  home.hidden = false;
  start();
})();
