import { escapeHtml, heatMap, markup, page, plot, table } from './index.ts';

describe('markup', () => {
  it('escapes text, in attributes too, and leaves markup as it is', () => {
    const name = `<script>alert("1")</script> & 'more'`;
    const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;';
    expect(escapeHtml(name)).toBe(escaped);
    const bold = markup`<b title="${name}">${name}</b>`;
    expect(markup`<p>${bold}${[name, 2, [bold]]}${undefined}</p>`.html).toBe(
      `<p><b title="${escaped}">${escaped}</b>${escaped}2<b title="${escaped}">${escaped}</b></p>`,
    );
  });
});

describe('table', () => {
  it('names rows by their first cell and aligns columns of numbers at the right', () => {
    const { html } = table(
      ['layer', 'changed', 'rate', 'note'],
      [
        ['0 <x>', 1024, '3.5%', '1,024'],
        ['1', 7, '2.1e-5', 'none'],
        ['2', 0, '–', { text: '0.25', shade: 0.254 }],
      ],
    );
    expect(html).toContain('<th scope="row">0 &lt;x&gt;</th>');
    expect(html).toContain('<td class="number">1024</td><td class="number">3.5%</td><td>1,024</td>');
    expect(html).toContain('<td style="--shade:25%">0.25</td>');
    expect(html).toContain('<th scope="col" class="number">rate</th><th scope="col">note</th>');
  });

  it('shades a heat map by the largest number, and one of zeros not at all', () => {
    const { html } = heatMap(
      ['a', 'b'],
      [
        ['first', [1, 4]],
        ['second', [0, 2]],
      ],
      (value) => value.toFixed(1),
    );
    expect(html).toContain('<td class="number" style="--shade:25%">1.0</td>');
    expect(html).toContain('<td class="number" style="--shade:100%">4.0</td>');
    expect(heatMap(['a'], [['first', [0]]], String).html).toContain('style="--shade:0%">0</td>');
  });

  it('refuses a row that has not a cell for each column', () => {
    expect(() => table(['a', 'b'], [['1']])).toThrow('a row of a table has 1 cells, not 2');
  });
});

describe('plot', () => {
  it('takes the colour of the page for axes and text, and needs no script', async () => {
    const { html } = await plot('counts & "more"', {
      data: { values: [{ x: 'a', y: 2 }] },
      mark: 'bar',
      encoding: { x: { field: 'x', type: 'nominal' }, y: { field: 'y', type: 'quantitative' } },
    });
    expect(html).toContain('<svg role="img" aria-label="counts &amp; &quot;more&quot;"');
    expect(html).toContain('<figcaption>counts &amp; &quot;more&quot;</figcaption>');
    expect(html).toContain('width="360"');
    expect(html).toMatch(/<text[^>]*fill="currentColor"/);
    expect(html).not.toMatch(/fill="(#000|black|#fff|white)"|<script/);
  });
});

describe('page', () => {
  it('is one document, which names no other', () => {
    const html = page('a <b>', markup`<p>text</p>`, [markup`<p>more</p>`]);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('<title>a &lt;b&gt;</title>');
    expect(html).toContain('<h1>a &lt;b&gt;</h1>\n<p>text</p><p>more</p></body>');
    expect(html).not.toMatch(/(src|href)=|@import|url\(|<script/);
  });
});
