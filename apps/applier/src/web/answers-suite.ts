import { vulkanEnvironment } from '@diffprune/testing';
import { nodeAnswer, pair, texts } from './node-answers.fixture.ts';
import { showsNumbers } from './served-page.fixture.ts';
import { reader, type Visit } from './suite.ts';

const inputOf = (task: string) => (task === 'opinion' ? texts[0] : pair);

/** What the page answers, and when. */
export function answersSuite(visit: Visit): void {
  /** @param choose the runtime that is tested, whose name the page then shows */
  async function agrees(runtime: string, isIsolated: boolean, choose?: [string, string]): Promise<void> {
    const { page, faults } = await visit.open(isIsolated);
    if (choose !== undefined) await page.getByLabel(choose[0]).selectOption(choose[1]);
    await page.getByText(runtime).waitFor();
    for (const task of ['opinion', 'inference', 'similarity']) {
      await reader.choose(page, task);
      const input = inputOf(task);
      if (typeof input === 'string') await reader.write(page, input);
      else await reader.write(page, input.textA, input.textB);
      await showsNumbers(page, await nodeAnswer(task, input));
      await page.getByText(/^Switched in [\d.<]+ ms$/).waitFor();
    }
    expect(faults).toEqual([]);
  }

  it('answers as Node does, with one thread where it is not isolated', () =>
    agrees('WebAssembly, 1 thread,', false));

  it('answers as Node does, with two threads where it is', () =>
    agrees('WebAssembly, 2 threads,', true, ['Threads', '2']));

  const gpu = vulkanEnvironment === undefined ? it.skip : it;
  gpu('answers as Node does, on WebGPU (skipped where no driver is found)', () =>
    agrees('WebGPU,', true, ['Run on', 'webgpu']),
  );

  gpu('goes on where the GPU is lost (skipped where no driver is found)', async () => {
    const { page, faults } = await visit.open();
    await page.getByLabel('Run on').selectOption('webgpu');
    await page.getByText('WebGPU,').waitFor();
    await reader.waits(page);
    const worker = page.workers().find((each) => each.url().includes('/assets/worker'))!;
    await worker.evaluate(`{
      const { createCommandEncoder } = GPUDevice.prototype;
      GPUDevice.prototype.createCommandEncoder = function (...given) {
        this.destroy();
        return createCommandEncoder.apply(this, given);
      };
    }`);
    await reader.write(page, texts[1]);
    await page.getByRole('alert').getByText('The page goes on with WebAssembly').waitFor();
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    await page.getByText(/^WebAssembly, \d/).waitFor();
    expect(faults).toEqual([]);
  });

  it('shows the answer to the last text, however fast one types', async () => {
    const { page, faults } = await visit.open();
    await reader.waits(page);
    await reader.write(page, '');
    await page.getByText('Write something').waitFor();
    await page.getByLabel('Text', { exact: true }).pressSequentially(texts[1], { delay: 0 });
    const expected = await nodeAnswer('opinion', texts[1]);
    await showsNumbers(page, expected);
    await page.waitForTimeout(300);
    await showsNumbers(page, expected);
    expect(faults).toEqual([]);
  });

  it('shows the answer of the last task, however fast one switches', async () => {
    const { page, faults } = await visit.open();
    await reader.choose(page, 'similarity');
    await reader.write(page, pair.textA, pair.textB);
    for (let i = 0; i < 30; i++) await page.keyboard.press(`Alt+${i % 4}`);
    for (const [key, task] of [
      ['2', 'inference'],
      ['1', 'opinion'],
      ['3', 'similarity'],
    ] as const) {
      await page.keyboard.press(`Alt+${key}`);
      if (task === 'opinion') await reader.write(page, texts[0]);
      await showsNumbers(page, await nodeAnswer(task, inputOf(task)));
    }
    expect(faults).toEqual([]);
  });

  it('keeps tasks and fields while its base is opened anew, and what was chosen last', async () => {
    const { page, faults } = await visit.open();
    await reader.waits(page);
    await reader.choose(page, 'similarity');
    await reader.write(page, pair.textB, pair.textA);
    await page.evaluate(() => {
      const seen = ((globalThis as { seen?: Set<string> }).seen = new Set());
      new MutationObserver(() => {
        const all = [...document.querySelectorAll('textarea, [name=task]')];
        seen.add(all.map((each) => (each as HTMLInputElement).value).join());
      }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      const threads = document.querySelectorAll('select')[1]!;
      for (const chosen of ['2', '1']) {
        threads.value = chosen;
        threads.dispatchEvent(new Event('change'));
      }
    });
    await page.getByText('WebAssembly, 1 thread,').waitFor();
    await showsNumbers(page, await nodeAnswer('similarity', { textA: pair.textB, textB: pair.textA }));
    const { length } = page.workers().filter((each) => each.url().includes('/assets/worker'));
    expect(length).toBe(1);
    const shown = ['opinion', 'inference', 'similarity', '*', pair.textB, pair.textA].join();
    expect(await page.evaluate(() => [...(globalThis as { seen?: Set<string> }).seen!])).toEqual([shown]);
    expect(faults).toEqual([]);
  });

  it('puts no example where the reader is', async () => {
    const { page, faults } = await visit.open(true, {}, '', () => {
      const { fetch } = globalThis;
      globalThis.fetch = async (...given) => {
        await new Promise((resolve) => addEventListener('dblclick', resolve, { once: true }));
        return fetch(...given);
      };
    });
    const field = page.getByLabel('Text', { exact: true });
    await field.focus();
    await page.evaluate(() => dispatchEvent(new Event('dblclick')));
    await page.getByText('WebAssembly, ').waitFor();
    await page.keyboard.type(texts[1]);
    expect(await field.inputValue()).toBe(texts[1]);
    await showsNumbers(page, await nodeAnswer('opinion', texts[1]));
    await reader.choose(page, 'similarity');
    await showsNumbers(page, await nodeAnswer('similarity', pair));
    expect(faults).toEqual([]);
  });

  it('asks all tasks at once', async () => {
    const { page, faults } = await visit.open();
    await reader.choose(page, 'All at once');
    await reader.write(page, pair.textA, '');
    await page.getByText('Write two texts above.').first().waitFor();
    const single = await nodeAnswer('opinion', pair.textA);
    await showsNumbers(page, single);
    await reader.write(page, pair.textA, pair.textB);
    const others = [await nodeAnswer('inference', pair), await nodeAnswer('similarity', pair)];
    await showsNumbers(page, [...single, ...others.flat()]);
    expect(faults).toEqual([]);
  });

  it('asks nothing while an input method composes', async () => {
    const { page, faults } = await visit.open();
    await reader.write(page, texts[1]);
    const before = await nodeAnswer('opinion', texts[1]);
    await showsNumbers(page, before);
    await page.getByLabel('Text', { exact: true }).press('End');
    const devtools = await page.context().newCDPSession(page);
    for (const text of ['w', 'wi', 'wir']) {
      await devtools.send('Input.imeSetComposition', {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      });
    }
    await page.waitForTimeout(200);
    await showsNumbers(page, before);
    expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe(`${texts[1]}wir`);
    await devtools.send('Input.insertText', { text: ' The waiter was rude.' });
    await showsNumbers(page, await nodeAnswer('opinion', `${texts[1]} The waiter was rude.`));
    expect(faults).toEqual([]);
  });

  it('is used by the keyboard alone, and says its answers', async () => {
    const { page, faults } = await visit.open();
    await reader.waits(page);
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document;
        const seen = activeElement?.closest('.task, .button') ?? activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(seen);
        return {
          name: (activeElement as HTMLInputElement).name,
          isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
        };
      });
    const order: string[] = [];
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press('Tab');
      const { name, isSeen } = await focused();
      order.push(name);
      expect([name, isSeen]).toEqual([name, true]);
      if (name === 'task') break;
    }
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('radio', { name: 'inference' }).isChecked()).toBe(true);
    await page.keyboard.press('3');
    expect(await page.getByRole('radio', { name: 'similarity' }).isChecked()).toBe(true);
    await page.getByLabel('First text').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('2 men are swimming.');
    expect(await page.getByLabel('First text').inputValue()).toBe('2 men are swimming.');
    await page
      .getByRole('status')
      .getByText(/^similarity: \d\.\d\d$/)
      .waitFor();
    expect(faults).toEqual([]);
  });

  it('has an address for a task and what it is asked', async () => {
    const { page, host, faults } = await visit.open(
      true,
      {},
      '#task=similarity&first=A+man+is+swimming.&second=Nobody+swims.',
    );
    const [first, second] = ['A man is swimming.', 'Nobody swims.'];
    await showsNumbers(page, await nodeAnswer('similarity', { textA: first, textB: second }));
    await page.getByLabel('Second text').fill('She & he?');
    await page.waitForURL(`${host.url}#task=similarity&first=A+man+is+swimming.&second=She+%26+he%3F`);
    await page.evaluate(() => void (location.hash = '#task=opinion&text=We+liked+it.'));
    await showsNumbers(page, await nodeAnswer('opinion', 'We liked it.'));
    expect(faults).toEqual([]);
  });
}
