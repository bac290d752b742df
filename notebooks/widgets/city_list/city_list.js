/* City by city: a box that finds names in both scripts, an address for each. */
document.querySelectorAll(".cities").forEach((list) => {
  const all = [...list.querySelectorAll("details")];
  const box = Object.assign(document.createElement("input"), {
    type: "search", placeholder: "Yichang, 宜昌, Hubei …", autocomplete: "off",
  });
  const label = document.createElement("label");
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  label.append("Find a city or a province ", box);
  list.before(label, said);
  const plain = (text) => text.toLowerCase().replace(/['’\s]/g, "");
  const names = all.map((each) => plain(each.querySelector("summary").textContent));

  function find() {
    const asked = plain(box.value).replace(/市$/, "");
    const hits = all.filter((each, n) => {
      each.hidden = !names[n].includes(asked);
      return !each.hidden;
    });
    said.textContent = hits.length ? `${hits.length} of ${all.length}` : `No place has “${box.value}” in its name.`;
    if (asked && hits.length === 1) hits[0].open = true;
  }

  function visit(id = location.hash.slice(1)) {
    const chosen = document.getElementById(id);
    if (!all.includes(chosen)) return;
    chosen.hidden = false;
    chosen.open = true;
    chosen.scrollIntoView({ block: "start" });
  }

  /* The map leads to the city whose mark is nearest, since a finger is wider than a mark; keys have the list. */
  const marks = [...document.querySelectorAll("#fig-cities svg a")];
  const leads = marks.map((mark) => {
    const city = document.getElementById(mark.href.baseVal.split("#")[1]), name = city.querySelector("summary").textContent;
    mark.removeAttribute("href");
    mark.append(Object.assign(document.createElementNS(mark.namespaceURI, "title"), { textContent: name }));
    return city.id;
  });
  document.querySelector("#fig-cities svg")?.addEventListener("click", (event) => {
    const far = marks.map((mark) => mark.getBoundingClientRect()).map(({ x, y, width, height }) =>
      Math.hypot(x + width / 2 - event.clientX, y + height / 2 - event.clientY));
    visit(leads[far.indexOf(Math.min(...far))]);
  });

  all.forEach((each) => each.addEventListener("toggle", () => {
    if (each.open) history.replaceState(null, "", `#${each.id}`);
  }));
  box.addEventListener("input", find);
  window.addEventListener("hashchange", () => visit());
  find();
  visit();
});
