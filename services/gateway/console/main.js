import { asker } from './ask.js';
import { element } from './element.js';
import { section as clicks } from './section_clicks.js';
import { section as collection } from './section_collection.js';
import { section as crops } from './section_crops.js';
import { section as deadLetters } from './section_dead_letters.js';
import { section as groups } from './section_groups.js';
import { section as health } from './section_health.js';
import { section as people } from './section_people.js';
import { section as policies } from './section_policies.js';
import * as session from './session.js';
import { refusal, signInForm, tried } from './sign_in.js';

/**
 * What the console shows, in the order of its navigation. Each is a module of its own that exports
 * `section = { id, title, open(root, { ask, say, at }) }`: `open` fills `root`, which is empty, and may return (or resolve to)
 * a function that is called when the section is left. `at` holds what stands behind the section in the address: `#crops/ada` → `['ada']`.
 */
const SECTIONS = [
  people,
  crops,
  groups,
  collection,
  policies,
  clicks,
  deadLetters,
  health,
];

const content = document.getElementById('content');
const status = document.getElementById('status');
const navigation = document.getElementById('sections');
const signOut = document.getElementById('sign-out');

let ask = null;
let leave = () => {};

/** A word on the status line; tone: news, done or error. */
function say(text, tone = 'news') {
  status.className = `status ${tone}`;
  status.textContent = text;
}

function show(...children) {
  leave();
  leave = () => {};
  content.replaceChildren(...children);
}

function askForToken(word = '') {
  ask = null;
  navigation.hidden = signOut.hidden = true;
  const form = signInForm({ word, onToken: enter });
  show(form.root);
  form.focus();
}

function enter(token, keep = false) {
  if (keep) session.keep(token);
  ask = asker(token, (problem) => {
    session.forget();
    askForToken(refusal(problem));
  });
  navigation.hidden = signOut.hidden = false;
  open();
}

/** The section that the address names; the first where it names none. */
function open() {
  const [id, ...at] = location.hash.slice(1).split('/').map(decodeURIComponent);
  const section = SECTIONS.find((known) => known.id === id) ?? SECTIONS[0];
  navigation.replaceChildren(...SECTIONS.map(({ id, title }) =>
    element('a', { href: `#${id}`, 'data-testid': `to-${id}`, 'aria-current': section?.id === id && 'page' }, title)));
  if (!section) return;
  say('');
  document.title = `${section.title} · AVzeus operators`;
  const heading = element('h1', { tabindex: '-1' }, section.title);
  const root = element('div', { class: 'section', id: `section-${section.id}` });
  show(heading, root);
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  leave = entered(section, root, at);
}

/** Opens a section; returns what closes it. Once it is closed it has no more to say. */
function entered(section, root, at) {
  let left = false;
  const told = (...words) => left || say(...words);
  const opened = (async () => section.open(root, { ask, say: told, at }))();
  opened.catch((problem) => told(problem.message, 'error'));
  return () => {
    left = true;
    opened.then((close) => close?.(), () => {});
  };
}

addEventListener('hashchange', () => {
  // The link that skips the navigation is no section.
  if (ask && location.hash !== '#content') open();
});
signOut.addEventListener('click', () => {
  session.forget();
  askForToken('You are signed out.');
});

const kept = session.kept();
const refused = kept && await tried(kept);
if (kept && !refused) enter(kept);
else askForToken(refused ?? '');
