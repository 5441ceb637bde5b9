'use strict';
// '?new_payment_methods.remote_code=cod' adds a row to that table with the value in it; nothing is saved by it.
// When a row has the value already, that one is shown.
(() => {
  const START = 'new_';

  function rowWith(prefix, column, value) {
    const fields = document.querySelectorAll(`[name^="${prefix}-"][name$="-${column}"]:not([name*="__prefix__"])`);
    return [...fields].find((field) => field.value.trim().toLowerCase() === value.trim().toLowerCase());
  }

  function lastField(prefix, column) {
    const fields = document.querySelectorAll(`[name^="${prefix}-"][name$="-${column}"]:not([name*="__prefix__"])`);
    return fields[fields.length - 1];
  }

  function fill(prefix, column, value) {
    let field = rowWith(prefix, column, value);
    if (!field) {
      document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`)?.click();
      field = lastField(prefix, column);
      if (!field || field.value) {
        return;
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
        fill(prefix, column, value);
      }
    }
  });
})();
