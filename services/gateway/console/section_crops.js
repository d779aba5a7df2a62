import { button, chip, field } from './controls.js';
import { element } from './element.js';
import { picture } from './picture.js';

/** What became of each of a person's crops: kept or dropped, with reasons and numbers. */
export const section = {
  id: 'crops',
  title: 'Crops',
  async open(root, { ask, say, at: [person] }) {
    const id = field('Person', { value: person ?? '', pattern: '[a-z0-9\\-]{1,64}', required: true, spellcheck: 'false',
      autocomplete: 'off', 'data-testid': 'crops-of' });
    root.append(element('form', { class: 'row', onsubmit(event) {
      event.preventDefault();
      location.hash = `crops/${id.input.value.trim()}`;
    } }, id.root, button('Show crops', { type: 'submit', class: 'primary' })));
    if (!person) return void root.append(element('p', { class: 'soft' }, 'Type an id of the roster, or choose somebody under People.'));
    try {
      const { catalogued, crops } = await ask(`/api/v1/admin/people/${person}`);
      const place = !catalogued ? 'not looked at yet' : catalogued.group === null ? catalogued.left_out : `in group ${catalogued.group}`;
      root.append(element('p', {}, element('a', { href: `#people/${person}` }, person), ` · ${place}`));
      for (const [title, tone, list] of [
        ['Kept', 'good', crops.filter(({ kept }) => kept)],
        ['Dropped', 'bad', crops.filter(({ kept }) => !kept)],
      ]) {
        root.append(element('section', { class: 'section' },
          element('h2', {}, `${title} `, chip(String(list.length), tone)),
          list.length ? element('ul', { class: 'sheet', 'data-testid': title.toLowerCase() }, list.map((crop) => figure(ask, person, crop)))
            : element('p', { class: 'soft' }, 'None.')));
      }
    } catch (problem) {
      say(problem.message, 'error');
    }
  },
};

function figure(ask, person, crop) {
  const { id, cosine, probability, source, quality, reason } = crop;
  const lines = [
    `cosine ${cosine === null ? '–' : cosine.toFixed(3)} · probability ${probability.toFixed(2)}`,
    quality && `${quality.face_side.toFixed(0)} px · sharpness ${quality.sharpness.toFixed(0)}`,
    quality && `yaw ${quality.yaw.toFixed(0)}° pitch ${quality.pitch.toFixed(0)}° roll ${quality.roll.toFixed(0)}°`,
  ];
  return element('li', { class: 'crop', 'data-testid': 'crop' },
    picture(ask, person, id, { size: 112, name: `crop from ${source}` }),
    element('div', { class: 'crop-words' },
      reason && element('strong', {}, reason),
      lines.filter(Boolean).map((line) => element('span', {}, line)),
      element('span', { class: 'mono soft', title: id }, source)));
}
