/* The search: above the pages that Sphinx finds stand the five paragraphs that share most words with
   the question, rare words counting more (BM25).  Chinese words of two letters find pages, too. */
// Words that say nothing of what is asked: no page has to hold them, and none marks them.
const UNASKED = new Set("a about an and are as at be been by can could did do does for from has have how i in is it its mean means of on or should so than that the their there these they this to was we were what when where which who why will with would you".split(" "));
stopwords.push?.(...UNASKED);
{
  // Words that readers and the book use for one thing.
  const SAME = ["lm mobility migration migrants migrate move moves moving newcomers 流动 迁移 移民",
    "raise raises increase increases rise higher cause causes causal effect effects",
    "income incomes reg rich richer gdp 收入 人均", "gap gaps distance distances inequality spread apart together closer converge convergence widen widens widening narrow narrowing shrink shrinking 差距 收敛",
    "ia agglomeration industry industrial 产业 集聚", "yangtze changjiang 长江", "hukou 户籍", "disagree differ different difference opposite", "change changes depend depends",
    "matter matters make makes weight influence", "teach teacher teachers course students",
    "computed compute defined definition definitions", "right wrong support supported oppose opposed verdict verdicts",
    "trust reliable sure", "error errors clustered cluster", "sign signs", "download csv ships",
    "wrote write written author authors contributors"].map((each) => each.split(" "));
  const known = new Map();
  const stem = (word) => {
    if (!known.has(word)) known.set(word, new Stemmer().stemWord(word));
    return known.get(word);
  };
  // Chinese has no spaces: each pair of letters is a word.
  const pairs = (run) => (/\p{sc=Han}{2}/u.test(run) ? [...run].slice(1).map((letter, at) => [...run][at] + letter) : [run]);
  const words = (text) => (text.toLowerCase().match(/\p{sc=Han}+|(?:(?!\p{sc=Han})[\p{L}\d])+/gu) ?? [])
    .flatMap(pairs).filter((word) => !UNASKED.has(word)).map(stem);
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
    // A question in one language is answered in it first.
    const chinese = (text) => (text.match(/\p{sc=Han}/gu)?.length ?? 0) > 0.3 * text.length;
    const zh = chinese(question) || location.search.includes("lang=zh");
    const scored = found.map((each, place) => {
      const size = 0.3 + 0.7 * Math.max(0.6, each[4].length / mean);
      const score = asked.reduce((sum, of, which) => {
        const count = of(counts[place]);
        return sum + (rare[which] * 2.2 * count) / (count + 1.2 * size);
      }, 0);
      return [score * each[5] * (chinese(each[4]) === zh ? 1 : 0.5), each];
    }).filter(([score]) => score > 0).sort((a, b) => b[0] - a[0]);
    const seen = new Set();
    return scored.map(([, each]) => each).filter(([page, , anchor]) => !seen.has(page + anchor) && seen.add(page + anchor));
  }

  const line = (list, href, title, text) => {
    const entry = list.appendChild(document.createElement("li"));
    Object.assign(entry.appendChild(document.createElement("a")), { href, textContent: title });
    if (text) entry.appendChild(document.createElement("p")).textContent = text.length > 320 ? `${text.slice(0, text.lastIndexOf(" ", 320))} …` : text;
  };

  function show(question) {
    const above = document.createElement("ol");
    above.className = "closest";
    const passages = closest(question);
    for (const [page, title, anchor, head, text] of passages.slice(0, 5)) {
      line(above, `${page}.html#${anchor}`, head === title ? title : `${title}: ${head}`, text);
    }
    Search.output.before(above);
    // Sphinx takes a run of Chinese letters for one word, and looks for no part of two letters.
    const index = Search._index.terms;
    for (const pair of words(question).filter((word) => /^\p{sc=Han}{2}$/u.test(word))) {
      index[pair] ??= [...new Set(Object.keys(index).filter((term) => term.includes(pair)).flatMap((term) => index[term]))];
    }
    // The best comes last; descriptions of functions come after pages.
    const found = Search._performSearch(...Search._parseQuery(question)).reverse();
    const described = (each) => each[0].startsWith("book/api");
    for (const [page, title, anchor, about] of [...found.filter((each) => !described(each)), ...found.filter(described)]) {
      const plain = new DOMParser().parseFromString(title, "text/html").body.textContent;
      line(Search.output, `${page}.html${anchor}`, plain, about ?? passages.find((each) => each[0] === page)?.[4]);
    }
    const counts = [above.children.length, found.length];
    const zh = new URLSearchParams(location.search).get("lang") === "zh";
    if (zh) Search.title.lang = Search.status.lang = "zh";
    Search.stopPulse();
    Search.title.textContent = zh ? "结果" : "Search results";
    Search.status.textContent = !counts.some(Boolean)
      ? (zh ? "没有结果。" : "Nothing here has these words.")
      : zh ? `${counts[0]}段文字，${counts[1]}个页面。` : `Paragraphs: ${counts[0]}. Pages: ${counts[1]}.`;
  }

  Search.query = (question) => {
    const script = Object.assign(document.createElement("script"), { src: "_static/passages.js" });
    script.addEventListener("load", () => show(question));
    document.head.append(script);
  };
}
