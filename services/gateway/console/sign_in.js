import { asker } from './ask.js';
import { button, checkbox, field } from './controls.js';
import { element } from './element.js';

/** Any answer behind the door will do: it says that the token lets in. */
const BEHIND_THE_DOOR = '/api/v1/admin/dead-letters?limit=1';
const REFUSALS = {
  401: 'Type the operator’s token.',
  wrong_token: 'That is not the operator’s token.',
  429: 'Too many wrong tokens. Wait a minute, then try again.',
};

/** The word for a refusal by the door, or by a proxy before it; undefined where it let in. */
export const refusal = (problem) =>
  REFUSALS[problem.code] ?? REFUSALS[problem.status] ?? (problem.status === 403 ? problem.message : undefined);

/** Whether `token` lets in: undefined, or the word why not. */
export async function tried(token) {
  try {
    await asker(token)(BEHIND_THE_DOOR);
  } catch (problem) {
    return refusal(problem) ?? (problem.status === 0 ? problem.detail : undefined);
  }
}

/** The form; `onToken(token, keep)` is told a token that lets in. `word` says why one is asked for again. */
export function signInForm({ word = '', onToken }) {
  const token = field('Token', { type: 'password', name: 'token', autocomplete: 'current-password', required: true,
    'data-testid': 'token', 'aria-describedby': 'refusal' });
  const keep = checkbox('Keep for this tab', { 'data-testid': 'keep' });
  const said = element('p', { id: 'refusal', class: 'refusal', role: 'alert', 'data-testid': 'refusal' }, word);
  const submit = button('Sign in', { type: 'submit', class: 'primary', 'data-testid': 'sign-in' });

  async function send(event) {
    event.preventDefault();
    submit.disabled = true;
    const typed = token.input.value.trim();
    const why = await tried(typed);
    submit.disabled = false;
    if (!why) return onToken(typed, keep.input.checked);
    said.textContent = why;
    token.input.select();
  }

  const root = element('form', { class: 'sign-in card', onsubmit: send },
    element('h1', { tabindex: '-1' }, 'Operators'),
    element('p', { class: 'soft' }, 'The token is the one that the gateway was started with. It stays in this tab’s memory.'),
    token.root, keep.root, said, submit);
  return { root, focus: () => token.input.focus() };
}
