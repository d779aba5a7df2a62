import { explanationView } from './explanation.js';
import { gateView, passed } from './gate.js';
import { masthead } from './masthead.js';
import { stepList } from './step_list.js';
import { speak, words } from './words.js';

const stage = document.getElementById('stage');
const head = masthead(document.getElementById('masthead'), { onHome: async () => (await steps)?.home(), onLanguage });
const gate = { refused: false };
/** A promise of the steps, once they are wanted. */
let steps = null;

/** The question of age, before anything of the catalogue is fetched. */
function showGate({ focus = true } = {}) {
  const view = gateView(gate, { onPassed: () => begin({ focus: true }), onAnswer: showGate });
  stage.replaceChildren(view.root);
  if (focus) view.heading.focus({ preventScroll: true });
}

/** The explanation is there at once; the steps behind it come as soon as they are loaded, and leave it where it is. */
function begin({ focus }) {
  let shown = null;
  steps = import('./steps.js').then(async ({ visitSteps }) => {
    const visit = visitSteps(stage, document.getElementById('policy'), head);
    await visit.begin({ focus, shown });
    return visit;
  });
  if (location.hash || (history.state?.step ?? 'explanation') !== 'explanation') return;
  const go = (step) => async () => (await steps).go(step);
  shown = explanationView({ onBegin: go('selection'), onPhoto: go('photo') });
  stage.replaceChildren(stepList('explanation'), shown.root);
  if (focus) shown.heading.focus({ preventScroll: true });
}

async function onLanguage() {
  speak(words.other.language);
  head.speak();
  if (steps) (await steps).speak();
  else showGate({ focus: false });
}

if (passed()) begin({ focus: false });
else showGate({ focus: false });
