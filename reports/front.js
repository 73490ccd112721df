// The front page shows while no page of Allure is asked for; each of those has a hash of its own.
(function () {
  function choose() {
    const front = ["", "#", "#verdict"].includes(location.hash);
    document.documentElement.classList.toggle("jtel-shows-front", front);
    if (front) { window.scrollTo(0, 0); }
  }
  window.addEventListener("hashchange", choose);
  choose();
})();
