// SPDX-License-Identifier: GPL-2.0-or-later
// The data of the page as the rest of the script asks for it. What it is made of: src/report/html_data.c.
'use strict';

const RANK = {hole: 0, privileged: 1, unknown: 2, innocuous: 3};
const GLYPH = {hole: '●', privileged: '▲', unknown: '?', innocuous: '·'};
const OPCODES = 256, REGS = 9;
const data = JSON.parse(document.getElementById('data').textContent);

const text = (number) => data.strings[number];
const slugs = new Map();
const slug = (name) => {
  if (!slugs.has(name))
    slugs.set(name, makeSlug(name));
  return slugs.get(name);
};
const makeSlug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
const hex2 = (number) => number.toString(16).toUpperCase().padStart(2, '0');

// Makes an element; `content` is text, never markup, or elements.
function make(tag, attributes, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('aria-'))
      element.setAttribute(name, value); // "false" is a value there
    else if (value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
  return fill(element, ...content);
}

// What is null is left out.
function fill(element, ...content) {
  element.replaceChildren(...content.filter((part) => part !== null));
  return element;
}

// An entry: encodings of one mode, cell and name that all did the same.
function makeEntry(mode, i, place) {
  const [name, mnemonic, listed, common] = text(mode.names[i]).split('\t');
  return {
    mode, name, mnemonic, listed, common: common || name, known: name !== '',
    page: Math.floor(place / (OPCODES * REGS)), opcode: Math.floor(place / REGS) % OPCODES,
    reg: place % REGS - 1, behaviour: data.behaviours[mode.behaviour[i]], encodings: mode.encodings[i],
    hex: text(mode.hex[i]), sentence: text(mode.sentence[i]), manual: text(mode.manual[i]), witness: null,
  };
}

function makeWitness(row) {
  const [, executor, kind, component, resource, ringA, hexA, wordsA, ringB, hexB, wordsB, bits, line] = row;
  return {
    executor: text(executor), kind: text(kind), component: text(component), resource: text(resource),
    a: {ring: ringA, value: BigInt(text(hexA)), words: text(wordsA)},
    b: {ring: ringB, value: BigInt(text(hexB)), words: text(wordsB)},
    bits: text(bits), line: text(line),
  };
}

// The entries of a mode, in all and by place; made when they are first asked for.
function entriesOf(mode) {
  if (mode.entries)
    return mode.entries;
  let place = 0;
  mode.entries = mode.place.map((step, i) => makeEntry(mode, i, place += step));
  for (const row of mode.witness)
    mode.entries[row[0]].witness = makeWitness(row);
  mode.cells = new Map();
  for (const entry of mode.entries) {
    const key = entry.page * OPCODES + entry.opcode;
    if (!mode.cells.has(key))
      mode.cells.set(key, []);
    mode.cells.get(key).push(entry);
  }
  return mode.entries;
}

// What links to a mode may call its instructions.
function slugsOf(mode) {
  if (!mode.slugs)
    mode.slugs = new Set([...new Set(mode.names)].flatMap((i) => text(i).split('\t')).filter(Boolean).map(slug));
  return mode.slugs;
}

function cellOf(mode, page, opcode, reg) {
  entriesOf(mode);
  const all = mode.cells.get(page * OPCODES + opcode) || [];
  return reg === undefined || reg < 0 ? all : all.filter((entry) => entry.reg === reg);
}

// What an entry is under a policy, or what one executor by itself says of it (under the judged policy); null
// where that one was not asked.
function judge(entry, view) {
  if (!view.executor)
    return entry.behaviour.under[data.policies.indexOf(view.policy)];
  const opinion = entry.behaviour.executors.find((one) => text(one.executor) === view.executor);
  return opinion ? opinion.verdict : null;
}

// The order by what tells most; who was not asked comes last.
const rankOf = (verdict) => verdict === null ? Object.keys(RANK).length : RANK[verdict];
const glyphOf = (verdict) => verdict === null ? '–' : GLYPH[verdict];
const wordOf = (verdict) => verdict === null ? 'not asked' : verdict;

// The entry that hides the others of a cell, of several the one with the fewest bytes, and its verdict; null
// where a decoder knows none.
function worstOf(entries, view) {
  let worst = null;
  for (const entry of entries) {
    const verdict = entry.known ? judge(entry, view) : null;
    const order = verdict && worst ? RANK[verdict] - RANK[worst.verdict] || entry.hex.length - worst.entry.hex.length : -1;
    if (verdict && order < 0)
      worst = {entry, verdict};
  }
  return worst;
}

// Who has an opinion of something in this mode.
function executorsOf(mode) {
  if (!mode.executors)
    mode.executors = [...new Set([...new Set(mode.behaviour)].flatMap((i) => data.behaviours[i].executors.map((x) => text(x.executor))))];
  return mode.executors;
}

// "9D", "0F 01 /0".
function cellName(entry) {
  const title = data.pages[entry.page].title;
  const prefix = title === 'one byte' ? '' : title + ' ';
  return prefix + hex2(entry.opcode) + (entry.reg >= 0 ? ' /' + entry.reg : '');
}

const count = (number) => number.toLocaleString('en');
