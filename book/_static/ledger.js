/* The ledger's table: sorted by a click on a heading, cut down by three lists. */
(() => {
  const table = document.getElementById("tab-ledger");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const names = heads.map((head) => head.textContent.trim());
  const text = (row, place) => row.cells[place].textContent.trim();
  const number = (word) => {
    const found = word.replace("−", "-").match(/^[<\s]*(-?[\d.]+)/);
    return found ? Number(found[1]) - (word.startsWith("<") ? 1e-9 : 0) : NaN;
  };

  function sort(place, down) {
    const order = new Map(rows.map((row, at) => [row, at]));
    const compare = (a, b) => {
      if (place === 0) return order.get(a) - order.get(b);  // the order of the paper
      const [x, y] = [text(a, place), text(b, place)];
      const gap = number(x) - number(y);
      return (Number.isNaN(gap) ? x.localeCompare(y) : gap) || order.get(a) - order.get(b);
    };
    body.append(...[...rows].sort((a, b) => (down ? -1 : 1) * compare(a, b)));
    heads.forEach((head, at) => {
      if (at === place) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorts";
    button.textContent = names[place];
    button.addEventListener("click", () =>
      sort(place, head.getAttribute("aria-sort") === "ascending"));
    head.replaceChildren(button);
  });

  const form = document.createElement("form");
  form.className = "filters";
  const said = document.createElement("output");
  const lists = [["Cell", (row) => text(row, 0).split(":")[0]],
    ...["Reading", "Verdict"].map((name) => [name, (row) => text(row, names.indexOf(name))])];
  const filters = lists.map(([name, of]) => {
    const label = document.createElement("label");
    const list = document.createElement("select");
    list.ariaLabel = name === "Cell" ? "Column" : name;
    list.append(new Option("all", ""));
    new Set(rows.map(of)).forEach((value) => list.append(new Option(value, value)));
    label.append(list.ariaLabel, " ", list);
    form.append(label);
    return (row) => !list.value || of(row) === list.value;
  });
  const cut = () => {
    rows.forEach((row) => { row.hidden = !filters.every((keeps) => keeps(row)); });
    said.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  form.append(said);
  form.addEventListener("change", cut);
  form.addEventListener("submit", (event) => event.preventDefault());
  table.parentElement.before(form);
  cut();
  // The board's cells lead to their row.
  const asked = new URLSearchParams(location.search);
  const wanted = rows.find((row) =>
    text(row, 0) === asked.get("cell") && text(row, names.indexOf("Reading")) === asked.get("reading"));
  if (wanted) {
    wanted.classList.add("wanted");
    wanted.scrollIntoView({ block: "center" });
  }
})();
