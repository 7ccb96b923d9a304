// SPDX-License-Identifier: GPL-2.0-or-later
// The panel beside the map: one entry with its witness, and the others of its cell.

const POLICY_WORDS = {hole: 'open', privileged: 'closed', innocuous: 'closed', unknown: 'no answer'};

const badge = (words, kind) => make('span', {class: 'badge ' + (kind || '')}, words);

// Selects, so that one key copies, and copies where the browser lets a file do that.
async function copy(code, button) {
  getSelection().selectAllChildren(code);
  button.textContent = 'selected';
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'copied';
  } catch {
    button.textContent = document.execCommand('copy') ? 'copied' : 'selected';
  }
}

function command(label, line) {
  const code = make('code', {tabindex: 0}, line);
  const button = make('button', {type: 'button', 'aria-label': 'copy: ' + label}, 'copy');
  button.addEventListener('click', () => copy(code, button));
  return make('div', {class: 'command'}, code, button);
}

// Digits of `value`, those that hold a bit of `mask` marked.
function digits(value, mask, width, base) {
  const step = base === 16 ? 4n : 1n;
  const out = make('code', {});
  for (let i = width - 1; i >= 0; i--) {
    const shift = BigInt(i) * step, ones = (1n << step) - 1n;
    const digit = (value >> shift & ones).toString(base);
    out.append(mask >> shift & ones ? make('mark', {}, digit) : digit);
    if (base === 2 && i % 4 === 0 && i)
      out.append(' ');
  }
  return out;
}

// The nibbles between the lowest and the highest bit that differ, in binary; null if that tells nothing.
function bitWindow(a, b) {
  const mask = a ^ b;
  if (mask === 0n)
    return null;
  const high = Math.ceil(mask.toString(2).length / 4) * 4;
  let low = 0;
  while (!(mask >> BigInt(low) & 15n))
    low += 4;
  if (high - low > 16)
    return null;
  const part = (value) => digits(value >> BigInt(low), mask >> BigInt(low), high - low, 2);
  return {label: 'bits ' + (high - 1) + ' to ' + low, a: part(a), b: part(b)};
}

function tableOf(caption, heads, rows) {
  return make('table', {class: 'rings'}, make('caption', {}, caption),
    make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', {scope: 'col'}, head)))),
    make('tbody', {}, ...rows.map(([differs, label, ...cells]) => make('tr', {class: differs ? 'differs' : false},
      make('th', {scope: 'row'}, label), ...cells.map((cell) => make('td', {}, cell))))));
}

const SIDES = {
  mode: ['The same state in both rings', 'ring 0', 'ring 3'],
  resource: ['One ring, two privileged states', 'first', 'second'],
  control: ['One run changes privileged state', 'before', 'after'],
};

// "rp1:executor:policy:mode:hex:kind:user:a:b:component:checksum"; of a state what is not the policy's.
function statesOf(line) {
  const fields = line.split(':');
  const changes = (state) => state.replace(/^ring=[03],?/, '').replaceAll(',', ', ') || "the policy's";
  return fields.length > 9 ? {user: fields[6], a: changes(fields[7]), b: changes(fields[8])} : null;
}

const flagsOf = (words) => words.replace(/^0x[0-9a-f]+ ?/, '');

function witnessRows(witness, states) {
  const {a, b} = witness, mask = a.value ^ b.value, window = bitWindow(a.value, b.value);
  const width = Math.max(a.value.toString(16).length, b.value.toString(16).length);
  const rows = [[mask !== 0n, witness.component, digits(a.value, mask, width, 16), digits(b.value, mask, width, 16)]];
  if (states && states.a !== states.b && witness.kind !== 'control')
    rows.unshift([false, 'system', make('code', {}, states.a), make('code', {}, states.b)]);
  if (flagsOf(a.words) || flagsOf(b.words))
    rows.push([false, '', flagsOf(a.words) || '-', flagsOf(b.words) || '-']);
  if (window)
    rows.push([false, window.label, window.a, window.b]);
  return rows;
}

function witnessTable(witness) {
  const [caption, first, second] = SIDES[witness.kind] || ['Witness', 'first', 'second'];
  const states = statesOf(witness.line);
  const on = witness.kind === 'mode' ? '' : ', ring ' + witness.b.ring;
  const words = (witness.bits ? 'Differs in ' + witness.bits + '. ' : '') +
    (states && states.user !== '-' ? 'Program: ' + states.user.replaceAll(',', ', ') + '.' : '');
  return make('div', {}, tableOf(caption + on, ['', first, second], witnessRows(witness, states)),
    words ? make('p', {class: 'faint'}, words) : null);
}

function ringsTable(entry) {
  const differs = (a, b) => a !== b && a !== 'not run' && b !== 'not run';
  const rows = entry.behaviour.executors.map((one) => [text(one.executor), text(one.ring0), text(one.ring3)])
    .map(([name, ring0, ring3]) => [differs(ring0, ring3), name, ring0, ring3]);
  return tableOf('How it ended', ['', 'ring 0', 'ring 3'], rows);
}

function fact(label, ...content) {
  return make('div', {}, make('dt', {}, label), make('dd', {}, ...content));
}

function policiesFact(entry) {
  const list = make('dd', {});
  data.policies.forEach((policy, i) => {
    const verdict = entry.behaviour.under[i];
    list.append(make('span', {class: verdict}, policy + ':\u00a0' + GLYPH[verdict] + '\u00a0' +
      (entry.behaviour.verdict === 'hole' ? POLICY_WORDS[verdict] : verdict)), ' ');
  });
  return make('div', {}, make('dt', {}, 'policies'), list);
}

function closersWords(behaviour) {
  const untested = behaviour.not_testable === undefined ? '' : text(behaviour.not_testable) + ' (not testable here)';
  if (behaviour.closes || !untested)
    return text(behaviour.closers) + (untested ? '; ' + untested : '') +
      (!behaviour.closes && behaviour.verdict === 'hole' ? ': it takes binary translation, paravirtualization or VT-x/SVM' : '');
  return untested;
}

function theoremWords(behaviour) {
  return behaviour.user ? 'refutes Theorem 1 and Theorem 3' : 'refutes Theorem 1, not Theorem 3: it takes ring 0 to begin with';
}

function executorWords(one) {
  return text(one.executor) + ': ' + GLYPH[one.verdict] + ' ' + one.verdict +
    (one.decides ? '' : ' (does not decide: ' + text(one.limit) + ')') + (one.virtualised ? ', virtualised: suspect' : '');
}

function factsOf(entry) {
  const behaviour = entry.behaviour, hole = behaviour.verdict === 'hole';
  const facts = make('dl', {});
  if (behaviour.resources !== undefined)
    facts.append(fact('shows or changes', text(behaviour.resources) + (behaviour.delegated ? ' (delegated to the program)' : '')));
  if (hole)
    facts.append(fact('sensitive', text(behaviour.sensitivity)));
  if (behaviour.verdict !== 'innocuous')
    facts.append(policiesFact(entry));
  if (hole)
    facts.append(fact('theorems', theoremWords(behaviour)));
  facts.append(fact(behaviour.executors.length > 1 ? 'executors' : 'executor',
    ...behaviour.executors.map((one) => make('div', {}, executorWords(one)))));
  if (entry.manual)
    facts.append(fact('manual', entry.manual));
  facts.append(fact('encodings', make('code', {}, entry.hex), entry.encodings > 1 ? ' and ' + count(entry.encodings - 1) + ' more' : ''));
  return facts;
}

// Buttons for what else is in the cell: one for each name and behaviour that a decoder knows.
function othersOf(entries, entry, view, choose) {
  const others = entries.filter((other) => other.known);
  if (others.length < 2)
    return null;
  const sorted = others.slice().sort((a, b) => rankOf(judge(a, view)) - rankOf(judge(b, view)));
  const list = make('div', {class: 'others', role: 'group', 'aria-label': 'In this cell'});
  for (const other of sorted) {
    const verdict = judge(other, view);
    const button = make('button', {type: 'button', class: verdict || 'none', 'aria-pressed': other === entry},
      glyphOf(verdict) + ' ' + other.name, make('small', {}, ' ' + other.hex));
    button.addEventListener('click', () => choose(entries, other, true));
    list.append(button);
  }
  return make('details', {open: others.length <= 12}, make('summary', {}, 'In this cell: ' + others.length), list);
}

function sentenceOf(entry) {
  if (entry.behaviour.verdict === 'innocuous')
    return 'No witness was found over all user states and resources that were tried.';
  return entry.sentence;
}

// "● hole under legacy", "▲ closed under hardened".
function verdictWords(entry, verdict, view) {
  if (verdict === null)
    return view.executor + ' was not asked here';
  if (view.executor)
    return GLYPH[verdict] + ' ' + verdict + ', says ' + view.executor + ' under ' + data.policy;
  const closed = entry.behaviour.verdict === 'hole' && verdict !== 'hole';
  return GLYPH[verdict] + ' ' + (closed ? POLICY_WORDS[verdict] : verdict) + ' under ' + view.policy;
}

function closersOf(entry) {
  const verdict = entry.behaviour.verdict;
  if (verdict !== 'hole' && verdict !== 'privileged')
    return null;
  const words = closersWords(entry.behaviour);
  if (verdict === 'privileged' && words === 'nothing')
    return null;
  return make('p', {class: 'closed-by'}, verdict === 'hole' ? 'Closed by ' : 'Kept closed by ', make('b', {}, words));
}

function drawPanel(entries, entry, view, choose) {
  const panel = document.getElementById('panel'), verdict = judge(entry, view);
  const close = make('button', {type: 'button', class: 'close', 'aria-label': 'close'}, '×');
  close.addEventListener('click', () => panel.classList.remove('open'));
  fill(panel, close,
    make('h3', {tabindex: -1}, entry.name, ' ', badge(cellName(entry)), ' ', badge(view.mode.name), ' ',
      entry.listed ? badge('Robin & Irvine: ' + entry.listed, 'hole') : null),
    make('p', {class: 'verdict ' + (verdict || 'doubt')}, verdictWords(entry, verdict, view)),
    make('p', {class: 'sentence'}, sentenceOf(entry)),
    entry.behaviour.disagreement ? make('p', {class: 'doubt'}, '≠ executors disagree') : null,
    closersOf(entry), entry.witness ? witnessTable(entry.witness) : null, ringsTable(entry), factsOf(entry),
    entry.witness ? command('replay', 'ringprobe replay ' + entry.witness.line) : null,
    command('probe', 'ringprobe probe -m ' + view.mode.name + ' ' + entry.hex),
    othersOf(entries, entry, view, choose));
  requestAnimationFrame(() => { panel.scrollTop = 0; }); // now it would lay out the page
}
