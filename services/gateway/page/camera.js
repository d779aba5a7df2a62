import { element } from './element.js';
import { Problem } from './problem.js';
import { words } from './words.js';

/** Whether the page may show the camera's picture itself; a phone's own camera is opened by a file field. */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia) && !matchMedia('(pointer: coarse)').matches;

/** The camera's picture, until one is taken. `onShot(canvas)`; `stop()` turns the camera off. */
export function cameraView({ onShot, onCancel, onProblem }) {
  const video = element('video', { playsinline: true, autoplay: true, muted: true, 'aria-label': words.photo.live });
  video.muted = true;
  const shoot = element('button',
    { class: 'primary', 'data-testid': 'shoot', disabled: true, onclick: () => onShot(shot(video)) }, words.photo.shoot);
  let stopped = false;
  let stream = null;

  function stop() {
    stopped = true;
    stream?.getTracks().forEach((track) => track.stop());
  }

  navigator.mediaDevices.getUserMedia({ video: { facingMode: 'user' } }).then((opened) => {
    stream = opened;
    if (stopped) return stop();
    video.srcObject = stream;
    video.addEventListener('loadeddata', () => { shoot.disabled = false; });
  }, ({ name }) => onProblem(new Problem({ code: name === 'NotFoundError' ? 'camera_missing' : 'camera_refused' })));

  const root = element('div', { class: 'camera' }, video,
    element('div', { class: 'answers' }, shoot,
      element('button', { class: 'quiet', 'data-testid': 'cancel', onclick: onCancel }, words.photo.cancel)));
  return { root, stop };
}

/** The picture of now: once the camera is off, there may be none. */
function shot(video) {
  const canvas = element('canvas', { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext('2d').drawImage(video, 0, 0);
  return canvas;
}
