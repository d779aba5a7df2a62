const CALM = matchMedia('(prefers-reduced-motion: reduce)');

/** Lights a figure up for a moment, where movement is welcome. */
export function glow(node) {
  if (!CALM.matches) node.animate({ backgroundColor: ['var(--glow)', 'transparent'] }, { duration: 1600, easing: 'ease-out' });
}
