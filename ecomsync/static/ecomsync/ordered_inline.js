'use strict';
// Rows of an inline table are put in order by dragging the handle, or with the arrow keys while it has the focus.
(() => {
  const rowsOf = (body) => [...body.querySelectorAll(':scope > tr.form-row:not(.empty-form)')];
  const numberOf = (row) => row.querySelector('input.line-no');

  function renumber(body) {
    let place = Number(body.closest('.ordered-inline')?.dataset.before || 0);
    for (const row of rowsOf(body)) {
      const input = numberOf(row);
      if (!input) {
        continue;
      }
      place += 1;
      row.querySelector('.drag-handle .place').textContent = place;
      // An untouched new row stays untouched, so that the server still takes it for empty.
      if (row.classList.contains('has_original') || touched(row)) {
        input.value = place;
      }
    }
  }

  function touched(row) {
    return [...row.querySelectorAll('input, select, textarea')].some((field) => {
      if (field.type === 'hidden' || field.classList.contains('line-no')) {
        return false;
      }
      if (field.type === 'checkbox' || field.type === 'radio') {
        return field.checked !== field.defaultChecked;
      }
      if (field.tagName === 'SELECT') {
        return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.value !== '';
      }
      return field.value !== field.defaultValue;
    });
  }

  function addHandle(row, body, title) {
    const input = numberOf(row);
    if (!input || row.querySelector('.drag-handle')) {
      return;
    }
    const handle = document.createElement('button');
    handle.type = 'button';
    handle.className = 'drag-handle';
    handle.title = title;
    handle.setAttribute('aria-label', title);
    const grip = document.createElement('span');
    grip.className = 'grip';
    const place = document.createElement('span');
    place.className = 'place';
    handle.append(grip, place);
    input.before(handle);
    input.hidden = true;
    handle.addEventListener('keydown', (event) => {
      const other = { ArrowUp: before(row), ArrowDown: after(row) }[event.key];
      if (!['ArrowUp', 'ArrowDown'].includes(event.key)) {
        return;
      }
      event.preventDefault();
      if (other) {
        event.key === 'ArrowUp' ? other.before(row) : other.after(row);
        renumber(body);
        handle.focus();
      }
    });
    handle.addEventListener('pointerdown', (event) => drag(event, row, body, handle));
  }

  const before = (row) => (row.previousElementSibling?.matches('tr.form-row:not(.empty-form)') ? row.previousElementSibling : null);
  const after = (row) => (row.nextElementSibling?.matches('tr.form-row:not(.empty-form)') ? row.nextElementSibling : null);

  function drag(event, row, body, handle) {
    if (event.button !== 0) {
      return;
    }
    event.preventDefault();
    handle.focus();
    row.classList.add('dragged');
    const move = (moved) => {
      for (const other of rowsOf(body)) {
        if (other === row) {
          continue;
        }
        const box = other.getBoundingClientRect();
        if (moved.clientY < box.top || moved.clientY > box.bottom) {
          continue;
        }
        const upper = moved.clientY < box.top + box.height / 2;
        upper ? other.before(row) : other.after(row);
      }
    };
    const end = () => {
      row.classList.remove('dragged');
      document.removeEventListener('pointermove', move);
      document.removeEventListener('pointerup', end);
      document.removeEventListener('pointercancel', end);
      renumber(body);
    };
    // On the document: a captured pointer would be lost as soon as the row changes its place.
    document.addEventListener('pointermove', move);
    document.addEventListener('pointerup', end);
    document.addEventListener('pointercancel', end);
  }

  function prepare(group) {
    const body = group.querySelector('tbody');
    if (!body) {
      return;
    }
    const refresh = () => {
      for (const row of rowsOf(body)) {
        addHandle(row, body, group.dataset.handle || '');
      }
      renumber(body);
    };
    refresh();
    body.addEventListener('formset:added', refresh);
    document.addEventListener('formset:removed', refresh);
    body.closest('form')?.addEventListener('submit', () => renumber(body));
  }

  window.addEventListener('load', () => document.querySelectorAll('.ordered-inline').forEach(prepare));
})();
