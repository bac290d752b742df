/* How results of the search are ordered, and what an excerpt shows (html_search_scorer).
   Chapters come before descriptions of functions, and an excerpt has no code. */
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
document.addEventListener("DOMContentLoaded", () => {
  const whole = Search.htmlToText;
  Search.htmlToText = (text, anchor) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    page.querySelectorAll("pre, .cell_input, svg, form").forEach((each) => each.remove());
    return whole(page.documentElement.outerHTML, anchor);
  };
});
