/* The colours are the system's until a reader chooses; without a script the page is light. */
{
  const page = document.documentElement;
  if (!localStorage.getItem("mode")) {
    page.dataset.mode = "auto";
    page.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.addEventListener("DOMContentLoaded", () => {
    // The button says which are chosen.
    const [colours, names] = page.lang.startsWith("zh")
      ? ["颜色：", { light: "浅色", dark: "深色", auto: "跟随系统" }]
      : ["Colours: ", { light: "light", dark: "dark", auto: "as the system" }];
    const say = () => document.querySelectorAll(".theme-switch-button").forEach((button) => {
      button.setAttribute("aria-label", colours + (names[page.dataset.mode] ?? names.auto));
    });
    new MutationObserver(say).observe(page, { attributeFilter: ["data-mode"] });
    say();
    // A link to a fold in Chinese opens it.
    const open = () => {
      const at = document.getElementById(location.hash.slice(1));
      if (at?.matches("details.zh")) at.open = true;
    };
    addEventListener("hashchange", open);
    open();
    // A search that began on a page in Chinese is answered in Chinese.
    if (!page.lang.startsWith("zh") && !location.search.includes("lang=zh")) return;
    document.querySelectorAll("form.bd-search").forEach((form) => {
      form.insertAdjacentHTML("beforeend", '<input type="hidden" name="lang" value="zh">');
    });
  });
}
