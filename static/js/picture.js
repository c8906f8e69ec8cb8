// Bringing a picture: choosing a file sends it at once, and one may also be pasted, or dropped anywhere on the page.
(() => {
  "use strict";
  const FIELD = "input[type=file][data-picture=file]";
  const root = document.documentElement;
  let depth = 0; // of elements that a dragged file has entered and not left

  const brings = (data) => !!data && [...data.types].includes("Files") && !!document.querySelector(FIELD);

  // The list has one picture at most: the form takes one.
  function take(files) {
    const field = document.querySelector(FIELD);
    const file = [...files].find((each) => each.type.startsWith("image/")) || files[0];
    if (!field || !file) return false;
    const list = new DataTransfer();
    list.items.add(file);
    field.files = list.files;
    field.form.requestSubmit();
    return true;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("input[type=file]") && event.target.files.length) event.target.form?.requestSubmit();
  });

  document.addEventListener("paste", (event) => {
    if (brings(event.clipboardData) && take(event.clipboardData.files)) event.preventDefault();
  });

  const dragging = (change) => {
    depth = Math.max(0, change);
    root.classList.toggle("dragging", depth > 0);
  };

  document.addEventListener("dragenter", (event) => {
    if (brings(event.dataTransfer)) dragging(depth + 1);
  });
  document.addEventListener("dragleave", (event) => {
    if (depth && brings(event.dataTransfer)) dragging(depth - 1);
  });
  document.addEventListener("dragover", (event) => {
    if (!brings(event.dataTransfer)) return;
    event.preventDefault(); // without this the browser opens the file instead
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", (event) => {
    if (!brings(event.dataTransfer)) return;
    event.preventDefault();
    dragging(0);
    take(event.dataTransfer.files);
  });
})();
