// SPDX-License-Identifier: GPL-2.0-or-later
// Every table that came with the page: sorted by a click on a heading, filtered by words.

const FILTER_FROM = 8, TALL_FROM = 24; // rows

const collator = new Intl.Collator('en', {numeric: true});

function sortBy(table, head, column) {
  const down = head.getAttribute('aria-sort') === 'ascending';
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) =>
    collator.compare(a.cells[column].textContent, b.cells[column].textContent) * (down ? -1 : 1));
  for (const other of table.tHead.rows[0].cells)
    other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  body.append(...rows);
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = make('button', {type: 'button'}, head.textContent);
    button.addEventListener('click', () => sortBy(table, head, column));
    head.replaceChildren(button);
  });
}

// Rows that have every word stay; says how many.
function makeFilter(table, label) {
  const rows = [...table.tBodies[0].rows];
  const input = make('input', {type: 'search', placeholder: 'filter by any words', 'aria-label': 'filter ' + label,
    autocomplete: 'off', spellcheck: 'false'});
  const said = make('output', {class: 'faint'}, rows.length + ' rows');
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      row.words = row.words || row.textContent.toLowerCase();
      row.hidden = !words.every((word) => row.words.includes(word));
      left += row.hidden ? 0 : 1;
    }
    said.textContent = left + ' of ' + rows.length + ' rows';
  });
  return make('div', {class: 'filter'}, input, said);
}

// The name in front of a row becomes a link to the panel.
function linkNames(table, hrefOf) {
  for (const row of table.tBodies[0].rows) {
    const head = row.cells[0], href = hrefOf(head.textContent);
    if (href)
      head.replaceChildren(make('a', {href}, head.textContent));
  }
}

function enhanceTables(hrefOf) {
  for (const table of document.querySelectorAll('main section:not(#maps) .scroll > table')) {
    const section = table.closest('section');
    makeSortable(table);
    if (section.id === 'holes' || table.id === 'bits')
      linkNames(table, hrefOf);
    if (table.tBodies[0].rows.length >= FILTER_FROM)
      table.parentElement.before(makeFilter(table, section.querySelector('h2').textContent));
    table.parentElement.classList.toggle('tall', table.tBodies[0].rows.length >= TALL_FROM);
  }
}

// Links to the sections.
function listContents(contents) {
  for (const section of document.querySelectorAll('main > section[id]'))
    contents.append(make('a', {href: '#' + section.id}, section.querySelector('h2').textContent));
}
