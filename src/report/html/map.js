// SPDX-License-Identifier: GPL-2.0-or-later
// The opcode map: a grid of 16 columns as in the manuals, or of /0 to /7 for groups. It tells what was chosen
// by calling choose(entries, entry).

const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
const ESCAPES = {0: {0x0f: '0F…', 0x62: 'EVEX', 0xc4: 'VEX', 0xc5: 'VEX'}, 1: {0x38: '38…', 0x3a: '3A…'}};

// What is written in a cell that has no instruction.
function emptyLabel(view, page, opcode) {
  if (page === 0 && PREFIXES.has(opcode))
    return 'prefix';
  if (page === 0 && view.mode.name === 'long64' && opcode >> 4 === 4)
    return 'rex';
  return (ESCAPES[page] || {})[opcode] || '';
}

function cellWords(entries, worst, view) {
  const names = new Map();
  for (const entry of entries) {
    if (!entry.known)
      continue;
    const verdict = judge(entry, view);
    if (!names.has(entry.name) || rankOf(verdict) < rankOf(names.get(entry.name)))
      names.set(entry.name, verdict);
  }
  return {
    names: [...names.keys()],
    lines: [...names].sort((a, b) => rankOf(a[1]) - rankOf(b[1]))
      .map(([name, verdict]) => glyphOf(verdict) + ' ' + name + ': ' + wordOf(verdict)),
    resource: worst && worst.entry.behaviour.resources !== undefined ? text(worst.entry.behaviour.resources) : '',
  };
}

function makeCell(view, page, opcode, reg, row, column) {
  const entries = cellOf(view.mode, page, opcode, reg);
  const worst = worstOf(entries, view);
  const position = {role: 'gridcell', tabindex: -1, 'data-row': row, 'data-column': column};
  if (!worst) {
    const silent = entries.some((entry) => entry.known); // who is looked at was not asked
    const label = silent ? '–' : entries.length ? '' : emptyLabel(view, page, opcode);
    return make('button', {...position, class: 'none', 'aria-label': hex2(opcode) + ' ' + (silent ? 'not asked' : label || 'no instruction'),
      'aria-disabled': true}, label);
  }
  const words = cellWords(entries, worst, view);
  const more = words.names.length - 1;
  const button = make('button', {...position, class: worst.verdict,
    'aria-label': [cellName({...worst.entry, reg: reg === undefined ? -1 : reg}), ...words.lines.slice(0, 4)].join(', ')},
  make('span', {}, worst.entry.name), more > 0 ? make('small', {'aria-hidden': true}, '+' + more) : null,
  make('i', {'aria-hidden': true}, worst.verdict === 'innocuous' ? '' : GLYPH[worst.verdict]));
  button.cell = {entries, worst, words, page, opcode, reg};
  return button;
}

function header(label, row, column, twin) {
  const element = make('span', {role: row < 0 ? 'columnheader' : 'rowheader', class: twin ? 'h twin' : column >= 8 ? 'h right' : 'h',
    'aria-hidden': twin === true}, label);
  element.style.setProperty('--r', row);
  element.style.setProperty('--c', column);
  return element;
}

// Rows of [label, [page, opcode, reg] for each column]; a page of groups has eight columns.
function rowsOf(view) {
  if (view.page !== 'groups')
    return [...Array(16).keys()].map((high) => [hex2(high * 16)[0] + '_',
      [...Array(16).keys()].map((low) => [view.page, high * 16 + low, undefined])]);
  const rows = [];
  data.pages.forEach((page, number) => {
    for (const opcode of page.groups)
      rows.push([cellName({page: number, opcode, reg: -1}), [...Array(8).keys()].map((reg) => [number, opcode, reg])]);
  });
  return rows.filter(([, cells]) => cells.some(([page, opcode, reg]) =>
    cellOf(view.mode, page, opcode, reg).some((entry) => entry.known)));
}

function drawMap(view) {
  const map = document.getElementById('map');
  const groups = view.page === 'groups', columns = groups ? 8 : 16;
  const title = groups ? 'groups' : data.pages[view.page].title;
  map.replaceChildren();
  map.className = groups ? 'map groups' : 'map';
  map.setAttribute('role', 'grid');
  map.setAttribute('aria-label', 'Opcode map ' + title + ', ' + view.mode.name);
  const head = make('div', {role: 'row'}, header('', -1, -1));
  for (let column = 0; column < columns; column++)
    head.append(header(groups ? '/' + column : '_' + column.toString(16).toUpperCase(), -1, column));
  map.append(head);
  rowsOf(view).forEach(([label, cells], row) => {
    const line = make('div', {role: 'row'}, header(label, row, -1));
    cells.forEach(([page, opcode, reg], column) => {
      if (column === 8)
        line.append(header(label, row, 8, true));
      const cell = makeCell(view, page, opcode, reg, row, column);
      cell.style.setProperty('--r', row);
      cell.style.setProperty('--c', column);
      line.append(cell);
    });
    map.append(line);
  });
  const first = map.querySelector('button:not(.none)') || map.querySelector('button');
  if (first)
    first.tabIndex = 0;
}

// Marks the cell of an entry, and lets the keyboard begin there.
function markCell(entry) {
  for (const cell of document.querySelectorAll('#map button')) {
    const chosen = Boolean(entry && cell.cell && cell.cell.entries.includes(entry));
    cell.setAttribute('aria-selected', chosen);
    if (chosen) {
      document.querySelectorAll('#map button[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
      cell.tabIndex = 0;
    }
  }
}

function moveFocus(from, key) {
  const steps = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
  const columns = document.querySelector('#map.groups') ? 8 : 16;
  let row = Number(from.dataset.row), column = Number(from.dataset.column);
  if (key === 'Home' || key === 'End')
    column = key === 'Home' ? 0 : columns - 1;
  else
    [row, column] = [row + steps[key][0], column + steps[key][1]];
  const to = document.querySelector(`#map button[data-row="${row}"][data-column="${column}"]`);
  if (!to)
    return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

const tip = make('div', {id: 'tip', role: 'tooltip', hidden: true});

function showTip(button) {
  const {entries, words, worst} = button.cell;
  const encodings = entries.reduce((sum, entry) => sum + entry.encodings, 0);
  fill(tip, make('b', {}, cellName({...worst.entry, reg: button.cell.reg === undefined ? -1 : button.cell.reg})),
    ...words.lines.slice(0, 8).map((line) => make('div', {}, line)),
    words.lines.length > 8 ? make('div', {}, 'and ' + (words.lines.length - 8) + ' more') : null,
    words.resource ? make('div', {class: 'faint'}, 'shows or changes ' + words.resource) : null,
    make('div', {class: 'faint'}, count(encodings) + ' encodings'));
  tip.hidden = false;
  const at = button.getBoundingClientRect(), size = tip.getBoundingClientRect();
  const below = at.bottom + 6 + size.height < innerHeight;
  tip.style.left = Math.max(4, Math.min(at.left, innerWidth - size.width - 4)) + 'px';
  tip.style.top = (below ? at.bottom + 6 : at.top - size.height - 6) + 'px';
}

function listenToMap(choose) {
  const map = document.getElementById('map');
  const cellAt = (event) => event.target.closest('#map button');
  document.body.append(tip);
  map.addEventListener('click', (event) => {
    const button = cellAt(event);
    if (button && button.cell)
      choose(button.cell.entries, button.cell.worst.entry);
  });
  map.addEventListener('keydown', (event) => {
    const button = cellAt(event);
    if (button && /^(Arrow|Home|End)/.test(event.key)) {
      event.preventDefault();
      moveFocus(button, event.key);
    } else if (event.key === 'Escape') {
      tip.hidden = true;
    }
  });
  for (const type of ['mouseover', 'focusin'])
    map.addEventListener(type, (event) => {
      const button = cellAt(event);
      if (button && button.cell)
        showTip(button);
      else
        tip.hidden = true;
    });
  for (const type of ['mouseleave', 'focusout'])
    map.addEventListener(type, () => { tip.hidden = true; });
  addEventListener('scroll', () => { tip.hidden = true; }, {passive: true});
}
