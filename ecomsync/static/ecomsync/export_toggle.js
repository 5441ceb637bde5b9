'use strict';
// "Select all" on the export page, in place of the package's inline handler.
document.addEventListener('DOMContentLoaded', () => {
  for (const toggle of document.querySelectorAll('.select-toggle')) {
    toggle.addEventListener('change', () => {
      for (const box of document.querySelectorAll('.selectable-field-export-row input[type="checkbox"]')) {
        box.checked = toggle.checked;
      }
    });
  }
});
