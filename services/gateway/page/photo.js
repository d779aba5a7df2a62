import * as api from './api.js';
import { cameraView } from './camera.js';
import { chooser } from './photo_chooser.js';
import { faceChoice } from './photo_faces.js';
import { element } from './element.js';
import { problemNotice } from './notice.js';
import { madeSmall } from './photo_file.js';
import { words } from './words.js';

/**
 * Another way to select: by the face in a photo. `visit.photo` is one of `{state: 'choose', problem?, again?}`,
 * `{state: 'camera'}`, `{state: 'looking'}`, `{state: 'none'}` and
 * `{state: 'faces', picture, faces, face, asking, problem?}`.
 */
export function photoView(visit, { changed, onSlate, onFaces }) {
  let shown = null;
  let camera = null;
  const heading = element('h1', { tabindex: '-1' });
  const lead = element('p', { class: 'lead' });
  const messages = element('div', { class: 'messages' });
  const body = element('div', { class: 'photo-body' });
  const root = element('section', { class: 'photo', 'data-testid': 'photo' },
    element('header', { class: 'intro' }, heading, lead, messages), body,
    element('button', { class: 'text photo-link', onclick: onFaces }, words.photo.faces));

  function become(photo) {
    visit.photo = photo;
    changed();
  }

  async function take(source) {
    const mine = { state: 'looking' };
    become(mine);
    try {
      const picture = await madeSmall(source);
      const { faces } = await api.facesOf(picture.image);
      // Another photo, or another step, came between.
      if (visit.photo !== mine) return;
      become(faces.length === 0 ? { state: 'none' } : { state: 'faces', picture, faces, face: 0 });
    } catch (problem) {
      // What may pass later is worth another try with the same photo.
      const again = problem.isTransient && source;
      if (visit.photo === mine) become({ state: 'choose', problem, again });
    }
  }

  async function use() {
    const { photo } = visit;
    if (photo.asking) return;
    Object.assign(photo, { asking: true, problem: null });
    changed();
    try {
      const slate = await api.recommendationByPhoto(photo.picture.image, photo.face);
      photo.asking = false;
      if (visit.photo === photo && visit.step === 'photo') onSlate(slate, slate.ranking);
    } catch (problem) {
      Object.assign(photo, { asking: false, problem });
      changed();
    }
  }

  const other = () => become({ state: 'choose' });

  function said() {
    const { photo } = visit;
    if (photo.state === 'none') return words.photo.none;
    if (photo.state === 'looking') return { heading: words.photo.looking, lead: '' };
    if (photo.state !== 'faces') return words.photo;
    const several = { heading: words.photo.several.heading, lead: words.photo.several.lead(photo.faces.length) };
    return photo.faces.length === 1 ? words.photo.one : several;
  }

  function content() {
    const { photo } = visit;
    if (photo.state === 'camera') {
      camera = cameraView({ onShot: take, onCancel: other, onProblem: (problem) => become({ state: 'choose', problem }) });
      return camera.root;
    }
    if (photo.state === 'looking') return element('div', { class: 'looking skeleton', 'aria-hidden': 'true' });
    if (photo.state === 'faces') return faceChoice(photo, { onUse: use, onOther: other, changed });
    return chooser({ onFile: take, onCamera: () => become({ state: 'camera' }) });
  }

  function update() {
    const { photo } = visit;
    const { problem } = photo;
    messages.replaceChildren(...(problem
      ? [problemNotice(problem, photo.state === 'faces' ? use : photo.again && (() => take(photo.again)))] : []));
    if (shown === photo) return body.firstElementChild.update?.();
    const first = shown === null;
    shown = photo;
    camera?.stop();
    camera = null;
    const words = said();
    heading.textContent = words.heading;
    lead.textContent = words.lead;
    body.replaceChildren(content());
    root.dataset.state = photo.state;
    if (!first && !problem) heading.focus({ preventScroll: true });
  }

  update();
  return { root, heading, update, left: () => camera?.stop() };
}
