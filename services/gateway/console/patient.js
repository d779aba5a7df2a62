/** Times that a gateway that judges something else already is asked again. */
const TRIES = 10;

/** `ask(path)`, and again after a while where it says that it is busy; given up once `left()` is true. */
export async function patiently(ask, path, left = () => false) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask(path);
    } catch (problem) {
      if (problem.status !== 429 || tried === TRIES || left()) throw problem;
      await new Promise((resolve) => setTimeout(resolve, problem.retryAfterMs ?? 1000));
    }
  }
}
