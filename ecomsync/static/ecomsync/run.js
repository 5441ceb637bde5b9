'use strict';
// Keeps the report of a run up to date while it works.
(() => {
  const SLOWEST = 10000;

  function show(page, run) {
    page.querySelector('progress').value = run.percent;
    page.querySelector('[data-field="percent"]').textContent = `${run.percent} %`;
    for (const cell of page.querySelectorAll('[data-count]')) {
      const value = run[cell.dataset.count];
      if (value !== undefined) {
        cell.textContent = new Intl.NumberFormat('en').format(value);
      }
    }
    const state = page.querySelector('[data-field="state"]');
    if (state) {
      state.textContent = run.state_label;
    }
  }

  async function follow(page, wait) {
    let next = Math.min(wait * 1.15, SLOWEST);
    try {
      const answer = await fetch(page.dataset.url, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
      if (answer.ok) {
        const run = await answer.json();
        show(page, run);
        if (run.over) {
          location.reload();
          return;
        }
      } else if (answer.status === 403 || answer.status === 404) {
        return;
      }
    } catch {
      next = SLOWEST; // the server restarts, or the line is down: ask again later
    }
    setTimeout(() => follow(page, next), next);
  }

  document.addEventListener('DOMContentLoaded', () => {
    const page = document.querySelector('.run-report[data-url]');
    if (page) {
      follow(page, 800);
    }
  });
})();
