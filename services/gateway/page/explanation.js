import { element } from './element.js';
import { words } from './words.js';

/** The first step: what happens here, in three parts. */
export function explanationView({ onBegin, onPhoto }) {
  const { heading, lead, parts, begin, photo, privacy } = words.explanation;
  const title = element('h1', { tabindex: '-1' }, heading);
  const root = element('section', { class: 'explanation' },
    element('header', { class: 'intro' }, title, element('p', { class: 'lead' }, lead)),
    element('ol', { class: 'parts' }, parts.map((part, place) => element('li', {},
      element('img', { src: `/assets/part-${place + 1}.svg`, alt: '', width: 120, height: 96 }),
      element('div', {}, element('h2', {}, part.title), element('p', {}, part.detail))))),
    element('div', { class: 'begin' },
      element('button', { class: 'primary', 'data-testid': 'begin', onclick: onBegin }, begin),
      element('button', { class: 'quiet', 'data-testid': 'by-photo', onclick: onPhoto }, photo)),
    element('p', { class: 'fine' }, privacy));
  return { root, heading: title };
}
