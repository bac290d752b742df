/* A prediction comes before its answer: what gives the answer away is covered until a reader has
   said something, or asks to see it. What was said stays on this machine. */
"use strict";
(() => {
  const element = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);
  const kept = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* nothing is kept, then */ } },
  };

  // All text and every output from the question to the end of its section, or to the next question.
  // Code stays in sight.
  function answers(question) {
    const covered = [];
    for (let next = question.nextElementSibling; next && !next.matches("section, details.predict"); next = next.nextElementSibling) {
      covered.push(...(next.matches(".cell") ? next.querySelectorAll(".cell_output") : [next]));
    }
    return covered;
  }

  function start(question, number) {
    const key = `predict ${location.pathname.split("/").pop()} ${number}`, covered = answers(question);
    const form = element("form", "", { className: "guess" });
    const entry = element("input", "", { type: "text", maxLength: 200, autocomplete: "off" });
    const label = element("label", "Your answer ");
    label.append(entry);
    form.append(label, element("button", "Commit"), element("button", "Show the answer", { type: "button" }));

    function show(said) {
      for (const each of covered) each.classList.remove("covered");
      form.remove();
      question.hidden = false;
      if (said) question.querySelector(".sd-summary-content").prepend(element("p", `You said: ${said}`, { className: "said" }));
    }

    const before = kept.get(key);
    if (before !== null) {
      show(before);
      return;
    }
    for (const each of covered) each.classList.add("covered");
    const text = question.querySelector(".sd-summary-text").textContent;
    form.prepend(element("p", text));
    question.hidden = true;
    question.before(form);
    const finish = (said) => {
      kept.set(key, said);
      show(said);
      question.open = true;
      question.querySelector("summary").focus();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (entry.value.trim()) finish(entry.value.trim());
      else entry.focus();
    });
    form.querySelector("[type=button]").addEventListener("click", () => finish(""));
    // Somebody who follows a link to the covered figure wants to see it.
    const wanted = () => {
      const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && form.isConnected && covered.some((each) => each.contains(target))) {
        show("");
        target.scrollIntoView();
      }
    };
    addEventListener("hashchange", wanted);
    wanted();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("details.predict").forEach(start));
})();
