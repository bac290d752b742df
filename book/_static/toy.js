/* What pictures that a reader moves have in common: parts of a drawing, and sliders. */
const Toy = {
  svg(name, given, words) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(given).forEach(([key, value]) => made.setAttribute(key, value));
    if (words !== undefined) made.textContent = words;
    return made;
  },

  slider(words, [min, max], step, value) {
    const input = Object.assign(document.createElement("input"), { type: "range", min, max, step });
    input.value = value;
    const shown = document.createElement("span");
    const label = document.createElement("label");
    label.append(words, input, shown);
    return { input, shown, label };
  },
};
