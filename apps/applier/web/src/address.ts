import type { Texts } from './state.ts';

/** What an address says of the page: which task is selected, and what it is asked. */
export interface Address {
  readonly task?: string;
  readonly texts: { readonly [Kind in keyof Texts]?: Partial<Texts[Kind]> };
}

/** Names of the fields in an address, by what they are. */
const names = {
  text: { textA: 'text' },
  pair: { textA: 'first', textB: 'second' },
  question: { question: 'question', context: 'context' },
} as const satisfies { [Kind in keyof Texts]: Record<keyof Texts[Kind], string> };

/** @param hash such as `#task=opinion&text=The+soup+was+good.` */
export function readAddress(hash: string): Address {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const texts: Record<string, Record<string, string>> = {};
  for (const [kind, fields] of Object.entries(names)) {
    for (const [field, name] of Object.entries(fields)) {
      const value = given.get(name);
      if (value !== null) (texts[kind] ??= {})[field] = value;
    }
  }
  const task = given.get('task');
  return { ...(task !== null && { task }), texts };
}

/** The address of a task and what it is asked. */
export function writeAddress<Kind extends keyof Texts>(task: string, kind: Kind, texts: Texts[Kind]): string {
  const said = new URLSearchParams({ task });
  for (const [field, name] of Object.entries(names[kind])) {
    const text = (texts as Record<string, string>)[field]!;
    if (text !== '') said.set(name, text);
  }
  return `#${said.toString()}`;
}
