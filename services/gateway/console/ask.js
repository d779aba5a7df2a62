/** What went wrong with a request: the fields of problem+json (RFC 9457), or of a server that did not answer (status 0). */
export class Problem extends Error {
  constructor({ status = 0, code = null, title = 'No answer', detail = '', field = null, retryAfterMs = null }) {
    super(detail || title);
    Object.assign(this, { status, code, title, detail, field, retryAfterMs });
  }
}

/**
 * Whether the door says that this token does not let in. 429 comes from many others, too; and a 403 of another kind, such as one
 * for a page that the gateway does not know as its own, is no word about the token.
 */
const isRefusal = ({ status, code }) => status === 401 || code === 'wrong_token';

/**
 * `ask(path, options)` for whoever holds `token`: resolves to the answer's JSON (null where it has no body), or throws a
 * [Problem]. Options: `method`, `headers`, `body` (an object goes as JSON, a string, Blob or FormData as it is), and `as`: 'json', 'blob',
 * or 'lines' for an asynchronous iterator of a JSON value a line. `refused(problem)` is told when the door does not let in.
 */
export function asker(token, refused = () => {}) {
  return async function ask(path, { method, headers = {}, body, as = 'json' } = {}) {
    const plain = body === undefined || typeof body === 'string' || body instanceof Blob || body instanceof FormData;
    let response;
    try {
      response = await fetch(path, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { authorization: `Bearer ${token}`, ...(plain ? {} : { 'content-type': 'application/json' }), ...headers },
        body: plain ? body : JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
      });
    } catch {
      throw new Problem({ detail: 'the gateway cannot be reached; is it running?' });
    }
    if (!response.ok) {
      const problem = await problemOf(response);
      if (isRefusal(problem)) refused(problem);
      throw problem;
    }
    if (as === 'blob') return response.blob();
    if (as === 'lines') return lines(response.body);
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  };
}

async function problemOf(response) {
  const { code, title, detail, field } = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfterMs = seconds > 0 ? seconds * 1000 : null;
  return new Problem({ status: response.status, code, title: title ?? response.statusText, detail, field, retryAfterMs });
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let left = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const whole = (left + value).split('\n');
      left = whole.pop();
      for (const line of whole) if (line) yield JSON.parse(line);
    }
  } finally {
    // Whoever stops reading hangs up.
    reader.cancel().catch(() => {});
  }
}
