/* Figures that answer.  The page has a picture and below it a block of JSON (lib/play.py says what
   is in it); this script adds a list or a slider, marks over the picture, and a line of text.
   Without it the picture and its caption are the figure. */
"use strict";
(() => {
  const MINUS = "\u2212";
  const number = (value, digits) => value.toFixed(digits).replace("-", MINUS);

  const add = (parent, tag, attributes = {}, text = "") => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    return parent.appendChild(element);
  };

  const numbers = (text) => text.split(" ").map(Number);

  // lib.play.rising: steps in base 36, of which "z" adds 35 and goes on.
  const rising = (text) => {
    const [start, steps] = text.split(" ");
    const values = [];
    let value = Number(start);
    for (const step of steps) {
      value += step === "z" ? 35 : parseInt(step, 36);
      if (step !== "z") values.push(value);
    }
    return values;
  };

  // What is said of a specification, and the height of its mark.
  const specifications = (data) => {
    const r = rising(data.r).map((value) => value / 1000);
    const say = (i) => {
      let code = parseInt(data.codes.slice(i * data.width, (i + 1) * data.width), 36);
      const take = (size) => {
        const digit = code % size;
        code = (code - digit) / size;
        return digit;
      };
      const clear = data.clear[take(2)];
      const options = data.choices
        .slice()
        .reverse()
        .map(([choice, ...labels]) => `${choice}: ${labels[take(labels.length)]}.`)
        .reverse();
      return `Partial correlation ${number(r[i], 3)}, ${clear}. ${options.join(" ")}`;
    };
    const count = data.count.toLocaleString("en");
    return {
      marks: (i) => [{ height: r[i], open: false }],
      brief: (i) => `${(i + 1).toLocaleString("en")} of ${count}`,
      say,
    };
  };

  // What is said at a value of trade freeness, and the heights of the equilibria there.
  const equilibria = (data, values) => {
    const [axis, height] = data.symbols;
    const rests = data.rests.split("|").map((row) =>
      row.split(" ").map((text) => ({
        height: Number(text.replace("-", "")),
        open: text.startsWith("-"),
      })),
    );
    const stage = (i) => data.stages.filter(([first]) => first <= i).pop()[1];
    return {
      marks: (i) => rests[i],
      brief: (i) => `${axis} = ${values[i].toFixed(4)}`,
      say: (i) => {
        const found = rests[i].map(
          (rest) => `${height} = ${rest.height.toFixed(3)} ${rest.open ? "unstable" : "stable"}`,
        );
        return `${stage(i)} Equilibria: ${found.join("; ")}.`;
      },
    };
  };

  const readers = { specifications, equilibria };

  // A list of marks: pointing takes the nearest one that is near enough.
  const pick = (data, over, control) => {
    const x = numbers(data.x);
    const y = numbers(data.y);
    let next = 0;
    for (const [group, size] of data.groups) {
      const part = add(control, "optgroup", { label: group });
      for (const end = next + size; next < end; next += 1) {
        add(part, "option", { value: next }, data.names[next]);
      }
    }
    const ring = add(over, "span", { class: "play-ring" });
    return {
      at: (left, top, box, reach) => {
        let best = -1;
        let least = reach;
        x.forEach((_, i) => {
          const away = Math.hypot((x[i] - left) * box.width, (y[i] - top) * box.height);
          if (away < least) [best, least] = [i, away];
        });
        return best;
      },
      show: (i) => {
        ring.style.left = `${100 * x[i]}%`;
        ring.style.top = `${100 * y[i]}%`;
        return data.text[i];
      },
    };
  };

  // A line along the horizontal axis of each panel, with a dot at each height.
  const slide = (data, over, control, shown) => {
    const values = data.values ? numbers(data.values) : null;
    const value = (i) => (values ? values[i] : i);
    const { marks, brief, say } = readers[data.kind](data, values);
    control.max = data.count - 1;
    const layers = data.panels.map((panel) => {
      const line = add(over, "span", { class: "play-line" });
      const [, top, , bottom] = panel.box;
      line.style.top = `${100 * top}%`;
      line.style.height = `${100 * (bottom - top)}%`;
      return { panel, line, dots: [] };
    });
    const nearest = (wanted) => {
      let low = 0;
      let high = data.count - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((value(middle) + value(middle + 1)) / 2 < wanted) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    return {
      at: (left, top) => {
        const inside = data.panels.find(
          ({ box }) => left >= box[0] && left <= box[2] && top >= box[1] && top <= box[3],
        );
        return inside ? nearest((left - inside.x[0]) / inside.x[1]) : -1;
      },
      show: (i) => {
        const heights = marks(i);
        for (const { panel, line, dots } of layers) {
          const left = panel.x[0] + panel.x[1] * value(i);
          const hidden = left < panel.box[0] - 1e-3 || left > panel.box[2] + 1e-3;
          line.hidden = hidden;
          line.style.left = `${100 * left}%`;
          while (dots.length < heights.length) {
            dots.push(add(over, "span", { class: "play-dot" }));
          }
          dots.forEach((dot, k) => {
            dot.hidden = hidden || k >= heights.length;
            if (dot.hidden) return;
            dot.style.left = `${100 * left}%`;
            dot.style.top = `${100 * (panel.y[0] + panel.y[1] * heights[k].height)}%`;
            dot.classList.toggle("play-open", heights[k].open);
          });
        }
        control.setAttribute("aria-valuetext", brief(i));
        shown.textContent = brief(i);
        return say(i);
      },
    };
  };

  const start = (play, order) => {
    const picture = play.previousElementSibling;
    const data = JSON.parse(play.querySelector("script").textContent);
    const id = `play-${order}`;
    const picking = data.kind === "pick";
    const over = add(picture, "div", { class: "play-over", "aria-hidden": "true" });
    add(play, "p", { class: "play-how", id: `${id}-how` }, data.how);
    const row = add(play, "div", { class: "play-row" });
    add(row, "label", { for: id }, data.label);
    const look = { id, "aria-describedby": `${id}-how` };
    const control = picking
      ? add(row, "select", look)
      : add(row, "input", { ...look, type: "range", min: 0, step: 1 });
    const shown = picking ? null : add(row, "span", { class: "play-value" });
    const says = add(play, "output", { class: "play-says", for: id });
    const { at, show } = (picking ? pick : slide)(data, over, control, shown);

    const take = (i) => {
      control.value = i;
      says.textContent = show(Number(i));
    };
    const point = (event, reach) => {
      const box = over.getBoundingClientRect();
      const left = (event.clientX - box.left) / box.width;
      const top = (event.clientY - box.top) / box.height;
      const i = at(left, top, box, reach);
      if (i >= 0) take(i);
    };
    // A slider that one has set stays where it is when the mouse leaves by way of the picture.
    const hovers = data.kind !== "equilibria";
    picture.addEventListener("pointermove", (event) => {
      if (event.buttons || (hovers && event.pointerType === "mouse")) point(event, 24);
    });
    picture.addEventListener("click", (event) => point(event, 40));
    control.addEventListener("input", () => take(control.value));
    picture.classList.add("play-on");
    take(data.start);
  };

  document.querySelectorAll(".play").forEach(start);
})();
