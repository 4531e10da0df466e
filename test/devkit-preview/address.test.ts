import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Address, formatAddress, parseAddress } from '../../devkit/preview/address';

describe('the address of the preview', () => {
  test('names a story, its faults, the look of the phone and the knobs', () => {
    assert.deepEqual(
      parseAddress(
        '#/story/live?fault=net-cut,camera-off&lang=zh&theme=dark&width=320&landscape=true&muted=true',
      ),
      {
        story: 'live',
        faults: ['net-cut', 'camera-off'],
        language: 'zh',
        theme: 'dark',
        widthPx: 320,
        isLandscape: true,
        knobs: { muted: 'true' },
      },
    );
  });

  test('is the story alone in its short form, and the first story when empty', () => {
    assert.deepEqual(parseAddress('#live'), { story: 'live', faults: [], knobs: {} });
    assert.deepEqual(parseAddress(''), { story: '', faults: [], knobs: {} });
  });

  test('ignores a language, theme or width that there is not, and text that cannot be decoded', () => {
    const { story, language, theme, widthPx } = parseAddress('#/story/%E0%A4%A?lang=fr&theme=pink&width=9');
    assert.deepEqual([language, theme, widthPx], [undefined, undefined, undefined]);
    assert.equal(story, '%E0%A4%A');
  });

  test('comes back as it was', () => {
    const addresses: Address[] = [
      { story: 'live', faults: [], knobs: {} },
      { story: 'a b', faults: ['net-cut', 'camera-off'], knobs: { muted: 'true', objectFit: 'fill & crop' } },
      {
        story: 'live',
        faults: [],
        language: 'en',
        theme: 'light',
        widthPx: 430,
        isLandscape: true,
        knobs: {},
      },
    ];
    for (const address of addresses) assert.deepEqual(parseAddress(formatAddress(address)), address);
  });
});
