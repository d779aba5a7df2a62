import { element } from './element.js';
import { words } from './words.js';

const SHOWN = ['explanation', 'selection', 'results'];

/** Where in the visit one is. A photo is another way to select. */
export function stepList(step) {
  const at = step === 'photo' ? 'selection' : step;
  return element('ol', { class: 'steps', 'aria-label': words.steps.label }, SHOWN.map((name) =>
    element('li', { 'aria-current': name === at && 'step', class: SHOWN.indexOf(name) < SHOWN.indexOf(at) ? 'done' : null },
      words.steps[name])));
}
