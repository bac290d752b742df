/* The explorer of regressions: a file holds all of them as whole numbers, which
 * notebooks/studies/multiverse/explorer.py explains; this script looks up the one that a reader
 * chose.  Nothing is estimated here. */
"use strict";
function explore() {
  const home = document.getElementById("explorer"), data = window.EXPLORER;
  const ERRORS = data.options.errors.map(([name]) => name);
  const LEVELS = Object.keys(data.t);
  // The choices inside an estimand; a key numbers their options, mixed radix.
  const CHOICES = ["column", "term", ...Object.keys(data.options)];
  const VARIED = CHOICES.slice(4, -1);
  const WORDS = {k: "natural growth k", agglomeration: "IA of", product: "regressors", period: "periods",
    prices: "output", step: "step of 2019", unit: "effects of"};
  const HEIGHT = 190;
  let state = {};
  let rejected = new Set();  // "choice.option" of what a reader does not count
  const ahead = new Map();  // the verdict that each option leads to
  let notes = "";
  let drawn = "";  // what the curve shows, so that it is drawn again only when that changes
  let started = false;  // a page that was only opened keeps its address

  // -- the data ----------------------------------------------------------------------------------

  const nameOf = ({column, term, mobility, outcome}) => `${column} ${term} ${mobility} ${outcome}`;
  const blocks = new Map(data.blocks.map((block) => [nameOf(block), block]));

  /** The specifications of a coefficient and estimand: places by key, and what repeats them. */
  function blockOf(chosen) {
    const block = blocks.get(nameOf(chosen));
    if (block && !block.at) {
      const name = block.run;
      block.run = data.runs[name];
      block.at = new Map(block.run.key.map((key, place) => [key, place])
        .filter(([, place]) => block.coef[place] !== null));
      block.repeats = new Map(Object.entries(data.repeats[name] || {})
        .map(([key, of]) => [+key, of]).filter(([, of]) => block.at.has(of)));
      block.all = [...block.at.keys(), ...block.repeats.keys()]
        .map((key) => ({key, chosen: chosenBy(key)}));
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
    key * data.options[choice].length + optionsOf(choice).indexOf(chosen[choice]), 0);

  function chosenBy(key) {
    const chosen = {};
    for (const choice of [...VARIED].reverse()) {
      const names = data.options[choice];
      chosen[choice] = names[key % names.length][0];
      key = Math.floor(key / names.length);
    }
    return chosen;
  }

  /** The key that differs in the fewest choices, with one choice held; the first of equals. */
  function nearest(block, wanted, held) {
    let found = keyOf(wanted), least = 99;
    if (block.at.has(found) || block.repeats.has(found)) return found;
    found = null;
    for (const {key, chosen} of block.all) {
      if (held && chosen[held] !== wanted[held]) continue;
      const apart = VARIED.filter((choice) => chosen[choice] !== wanted[choice]).length;
      if (apart < least || (apart === least && key < found)) [found, least] = [key, apart];
    }
    return found;
  }

  /** A slope and one kind of error. */
  function interval(block, place, errors) {
    const kind = errors !== "decides" ? errors
      : block.province[place] === null ? "jackknife" : "province";
    const se = block[kind][place], {run, coef} = block;
    const df = kind === "classical" ? run.df[place]
      : run[kind === "province" ? "provinces" : "cities"][place] - 1;
    const level = LEVELS.findIndex((each) => Math.abs(coef[place]) > data.t[each][df] * se);
    const printed = data.columns[block.column].terms[block.term];
    return {se, only: errors === "decides" && kind !== "province", stars: level < 0 ? 0 : 3 - level,
      half: data.t[printed.level][df] * se};
  }

  /** One coefficient: its figures, and the verdict by the rule of lib.verdicts. */
  function cellOf(block, place, errors) {
    const printed = data.columns[block.column].terms[block.term], {run} = block;
    const {se, only, stars, half} = interval(block, place, errors);
    const unit = 10 ** -(block.digits + data.finer), coef = block.coef[place];
    const t = coef / block.classical[place];
    return {
      printed, stars, only, coef: coef * unit, t: coef / se,
      verdict: verdictOf(printed, coef, stars >= printed.stars.length),
      low: (coef - half) * unit, high: (coef + half) * unit, digits: block.digits,
      r: t / Math.sqrt(t * t + run.df[place]), nobs: run.nobs[place], cities: run.cities[place],
    };
  }

  const verdictOf = (printed, coef, decides) => !printed.stars ? "no claim"
    : !decides ? "cannot tell"
    : Math.sign(coef) === Math.sign(printed.coef) ? "supported" : "opposed";

  /** Which error decides, and what it says if another is chosen. */
  function beside(block, place) {
    const cell = cellOf(block, place, "decides");
    const by = cell.only ? "by city only, because its provinces are fewer than ten" : "by province";
    return state.errors === "decides" ? `The interval is ${by}.`
      : `The error that decides in this book is ${by}. Its interval is ${range(cell)}.`;
  }

  const className = ({verdict, only}) => verdict.replace(" ", "-") + (only ? " only" : "");

  /** The curve of an estimand, smallest partial correlation first, less what was rejected. */
  function curveOf(block) {
    block.curve ||= [...block.at].map(([key, place]) => ({key, place, chosen: chosenBy(key)}))
      .filter(({chosen}) => data.inside.includes(chosen.effects))
      .map((each) => ({...each, r: cellOf(block, each.place, ERRORS[0]).r}))
      .sort((a, b) => a.r - b.r || a.key - b.key);
    return rejected.size ? block.curve.filter(({chosen}) => isCounted(chosen)) : block.curve;
  }
  const isCounted = (chosen) => VARIED.every((c) => !rejected.has(`${c}.${chosen[c]}`));

  // -- choosing ----------------------------------------------------------------------------------

  /** What a choice leads to; what cannot stand beside it moves to the nearest that can. */
  function after(changes, held) {
    const next = {...state, ...changes};
    const column = data.columns[next.column];
    if (!column.terms[next.term]) next.term = Object.keys(column.terms)[0];
    if (held === "column") {
      Object.assign(next, {product: column.printed.product, controls: column.printed.controls});
    }
    const block = blockOf(next);
    const key = nearest(block, next, VARIED.includes(held) && held) ?? nearest(block, next);
    const first = block.repeats.get(key) ?? key;
    const moved = {...next, ...chosenBy(key)};
    return {next, moved, block, first, place: block.at.get(first), isRepeat: first !== key};
  }

  function choose(changes, held) {
    const {next, moved, first, isRepeat} = after(changes, held);
    const old = held === "column" ? state : next;
    const also = [...VARIED, "errors"]
      .filter((choice) => choice !== held && old[choice] && moved[choice] !== old[choice])
      .map((choice) => `${WORDS[choice] || choice}, now “${label(choice, moved[choice])}”`);
    notes = also.length ? `Changed with it: ${also.join("; ")}. ` : "";
    if (isRepeat) {
      const of = label("sample", chosenBy(first).sample);
      notes += `These are the rows of “${of}”, counted once.`;
    }
    state = moved;
    if (!curveOf(blockOf(state)).length) rejected = new Set();  // this curve has nothing else
    show();
  }

  const some = (list) => list[Math.floor(Math.random() * list.length)];
  const ACTIONS = {
    // The paper prints income in levels; of the readings of mobility it has both.
    printed: () => choose({...data.columns[state.column].printed, outcome: "reg", errors: ERRORS[0]}),
    most: () => extreme(1),
    least: () => extreme(-1),
    random: () => {
      const claims = data.blocks.filter(({column, term}) => data.columns[column].terms[term].stars);
      const {column, term, mobility, outcome} = some(claims);
      const block = blockOf({column, term, mobility, outcome});
      const {chosen} = some(block.all.filter(({key}) => block.at.has(key)));
      choose({column, term, mobility, outcome, ...chosen, errors: some(ERRORS)});
    },
    all: () => { rejected = new Set(); show(); },
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
    button.style.width = `${button.offsetWidth}px`;
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
  const range = ({low, high, digits}) => `${figure(low, digits)} to ${figure(high, digits)}`;
  const starred = ({coef, digits, stars}) => figure(coef, digits) + "*".repeat(stars);
  const percent = (share) => share > 0 && share < 0.005 ? "under 1 %" : `${whole(100 * share)} %`;
  const STARS = ["without a star", "with one star", "with two stars", "with three stars"];

  function show() {
    const {block, first, place} = after({});
    const cell = cellOf(block, place, state.errors), {printed} = cell;
    const level = Math.round(100 * (1 - printed.level));
    const sign = printed.coef > 0 ? "+" : "";
    shown("claim").textContent =
      `${sign}${figure(printed.coef, 3)} ${STARS[printed.stars.length]}`;
    shown("verdict").className = className(cell);
    shown("verdict").innerHTML =
      `<strong>${cell.verdict[0].toUpperCase()}${cell.verdict.slice(1)}.</strong> ` +
      `<span>${starred(cell)}, ${level} % interval ${range(cell)}</span>, ` +
      `${whole(cell.nobs)} city-years of ${cell.cities} cities.`;
    shown("by").textContent = beside(block, place);
    shown("notes").textContent = notes;
    showOptions();
    showCurve(block, first);
    showTable(first);
    shown("code").textContent = code();
    home.querySelector('[data-do="all"]').disabled = !rejected.size;
    if (started) keepAddress();
    started = true;
  }

  function addressOf(chosen) {
    const named_ = CHOICES.map((choice) => [choice, chosen[choice]]);
    if (rejected.size) named_.push(["without", [...rejected].sort().join(" ")]);
    return `#${new URLSearchParams(named_)}`;
  }

  function keepAddress() {
    try {
      history.replaceState(null, "", addressOf(state));
    } catch { /* a browser may take no more than so many addresses in a minute */ }
  }

  /** What each option leads to: lists say it in words, rows with a mark that has words, too. */
  function showOptions() {
    ahead.clear();
    for (const select of home.querySelectorAll("select")) {
      const {choice} = select.dataset, offered = optionsOf(choice);
      for (const option of select.options) {
        option.dataset.text ??= option.text;
        const there = offered.includes(option.value);
        const leads = there && option.value !== state[choice] && forecast(choice, option.value);
        option.text = option.dataset.text + (leads ? ` → ${leads.verdict}` : "");
        option.disabled = !there || leads === null;
        option.hidden = choice === "term" && !there;
      }
      select.value = state[choice];
    }
    for (const row of home.querySelectorAll(".option")) {
      const {choice, option} = row.dataset, [radio, box] = row.querySelectorAll("input");
      const leads = forecast(choice, option);
      radio.checked = option === state[choice];
      radio.disabled = !leads;
      row.classList.toggle("on", radio.checked);
      row.classList.toggle("out", rejected.has(`${choice}.${option}`));
      row.querySelector(".mark").className = `mark ${leads ? className(leads) : ""}`;
      row.querySelector(".ahead").textContent = !leads ? ": not estimated here"
        : `: ${leads.verdict}${leads.only ? ", by city only" : ""}`;
      if (box) {
        box.checked = !rejected.has(`${choice}.${option}`);
        box.disabled = box.checked && !leads;
      }
    }
  }

  /** The verdict that an option leads to; null where it cannot be had. */
  function forecast(choice, option) {
    const name = `${choice}.${option}`;
    if (!ahead.has(name)) ahead.set(name, foreseen(choice, option));
    return ahead.get(name);
  }

  function foreseen(choice, option) {
    const {moved, block, place} = after({[choice]: option}, choice);
    if (moved[choice] !== option) return null;
    if (choice === "column" && moved.term !== state.term) return undefined;
    return cellOf(block, place, moved.errors);
  }

  function buildPanel() {
    const rows = VARIED.map((choice) => {
      const options = data.options[choice].map(([name, text]) => {
        const counted = choice !== "effects" || data.inside.includes(name);
        const box = counted ? `<input type="checkbox" aria-label="count: ${text}">` : "<span></span>";
        return `<div class="option" data-choice="${choice}" data-option="${name}">` +
          `<label><input type="radio" name="${choice}" value="${name}"><i class="mark" aria-hidden="true"></i>` +
          `<span>${text}<span class="ahead"></span></span></label>${box}` +
          `<div class="strip" aria-hidden="true"></div></div>`;
      });
      const words = WORDS[choice] || choice;
      return `<fieldset><legend>${words[0].toUpperCase()}${words.slice(1)}</legend>` +
        `${options.join("")}</fieldset>`;
    });
    shown("panel").innerHTML = rows.join("");
  }

  // -- the curve and the choices of its bars -----------------------------------------------------

  function showCurve(block, key) {
    const curve = curveOf(block), width = shown("curve").clientWidth || 640;
    const at = curve.findIndex((each) => each.key === key);
    const now = [nameOf(state), state.errors, [...rejected].join(), width].join("|");
    if (now !== drawn) drawCurve(block, curve, width);
    drawn = now;
    const {r: printed} = data.columns[state.column].terms[state.term];
    const words = at >= 0
      ? `Place ${whole(at + 1)} of ${whole(curve.length)}, smallest first: partial correlation ` +
        `${figure(curve[at].r, 2)} (printed ${figure(printed, 2)}).`
      : isCounted(state) ? "Other effects ask another question: not in the curve."
      : "The chosen specification takes an option that is not counted.";
    home.style.setProperty("--at", (at + 0.5) / curve.length);
    home.classList.toggle("apart", at < 0);
    shown("place").textContent = words;
    Object.assign(shown("slider"), {max: curve.length, disabled: at < 0, value: at + 1});
    shown("slider").setAttribute("aria-valuetext", words);
  }

  function drawCurve(block, curve, width) {
    const {r: printed} = data.columns[block.column].terms[block.term];
    const cells = curve.map(({place}) => cellOf(block, place, state.errors));
    const ghosts = curve.map(({place}) => block.ghost[place] / 1000);
    const step = width / curve.length, x = (i) => (i * step).toFixed(2);
    const ends = [printed, curve[0].r, curve.at(-1).r, ...ghosts];
    const top = Math.max(0.05, ...ends) * 1.06, bottom = Math.min(-0.05, ...ends) * 1.06;
    const y = (r) => +((top - r) / (top - bottom) * HEIGHT).toFixed(1);
    const bars = {};
    cells.forEach((cell, i) => {
      const kind = className(cell);
      bars[kind] = `${bars[kind] || ""}M${x(i)} ${y(0)}V${y(cell.r)}H${x(i + 1)}V${y(0)}Z`;
    });
    const paths = Object.entries(bars).map(([kind, path]) => `<path class="${kind}" d="${path}"/>`);
    const size = [0.1, 0.2, 0.5].find((each) => (top - bottom) / each < 6);
    const ticks = [];
    for (let n = Math.ceil(bottom / size); n <= top / size; n += 1) {
      ticks.push(`<path class="tick" d="M0 ${y(n * size)}h${width}"/>` +
        `<text x="-6" y="${y(n * size) + 4}">${n ? figure(n * size, 1) : "0"}</text>`);
    }
    const steps = (values) =>
      values.map((r, i) => `${i ? "V" : "M0 "}${y(r)}H${x(i + 1)}`).join("");
    const counted = sharesOf(cells), other = ghostShares(block, curve);
    shown("curve").innerHTML =
      `<svg viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img" ` +
      `aria-label="Specification curve. ${counted}">${ticks.join("")}${paths.join("")}` +
      `<path class="zero" d="M0 ${y(0)}H${width}"/>` +
      `<path class="edge" d="${steps(cells.map(({r}) => r))}"/>` +
      `<path class="ghost" d="${steps(ghosts.sort((a, b) => a - b))}"/>` +
      `<path class="printed" d="M0 ${y(printed)}H${width}"/>` +
      `<text class="inside" x="${width - 4}" y="${y(printed) - 4}">printed</text></svg>`;
    shown("shares").textContent = `Of the ${whole(curve.length)} specifications counted, ` +
      `${counted} On the invented Belt, whose output does not respond to residents: ${other}`;
    for (const row of shown("panel").querySelectorAll(".option")) {
      const {choice, option} = row.dataset, marks = {};
      curve.forEach(({chosen}, i) => {
        if (chosen[choice] !== option) return;
        const kind = className(cells[i]);
        const last = marks[kind]?.at(-1);
        if (last && last[1] === i) last[1] = i + 1;
        else (marks[kind] ||= []).push([i, i + 1]);
      });
      const boxes = (kind, runs, top) => `<path class="${kind}" d="` +
        runs.map(([from, to]) => `M${x(from)} ${top}H${x(to)}V10H${x(from)}Z`).join("") + '"/>';
      row.querySelector(".strip").innerHTML =
        `<svg viewBox="0 0 ${width} 10" width="100%" height="10" preserveAspectRatio="none">` +
        Object.entries(marks).map(([kind, runs]) => boxes(kind, runs, 0)).join("") +
        `${boxes("base", Object.values(marks).flat(), 9)}</svg>`;
    }
  }

  /** Shares of specifications in words. */
  function sharesOf(cells) {
    const share = (is) => percent(cells.filter(is).length / cells.length);
    const said = (word) => share(({verdict}) => verdict === word);
    const positive = `${share(({coef}) => coef > 0)} are positive`;
    if (cells.some(({verdict}) => verdict === "no claim")) return `${positive}.`;
    return `${positive}; ${said("supported")} support the claim, ${said("opposed")} oppose it, ` +
      `${said("cannot tell")} cannot tell.`;
  }

  function ghostShares(block, curve) {
    const printed = data.columns[block.column].terms[block.term];
    const bit = 2 ** ERRORS.indexOf(state.errors);
    return sharesOf(curve.map(({place}) => ({
      coef: block.ghost[place],
      verdict: verdictOf(printed, block.ghost[place], block.decides[place] & bit),
    })));
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
    const {agglomeration: ia, controls, effects, mobility, outcome, product, sample, term, unit} = state;
    const column = data.columns[state.column], isWay = !["reg", "log_reg"].includes(outcome);
    const places = {listed94: 'data["province"] != "Anhui"', delta41: 'data["reach"] == "lower"',
      municipalities: '~data["province"].isin(["Shanghai", "Chongqing"])'}[sample];
    const industry = {tertiary: "share_tertiary", employment: "te"}[ia];
    const own = ["mean", "hoover"].includes(ia), moved = state.period === "text";
    const isCurrent = state.prices !== "constant", isSpell = unit === "spell";
    // Linear ways and new effects are lib's, lines and Poisson the study's, the rest linearmodels'.
    const tool = outcome === "poisson" || effects === "trend" || (isSpell && effects !== "twoway")
      ? "engine" : isWay || isSpell ? "regression" : "";
    const changes = [
      state.k !== "province" && `mobility="${data.series[state.k].replace("{}", mobility)}"`,
      outcome === "log_reg" && `outcome="${outcome}"`,
      ["steps", "boundary", "both"].includes(sample) && `without="${sample}"`,
      isCurrent && !isWay && `prices="${state.prices}"`,
      state.step !== "in" && `step="${state.step}"`,
      isSpell && `unit="${unit}"`,
    ].filter(Boolean);
    const replaced = (what, how) => how.length ? `replace(${what}, ${how.join(", ")})` : what;
    const listed = (names) => JSON.stringify(names).replaceAll(",", ", ");
    const names = ["LM", "IA", ...data.controls[controls]];
    const terms = controls === column.printed.controls ? "" : `, ${listed(names)}`;
    const x = [product !== "alone" && ["LM", "IA"], product !== "none" && "LM_IA",
      data.controls[controls]].flat().filter(Boolean);
    const absorbed = {twoway: " + period + EntityEffects", entity: " + EntityEffects", none: "",
      start: " + period * START + EntityEffects"};
    const lib = ["panel", (sample === "flags" || tool === "regression") && "regression",
      "specifications"].filter(Boolean);
    const study = [tool === "engine" && "engine", own && "explore", isWay && "ways"].filter(Boolean);
    const fits = {
      engine: [
        outcome === "poisson" && `rows, weight = ways.poisson(rows, ${listed(x)})`,
        `fit = engine.table(rows, ${listed(x)}, ${
          outcome === "poisson" ? "weight=weight" : `"${effects}"`})`,
        `print(fit.loc["${term}", "coef"], fit.loc["${term}", "clustered"])`,
      ],
      regression: [
        isWay && `rows, x, effects = ways.of(data, rows, ${listed(x)})["${outcome}"]`,
        `fit = regression.fit(rows, "REG", ${isWay ? "x, effects" : listed(x)}` +
          ', unit=["city", "spell"])',
        `print(fit.coef["${term}"], fit.table("clustered").loc["${term}", "se"])`,
      ],
      "": [
        `formula = "REG ~ 1 + ${x.join(" + ")}${absorbed[effects]}"`,
        'model = PanelOLS.from_formula(formula, rows.set_index(["city", "year"])' +
          `${effects === "start" ? ", drop_absorbed=True" : ""})`,
        'fit = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)',
        `print(fit.params["${term}"], fit.std_errors["${term}"])`,
      ],
    };
    return [
      (changes.length || moved) && "from dataclasses import replace",
      !tool && "from linearmodels.panel import PanelOLS",
      `from lib import ${lib.join(", ")}`,
      study.length && `from studies.multiverse import ${study.join(", ")}`,
      "data = panel.load()",
      isCurrent && isWay && 'data["reg"] = data["reg_current"]',
      places && `data = data[${places}]`,
      industry && `data = data.assign(share_secondary=data["${industry}"])`,
      own && `data = data.assign(own=explore.agglomeration(data, "${ia}"))`,
      `reading = ${replaced(`specifications.${mobility.toUpperCase()}`, changes)}`,
      `column = ${replaced(`specifications.${column.name}`,
        moved ? [`years=(${column.text.join(", ")})`] : [])}`,
      `rows = specifications.rows(data, reading, column${terms})`,
      own && 'rows["IA"] = rows.merge(data, on=["city", "year"])["own"]',
      sample === "flags" &&
        'kept = rows["flags"].isin(["", "revision:va_secondary"])',
      sample === "flags" && 'rows = regression.complete(rows[kept], ["REG"], ["city", "year"])',
      product === "centred" && "rows = specifications.centred(rows)",
      ...fits[tool],
    ].filter(Boolean).join("\n");
  }

  // -- which choices did you make? ---------------------------------------------------------------

  /** A number as people write it, and to how many decimals: -0.83, −.83 and 0,83. */
  function parsed(text) {
    const plain = text.trim().replace("\u2212", "-").replace(",", ".");
    if (!/^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain)) return null;
    return {value: +plain, half: 0.5 * 10 ** -(plain.split(".")[1] || "").length};
  }
  const isShown = (value, {value: wanted, half}) => Math.abs(value - wanted) <= half * 1.0001;

  /** Units in which a coefficient is often found: equation (4) not scaled, and per cent. */
  const SCALES = [["", 1], [" × 110", 110], [" × 100", 100], [" / 100", 0.01]];
  const FEW = 8;  // more than these name no choices

  /** Specifications that give the figures, in the first unit in which one does, or the nearest. */
  function search(coef, nobs, t) {
    for (const [words, scale] of SCALES) {
      const found = compared({value: coef.value / scale, half: coef.half / scale}, nobs, t);
      const right = found.filter(({gives}) => gives)
        .sort((a, b) => a.changes - b.changes || a.far - b.far);
      if (right.length) return {words, right};
    }
    return {right: [], list: compared(coef, nobs, t).sort((a, b) => a.far - b.far).slice(0, 3)};
  }

  /** Every specification of the chosen coefficient beside the figures. */
  function compared(coef, nobs, t) {
    const {column, term} = state, found = [];
    for (const about of data.blocks.filter((each) => each.column === column && each.term === term)) {
      const block = blockOf(about), unit = 10 ** -(block.digits + data.finer);
      for (const [key, place] of block.at) {
        const b = block.coef[place] * unit, n = block.run.nobs[place];
        const kinds = ERRORS.map((errors) => ({errors, own: cellOf(block, place, errors)}));
        const by = t && kinds.reduce((one, other) =>
          Math.abs(other.own.t - t.value) < Math.abs(one.own.t - t.value) ? other : one);
        const chosen = {column, term, mobility: about.mobility, outcome: about.outcome,
          ...chosenBy(key), errors: by ? by.errors : state.errors};
        found.push({
          chosen, b, n, digits: block.digits, t: by && by.own.t,
          gives: isShown(b, coef) && (!nobs || n === nobs) && (!t || isShown(by.own.t, t)),
          far: Math.abs(b - coef.value) / Math.max(Math.abs(b), Math.abs(coef.value)) +
            (nobs ? Math.abs(n - nobs) / nobs : 0) +
            (t ? Math.abs(by.own.t - t.value) / Math.max(1, Math.abs(t.value)) : 0),
          changes: departures(chosen).length,
        });
      }
    }
    return found;
  }

  /** The choices in which a specification departs from the paper; mobility it prints both ways. */
  function departures(chosen) {
    const printed = {...data.columns[chosen.column].printed, outcome: "reg"};
    return Object.keys(printed).filter((choice) => chosen[choice] !== printed[choice]);
  }

  function showFound(event) {
    event.preventDefault();
    const asked = Object.fromEntries(new FormData(event.target));
    const coef = parsed(asked.coef), t = asked.t.trim() ? parsed(asked.t) : null;
    const nobs = +asked.nobs.replace(/[\s,.]/g, "");
    if (!coef || Number.isNaN(nobs) || (asked.t.trim() && !t)) {
      shown("found").textContent = "A number is missing or cannot be read: write -0.83, for example.";
      shown("list").replaceChildren();
      return;
    }
    const {words, right, list = right.length > FEW ? [] : right} = search(coef, nobs, t);
    const what = `${label("term", state.term)} in ${label("column", state.column)}`;
    const more = [!nobs && "the number of rows N", !t && "the t-statistic", "more digits"];
    shown("found").textContent = !right.length
      ? `No specification of ${what} gives this, nor 110 or 100 times it or a hundredth of it. ` +
        "The three nearest:"
      : `${whole(right.length)} of the specifications of ${what} give${right.length > 1 ? "" : "s"} ` +
        `this${words && ` as the slope here${words}`}` + (right.length > FEW
        ? `. The choices are not identified: add ${more.filter(Boolean)[0]}.` : ":");
    shown("list").innerHTML = list.map((each) => {
      const apart = departures(each.chosen);
      const part = (choice, text) => apart.includes(choice) ? `<b>${text}</b>` : text;
      const others = apart.filter((choice) => !["outcome", "sample"].includes(choice))
        .map((choice) => `<b>${WORDS[choice] || choice}: ${label(choice, each.chosen[choice])}</b>`);
      return `<li><a href="${addressOf(each.chosen)}">${figure(each.b, each.digits)}</a>, ` +
        `${whole(each.n)} city-years${each.t ? `, t ${ratio(each.t)} (` +
          `${label("errors", each.chosen.errors)})` : ""}: mobility as a ${each.chosen.mobility}, ` +
        `income: ${part("outcome", label("outcome", each.chosen.outcome))}, ` +
        `${part("sample", label("sample", each.chosen.sample))}` +
        `${others.length ? `; ${others.join("; ")}` : ""}.</li>`;
    }).join("");
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
    const without = asked.find(([name]) => name === "without");
    rejected = new Set((without ? without[1].split(" ") : []).filter((each) => {
      const [choice, option] = each.split(".");
      return VARIED.includes(choice) && optionsOf(choice).includes(option);
    }));
    choose({...data.columns[state.column].printed, ...Object.fromEntries(asked.filter(known))});
  }

  /** Count an option, or not; the last that leaves a curve stays. */
  function count(box) {
    const {choice, option} = box.closest(".option").dataset, name = `${choice}.${option}`;
    if (box.checked) rejected.delete(name);
    else rejected.add(name);
    if (!curveOf(blockOf(state)).length) rejected.delete(name);
    show();
  }

  home.addEventListener("change", ({target}) => {
    const {choice} = target.dataset;
    if (choice) choose({[choice]: target.value}, choice);
    else if (target.type === "radio") choose({[target.name]: target.value}, target.name);
    else if (target.type === "checkbox") count(target);
  });
  home.addEventListener("click", ({target, clientX}) => {
    const button = target.closest("button[data-do]"), svg = target.closest("svg");
    if (button) ACTIONS[button.dataset.do](button);
    if (svg) {
      const box = svg.getBoundingClientRect(), curve = curveOf(blockOf(state));
      const at = Math.floor((clientX - box.left) / box.width * curve.length);
      choose(chosenBy(curve.at(Math.min(at, curve.length - 1)).key));
    }
    if (target.closest('[data-show="list"] a')) home.scrollIntoView();
  });
  home.addEventListener("submit", showFound);
  shown("slider").addEventListener("input", ({target}) =>
    choose(chosenBy(curveOf(blockOf(state))[target.value - 1].key)));
  window.addEventListener("hashchange", () => location.hash.includes("column=") && start());
  window.addEventListener("resize", () => show());
  buildPanel();
  start();
  for (const part of home.querySelectorAll("[inert]")) part.inert = false;
}

// The page is there before its regressions, which have a megabyte and more.
if (window.EXPLORER) explore();
else document.getElementById("explorer-data").addEventListener("load", explore);
