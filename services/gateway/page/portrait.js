import { element } from './element.js';

/** Widths that the server makes of a crop. */
const WIDTHS = [160, 320, 400];

/** A person's picture; their initials where it cannot be had (withdrawn, offline). `sizes`: how wide it is shown. */
export function portrait({ name, image_url }, sizes, { soon = false } = {}) {
  const initials = name.split(/\s+/).map((part) => part[0]).slice(0, 2).join('');
  const image = element('img', {
    alt: '', width: 320, height: 320, decoding: 'async', draggable: 'false',
    loading: soon ? 'eager' : 'lazy', fetchpriority: soon ? 'high' : null,
    sizes, srcset: scaled(image_url), src: image_url,
  });
  image.addEventListener('error', () =>
    image.replaceWith(element('span', { class: 'initials', 'aria-hidden': 'true' }, initials)));
  return element('span', { class: 'portrait' }, image);
}

/** A silhouette is a drawing, good at any size. */
const scaled = (url) =>
  url.startsWith('/media/crops/') ? WIDTHS.map((width) => `${url}?width=${width} ${width}w`).join(', ') : null;
