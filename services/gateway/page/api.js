import { words } from './words.js';

/** What went wrong with a request: the fields of problem+json (RFC 9457), or of a server that did not answer (status 0). */
export class Problem extends Error {
  constructor({ status = 0, title = words.problem.unexpected, detail = '', retryAfterMs = null }) {
    super(title);
    Object.assign(this, { status, title, detail, retryAfterMs });
  }
}

/** → `{catalogue_version, representatives: [{group, person}] ×9}`; 503 while there is no catalogue. */
export const representatives = () => ask('/api/v1/representatives');

/** → the slate: ten people in order, with the weights and policy version that chose them; 409 when the catalogue is gone. */
export const recommendation = (catalogue_version, ranking) =>
  ask('/api/v1/recommendations', { catalogue_version, ranking });

/** → `{rank, reward, duplicate?}` of the first click. Goes through even when the page closes meanwhile. */
export const click = (recommendation_id, person_id) =>
  ask('/api/v1/clicks', { recommendation_id, person_id }, { keepalive: true });

/** → `{version, clicks_applied, mean_reward_recent, updated_at, weights: [1, w2..w5], learner}`. */
export const policy = () => ask('/api/v1/policy');

const ANSWER_WITHIN_MS = 20_000;

async function ask(path, body, options = {}) {
  const post = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, { ...post, ...options, credentials: 'omit', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } catch {
    throw new Problem(words.problem.unreachable);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const seconds = Number(response.headers.get('retry-after'));
  throw new Problem({
    status: response.status,
    title: answer?.title,
    detail: answer?.detail,
    retryAfterMs: seconds > 0 ? seconds * 1000 : null,
  });
}
