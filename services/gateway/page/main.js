import * as api from './api.js';
import { element } from './element.js';
import { facesView } from './faces.js';
import { listen } from './live.js';
import { glow, policyPanel } from './policy.js';
import { slateView } from './slate.js';
import { words } from './words.js';

const ASK_AGAIN_MS = 3000;

const stage = document.getElementById('stage');
const side = document.getElementById('masthead-side');
const panel = policyPanel(document.getElementById('policy'));
const faces = facesView({ onRanked });

document.documentElement.lang = words.language;
document.title = words.title;

// The masthead: where the policy stands (on a phone the panel is below the fold), and the other language.

const pill = element('button', { type: 'button', class: 'pill', hidden: true, onclick: showPanel });
side.append(pill, element('a', {
  class: 'language',
  href: `?lang=${words.other.language}`,
  hreflang: words.other.language,
  lang: words.other.language,
  'aria-label': `${words.other.short}: ${words.other.name}`,
}, words.other.short));

function showPanel() {
  const heading = document.getElementById('policy-heading');
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' });
}

// The two steps. The browser's own back and forward lead between them; going back keeps the ranking.

let current = faces;
let slate = null;
let newestCatalogue = null;
let asking = 0;
let askAgain;

function enter(view) {
  current = view;
  stage.replaceChildren(view.root);
  panel.mark(view === slate ? slate.recommendation : null);
  scrollTo(0, 0);
  view.heading.focus({ preventScroll: true });
}

async function loadFaces(message) {
  const mine = (asking += 1);
  clearTimeout(askAgain);
  try {
    const catalogue = await api.representatives();
    // A ranking begun while the answer was on its way stays.
    if (mine === asking && faces.untouched) faces.show(catalogue, message);
  } catch (problem) {
    if (mine !== asking) return;
    if (problem.status === 503) {
      faces.wait();
      askAgain = setTimeout(loadFaces, problem.retryAfterMs ?? ASK_AGAIN_MS);
    } else {
      faces.failed(problem, reloadFaces);
    }
  }
}

function reloadFaces(message) {
  faces.load();
  return loadFaces(message);
}

async function onRanked(catalogueVersion, ranking) {
  try {
    const recommendation = await api.recommendation(catalogueVersion, ranking);
    slate = slateView(recommendation, { onRestart });
    history.pushState({ step: 'slate' }, '');
    enter(slate);
  } catch (problem) {
    if (problem.status !== 409) throw problem;
    await reloadFaces({ tone: 'news', title: words.faces.changed, detail: words.faces.changedDetail });
  }
}

function onRestart() {
  if (newestCatalogue && newestCatalogue !== faces.catalogueVersion) reloadFaces();
  else faces.restart();
  enter(faces);
  history.back();
}

addEventListener('popstate', ({ state }) => {
  const view = state?.step === 'slate' && slate ? slate : faces;
  if (view !== current) enter(view);
});

// What moves by itself.

let heard = false;
let askPolicyAgain;
let connections = 0;

function showPolicy(policy) {
  panel.show(policy);
  const text = `${words.policy.pill} ${policy.version}`;
  if (pill.textContent && pill.textContent !== text) glow(pill);
  pill.hidden = false;
  pill.textContent = text;
}

async function askPolicy() {
  clearTimeout(askPolicyAgain);
  heard = false;
  try {
    const policy = await api.policy();
    // An event that arrived meanwhile is newer than this answer.
    if (!heard) showPolicy(policy);
  } catch {
    if (!heard) askPolicyAgain = setTimeout(askPolicy, ASK_AGAIN_MS);
  }
}

listen({
  onPolicy(policy) {
    heard = true;
    showPolicy(policy);
  },
  onCatalogue({ catalogue_version }) {
    newestCatalogue = catalogue_version;
    // Nobody's half-made ranking is taken away: an older catalogue is served from, or answered with 409.
    if (catalogue_version === faces.catalogueVersion || !faces.untouched) return;
    const renewed = faces.catalogueVersion && current === faces;
    loadFaces(renewed ? { tone: 'news', title: words.faces.renewed } : null);
  },
  onConnection(yes) {
    panel.connected(yes);
    pill.classList.toggle('on', yes);
    if (!yes || (connections += 1) === 1) return;
    // The server is back: what was missed meanwhile, or never came.
    askPolicy();
    if (!faces.catalogueVersion) loadFaces();
  },
});

history.replaceState(null, '');
stage.replaceChildren(faces.root);
askPolicy();
reloadFaces();
