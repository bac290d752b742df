/* Starts a deck when its formulae stand, and makes what is larger than its slide smaller. */
(() => {
  const LEAST = 0.5;

  // The room of a slide is the same in every window: reveal.js scales the whole slide.
  function fit(slide) {
    const body = slide.querySelector(".body");
    if (!body) return;
    const over = () => body.scrollHeight > body.clientHeight + 1 || body.scrollWidth > body.clientWidth + 1;
    for (let size = 1; over() && size > LEAST; size -= 0.04) {
      for (const part of body.children) if (!part.matches("svg, img")) part.style.zoom = size;
    }
  }

  async function start() {
    await window.MathJax?.startup?.promise;
    await document.fonts.ready;
    document.querySelectorAll(".slide").forEach((slide) => {
      slide.parentElement.style.display = "block"; // reveal.js hides what is not its turn
      slide.style.cssText = "width: 1100px; height: 700px";
      fit(slide);
      slide.style.cssText = "";
      slide.parentElement.style.display = "";
    });
    const ready = () => { document.documentElement.dataset.ready = ""; };
    const printing = /print-pdf/.test(location.search);
    if (printing) Reveal.on("pdf-ready", ready);
    await Reveal.initialize({
      width: 1100, height: 700, margin: 0, center: false, hash: true, slideNumber: "c/t", controls: false,
      transition: "none", pdfSeparateFragments: false, plugins: [RevealNotes],
    });
    if (!printing) ready();
  }

  window.addEventListener("load", start);
})();
