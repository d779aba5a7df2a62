import { words } from './words.js';

/** What went wrong: a refusal (problem+json, RFC 9457) by its `code`, or no answer at all (`status` 0). */
export class Problem extends Error {
  constructor({ status = 0, code = 'unexpected', field = null, reference = null, retryAfterMs = null }) {
    super(code);
    this.status = status;
    this.code = code;
    this.field = field;
    this.reference = reference;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the server was not heard at all. */
  get isSilence() {
    return ['offline', 'unreachable'].includes(this.code);
  }

  /** Whether the same may pass a moment later. */
  get isTransient() {
    return this.isSilence || ['overloaded', 'unavailable'].includes(this.code);
  }
}

/** The visitor's words for it: `{title, detail}`. */
export function explained({ code, reference }) {
  const known = Object.hasOwn(words.problems, code) && words.problems[code];
  if (known?.title) return known;
  const { title, detail } = words.problems.unexpected;
  return { title, detail: reference ? words.problems.reference(reference) : detail };
}
