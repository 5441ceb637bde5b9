'use strict';
// The side menu (search, remembered sections, small screens) and drop-down menus that close by themselves.
(() => {
  const STORE = 'ecomsync.menu';

  function remembered() {
    try {
      return JSON.parse(localStorage.getItem(STORE) || '{}');
    } catch {
      return {};
    }
  }

  function rememberSections(menu) {
    const known = remembered();
    for (const section of menu.querySelectorAll('.menu-section')) {
      const key = section.dataset.key;
      if (key in known && !('current' in section.dataset)) {
        section.open = known[key];
      }
      section.querySelector('summary').addEventListener('click', () => {
        const state = remembered();
        state[key] = !section.open;
        localStorage.setItem(STORE, JSON.stringify(state));
      });
    }
    const current = menu.querySelector('a.current');
    if (current) {
      current.scrollIntoView({ block: 'nearest' });
    }
  }

  function searchMenu(menu) {
    const box = menu.querySelector('#menu-search');
    box.addEventListener('input', () => {
      const words = box.value.trim().toLowerCase();
      menu.classList.toggle('searching', words !== '');
      for (const section of menu.querySelectorAll('.menu-section')) {
        let shown = 0;
        for (const item of section.querySelectorAll('li')) {
          const fits = item.textContent.toLowerCase().includes(words);
          item.hidden = !fits;
          shown += fits ? 1 : 0;
        }
        section.hidden = shown === 0;
        if (words && shown) {
          section.open = true;
        }
      }
    });
    box.addEventListener('keydown', (event) => {
      const first = menu.querySelector('.menu-section:not([hidden]) li:not([hidden]) a');
      if (event.key === 'Enter' && first && box.value.trim()) {
        event.preventDefault();
        first.click();
      }
    });
  }

  function smallScreens() {
    const button = document.getElementById('menu-button');
    const shade = document.getElementById('menu-shade');
    if (!button || !shade) {
      return;
    }
    const show = (open) => {
      document.body.classList.toggle('menu-open', open);
      button.setAttribute('aria-expanded', String(open));
    };
    button.addEventListener('click', () => show(!document.body.classList.contains('menu-open')));
    shade.addEventListener('click', () => show(false));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        show(false);
      }
    });
  }

  function closingMenus() {
    const close = (except) => {
      for (const menu of document.querySelectorAll('details.menu[open]')) {
        if (menu !== except) {
          menu.open = false;
        }
      }
    };
    document.addEventListener('click', (event) => close(event.target.closest('details.menu')));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        close(null);
      }
    });
  }

  // The filters of a list fold away where its table needs their room; what the reader chose is remembered.
  function foldingFilters() {
    const list = document.querySelector('#changelist.filtered');
    const heading = list && list.querySelector('#changelist-filter > h2');
    const table = list && list.querySelector('.results');
    if (!heading || !table) {
      return;
    }
    const key = 'ecomsync.filters';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'filter-toggle';
    button.setAttribute('aria-controls', 'changelist-filter');
    const label = document.createElement('span');
    label.textContent = heading.textContent;
    button.append(label);
    const icon = document.querySelector('svg.chevron');
    if (icon) {
      button.append(icon.cloneNode(true));
    }
    heading.replaceChildren(button);
    const fold = (folded) => {
      list.classList.toggle('filters-folded', folded);
      button.setAttribute('aria-expanded', String(!folded));
    };
    let chosen = null;
    try {
      chosen = localStorage.getItem(key);
    } catch {
      // no storage: the table decides
    }
    const filtering = list.querySelector('#changelist-filter-extra-actions a[href="?"], #changelist-filter-clear a');
    fold(chosen ? chosen === 'folded' : !filtering && table.scrollWidth > table.clientWidth + 1);
    button.addEventListener('click', () => {
      const folded = !list.classList.contains('filters-folded');
      fold(folded);
      try {
        localStorage.setItem(key, folded ? 'folded' : 'open');
      } catch {
        // not remembered
      }
    });
  }

  // A button pressed twice by impatience acts once.
  function singleSubmit() {
    document.addEventListener('submit', (event) => {
      const form = event.target;
      if (!form.matches('.action-bar form, .action-form')) {
        return;
      }
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = '1';
      form.classList.add('sent');
    });
    window.addEventListener('pageshow', () => {
      for (const form of document.querySelectorAll('form[data-sent]')) {
        delete form.dataset.sent;
        form.classList.remove('sent');
      }
    });
  }

  document.addEventListener('DOMContentLoaded', () => {
    const menu = document.getElementById('side-menu');
    if (menu) {
      rememberSections(menu);
      searchMenu(menu);
    }
    smallScreens();
    closingMenus();
    foldingFilters();
    singleSubmit();
  });
})();
