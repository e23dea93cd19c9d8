import type { ResidentBase, ResidentTask } from '@diffprune/inference/node';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { askTask, parseBody } from './ask-task.ts';
import { Measures } from './measures.ts';
import { openApi } from './open-api.ts';
import { Problem, statusOf } from './problem.ts';
import type { TaskFolder } from './task-folder.ts';

/** What a service takes at most. */
export interface Limits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Bytes of a diff that is put. */
  readonly diffBytes: number;
  /** Characters of an input. */
  readonly characters: number;
  /** Inputs of one request. */
  readonly inputs: number;
  /** Inputs that wait for an answer. */
  readonly queue: number;
  /** Milliseconds until a request must be answered. */
  readonly timeout: number;
}

/** An HTTP service over the tasks of a base. */
export interface Service {
  readonly app: Hono;
  /** From here on it says that it is unhealthy, and asks clients to close their connections. */
  drain(): void;
}

/**
 * @param folder where tasks are put; without it they cannot be changed
 * @param onError is told of what is nobody's fault but the program's
 */
export function createService(
  base: ResidentBase,
  folder: TaskFolder | undefined,
  limits: Limits,
  onError: (error: unknown) => void,
): Service {
  const app = new Hono();
  const measures = new Measures(base);
  let isDraining = false;

  app.use(async (c, next) => {
    const end = measures.begin();
    await next();
    if (isDraining) c.header('connection', 'close');
    end(c.req.routePath, c.req.method, c.res.status);
  });
  app.onError((error, c) => {
    const status = statusOf(error);
    if (status === 500) onError(error);
    if (status === 429) c.header('retry-after', '1');
    return c.json({ error: status === 500 ? 'the service failed; its log says why' : error.message }, status);
  });
  app.notFound((c) =>
    c.json({ error: `there is no ${c.req.path}; GET /openapi.json says what there is` }, 404),
  );

  app.get('/health', (c) =>
    isDraining ? c.json({ status: 'stopping' }, 503) : c.json({ status: 'ok', tasks: base.tasks.length }),
  );
  app.get('/metrics', async (c) =>
    c.body(await measures.text(), 200, { 'content-type': measures.contentType }),
  );
  app.get('/openapi.json', (c) => c.json(openApi(limits, folder !== undefined)));
  app.get('/tasks', (c) => c.json({ tasks: base.tasks.map(describe) }));
  app.get('/tasks/:task', (c) => c.json(describe(find(base, c.req.param('task')))));

  app.post('/tasks/:task/predict', limit(limits.bodyBytes), async (c) => {
    const task = find(base, c.req.param('task'));
    const { inputs, isList } = parseBody(await c.req.text(), limits.inputs);
    if (measures.waiting + inputs.length > limits.queue) {
      throw new Problem(429, `${measures.waiting} inputs wait for an answer already; try again`);
    }
    return inTime(limits.timeout, c.req.raw.signal, async (signal) => {
      const ask = async (input: unknown) =>
        measures.wait(task.name, askTask(task, input, limits.characters, { signal }));
      if (!isList) return c.json(await ask(inputs[0]));
      const answers = await Promise.allSettled(inputs.map(ask));
      signal.throwIfAborted(); // nobody waits for them any more
      return c.json({ answers: answers.map((each) => answerOrError(each, onError)) });
    });
  });

  if (folder !== undefined) {
    app.put('/tasks/:task', limit(limits.diffBytes), async (c) => {
      const name = c.req.param('task');
      const isNew = !base.tasks.some((task) => task.name === name);
      const task = await folder.put(name, new Uint8Array(await c.req.arrayBuffer()));
      return c.json(describe(task), isNew ? 201 : 200);
    });
    app.delete('/tasks/:task', async (c) => {
      const { name } = find(base, c.req.param('task'));
      await folder.remove(name);
      return c.body(null, 204);
    });
  }
  return { app, drain: () => (isDraining = true) };
}

const limit = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new Problem(413, `a body of more than ${maxSize} bytes is not taken`);
    },
  });

/** @throws Problem if there is no such task */
function find(base: ResidentBase, name: string): ResidentTask {
  const task = base.tasks.find((each) => each.name === name);
  if (task === undefined)
    throw new Problem(404, `there is no task "${name}"; GET /tasks lists those that there are`);
  return task;
}

function describe({ name, manifest, bytes }: ResidentTask): object {
  const { task, method, head, labels, texts, density, metrics } = manifest;
  return { name, task, method, head, labels, texts, density, metrics, bytes };
}

/**
 * Does something that may be given up: after some milliseconds, or when the client has gone.
 *
 * @throws Problem if it is given up
 */
async function inTime<Result>(
  milliseconds: number,
  client: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const giveUp = (): void => controller.abort();
  const timer = setTimeout(giveUp, milliseconds);
  client.addEventListener('abort', giveUp);
  try {
    return await Promise.race([
      work(controller.signal),
      new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () =>
          reject(new Problem(408, 'no answer in time: ask for less at once, or try again')),
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
    client.removeEventListener('abort', giveUp);
  }
}

/** What a list's client gets for one input. */
function answerOrError(each: PromiseSettledResult<object>, onError: (error: unknown) => void): object {
  if (each.status === 'fulfilled') return each.value;
  const error = each.reason as Error;
  if (statusOf(error) !== 500) return { error: error.message };
  onError(error);
  return { error: 'the service failed; its log says why' };
}
