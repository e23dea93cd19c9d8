import type { Options, Point } from './sweep-file.ts';

/** What a run is does not depend on them: where things lie, and what machine does it. */
const unnamed = new Set(['data', 'threads', 'engine', 'save-steps', 'log-steps']);

/** Options with a place of their own in a name. */
const placed = new Set(['base', 'task', 'train-rows', 'method', 'density', 'remaining', 'teacher', 'seed']);

/** The longest name, in characters: file systems take 255, and logs and temporary files add to it. */
const longest = 200;

/**
 * Names a run by what it is, as the name of a folder: `sample-model_opinion_full_seed-1_epochs-6`. The order of options
 * does not matter; paths count by their last part.
 */
export function runName(options: Point): string {
  const { base, task = '', method = '', density = '', remaining, seed } = options as Options;
  const rows = options['train-rows'];
  const teacher = teacherName(options);
  const others = Object.keys(options)
    .filter((name) => !unnamed.has(name) && !placed.has(name))
    .sort((a, b) => Number(b === 'epochs') - Number(a === 'epochs') || (a < b ? -1 : 1))
    .map((name) => `${name}-${options[name]}`);
  const parts = [
    base === undefined ? 'sample-model' : lastPart(base),
    lastPart(task).replace(/\.json$/i, ''),
    rows === undefined ? '' : `${rows}-rows`,
    ...[method, density],
    remaining === undefined ? '' : `remaining-${remaining}`,
    teacher === undefined ? '' : `taught-by-${lastPart(teacher)}`,
    seed === undefined ? '' : `seed-${seed}`,
    others.join('-'),
  ];
  const name = parts
    .filter((part) => part !== '')
    .map((part) => part.replace(/[^\w.,@+-]/g, '-'))
    .join('_');
  return name.length <= longest ? name : `${name.slice(0, longest - 9)}_${hash(name)}`;
}

function lastPart(path: string): string {
  return path.replace(/[\\/]+$/, '').split(/[\\/]/).at(-1)!; // prettier-ignore
}

/** FNV-1a, 32 bits, in hexadecimal. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** How a run's teacher is called: `full`, where that is what tells it from others. */
export function teacherName({ teacher }: Point): string | undefined {
  return typeof teacher === 'object' ? Object.values(teacher).join('-') : teacher;
}
