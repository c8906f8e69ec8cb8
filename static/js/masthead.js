// The masthead. Light or dark: what the reader chose last, or else what their system says, before the page is painted.
// And the language link: it is not exchanged with the rest of the page, so it takes the scene when it is pressed.
(() => {
  "use strict";
  const root = document.documentElement;
  const KEY = "convscope-theme";

  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a browser that keeps nothing still has its system's theme
    }
  };

  const theme = kept();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  document.addEventListener("click", (event) => {
    const language = event.target.closest("#languages a[hreflang]");
    if (language) language.search = location.search;
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#theme")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // then it holds for this page only
    }
  });
})();
