/* How results of the search are ordered, and what an excerpt shows (html_search_scorer).
   Chapters come before descriptions of functions, and an excerpt has no code.  Above the pages stand
   the five paragraphs that share most words with the question, rare words counting more (BM25). */
var Scorer = {
  score: ([page, , , , score]) => (page.startsWith("book/api") ? score - 1000 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
// Words that say nothing of what is asked: no page has to hold them, and none marks them.
const UNASKED = new Set("a about an and are as at be been by can could did do does for from has have how i in is it its mean means of on or should so than that the their there these they this to was we were what when where which who why will with would you".split(" "));
stopwords.push?.(...UNASKED);
document.addEventListener("DOMContentLoaded", () => {
  const whole = Search.htmlToText;
  Search.htmlToText = (text, anchor) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    page.querySelectorAll("pre, .cell_input, svg, form").forEach((each) => each.remove());
    return whole(page.documentElement.outerHTML, anchor);
  };

  // Words that readers and the book use for one thing.
  const SAME = ["lm mobility migration migrants migrate move moves moving newcomers",
    "raise raises increase increases rise higher cause causes causal effect effects",
    "income incomes reg rich richer gdp", "gap gaps distance distances inequality spread apart together converge convergence",
    "ia agglomeration industry industrial", "disagree differ different difference opposite", "change changes depend depends",
    "matter matters make makes weight influence", "teach teacher teachers course students",
    "computed compute defined definition definitions", "right wrong support supported oppose opposed verdict verdicts",
    "trust reliable sure", "error errors clustered cluster", "sign signs", "download csv ships"].map((each) => each.split(" "));
  const stemmer = new Stemmer(), known = new Map();
  const stem = (word) => {
    if (!known.has(word)) known.set(word, stemmer.stemWord(word));
    return known.get(word);
  };
  const words = (text) => (text.toLowerCase().match(/[\p{L}\d]+/gu) ?? []).filter((word) => !UNASKED.has(word)).map(stem);
  const same = SAME.map((each) => new Set(each.map(stem)));

  function closest(question) {
    const asked = [...new Set(words(question))].map((word) => {
      const others = same.find((group) => group.has(word)) ?? [];
      return (count) => [...others].reduce((sum, other) => sum + 0.4 * (other === word ? 0 : count.get(other) ?? 0), count.get(word) ?? 0);
    });
    const found = [...document.passages], counts = found.map(([, page, , head, text]) => {
      const count = new Map();
      for (const [each, weight] of [[text, 1], [head, 1.5], [page, 0.5]]) for (const word of words(each)) count.set(word, (count.get(word) ?? 0) + weight);
      return count;
    });
    const rare = asked.map((of) => {
      const holds = counts.filter((count) => of(count)).length;
      return Math.log(1 + (found.length - holds + 0.5) / (holds + 0.5));
    });
    const mean = found.reduce((sum, each) => sum + each[4].length, 0) / found.length;
    const scored = found.map((each, place) => {
      const size = 0.3 + 0.7 * Math.max(0.6, each[4].length / mean);
      const score = asked.reduce((sum, of, which) => {
        const count = of(counts[place]);
        return sum + (rare[which] * 2.2 * count) / (count + 1.2 * size);
      }, 0);
      return [score * each[5], each];
    }).filter(([score]) => score > 0).sort((a, b) => b[0] - a[0]);
    const seen = new Set();
    return scored.filter(([, [page, , anchor]]) => !seen.has(page + anchor) && seen.add(page + anchor)).slice(0, 5);
  }

  function show(question) {
    const list = document.createElement("ol");
    list.className = "closest";
    for (const [, [page, title, anchor, head, text]] of closest(question)) {
      const line = list.appendChild(document.createElement("li"));
      const link = line.appendChild(document.createElement("a"));
      link.href = `${page}.html#${anchor}`;
      link.textContent = head === title ? title : `${title}: ${head}`;
      line.appendChild(document.createElement("p")).textContent = text.length > 320 ? `${text.slice(0, text.lastIndexOf(" ", 320))} …` : text;
    }
    if (list.children.length) document.getElementById("search-results").prepend(list);
  }

  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    const script = Object.assign(document.createElement("script"), { src: "_static/passages.js" });
    script.addEventListener("load", () => show(asked));
    document.head.append(script);
  }
});
