// The contents beside the page begin at the page that is shown.
document.addEventListener("DOMContentLoaded", () => {
  const contents = document.querySelector(".bd-sidebar-primary");
  const here = contents?.querySelector("li.current.active > a");
  if (here && here.offsetParent && here.getBoundingClientRect().bottom > window.innerHeight) {
    contents.scrollTop += here.getBoundingClientRect().top - window.innerHeight / 2;
  }
});
