// The camera, live: asked for by a button, frozen by another, and sent only when the still is used.
// Browsers open it for pages from this computer or over TLS; elsewhere the file field alone is there.
(() => {
  "use strict";
  if (!navigator.mediaDevices?.getUserMedia) return;

  let stream = null;
  const part = (name) => document.querySelector(`[data-camera="${name}"]`);
  const show = (...names) => {
    for (const name of ["start", "video", "still", "take", "use", "again", "stop", "denied"]) {
      const element = part(name);
      if (element) element.hidden = !names.includes(name);
    }
  };
  const offer = () => {
    const stage = part("stage");
    if (stage) stage.hidden = false;
  };

  function close() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  async function open() {
    close();
    let opened;
    try {
      opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch {
      show("start", "denied");
      return;
    }
    const video = part("video");
    if (!video || !video.closest("details")?.open) { // closed or gone while the browser asked
      opened.getTracks().forEach((track) => track.stop());
      return;
    }
    stream = opened;
    video.srcObject = stream;
    show("video", "take", "stop");
    await video.play();
  }

  function take() {
    const video = part("video"), still = part("still");
    if (!video.videoWidth) return;
    still.width = video.videoWidth;
    still.height = video.videoHeight;
    still.getContext("2d").drawImage(video, 0, 0);
    close();
    show("still", "use", "again", "stop");
  }

  function use() {
    const form = part("stage").closest("form");
    const field = form.querySelector("input[type=file]");
    part("still").toBlob((blob) => {
      if (!blob) return;
      const list = new DataTransfer();
      list.items.add(new File([blob], "still.png", { type: "image/png" }));
      field.files = list.files;
      form.requestSubmit();
    }, "image/png");
  }

  function stop() {
    close();
    show("start");
  }

  const actions = { start: open, again: open, take, use, stop };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-camera]");
    if (button) actions[button.dataset.camera]?.();
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.open && event.target.contains(part("stage"))) stop();
  }, true);
  window.addEventListener("pagehide", close);
  document.addEventListener("DOMContentLoaded", offer);
  document.addEventListener("htmx:after:swap", offer);
})();
