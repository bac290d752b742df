/* The button for the colours of the page says which are chosen. */
document.addEventListener("DOMContentLoaded", () => {
  const page = document.documentElement;
  const names = { light: "light", dark: "dark", auto: "as the system" };
  const say = () => document.querySelectorAll(".theme-switch-button").forEach((button) => {
    button.setAttribute("aria-label", `Colours: ${names[page.dataset.mode] ?? "as the system"}`);
  });
  new MutationObserver(say).observe(page, { attributeFilter: ["data-mode"] });
  say();
});
