import { element } from './element.js';
import { svg, ticks } from './svg.js';

const WIDTH = 640;
const HEIGHT = 260;
const EDGE = { left: 56, right: 14, top: 12, bottom: 40 };

/**
 * Lines over a common x, each with its name; a point may have an interval.
 *
 * @param {{title: string, x: string, y: string, digits?: number,
 *   series: {name: string, points: {x: number, y: number, low?: number, high?: number}[]}[]}} chart
 */
export function lineChart({ title, x, y, series, digits = 2 }) {
  const points = series.flatMap((line) => line.points);
  if (!points.length) return element('p', { class: 'soft' }, `${title}: there is nothing to draw yet.`);
  const across = scale(points.map((p) => p.x), EDGE.left, WIDTH - EDGE.right);
  const up = scale(points.flatMap((p) => [p.low ?? p.y, p.high ?? p.y]), HEIGHT - EDGE.bottom, EDGE.top);
  const grid = up.ticks.map((tick) => [
    svg('line', { class: 'grid', x1: EDGE.left, x2: WIDTH - EDGE.right, y1: up.at(tick), y2: up.at(tick) }),
    svg('text', { x: EDGE.left - 8, y: up.at(tick) + 4, 'text-anchor': 'end' }, tick.toFixed(digits).replace('-', '−'))]);
  const feet = across.ticks.map((tick) =>
    svg('text', { x: across.at(tick), y: HEIGHT - EDGE.bottom + 18, 'text-anchor': 'middle' }, String(tick)));
  const lines = series.map(({ points }, place) => svg('g', { class: `line line-${place % 6}` },
    points.filter((p) => p.low != null).map((p) =>
      svg('line', { class: 'whisker', x1: across.at(p.x), x2: across.at(p.x), y1: up.at(p.low), y2: up.at(p.high) })),
    svg('polyline', { points: points.map((p) => `${across.at(p.x).toFixed(1)},${up.at(p.y).toFixed(1)}`).join(' ') }),
    points.length < 60 && points.map((p) => svg('circle', { cx: across.at(p.x), cy: up.at(p.y), r: 2.5 }))));
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': told(title, y, series, digits) },
    grid, feet,
    svg('text', { class: 'label', x: (WIDTH + EDGE.left) / 2, y: HEIGHT - 4, 'text-anchor': 'middle' }, x),
    lines);
  return element('figure', { class: 'chart' },
    element('figcaption', {}, element('strong', {}, title), ` ${y}`),
    drawing,
    element('ul', { class: 'legend' }, series.map(({ name }, place) =>
      element('li', {}, svg('svg', { class: `line line-${place % 6}`, viewBox: '0 0 24 8', width: 24, height: 8, 'aria-hidden': 'true' },
        svg('polyline', { points: '0,4 24,4' })), ` ${name}`))));
}

/** What a drawing shows, for those who do not see it: where each line begins and ends. */
function told(title, y, series, digits) {
  const ends = series.filter((line) => line.points.length).map(({ name, points }) =>
    `${name} from ${points[0].y.toFixed(digits)} to ${points.at(-1).y.toFixed(digits)}`);
  return `${title} (${y}): ${ends.join('; ')}`;
}

function scale(values, from, to) {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  return { at: (value) => from + (to - from) * ((value - low) / (high - low)), ticks: ticks(low, high) };
}
