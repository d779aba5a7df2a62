import { element } from './element.js';
import { keep, recall } from './memory.js';
import { words } from './words.js';

/** Whether this browser's visitor has said before that they are 18 or older. */
export const passed = () => recall('adult') === 'yes';

/** The question before anything else. Only a yes is remembered. */
export function gateView(gate, { onPassed, onAnswer }) {
  const { heading, lead, yes, no, note, leave, leaveLead, mistake } = words.gate;
  const title = element('h1', { tabindex: '-1' }, gate.refused ? leave : heading);
  const answer = (refused) => () => onAnswer(Object.assign(gate, { refused }));
  const pass = () => {
    keep('adult', 'yes');
    onPassed();
  };
  const root = element('section', { class: 'gate', 'data-testid': 'gate' },
    element('img', { class: 'emblem', src: '/assets/icon.svg', alt: '', width: 64, height: 64 }),
    title,
    element('p', { class: 'lead' }, gate.refused ? leaveLead : lead),
    gate.refused
      ? element('button', { class: 'quiet', 'data-testid': 'mistake', onclick: answer(false) }, mistake)
      : element('div', { class: 'answers' },
        element('button', { class: 'primary', 'data-testid': 'adult', onclick: pass }, yes),
        element('button', { class: 'quiet', 'data-testid': 'minor', onclick: answer(true) }, no)),
    !gate.refused && element('p', { class: 'fine' }, note));
  return { root, heading: title };
}
