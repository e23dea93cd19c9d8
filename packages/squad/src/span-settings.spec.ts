import { completeSpanSettings, defaultMaxLength, defaultSpanSettings } from './span-settings.ts';

describe('completeSpanSettings', () => {
  it('has the usual ones in rows of the usual length', () => {
    expect(completeSpanSettings({ epochs: 3 }, defaultMaxLength)).toEqual(defaultSpanSettings);
  });

  it('leaves room for the context in shorter rows', () => {
    expect(completeSpanSettings({}, 128)).toMatchObject({ maxQuestionLength: 64, docStride: 30 });
    expect(completeSpanSettings({ maxQuestionLength: 20 }, 128)).toMatchObject({ docStride: 52 });
    expect(completeSpanSettings({}, 24)).toMatchObject({ maxQuestionLength: 12, docStride: 4 });
  });

  it('takes what is given, whatever lies beside it', () => {
    const given = { docStride: 8, version2: true, nullThreshold: -1.5, nBest: 3, maxLength: 64 };
    const { maxLength: _, ...settings } = given;
    expect(completeSpanSettings(given, 64)).toEqual({
      maxAnswerLength: 30,
      maxQuestionLength: 32,
      ...settings,
    });
  });

  it.each([
    [{ docStride: '8' }, 'docStride is 8, expected an integer of at least 0'],
    [{ maxQuestionLength: 0 }, 'maxQuestionLength is 0, expected'],
    [{ maxAnswerLength: 1.5 }, 'maxAnswerLength is 1.5, expected'],
    [{ version2: 'yes' }, 'version2 is yes, expected true or false'],
    [{ nullThreshold: NaN }, 'nullThreshold is NaN, expected a number'],
    [{ nullThreshold: '0' }, 'nullThreshold is 0, expected a number'],
    [{ docStride: 100 }, 'maxLength is 128, expected at least 168'],
  ])('refuses %p', (given, message) => {
    expect(() => completeSpanSettings(given, 128)).toThrow(message);
  });

  it.each([5, 2, 0, NaN])('refuses rows of %p tokens', (maxLength) => {
    expect(() => completeSpanSettings({}, maxLength)).toThrow(RangeError);
  });
});
