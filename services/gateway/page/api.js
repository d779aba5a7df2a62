import { Problem } from './problem.js';

/** @typedef {import('../contract/openapi').components['schemas']} Contract */

const ANSWER_WITHIN_MS = 20_000;

/**
 * → `{catalogue_version, representatives: [{group, person}] ×9}`; 503 while there is no catalogue.
 * @returns {Promise<Contract['Representatives']>}
 */
export const representatives = () => ask('/api/v1/representatives');

/**
 * → the slate: ten people in order, with the weights and policy version that chose them; 409 when the catalogue is gone.
 * @param {string} catalogue_version
 * @param {number[]} ranking
 * @returns {Promise<Contract['Slate']>}
 */
export const recommendation = (catalogue_version, ranking) =>
  ask('/api/v1/recommendations', json({ catalogue_version, ranking }));

/**
 * → `{width, height, faces: [{box: [x1, y1, x2, y2], probability}]}`, largest first, in pixels of the picture.
 * @param {Blob} image
 * @returns {Promise<Contract['PhotoFaces']>}
 */
export const facesOf = (image) => ask('/api/v1/photos/faces', form({ image }));

/**
 * → a slate with `ranking` and `similarities` to the nine groups, for face number `face` of the picture.
 * @param {Blob} image
 * @param {number} face
 * @returns {Promise<Contract['SlateByPhoto']>}
 */
export const recommendationByPhoto = (image, face) => ask('/api/v1/recommendations/photo', form({ image, face }));

/**
 * → `{version, clicks_applied, mean_reward_recent, updated_at, weights: [1, w2..w5], learner}`.
 * @returns {Promise<Contract['PolicyView']>}
 */
export const policy = () => ask('/api/v1/policy');

/** Whether the server can be heard, whatever it says. */
export const answers = () => heard('/api/v1/policy', { method: 'HEAD' }).then(() => true, () => false);

/**
 * → `{rank, reward, duplicate?}` of the first click on a slate. It goes through even when the page closes before the
 * answer: sent again from there, it changes nothing.
 * @param {string} recommendation_id
 * @param {string} person_id
 * @returns {Promise<Contract['ClickAnswer']>}
 */
export async function click(recommendation_id, person_id) {
  /** @type {Contract['ClickRequest']} */
  const body = { recommendation_id, person_id };
  const again = () => navigator.sendBeacon('/api/v1/clicks', new Blob([JSON.stringify(body)], { type: 'application/json' }));
  addEventListener('pagehide', again);
  try {
    return await ask('/api/v1/clicks', { ...json(body), keepalive: true });
  } finally {
    removeEventListener('pagehide', again);
  }
}

const json = (body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

function form(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return { method: 'POST', body };
}

/** @param {RequestInit} options */
const heard = (path, options) =>
  fetch(path, { ...options, credentials: 'omit', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function ask(path, options = {}) {
  let response;
  try {
    response = await heard(path, options);
  } catch {
    throw new Problem({ code: navigator.onLine ? 'unreachable' : 'offline' });
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const seconds = Number(response.headers.get('retry-after'));
  throw new Problem({
    status: response.status,
    code: answer?.code,
    field: answer?.field,
    reference: answer?.request_id,
    retryAfterMs: seconds > 0 ? seconds * 1000 : null,
  });
}
