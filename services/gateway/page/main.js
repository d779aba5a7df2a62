import { explanationView } from './explanation.js';
import { gateView, passed } from './gate.js';
import { masthead } from './masthead.js';
import { stepList } from './step_list.js';
import { speak, words } from './words.js';

const stage = document.getElementById('stage');
const head = masthead(document.getElementById('masthead'), { onHome: () => steps?.home(), onLanguage });
const gate = { refused: false };
let steps = null;

/** The question of age, before anything of the catalogue is fetched. */
function showGate({ focus = true } = {}) {
  const view = gateView(gate, { onPassed: () => begin({ focus: true }), onAnswer: showGate });
  stage.replaceChildren(view.root);
  if (focus) view.heading.focus({ preventScroll: true });
}

/** The explanation is there at once; the steps behind it come as soon as they are loaded. */
async function begin({ focus }) {
  const loaded = import('./steps.js');
  const later = (step) => async () => {
    await started;
    steps.go(step);
  };
  if (!location.hash && (history.state?.step ?? 'explanation') === 'explanation') {
    const view = explanationView({ onBegin: later('selection'), onPhoto: later('photo') });
    stage.replaceChildren(stepList('explanation'), view.root);
  }
  const started = loaded.then(({ visitSteps }) => {
    steps = visitSteps(stage, document.getElementById('policy'), head);
    return steps.begin({ focus });
  });
}

function onLanguage() {
  speak(words.other.language);
  head.speak();
  if (steps) steps.speak();
  else if (!passed()) showGate({ focus: false });
}

if (passed()) begin({ focus: false });
else showGate({ focus: false });
