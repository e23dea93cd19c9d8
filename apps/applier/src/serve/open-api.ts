import { version } from '../this-package.ts';
import type { Limits } from './service.ts';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const answered = (description: string, schema: object) => ({ description, ...json(schema) });
const problem = (description: string) => answered(description, reference('Problem'));
const string = { type: 'string' } as const;
const number = { type: 'number' } as const;
const list = (items: object) => ({ type: 'array', items });
const object = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});

/** What the service has, as an OpenAPI 3.1 description. @param canChange whether tasks can be put and removed */
export function openApi(limits: Limits, canChange: boolean): object {
  const named = [{ name: 'task', in: 'path', required: true, schema: string }];
  const change = {
    put: {
      summary: 'Add a task, or replace it: the body is a .sdiff file of the same base',
      parameters: named,
      requestBody: {
        required: true,
        content: {
          'application/octet-stream': {
            schema: { ...string, format: 'binary', maxLength: limits.diffBytes },
          },
        },
      },
      responses: {
        200: answered('replaced', reference('Task')),
        201: answered('added', reference('Task')),
        400: problem('a name that no task can have'),
        413: problem('a diff that is too large'),
        422: problem('no diff, or one of another base'),
      },
    },
    delete: {
      summary: 'Remove a task; what was asked of it is still answered',
      parameters: named,
      responses: { 204: { description: 'removed' }, 404: problem('no such task') },
    },
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'diffprune',
      version,
      description: 'One resident BERT, and many tasks that are sparse diffs of it.',
    },
    paths: {
      '/tasks/{task}/predict': {
        post: {
          summary: 'Ask a task: one input, or a list',
          parameters: named,
          requestBody: { required: true, ...json({ anyOf: [reference('Input'), reference('Inputs')] }) },
          responses: {
            200: answered('the answer, or those to a list', {
              anyOf: [reference('Answer'), reference('Answers')],
            }),
            400: problem('a body that is not as described'),
            404: problem('no such task'),
            408: problem(`no answer within ${limits.timeout} ms`),
            413: problem('a body or an input that is too long'),
            422: problem('an input that the task does not take'),
            429: problem('too many inputs wait already'),
          },
        },
      },
      '/tasks': {
        get: {
          summary: 'All tasks',
          responses: { 200: answered('the tasks', object({ tasks: list(reference('Task')) })) },
        },
      },
      '/tasks/{task}': {
        get: {
          summary: 'A task',
          parameters: named,
          responses: { 200: answered('the task', reference('Task')), 404: problem('no such task') },
        },
        ...(canChange && change),
      },
      '/health': {
        get: {
          summary: 'Whether it serves',
          responses: { 200: { description: 'it does' }, 503: { description: 'it is stopping' } },
        },
      },
      '/metrics': {
        get: { summary: 'Measures for Prometheus', responses: { 200: { description: 'as text' } } },
      },
    },
    components: {
      schemas: {
        Input: {
          anyOf: [
            object({ text: { ...string, maxLength: limits.characters }, textB: string }, ['text']),
            object({ question: string, context: string }),
          ],
        },
        Inputs: object({ inputs: { ...list(reference('Input')), maxItems: limits.inputs } }),
        Answer: {
          anyOf: [
            object({ label: string, probabilities: { type: 'object', additionalProperties: number } }),
            object({ score: number }),
            object({
              label: string,
              text: string,
              start: number,
              end: number,
              probability: number,
              alternatives: list({ type: 'object' }),
            }),
          ],
        },
        Answers: object({ answers: list({ anyOf: [reference('Answer'), reference('Problem')] }) }),
        Problem: object({ error: string }),
        Task: object({
          ...{
            name: string,
            task: string,
            method: string,
            head: string,
            labels: list(string),
            texts: number,
          },
          ...{ density: number, metrics: { type: 'object' }, bytes: number },
        }),
      },
    },
  };
}
