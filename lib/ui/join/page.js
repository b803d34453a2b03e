// Keeps a phone's screen up to date, and sends an answer again until it is confirmed. Without it the forms work too.
"use strict";
(() => {
  const screen = document.getElementById("screen"), line = document.getElementById("line"), body = document.body;
  const place = body.dataset.place;
  let sending = false, lost = 0, ends = null;

  const say = (words) => { line.textContent = words; line.hidden = !words; };
  const clock = () => {
    const shown = screen.querySelector("[data-left]");
    if (!shown) return;
    if (ends === null) ends = Date.now() + 1000 * shown.dataset.left;
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    shown.textContent = left >= 60 ? `${Math.ceil(left / 60)} min left` : `${left} s left`;
  };
  const show = async (answer) => {
    if (answer.redirected && !answer.headers.get("x-now")) { location.assign(answer.url); return; }
    screen.innerHTML = await answer.text();  // the server's own page, escaped there
    body.dataset.now = answer.headers.get("x-now") || "";
    ends = null;
    clock();
    scrollTo(0, 0);
    const heading = screen.querySelector("h1");
    if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
  };
  // A request that a lost connection swallowed is given up after so many seconds, else it would be waited for without end.
  const ask = (url, seconds, options) => fetch(url, {
    ...options, headers: { "x-part": "1" }, credentials: "same-origin", signal: AbortSignal.timeout?.(1000 * seconds),
  });
  const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

  const send = async (form, button) => {
    const fields = new URLSearchParams(new FormData(form, button));
    sending = true;
    form.querySelectorAll("button").forEach((b) => { b.disabled = true; });
    if (button) button.setAttribute("aria-pressed", "true");
    for (;;) {
      try {
        const answer = await ask(form.action, 20, { method: "POST", body: fields });
        if (answer.status < 500) { say(""); await show(answer); break; }
      } catch { /* no connection: again */ }
      say("No connection. Your answer is kept here and sent as soon as it is back.");
      await wait(1 + Math.random());
    }
    sending = false;
  };
  const look = async () => {
    try {
      const answer = await ask(`/in/${place}/now?have=${encodeURIComponent(body.dataset.now)}`, 6);
      lost = 0;
      if (!sending) {
        say("");
        if (answer.status === 200) await show(answer);
        else if (answer.status === 403 || answer.status === 404) location.reload();
      }
    } catch {
      lost += 1;
      if (lost > 1 && !sending) say("No connection. Trying again …");
    }
  };
  if (!place) return;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.action.endsWith("/answer")) return;
    event.preventDefault();
    if (!sending) send(form, event.submitter);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.again");
    if (!link) return;
    event.preventDefault();
    ask(link.href, 6).then(show).catch(() => say("No connection. Try again."));
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  setInterval(clock, 500);
  clock();
  (async () => { for (;;) { await wait((document.hidden ? 8 : 1.4) + 0.4 * Math.random()); await look(); } })();
})();
