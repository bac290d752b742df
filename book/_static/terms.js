/* A term shows on hover, on focus and on a first tap what the glossary says of it. */
document.addEventListener("DOMContentLoaded", () => {
  const note = document.querySelector("main").appendChild(document.createElement("div"));
  Object.assign(note, { id: "meaning", role: "tooltip", hidden: true });
  let shown = null;
  let tapped = false;
  const term = (event) => event.target.closest?.("[data-meaning]");
  const show = (link) => {
    shown?.removeAttribute("aria-describedby");
    shown = link;
    note.hidden = !link;
    if (!link) return;
    link.setAttribute("aria-describedby", note.id);
    note.textContent = link.dataset.meaning;
    const at = link.getClientRects()[0];
    const under = at.bottom + note.offsetHeight < innerHeight;
    const room = document.documentElement.clientWidth - note.offsetWidth;
    note.style.left = `${Math.max(0, Math.min(at.left, room)) + scrollX}px`;
    note.style.top = `${(under ? at.bottom : at.top - note.offsetHeight) + scrollY}px`;
  };
  document.addEventListener("focusin", (event) => show(term(event)));
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType == "touch" || note.contains(event.target)) return;
    if (term(event) || document.activeElement != shown) show(term(event));
  });
  document.addEventListener("pointerdown", (event) => {
    tapped = event.pointerType == "touch" && term(event) && term(event) != shown;
    if (!term(event)) show(null);
  });
  document.addEventListener("click", (event) => {
    if (!tapped) return;
    event.preventDefault();
    show(term(event));
    tapped = false;
  });
  document.addEventListener("keydown", (event) => event.key == "Escape" && show(null));
  addEventListener("resize", () => show(null));
});
