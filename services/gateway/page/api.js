import { Problem } from './problem.js';

const ANSWER_WITHIN_MS = 20_000;

/** → `{catalogue_version, representatives: [{group, person}] ×9}`; 503 while there is no catalogue. */
export const representatives = () => ask('/api/v1/representatives');

/** → the slate: ten people in order, with the weights and policy version that chose them; 409 when the catalogue is gone. */
export const recommendation = (catalogue_version, ranking) =>
  ask('/api/v1/recommendations', json({ catalogue_version, ranking }));

/** → `{width, height, faces: [{box: [x1, y1, x2, y2], probability}]}`, largest first, in pixels of the picture. */
export const facesOf = (image) => ask('/api/v1/photos/faces', form({ image }));

/** → a slate with `ranking` and `similarities` to the nine groups, for face number `face` of the picture. */
export const recommendationByPhoto = (image, face) => ask('/api/v1/recommendations/photo', form({ image, face }));

/** → `{version, clicks_applied, mean_reward_recent, updated_at, weights: [1, w2..w5], learner}`. */
export const policy = () => ask('/api/v1/policy');

/**
 * → `{rank, reward, duplicate?}` of the first click on a slate. It goes through even when the page closes before the
 * answer: sent again from there, it changes nothing.
 */
export async function click(recommendation_id, person_id) {
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

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, credentials: 'omit', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
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
