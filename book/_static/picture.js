/* A PNG of each chart, from the picture of the page: in light colours, on white. */
document.addEventListener("DOMContentLoaded", () => {
  const SCALE = 3;

  /** The picture as a text that stands alone; variables get the values of a light page. */
  function alone(svg) {
    const page = document.documentElement, { theme } = page.dataset;
    page.dataset.theme = "light";
    const looks = getComputedStyle(page), copy = svg.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.style.color = looks.getPropertyValue("--pst-color-text-base");
    copy.style.fontFamily = getComputedStyle(svg).fontFamily;
    const text = new XMLSerializer().serializeToString(copy)
      .replace(/var\((--[\w-]+)\)/g, (_, name) => looks.getPropertyValue(name));
    page.dataset.theme = theme;
    return text;
  }

  async function save(svg, name) {
    const image = new Image(), canvas = document.createElement("canvas");
    image.src = `data:image/svg+xml,${encodeURIComponent(alone(svg))}`;
    await image.decode();
    [canvas.width, canvas.height] = [SCALE * image.width, SCALE * image.height];
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const link = document.createElement("a");
    Object.assign(link, { href: canvas.toDataURL("image/png"), download: `${name}.png` }).click();
  }

  for (const figure of document.querySelectorAll("figure:has(svg[role=img]) + .table-files")) {
    const { id } = figure.previousElementSibling, link = document.createElement("a");
    Object.assign(link, { href: `#${id}`, textContent: "PNG", role: "button", ariaLabel: `PNG of ${id}` });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      save(document.querySelector(`#${id} svg[role=img]`), id);
    });
    figure.append(" ", link);
  }
});
