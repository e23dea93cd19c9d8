import type { Answer, AskOptions, FoundAnswer, ResidentTask } from '@diffprune/inference/node';
import { Problem } from './problem.ts';

/** What a client may ask of a task: one text, a pair, or a question about a text. */
type Input =
  | { readonly text: string; readonly textB?: string }
  | { readonly question: string; readonly context: string };

/** What a body asks: one input, or several. */
export interface Asked {
  readonly inputs: readonly unknown[];
  readonly isList: boolean;
}

/**
 * What the body of a request asks.
 *
 * @param mostInputs of one request
 * @throws Problem if it is not JSON of the expected shape, or has too many inputs
 */
export function parseBody(text: string, mostInputs: number): Asked {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `the body is not JSON: ${(error as Error).message}`);
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem(400, 'the body is no JSON object: send { "text": … } or { "inputs": [ … ] }');
  }
  if (!('inputs' in body)) return { inputs: [body], isList: false };
  const { inputs } = body;
  if (!Array.isArray(inputs)) throw new Problem(400, '"inputs" is no list');
  if (inputs.length > mostInputs) {
    throw new Problem(413, `${inputs.length} inputs in one request; at most ${mostInputs} are taken`);
  }
  return { inputs, isList: true };
}

/**
 * Asks a task.
 *
 * @param mostCharacters of an input's texts together
 * @throws Problem for an input of another shape, or one that is too long; InferenceError for one that the task does not
 *   take
 */
export function askTask(
  task: ResidentTask,
  given: unknown,
  mostCharacters: number,
  options: AskOptions,
): Promise<object> {
  const input = checkInput(given, mostCharacters);
  if ('question' in input) return task.answer(input, options).then(foundAnswer);
  const { text, textB } = input;
  return task.classify(textB === undefined ? text : { textA: text, textB }, options).then(labelAnswer);
}

function labelAnswer({ label, score, probabilities }: Answer): object {
  return label === undefined ? { score } : { label, probabilities: Object.fromEntries(probabilities) };
}

function foundAnswer({ label, text, start, end, probability, alternatives }: FoundAnswer): object {
  return { label, text, start, end, probability, alternatives };
}

const shapes = [['text'], ['text', 'textB'], ['question', 'context']].map((fields) =>
  fields.toSorted().join(),
);

function checkInput(given: unknown, mostCharacters: number): Input {
  const fields = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  const names = fields.map(([name]) => name).sort();
  if (!shapes.includes(names.join()) || !fields.every(([, value]) => typeof value === 'string')) {
    throw new Problem(
      400,
      'an input has "text", "text" and "textB", or "question" and "context", and nothing else; each is a string',
    );
  }
  const characters = fields.reduce((sum, [, value]) => sum + (value as string).length, 0);
  if (characters > mostCharacters) {
    throw new Problem(413, `an input of ${characters} characters; at most ${mostCharacters} are taken`);
  }
  return given as Input;
}
