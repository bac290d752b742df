/* Regressions in the page: a formula, definitions and a condition in, slopes and errors out.
   Words are looked up and nothing is evaluated as code; what is not known is refused in words.
   Cities are told apart by their code, since two pairs share an English name. */
"use strict";
const Live = (() => {
  class Refusal extends Error {}
  const refuse = (text) => { throw new Refusal(text); };
  // Shares of a column's sum of squares: less is rounding in dummies, or is no variation of its own.
  const DUMMY = 1e-9, OWN = 1e-10, EXACT = 1e-12;
  const PROVINCES = 10;
  const DEFINED = {
    REG: "reg", LM: "lm_flow", IA: "ia(share_secondary)", ODI: "odi", TE: "te", GR: "gr", RLR: "rlr",
    RISSL: "rissl", RDI: "rdi", EDL: "edl",
  };

  // Definitions: names of columns, numbers, log(), ia(), and + - * / with brackets.
  function values(text, panel) {
    const marks = text.match(/[A-Za-z_]\w*|\d+\.?\d*|[-+*/()]|\S/g) ?? [];
    let at = 0;
    const rows = panel.year.length;
    const each = (make) => Float64Array.from({ length: rows }, (_, row) => make(row));
    function sum() {
      let left = product();
      while (marks[at] === "+" || marks[at] === "-") {
        const sign = marks[at++] === "+" ? 1 : -1, [one, two] = [left, product()];
        left = each((row) => one[row] + sign * two[row]);
      }
      return left;
    }
    function product() {
      let left = atom();
      while (marks[at] === "*" || marks[at] === "/") {
        const times = marks[at++] === "*", [one, two] = [left, atom()];
        left = each((row) => (times ? one[row] * two[row] : one[row] / two[row]));
      }
      return left;
    }
    function bracketed() {
      const inner = sum();
      if (marks[at++] !== ")") refuse(`“${text}”: a bracket is not closed.`);
      return inner;
    }
    function atom() {
      const mark = marks[at++];
      if (mark === undefined) refuse(`“${text}” ends too early.`);
      if (mark === "-") { const inner = atom(); return each((row) => -inner[row]); }
      if (mark === "(") return bracketed();
      if (/^\d/.test(mark)) return each(() => Number(mark));
      if ((mark === "log" || mark === "ia") && marks[at] === "(") {
        at++;
        const inner = bracketed();
        return mark === "log" ? each((row) => (inner[row] > 0 ? Math.log(inner[row]) : NaN)) : ofYear(inner, panel);
      }
      if (!Object.hasOwn(panel.columns, mark)) {
        refuse(`“${mark}” is no column. Columns: ${Object.keys(panel.columns).join(", ")}.`);
      }
      return panel.columns[mark];
    }
    const found = sum();
    if (at < marks.length) refuse(`“${text}”: “${marks[at]}” was not expected.`);
    return found;
  }

  // Equation (4), scaled to a mean of one over the cities of a year.
  function ofYear(share, panel) {
    const sums = {}, counts = {};
    share.forEach((value, row) => {
      if (Number.isNaN(value)) return;
      const year = panel.year[row];
      sums[year] = (sums[year] ?? 0) + value;
      counts[year] = (counts[year] ?? 0) + 1;
    });
    return share.map((value, row) => value / sums[panel.year[row]] * counts[panel.year[row]]);
  }

  // A bound may stand before the name, as in 2010 <= year < 2020.
  const BEFORE = /^(-?\d+\.?\d*)\s*(==|!=|>=|<=|>|<)\s*([A-Za-z]\w*)/;
  const TURNED = { "<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!=" };
  const turned = (part) => {
    const found = BEFORE.exec(part), rest = found && part.slice(found[0].length);
    if (!found) return [part];
    const [, number, sign, name] = found;
    return [`${name} ${TURNED[sign]} ${number}`, ...(rest.trim() ? [name + rest] : [])];
  };

  function condition(text, panel) {
    const tests = text.split(/\s+and\s+/).flatMap((part) => turned(part.trim())).map((part) => {
      const found = /^(\w+)\s*(==|!=|>=|<=|>|<)\s*(?:"([^"]*)"|'([^']*)'|(-?\d+\.?\d*))$/.exec(part.trim());
      if (!found) refuse(`“${part.trim()}” is no condition. One looks so: year >= 2017, or reach == "upper".`);
      const [, name, sign, one, two, number] = found, words = one ?? two;
      const column = name === "year" ? panel.year
        : Object.hasOwn(panel.words, name) ? panel.words[name]
          : Object.hasOwn(panel.columns, name) ? panel.columns[name] : null;
      if (!column) refuse(`“${name}” is no column. Words: ${Object.keys(panel.words).join(", ")}; figures: year, ${Object.keys(panel.columns).join(", ")}.`);
      const isText = Object.hasOwn(panel.words, name);
      if (isText !== (words !== undefined)) refuse(`“${part.trim()}”: ${name} holds ${isText ? "words, which stand in quotes" : "figures"}.`);
      if (isText && !/^[=!]=$/.test(sign)) refuse(`“${part.trim()}”: words are compared with == or !=.`);
      if (isText && !column.includes(words)) refuse(`“${words}” is no ${name}. Some are: ${[...new Set(column)].slice(0, 8).join(", ")}.`);
      const value = isText ? words : Number(number);
      const kept = {
        "==": (x) => x === value, "!=": (x) => x !== value, ">=": (x) => x >= value,
        "<=": (x) => x <= value, ">": (x) => x > value, "<": (x) => x < value,
      }[sign];
      return (row) => kept(column[row]);
    });
    return (row) => tests.every((test) => test(row));
  }

  function parsed(text, panel) {
    const defined = { ...DEFINED };
    let formula = null, where = "";
    for (const whole of text.split("\n")) {
      const [line, ...conditions] = whole.split(/\bwhere\b/).map((each) => each.trim().replace(/[,;]$/, ""));
      where = [where, ...conditions].filter(Boolean).join(" and ");
      if (line.includes("~")) {
        if (formula) refuse("There are two formulas. One is expected.");
        formula = line;
      } else {
        for (const part of line.split(/[,;]/).map((each) => each.trim()).filter(Boolean)) {
          const found = /^([A-Za-z]\w*)\s*=(?!=)\s*(.+)$/.exec(part);
          if (!found) refuse(`“${part}” is no definition. One looks so: LM = lm_stock.`);
          defined[found[1]] = found[2];
        }
      }
    }
    const kept = where ? condition(where, panel) : () => true;
    if (!formula) refuse("There is no formula. One looks so: REG ~ LM + IA | city + year.");
    const [sides, fixed = ""] = formula.split("|"), [left, right = ""] = sides.split("~");
    const effects = fixed.split("+").flatMap((each) => each.split(/[:×]/)).map((each) => each.trim()).filter(Boolean);
    const odd = effects.find((each) => !["city", "recount", "year", "start", "trend"].includes(each));
    if (odd) refuse(`“${odd}” is no effect. Effects: city, city:recount (a new one from each recount on), year, start (paths from the first year), trend (a line for each city).`);
    if (effects.includes("recount") && (!effects.includes("city") || effects.includes("trend"))) {
      refuse("A recount gives a city a new effect: write city:recount, and no trend beside it.");
    }
    if (effects.includes("start") || effects.includes("trend")) {
      if (!effects.includes("city") || !effects.includes("year")) refuse("Own paths stand beside the effects of city and year.");
      if (effects.includes("start") && effects.includes("trend")) refuse("One kind of own paths is expected, start or trend.");
    }
    const known = {};
    const column = (name) => (known[name] ??= values(Object.hasOwn(defined, name)
      ? defined[name] : refuse(`“${name}” is not defined. Write: ${name} = a column.`), panel));
    const term = (name) => {
      const parts = name.split(/[:×]/).map((each) => each.trim()).map(column);
      return parts.length === 1 ? parts[0] : parts[0].map((_, row) => parts.reduce((all, each) => all * each[row], 1));
    };
    const names = right.split("+").map((each) => each.trim()).filter(Boolean);
    if (!names.length) refuse("The formula has no regressor.");
    if (new Set(names).size < names.length) refuse("A regressor stands twice in the formula.");
    const y = left.trim();
    if (!y) refuse("The formula has no outcome.");
    const x = names.map(term), dependent = term(y);
    // What another text must have to be the same regression.
    const made = Object.keys(known).sort().map((name) => `${name} = ${defined[name].replace(/\s/g, "")}`);
    const same = { names: [...names].sort(), effects: [...effects].sort(), where, made };
    return { y: dependent, outcome: y, names, x, effects: new Set(effects), kept, same };
  }

  function used(asked, panel) {
    const { y, x, effects, kept } = asked;
    let rows = panel.year.map((_, row) => row)
      .filter((row) => kept(row) && [y, ...x].every((each) => Number.isFinite(each[row])));
    let start = null;
    if (effects.has("start")) {
      const years = panel.year.filter((_, row) => Number.isFinite(y[row]));
      const first = years.reduce((one, two) => Math.min(one, two), Infinity), of = {};
      y.forEach((value, row) => { if (panel.year[row] === first) of[panel.code[row]] = value; });
      start = panel.code.map((code) => of[code] ?? NaN);
      rows = rows.filter((row) => Number.isFinite(start[row]));
    }
    for (let before = -1; before !== rows.length;) {
      before = rows.length;
      for (const [name, column] of [["recount", panel.unit], ["city", panel.code], ["year", panel.year]]) {
        if (!effects.has(name)) continue;
        const count = {};
        for (const row of rows) count[column[row]] = (count[column[row]] ?? 0) + 1;
        rows = rows.filter((row) => count[column[row]] > 1);
      }
    }
    if (!rows.length) refuse("No city-year is left that meets the condition, has all figures, and is not alone in its city or its year.");
    return [rows, start];
  }

  // Gauss-Jordan: inverse, slopes and sum of squares in place. What is absorbed stays unswept.
  function swept(matrix, size, first) {
    const m = matrix.map((row) => row.slice()), last = m.length - 1, done = [];
    for (let k = 0; k < last; k++) {
      const pivot = m[k][k];
      if (!(pivot > (k < first ? DUMMY : OWN) * size[k])) {
        if (k >= first) return { lost: k - first };
        continue;
      }
      done.push(k);
      for (let j = 0; j <= last; j++) m[k][j] /= pivot;
      for (let i = 0; i <= last; i++) {
        if (i === k) continue;
        const factor = m[i][k];
        if (factor === 0) continue;
        for (let j = 0; j <= last; j++) m[i][j] -= factor * m[k][j];
        m[i][k] = -factor / pivot;
      }
      m[k][k] = 1 / pivot;
    }
    return { m, done, coef: m.slice(first, last).map((row) => row[last]) };
  }

  function estimate(text, panel) {
    const asked = parsed(text, panel), { y, x, names, effects } = asked;
    const [rows, start] = used(asked, panel);
    const codes = rows.map((row) => panel.code[row]), years = rows.map((row) => panel.year[row]);
    const cities = [...new Set(codes)], times = [...new Set(years)].sort();
    if (cities.length < 2) refuse("One city is left. Errors by city need two at least.");
    // Dummies that cities share, then regressors, then the outcome.
    const made = [];
    if (effects.has("year")) for (const time of times) made.push(years.map((year) => Number(year === time)));
    else made.push(rows.map(() => 1));
    const began = start && rows.reduce((sum, row) => sum + start[row], 0) / rows.length;
    if (start) for (const time of times) made.push(rows.map((row, i) => (years[i] === time ? start[row] - began : 0)));
    const first = made.length;
    for (const each of [...x, y]) {
      const mean = rows.reduce((sum, row) => sum + each[row], 0) / rows.length;
      made.push(rows.map((row) => each[row] - mean));
    }
    const size = made.map((column) => column.reduce((sum, value) => sum + value * value, 0));
    const members = Map.groupBy(rows.keys(), (i) => codes[i]);
    const units = Map.groupBy(rows.keys(), (i) => (effects.has("recount") ? panel.unit[rows[i]] : codes[i]));
    if (effects.has("city")) {
      for (const column of made) for (const own of units.values()) freed(column, own, effects.has("trend") ? years : null);
    }
    const width = made.length, zero = () => Array.from({ length: width }, () => new Float64Array(width));
    const add = (into, from, sign) => into.forEach((row, i) => row.forEach((_, j) => { row[j] += sign * from[i][j]; }));
    const parts = new Map(), whole = zero();
    for (const [city, own] of members) {
      const part = zero();
      for (let i = 0; i < width; i++) {
        for (let j = i; j < width; j++) {
          let sum = 0;
          for (const k of own) sum += made[i][k] * made[j][k];
          part[i][j] = part[j][i] = sum;
        }
      }
      parts.set(city, part);
      add(whole, part, 1);
    }
    const fit = swept(whole, size, first);
    if (fit.lost !== undefined) refuse(`${names[fit.lost]}: the effects and the other regressors leave nothing of it.`);
    const { m, done } = fit, last = width - 1, K = names.length, n = rows.length, G = cities.length;
    const shared = done.filter((k) => k < first).length;
    const nested = effects.has("city") ? units.size * (effects.has("trend") ? 2 : 1) : 0;
    const df = n - shared - nested - K, rss = m[last][last];
    if (df < 1) refuse(`There are ${n} city-years for ${shared + nested + K} coefficients.`);
    if (!(rss > EXACT * size[last])) refuse("The outcome is an exact function of the regressors and the effects.");
    // Clustered by city: scores of a city from its cross-products.
    const meat = zero();
    for (const part of parts.values()) {
      const score = part.map((row) => row[last] - done.reduce((sum, k) => sum + row[k] * m[k][last], 0));
      for (const i of done) for (const j of done) meat[i][j] += score[i] * score[j];
    }
    const constant = effects.has("city") && !effects.has("trend") ? 1 : 0;
    const factor = G / (G - 1) * (n - 1) / (n - K - shared - constant);
    const table = names.map((name, at) => {
      const k = first + at;
      let clustered = 0;
      for (const i of done) for (const j of done) clustered += m[k][i] * meat[i][j] * m[k][j];
      const coef = fit.coef[at];
      return { name, coef, classical: tested(coef, Math.sqrt(rss / df * m[k][k]), df),
        clustered: tested(coef, Math.sqrt(factor * clustered), G - 1) };
    });
    const province = new Map(rows.map((row) => [panel.code[row], panel.words.province[row]]));
    const provinces = [...new Set(province.values())];
    for (const [kind, groups] of [["jackknife", cities.map((city) => [city])],
      ["province", provinces.length < PROVINCES ? [] : provinces.map((each) => cities.filter((city) => province.get(city) === each))]]) {
      const without = groups.map((group) => {
        const left = whole.map((row) => row.slice());
        for (const city of group) add(left, parts.get(city), -1);
        return swept(left, size, first).coef;
      });
      const defined = without.length && without.every(Boolean);
      table.forEach((line, at) => {
        if (!defined) { line[kind] = null; return; }
        const sum = without.reduce((all, each) => all + (each[at] - line.coef) ** 2, 0);
        line[kind] = tested(line.coef, Math.sqrt((groups.length - 1) / groups.length * sum), groups.length - 1);
      });
    }
    return { outcome: asked.outcome, same: asked.same, table, n, cities: G, years: [Math.min(...times), Math.max(...times)], provinces: provinces.length };
  }

  // Less the mean of a city, or less its least-squares line in time.
  function freed(column, own, years) {
    const mean = own.reduce((sum, k) => sum + column[k], 0) / own.length;
    for (const k of own) column[k] -= mean;
    if (!years) return;
    const middle = own.reduce((sum, k) => sum + years[k], 0) / own.length;
    let along = 0, length = 0;
    for (const k of own) { along += (years[k] - middle) * column[k]; length += (years[k] - middle) ** 2; }
    if (length > 0) for (const k of own) column[k] -= (years[k] - middle) * along / length;
  }

  function tested(coef, se, df) {
    return { se, t: coef / se, p: tail(coef / se, df), df };
  }

  // Two-sided p of t(df): the regularised incomplete beta function, by its continued fraction.
  function tail(t, df) {
    const x = df / (df + t * t), a = df / 2, b = 0.5;
    if (x === 1) return 1;
    const swap = x > (a + 1) / (a + b + 2);
    const [p, q, z] = swap ? [b, a, 1 - x] : [a, b, x];
    const front = Math.exp(gamma(a + b) - gamma(a) - gamma(b) + p * Math.log(z) + q * Math.log(1 - z)) / p;
    const tiny = 1e-300;
    let c = 1, d = 1 / (1 - (p + q) * z / (p + 1)), all = d;
    for (let i = 1; i < 500; i++) {
      for (const step of [i * (q - i) * z / ((p + 2 * i - 1) * (p + 2 * i)),
        -(p + i) * (p + q + i) * z / ((p + 2 * i) * (p + 2 * i + 1))]) {
        d = 1 + step * d || tiny;
        c = 1 + step / c || tiny;
        d = 1 / d;
        all *= c * d;
      }
      if (Math.abs(c * d - 1) < 1e-15) break;
    }
    return swap ? 1 - front * all : front * all;
  }

  // Lanczos, g = 7
  function gamma(x) {
    const of = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
      -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
    const z = x - 1;
    const sum = of.reduce((all, each, i) => all + (i ? each / (z + i) : each), 0);
    return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(z + 7.5) - z - 7.5 + Math.log(sum);
  }

  // A panel as the file has it, with NaN for what is missing.
  function panelOf(data) {
    const columns = Object.fromEntries(Object.entries(data.columns)
      .map(([name, column]) => [name, Float64Array.from(column, (value) => value ?? NaN)]));
    const code = data.city.map((at) => data.cities[at].code);
    const word = (name) => data.city.map((at) => data.cities[at][name]);
    const words = { city: word("name"), province: word("province"), reach: word("reach") };
    // A city from one recount to the next.
    const unit = code.map((city, row) => `${city} ${columns.recounts[row]}`);
    return { columns, code, words, unit, year: data.year };
  }

  const panel = () => (window.LIVE_PANEL.made ??= panelOf(window.LIVE_PANEL));
  return { estimate: (text) => estimate(text, panel()), same: (text) => parsed(text, panel()).same, Refusal };
})();

/* The folds of a page. The panel is fetched as a script when the first one opens, so that a file works, too. */
(() => {
  // The error that decides, and the one in brackets in the tables of the book.
  const kinds = ({ provinces }) => [provinces < 10 ? ["jackknife", "By city"] : ["province", "By province"],
    ["clustered", "Clustered by city"]];
  const number = (value, digits = 3) => (value < 0 ? "−" : "") + Math.abs(value).toFixed(digits);
  const share = (p) => (p < 0.001 ? "< .001" : p.toFixed(3).replace(/^0/, ""));
  const element = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);
  let loaded = null;

  function panel(source) {
    loaded ??= new Promise((done, failed) => {
      document.head.append(Object.assign(document.createElement("script"), { src: source, onload: done, onerror: failed }));
    });
    return loaded;
  }

  // Print stands beside the paper's regression in the cases of the book, and beside no other.
  const isPrinted = ({ same }, texts) => Object.values(texts)
    .some((text) => JSON.stringify(Live.same(text)) === JSON.stringify(same));

  function shown(found, printed, texts) {
    const table = element("table"), head = table.createTHead().insertRow(), body = table.createTBody();
    const asked = isPrinted(found, texts);
    for (const text of ["", ...(asked ? ["Printed"] : []), "Slope", ...kinds(found).map(([, label]) => label)]) {
      head.append(element("th", text, { scope: "col" }));
    }
    for (const line of found.table) {
      const row = body.insertRow();
      row.append(element("th", line.name.replace(":", " × "), { scope: "row" }));
      if (asked) row.insertCell().textContent = printed[line.name] ?? "–";
      row.insertCell().textContent = number(line.coef);
      for (const [kind] of kinds(found)) {
        const cell = row.insertCell(), test = line[kind];
        cell.textContent = test ? `${number(test.t, 2)} (${share(test.p)})` : "–";
      }
    }
    const few = found.provinces < 10 ? ` The cities lie in ${found.provinces} provinces, fewer than the ten that errors by province need.` : "";
    const undefined_ = found.table.some((line) => !line[kinds(found)[0][0]]) ? " A slope is not defined without some city, so that there is no jackknife." : "";
    const note = "Below each kind of standard error: t and, in brackets, p. "
      + `N = ${found.n.toLocaleString("en")}, ${found.cities} cities, ${found.years[0]} to ${found.years[1]}. `
      + `Recomputed in this page from official statistics.${few}${undefined_}`;
    const frame = element("div", "", { className: "pst-scrollable-table-container" });
    frame.append(table);
    return [frame, element("p", note)];
  }

  function start(fold) {
    const form = fold.querySelector("form"), text = fold.querySelector("textarea"), output = fold.querySelector("[role=status]");
    const printed = JSON.parse(fold.dataset.printed), texts = JSON.parse(fold.dataset.texts);
    const place = `#${fold.id}=`;
    async function run() {
      try {
        await panel(fold.dataset.source);
        output.replaceChildren(...shown(Live.estimate(text.value), printed, texts));
      } catch (error) {
        const said = error instanceof Live.Refusal ? error.message : "The data of this page could not be read.";
        output.replaceChildren(element("p", said, { className: "refused" }));
      }
      if (text.value !== text.defaultValue) history.replaceState(null, "", place + encodeURIComponent(text.value));
    }
    function write() {
      const [which, mobility, income, added] = [...form.querySelectorAll("select")].map(({ value }) => value);
      text.value = texts[`${which} ${mobility}`].replace("= reg,", `= ${income},`).replace("+ year", `+ year${added}`);
      run();
    }
    fold.hidden = false;
    fold.addEventListener("toggle", () => { if (fold.open && !output.children.length) run(); });
    form.addEventListener("change", ({ target }) => target === text || write());
    form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
    form.addEventListener("reset", () => setTimeout(run));
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
    });
    if (location.hash.startsWith(place)) {
      try {
        text.value = decodeURIComponent(location.hash.slice(place.length));
      } catch { /* an address that somebody cut: the text stays that of the page */ }
      fold.open = true;
      fold.scrollIntoView();
    }
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("details.live").forEach(start));
})();
