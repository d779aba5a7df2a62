import { element } from './element.js';
import { cropped } from './photo_file.js';
import { words } from './words.js';

/** Side of a face as it is drawn, in pixels; it is shown at half of that or less. */
const SIDE = 480;

/** The faces of a photo, cropped: one to confirm, or several of which one is chosen. */
export function faceChoice(photo, { onUse, onOther, changed }) {
  const { faces, picture } = photo;
  const crops = faces.map(({ box }, place) => {
    const canvas = cropped(picture.canvas, box, SIDE);
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', words.photo.face(place + 1, faces.length));
    return canvas;
  });
  const label = element('span');
  const root = element('div', { class: 'face-choice' },
    faces.length === 1
      ? element('div', { class: 'crop', 'data-testid': 'crop' }, crops[0])
      : element('fieldset', { class: 'crops' },
        element('legend', { class: 'unseen' }, words.photo.several.heading),
        crops.map((canvas, place) => element('label', { class: 'crop', 'data-testid': 'crop' },
          element('input', { type: 'radio', name: 'face', value: place, checked: place === photo.face, onchange: () => pick(place) }),
          canvas))),
    element('div', { class: 'answers' },
      element('button', { class: 'primary', 'data-testid': 'use', onclick: onUse }, label),
      element('button', { class: 'quiet', 'data-testid': 'other', onclick: onOther }, words.photo.other)),
    element('p', { class: 'fine' }, words.photo.privacy));

  function pick(place) {
    Object.assign(photo, { face: place, problem: null });
    changed();
  }

  root.update = () => {
    label.textContent = photo.asking ? words.photo.using : words.photo.use;
    label.parentElement.toggleAttribute('aria-busy', Boolean(photo.asking));
  };
  root.update();
  return root;
}
