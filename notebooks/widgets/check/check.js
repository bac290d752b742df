/* Answers that can be checked and not read: a page does what book/tools/course/answers.py does. */
(() => {
  const NUMBER = /^([+-]?)([0-9]+\.?([0-9]*)|\.([0-9]+))(e[+-]?[0-9]+)?(%?)$/;
  const SHOWN = /(?:np\.|numpy\.)?float[0-9]*\((.*)\)/;
  const THOUSANDS = /^[+-]?[0-9]{1,3}(,[0-9]{3})+%?$/;

  // FNV-1a
  function digest(label, key) {
    let found = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(`${label}:${key}`)) found = Math.imul(found ^ byte, 0x01000193);
    return (found >>> 0).toString(16).padStart(8, "0");
  }

  function number(entry, about) {
    let text = entry.normalize("NFKC").toLowerCase().replace(/\s/g, "").replace(/[‐-―−]/g, "-")
      .replace(SHOWN, "$1").replace(/(?<=[0-9])。(?=[0-9])/g, ".");
    if (text.includes(",")) {
      const apart = text.includes(".") || (about.digits === 0 && THOUSANDS.test(text));
      text = text.replaceAll(",", apart ? "" : ".");
    }
    const found = NUMBER.exec(text);
    if (!found) return null;
    const percent = found[6] !== "" && about.unit !== "%";
    const value = Number(text.replace("%", "")) / (percent ? 100 : 1);
    if (!Number.isFinite(value)) return null;
    return [value, percent || found[5] ? null : (found[3] || found[4] || "").length];
  }

  function step(value, digits) {
    const steps = Math.floor(Math.abs(value) * 10 ** digits + 0.5);
    return String(value < 0 ? -steps : steps);
  }

  const words = (entry) => entry.normalize("NFKC").toLowerCase().replace(/["'“”‘’]/g, "")
    .split(/[\s,;、/|()[\]_]+/).map((name) => name.replace(/[.。市省]+$/, ""))
    .filter((name) => name && name !== "and").sort().join(",");

  // What is said: in English, and in Chinese for whoever has an exercise's Chinese open.
  const RIGHT = ["Right.", "正确。"];
  const WRONG = ["Not this.", "不对。"];
  const NOTHING = ["Nothing was entered.", "尚未填写。"];
  const SIGN = ["The size is right, the sign is not.", "大小正确，符号不对。"];
  const SHARE = ["This is a share: per cent are asked.", "这是比重，题目要的是百分数。"];
  const NEAR = ["Near, but not this: keep all digits until the end, and look at the formula again.",
    "很接近，但不对：计算到最后再取舍位数，并再看一遍公式。"];
  const few = (digits) => [`Not this, or too few digits: ${digits} after the point are asked.`,
    `不对，或位数不够：须保留${digits}位小数。`];
  const noNumber = (shown) => [`“${shown}” is no number.`, `“${shown}”不是一个数字。`];
  // A known mistake's own words are in its solution.
  const known = (says) => [says, `不对，这是一种常见的错误：“${says}”（解答中“常见错误”一段有中文说明）`];

  /* Whether an entry is right, and what to say of it in English and in Chinese. */
  function judged(label, about, entry) {
    const lookedUp = (found) => {
      if (about.right.includes(found)) return [true, RIGHT];
      const mistake = about.mistakes.find((each) => each.digests.includes(found));
      return mistake ? [false, known(mistake.says)] : null;
    };
    const shown = entry.trim();
    if (!shown) return [false, NOTHING];
    if (about.digits === undefined) return lookedUp(digest(label, words(entry))) ?? [false, WRONG];
    const read = number(entry, about);
    if (!read) return [false, noNumber([...shown].slice(0, 40).join(""))];
    const [value, given] = read;
    const found = lookedUp(digest(label, step(value, about.digits)));
    if (found) return found;
    const others = [[-value, SIGN]];
    if (about.unit === "%") others.push([100 * value, SHARE]);
    if (about.digits) others.push([value + 10 ** -about.digits, NEAR], [value - 10 ** -about.digits, NEAR]);
    const near = others.find(([other]) => about.right.includes(digest(label, step(other, about.digits))));
    if (near) return [false, near[1]];
    return [false, given !== null && given < about.digits ? few(about.digits) : WRONG];
  }

  // What was entered stays on this machine; where a browser keeps nothing, nothing is kept.
  function kept(label, entry) {
    try {
      if (entry === undefined) return localStorage.getItem(`check:${label}`);
      localStorage.setItem(`check:${label}`, entry);
    } catch { /* not allowed here */ }
    return null;
  }

  document.querySelectorAll("form.check").forEach((form) => {
    const about = JSON.parse(form.dataset.check);
    const said = form.querySelector("[role=status]");
    const hint = form.querySelector("details");
    const open = form.querySelector("button[type=button]");
    const label = form.dataset.label;
    function say(entry) {
      const [right, [english, chinese]] = judged(label, about, entry);
      const inChinese = form.closest(".exercise")?.querySelector("details.zh[open]");
      said.lang = inChinese ? "zh-CN" : "en";
      said.textContent = inChinese ? chinese : english;
      form.dataset.right = right;
      if (!right && hint) hint.hidden = false;
      if (open && (right || !hint)) open.hidden = false;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const entry = form.elements.answer.value;
      kept(label, entry);
      say(entry);
    });
    const before = kept(label);
    if (before) {
      form.elements.answer.value = before;
      say(before);
    }
    if (hint && open) hint.addEventListener("toggle", () => { open.hidden = false; });
    open?.addEventListener("click", () => {
      // A solution stands below its exercise.
      const solution = form.closest(".exercise").nextElementSibling;
      if (solution.matches(".toggle-hidden")) solution.querySelector(".toggle-button").click();
      solution.scrollIntoView({ block: "nearest" });
    });
    form.hidden = false;
  });
})();
