import * as api from './api.js';
import { policyPanel } from './policy.js';

const ASK_AGAIN_MS = 3000;

/** The policy as it stands, in its panel and in the masthead: asked for once, then told of by events. */
export function livePolicy(root, head) {
  let panel = policyPanel(root);
  let policy = null;
  let connected = false;
  let slate = null;
  let heard = false;
  let askAgain;

  function show(newer) {
    policy = newer;
    panel.show(policy);
    head.showPolicy(policy, slate != null);
  }

  return {
    heard(newer) {
      heard = true;
      show(newer);
    },
    async ask() {
      clearTimeout(askAgain);
      heard = false;
      try {
        const answer = await api.policy();
        // An event that arrived meanwhile is newer than this answer.
        if (!heard) show(answer);
      } catch {
        if (!heard) askAgain = setTimeout(this.ask.bind(this), ASK_AGAIN_MS);
      }
    },
    connected(yes) {
      connected = yes;
      panel.connected(yes);
      head.connected(yes);
    },
    /** Shows the panel beside a slate, with the weights that chose it; with null, hides it. */
    beside(recommendation) {
      slate = recommendation;
      root.hidden = slate == null;
      panel.mark(slate);
      head.panel(slate != null);
    },
    speak() {
      panel = policyPanel(root);
      if (policy) panel.show(policy);
      panel.connected(connected);
      panel.mark(slate);
    },
  };
}
