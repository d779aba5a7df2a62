import { element } from './element.js';

/**
 * A crop's picture, fetched with the operator's token when it comes into view: an address alone would not be let in. Its bytes
 * are given back when the picture leaves the page.
 */
export function picture(ask, person, crop, { size = 96, name = '' } = {}) {
  const frame = element('span', { class: 'picture' });
  frame.style.setProperty('--size', `${size}px`);
  if (!crop) {
    frame.append(element('span', { class: 'soft' }, 'none'));
    return frame;
  }
  const seen = new IntersectionObserver(async ([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    seen.disconnect();
    frame.replaceChildren(await loaded(ask, person, crop, size, name));
  }, { rootMargin: '200px' });
  seen.observe(frame);
  return frame;
}

async function loaded(ask, person, crop, size, name) {
  const path = `/api/v1/admin/people/${person}/crops/${crop}?view=face`;
  try {
    const address = URL.createObjectURL(await ask(path, { as: 'blob' }));
    const free = () => URL.revokeObjectURL(address);
    return element('img', { src: address, alt: name, width: size, height: size, decoding: 'async', onload: free, onerror: free });
  } catch {
    return element('span', { class: 'soft' }, 'gone');
  }
}
