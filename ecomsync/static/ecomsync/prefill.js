'use strict';
// '?new_payment_methods.remote_code=cod' adds a row to that table with the value in it; nothing is saved by it.
// When a row has the value already, that one is shown.
(() => {
  const START = 'new_';

  function fieldsOf(prefix, column) {
    return [...document.querySelectorAll(`[name^="${prefix}-"][name$="-${column}"]:not([name*="__prefix__"])`)];
  }

  // The link that adds a row is made by a script of its own, which may be later than this one.
  function whenReady(prefix, work, tries = 60) {
    const add = document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`);
    if (add || !tries) {
      work(add);
    } else {
      setTimeout(() => whenReady(prefix, work, tries - 1), 50);
    }
  }

  function fill(prefix, column, value, add) {
    const known = fieldsOf(prefix, column);
    let field = known.find((one) => one.value.trim().toLowerCase() === value.trim().toLowerCase());
    if (!field) {
      add?.click();
      field = fieldsOf(prefix, column).find((one) => !known.includes(one));
      if (!field) {
        return; // the reader may not add rows
      }
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
    field.classList.add('prefilled');
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: 'center' });
  }

  window.addEventListener('load', () => {
    for (const [name, value] of new URLSearchParams(location.search)) {
      const [prefix, column] = name.slice(START.length).split('.');
      if (name.startsWith(START) && column && value) {
        whenReady(prefix, (add) => fill(prefix, column, value, add));
      }
    }
  });
})();
