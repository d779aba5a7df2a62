import { element } from './element.js';

/** A person's picture; their initials where the picture cannot be had (withdrawn, offline). The name stands beside it. */
export function portrait({ name, image_url }) {
  const initials = name.split(/\s+/).map((part) => part[0]).slice(0, 2).join('');
  const image = element('img', { src: image_url, alt: '', decoding: 'async', draggable: 'false' });
  const frame = element('span', { class: 'portrait' }, image);
  image.addEventListener('error', () =>
    image.replaceWith(element('span', { class: 'initials', 'aria-hidden': 'true' }, initials)));
  return frame;
}
