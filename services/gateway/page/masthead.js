import { element } from './element.js';
import { glow } from './glow.js';
import { words } from './words.js';

/** What stands above every step: the way home, where the policy stands (on a phone its panel is below), the language. */
export function masthead(root, { onHome, onLanguage }) {
  const pill = element('button', { class: 'pill', hidden: true, 'data-testid': 'pill', onclick: showPanel });
  const language = element('button', { class: 'language', 'data-testid': 'language', onclick: onLanguage });
  const home = element('button', { class: 'mark', onclick: onHome },
    element('img', { src: '/assets/icon.svg', alt: '', width: 30, height: 30 }), element('span', {}, 'AVzeus'));
  let version = null;
  root.replaceChildren(home, element('div', { class: 'masthead-side' }, pill, language));

  function speak() {
    home.setAttribute('aria-label', words.home);
    language.textContent = words.other.short;
    language.lang = words.other.language;
    language.setAttribute('aria-label', words.other.label);
    if (version != null) pill.textContent = `${words.policy.pill} ${version}`;
  }

  speak();
  return {
    speak,
    /** Whether there is a panel to lead to. */
    panel(yes) {
      pill.hidden = !yes || version == null;
    },
    showPolicy(policy, panelShown) {
      if (version != null && version !== policy.version) glow(pill);
      version = policy.version;
      pill.hidden = !panelShown;
      speak();
    },
    connected(yes) {
      pill.classList.toggle('on', yes);
    },
  };
}

function showPanel() {
  const heading = document.getElementById('policy-heading');
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' });
}
