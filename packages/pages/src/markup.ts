/** Markup, whose text is escaped already. Made by the `markup` tag, so that nothing else passes for it. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

/** What the `markup` tag takes between its pieces: text, which it escapes, markup, and lists of both. */
export type Content = string | number | Markup | readonly Content[] | undefined;

/** Escapes what HTML would read as its own, in text and between quotes of an attribute. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** Markup with values in it: text is escaped, markup stays, undefined is nothing. */
export function markup(pieces: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(pieces.map((piece, i) => (i === 0 ? piece : render(values[i - 1]) + piece)).join(''));
}

function render(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.html;
  if (typeof content === 'object') return content.map(render).join('');
  return escapeHtml(String(content));
}
