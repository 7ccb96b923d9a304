// SPDX-License-Identifier: GPL-2.0-or-later
// The page: what is chosen (mode, policy, executor, map, instruction), the controls that choose it, links.

const view = {mode: null, policy: data.policy, executor: null, page: 0, entry: null};
const byId = (id) => document.getElementById(id);

// A row of buttons of which one is pressed; `options` are [value, label].
function choice(label, options, current, pick) {
  const group = make('div', {class: 'choice', role: 'group', 'aria-label': label});
  for (const [value, words] of options) {
    const button = make('button', {type: 'button', 'aria-pressed': value === current}, words);
    button.value = value;
    button.addEventListener('click', () => pick(value));
    group.append(button);
  }
  return make('div', {class: 'labelled'}, make('span', {class: 'faint'}, label), group);
}

function drawAnswer() {
  const theorem = view.mode.theorems[data.policies.indexOf(view.policy)];
  const names = theorem.holes.map(text);
  const yesNo = byId('yes-no'), answer = byId('answer'), refuters = byId('refuters');
  yesNo.textContent = names.length ? 'No.' : view.mode.counts ? 'Not refuted.' : 'One ring.';
  yesNo.className = names.length ? 'hole' : 'doubt';
  const where = [make('b', {}, view.mode.name), ' under policy ', make('b', {}, view.policy)];
  if (!view.mode.counts)
    fill(answer, where[0], ' has one ring; vm86 is its other side.');
  else if (names.length)
    fill(answer, 'x86 as ' + text(data.executors) + " executes it does not meet Popek and Goldberg's condition in ",
      ...where, ': ', make('b', {}, String(names.length)),
      ' instructions are sensitive and do not trap in ring 3 (', String(theorem.system),
      ' without delegated resources); ', make('b', {}, String(theorem.user)), ' also refute the hybrid monitor.');
  else
    fill(answer, 'x86 as ' + text(data.executors) + ' executes it shows no sensitive instruction that does not trap in ring 3, in ',
      ...where, '; ' + count(theorem.unknown) + ' encodings are unknown.');
  refuters.replaceChildren(...names.flatMap((name, i) => [i ? ', ' : '', make('a', {href: hrefOf(name)}, name)]));
}

function drawCounts() {
  const mode = view.mode;
  // The theorems count what a decoder knows.
  const unknown = mode.theorems[data.policies.indexOf(data.policy)].unknown;
  const undecoded = mode.unknown - unknown;
  byId('counts').textContent = `${mode.name}, under ${data.policy}: ${count(mode.hole)} encodings are holes, ` +
    `${count(mode.privileged)} privileged, ${count(mode.innocuous)} innocuous, ${count(unknown)} unknown; ` +
    (undecoded ? `${count(undecoded)} unknown in cells that no decoder knows` : '') +
    (mode.elsewhere ? ` (${count(mode.elsewhere)} of them in maps that nobody defines)` : '') +
    (undecoded ? '; ' : '') + `${count(mode.forms)} forms.`;
}

// The cells of each map that are holes, and the maps in which a decoder knows something.
function surveyMaps() {
  const holes = new Map(), known = new Set();
  const add = (page, cell) => holes.set(page, (holes.get(page) || new Set()).add(cell));
  for (const entry of entriesOf(view.mode)) {
    if (!entry.known)
      continue;
    known.add(entry.page);
    if (judge(entry, view) !== 'hole')
      continue;
    add(entry.page, entry.opcode);
    if (entry.reg >= 0)
      add('groups', (entry.page * OPCODES + entry.opcode) * REGS + entry.reg);
  }
  const pages = data.pages.map((page, i) => i).filter((i) => known.has(i));
  const label = (page) => (page === 'groups' ? page : data.pages[page].title) + (holes.has(page) ? ' ● ' + holes.get(page).size : '');
  return [...pages.filter((i) => i < 4), 'groups', ...pages.filter((i) => i >= 4)].map((page) => [String(page), label(page)]);
}

function drawControls() {
  const executors = executorsOf(view.mode);
  if (!executors.includes(view.executor))
    view.executor = null; // nobody asked it in this mode
  const controls = byId('controls');
  const search = controls.querySelector('#find-box') || makeSearch();
  controls.replaceChildren(
    choice('Mode', data.modes.map((mode) => [mode.name, mode.name]), view.mode.name, (name) => setView({mode: modeNamed(name)})),
    choice('Policy', data.policies.map((name) => [name, name]), view.policy, (policy) => setView({policy})),
    search);
  const tools = byId('map-tools'), maps = surveyMaps();
  if (!maps.some(([page]) => page === String(view.page)))
    view.page = 0; // this mode has no such map
  tools.replaceChildren(choice('Map', maps, String(view.page), (page) => setView({page: page === 'groups' ? page : Number(page)})));
  if (executors.length > 1)
    tools.append(choice('Shown by', [['', 'all'], ...executors.map((name) => [name, name])], view.executor || '',
      (name) => setView({executor: name || null})));
  if (executors.some((name) => name.includes('+')))
    tools.append(make('p', {class: 'faint', id: 'alike'}, 'A name with a + stands for executors that did alike: what both said.'));
  for (const cell of document.querySelectorAll('#board td'))
    cell.firstChild.setAttribute('aria-pressed', cell.dataset.mode === view.mode.name && cell.dataset.policy === view.policy);
}

const modeNamed = (name) => data.modes.find((mode) => mode.name === name);

// The same instruction in another view; where it is none, what a page begins with.
function chooseAgain(entry, moved) {
  const again = moved ? findEntry(entry.common, view.mode, true) || firstEntry() : entry;
  if (again)
    choose(cellOf(view.mode, again.page, again.opcode), again, true);
}

// Keeps the focus on what was pressed, which is drawn anew.
function setView(change) {
  const active = document.activeElement;
  const group = active && active.closest('.choice'), value = active && active.value;
  const entry = view.entry;
  Object.assign(view, change);
  draw();
  if (change.page !== undefined)
    markCell(entry);
  else if (entry)
    chooseAgain(entry, change.mode !== undefined);
  if (group && !group.isConnected) {
    const twin = document.querySelector(`.choice[aria-label="${group.getAttribute('aria-label')}"]`);
    const button = twin && [...twin.children].find((one) => one.value === value);
    if (button)
      button.focus({preventScroll: true});
  }
}

function draw() {
  drawAnswer();
  drawControls();
  drawCounts();
  drawMap(view);
}

const hrefOf = (name) => {
  const here = modeOf(name, true);
  return here ? '#' + slug(name) + '-' + here.name : null;
};

// The mode to show a name in: the one that is shown, else the first that has it.
const modeOf = (name, exact) => [view.mode, ...data.modes].find((mode) => {
  const wanted = slug(name), known = slugsOf(mode);
  return wanted && (known.has(wanted) || (!exact && [...known].some((one) => one.startsWith(wanted))));
});

// The entry of a name that tells most: by what reports call it, else the mnemonic, else what begins so.
function findEntry(name, mode, exact) {
  const wanted = slug(name), known = entriesOf(mode).filter((entry) => entry.known);
  const passes = [(entry) => slug(entry.common) === wanted || slug(entry.name) === wanted,
    (entry) => slug(entry.mnemonic) === wanted];
  if (!exact)
    passes.push((entry) => slug(entry.name).startsWith(wanted));
  for (const pass of passes) {
    const found = known.filter(pass), worst = worstOf(found, view);
    if (found.length)
      return worst ? worst.entry : found[0];
  }
  return null;
}

// Shows an entry in the panel; `calm`: on a phone the panel stays where it is, and links and maps stay, too.
function choose(entries, entry, calm) {
  view.entry = entry;
  if (!calm && view.page !== entry.page && !(view.page === 'groups' && entry.reg >= 0)) {
    view.page = entry.page;
    drawControls();
    drawMap(view);
  }
  markCell(entry);
  drawPanel(entries, entry, view, choose);
  if (calm)
    return;
  byId('panel').classList.add('open');
  history.replaceState(null, '', '#' + slug(entry.common) + '-' + view.mode.name + (view.policy === data.policy ? '' : '-' + view.policy));
}

// Shows an instruction, in another mode if this one has none of the name; false if none has.
function show(name, exact) {
  const mode = modeOf(name, exact);
  if (!mode)
    return false;
  if (mode !== view.mode)
    setView({mode});
  const entry = findEntry(name, mode, exact);
  choose(cellOf(mode, entry.page, entry.opcode), entry);
  return true;
}

function makeSearch() {
  const names = new Set([...new Set(data.modes.flatMap((mode) => mode.names))].map((i) => text(i).split('\t')[0]));
  const input = make('input', {id: 'find', type: 'search', list: 'names', placeholder: 'popf, sgdt, mov sreg …',
    'aria-label': 'Find an instruction', autocomplete: 'off', spellcheck: 'false'});
  const list = make('datalist', {id: 'names'}, ...[...names].filter(Boolean).sort().map((name) => make('option', {value: name})));
  const said = make('output', {class: 'doubt'});
  input.addEventListener('input', () => {
    said.textContent = '';
    if (input.value && show(input.value, true))
      reveal();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && input.value) {
      const found = show(input.value, false);
      said.textContent = found ? '' : 'no such instruction';
      if (found)
        reveal();
    }
  });
  return make('div', {class: 'labelled', id: 'find-box'}, make('span', {class: 'faint'}, 'Find'), input, list, said);
}

// Brings the panel into view; on a phone it comes by itself.
function reveal() {
  if (getComputedStyle(byId('panel')).position !== 'fixed')
    byId('map-tools').scrollIntoView();
}

// "#popf-prot32", "#popf-prot32-hardened".
function follow(hash) {
  const wanted = decodeURIComponent(hash.slice(1));
  for (const mode of data.modes) {
    for (const policy of data.policies) {
      const ends = ['-' + mode.name + '-' + policy, policy === data.policy ? '-' + mode.name : null];
      const end = ends.find((one) => one && wanted.endsWith(one));
      if (!end || !slugsOf(mode).has(wanted.slice(0, -end.length)))
        continue;
      setView({mode, policy});
      show(wanted.slice(0, -end.length), true);
      reveal();
      byId('panel').querySelector('h3').focus({preventScroll: true});
      return true;
    }
  }
  return false;
}

// The first thing to see: POPF, the best known of them, else any hole.
function firstEntry() {
  const popf = findEntry('popf', view.mode, true);
  const worst = worstOf(entriesOf(view.mode), view);
  return popf && judge(popf, view) === 'hole' ? popf : worst && worst.entry;
}

function enhanceBoard() {
  for (const cell of document.querySelectorAll('#board td')) {
    const button = make('button', {type: 'button'}, cell.textContent);
    button.addEventListener('click', () => setView({mode: modeNamed(cell.dataset.mode), policy: cell.dataset.policy}));
    cell.replaceChildren(button);
  }
}

function begin() {
  view.mode = data.modes[data.first] || data.modes[0];
  byId('legend').replaceChildren(...Object.keys(RANK).map((verdict) =>
    make('span', {class: 'key'}, make('span', {class: 'swatch ' + verdict}, GLYPH[verdict]), verdict)),
  make('span', {class: 'key'}, make('span', {class: 'swatch none'}), 'nothing that a decoder knows'));
  enhanceBoard();
  for (const id of ['controls', 'map-tools', 'two'])
    byId(id).hidden = false;
  listenToMap((entries, entry) => choose(entries, entry));
  addEventListener('hashchange', () => follow(location.hash));
  if (!follow(location.hash)) {
    const entry = firstEntry();
    view.page = entry ? entry.page : 0;
    draw();
    if (entry)
      choose(cellOf(view.mode, entry.page, entry.opcode), entry, true);
  }
  enhanceTables(hrefOf);
  listContents(byId('contents'));
}

begin();
