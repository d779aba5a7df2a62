import { hasCamera } from './camera.js';
import { element } from './element.js';
import { words } from './words.js';

/** A place to drop a photo on, a button to pick one, and the camera where there is one. */
export function chooser({ onFile, onCamera }) {
  const picked = ({ target }) => target.files[0] && onFile(target.files[0]);
  const file = element('input', { type: 'file', accept: 'image/*', hidden: true, 'data-testid': 'file', onchange: picked });
  const phone = element('input', { type: 'file', accept: 'image/*', capture: 'user', hidden: true, onchange: picked });
  const coarse = matchMedia('(pointer: coarse)').matches;
  const camera = (hasCamera() || coarse) && element('button',
    { class: 'quiet', 'data-testid': 'camera', onclick: () => (coarse ? phone.click() : onCamera()) },
    words.photo.camera);

  let over = 0;
  const hover = (change) => (event) => {
    event.preventDefault();
    over = Math.max(0, over + change);
    root.classList.toggle('over', over > 0);
  };
  const root = element('div', {
    class: 'chooser', ondragenter: hover(1), ondragleave: hover(-1),
    ondragover: (event) => event.preventDefault(),
    ondrop(event) {
      event.preventDefault();
      const [dropped] = event.dataTransfer.files;
      if (dropped) onFile(dropped);
    },
  },
  !coarse && element('p', { class: 'drop' }, words.photo.drop),
  element('div', { class: 'answers' },
    element('button', { class: 'primary', 'data-testid': 'pick', onclick: () => file.click() }, words.photo.pick),
    camera),
  element('p', { class: 'fine' }, words.photo.privacy),
  file, phone);
  return root;
}
