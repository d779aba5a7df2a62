import { Problem } from './problem.js';

/** Longer side of what is sent, in pixels: enough for a face, and small to send. */
const LONGEST = 1024;
const QUALITY = 0.9;
/** Side of what is shown around a face, in sides of its box. */
const AROUND = 1.5;

/** A picture made small: `source` is a file or a canvas. Upright, as its EXIF data says. → `{canvas, image}` */
export async function madeSmall(source) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' });
  } catch {
    throw new Problem({ code: 'not_a_picture' });
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  // A JPEG has no transparency.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const image = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
  if (!image) throw new Problem({ code: 'not_a_picture' });
  return { canvas, image };
}

/** A canvas of `side` pixels with what lies around `box` in the picture. */
export function cropped(picture, [left, top, right, bottom], side) {
  const wanted = Math.max(right - left, bottom - top) * AROUND;
  const around = Math.min(wanted, picture.width, picture.height);
  const start = (centre, limit) => Math.max(0, Math.min(centre - around / 2, limit - around));
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  canvas.getContext('2d').drawImage(picture,
    start((left + right) / 2, picture.width), start((top + bottom) / 2, picture.height), around, around,
    0, 0, side, side);
  return canvas;
}
