'use strict';
// Fieldsets and inlines with the class "tab-<key>" become pages of one form. Without this script all are shown.
(() => {
  function keyOf(part) {
    for (const name of part.classList) {
      if (name.startsWith('tab-')) {
        return name.slice(4);
      }
    }
    return '';
  }

  function parts(form, first) {
    const found = [];
    for (const fieldset of form.querySelectorAll('fieldset.module')) {
      const inline = fieldset.closest('.ordered-inline') || fieldset.closest('.inline-group');
      if (inline && found.some((part) => part.element === inline)) {
        continue;
      }
      found.push({ element: inline || fieldset, key: keyOf(fieldset) || first });
    }
    return found;
  }

  function point(element) {
    if (!element) {
      return;
    }
    element.closest('details')?.setAttribute('open', '');
    const row = element.closest('.form-row, .ordered-inline') || element;
    row.classList.add('pointed-at');
    row.scrollIntoView({ block: 'center' });
    if (element.matches('input, select, textarea')) {
      element.focus({ preventScroll: true });
    }
  }

  function start(list, form) {
    const buttons = [...list.querySelectorAll('[data-tab]')];
    const all = parts(form, buttons[0].dataset.tab);
    const used = buttons.filter((button) => {
      const own = all.filter((part) => part.key === button.dataset.tab);
      button.hidden = own.length === 0;
      const wrong = own.reduce((sum, part) => sum + part.element.querySelectorAll('.errorlist').length, 0);
      if (wrong) {
        button.classList.add('has-errors');
        button.dataset.errors = wrong;
      }
      return own.length > 0;
    });
    const place = `ecomsync.tab.${document.body.className.match(/model-(\S+)/)?.[1] || ''}`;

    function show(key, remember) {
      for (const button of used) {
        const chosen = button.dataset.tab === key;
        button.setAttribute('aria-selected', String(chosen));
        button.tabIndex = chosen ? 0 : -1;
      }
      for (const part of all) {
        part.element.classList.toggle('tab-hidden', part.key !== key);
      }
      if (remember) {
        sessionStorage.setItem(place, key);
        history.replaceState(null, '', `#${key}`);
      }
    }

    list.addEventListener('click', (event) => {
      const button = event.target.closest('[data-tab]');
      if (button) {
        show(button.dataset.tab, true);
      }
    });
    list.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) {
        return;
      }
      const forward = document.documentElement.dir === 'rtl' ? -step : step;
      const now = used.findIndex((button) => button.getAttribute('aria-selected') === 'true');
      const next = used[(now + forward + used.length) % used.length];
      show(next.dataset.tab, true);
      next.focus();
    });
    // '#orders' opens a tab, '#orders/id_fee_item' goes to a field or table in it as well.
    const [tab, target] = location.hash.slice(1).split('/');
    const wanted = [tab, sessionStorage.getItem(place)];
    const faulty = used.find((button) => button.classList.contains('has-errors'));
    const chosen = faulty || used.find((button) => button.dataset.tab === wanted[0])
      || used.find((button) => button.dataset.tab === wanted[1]) || used[0];
    if (chosen) {
      list.hidden = false;
      show(chosen.dataset.tab, false);
      if (target && chosen.dataset.tab === tab) {
        window.addEventListener('load', () => point(document.getElementById(target)));
      }
    }
  }

  document.addEventListener('DOMContentLoaded', () => {
    const list = document.querySelector('.tabs[role="tablist"]');
    const form = document.querySelector('#content-main > form');
    if (list && form) {
      start(list, form);
    }
  });
})();
