// The short animated picture of the preview: what happens in it, and how its frames become one file.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensurePrograms } from './install.mjs';
import { runChild } from './run-child.mjs';
import { playing, playsRecording, seen, tap } from './screenshot-list.mjs';

const FRAMES_PER_SECOND = 4;
/** High enough for a phone in its true size. */
const SIZE = { width: 1320, height: 980 };
const WIDTH_PX = 840;
const QUALITY = 60;
const ENCODE_TIMEOUT_MS = 120_000;

const fault = (id) => (_phone, page) => page.click(`[data-fault="${id}"]`);

/** `act` gets to a state, and what is then seen is recorded for `seconds`. */
const SCENES = [
  { address: 'live?theme=light&lang=en', act: playing(), seconds: 2 },
  { act: tap('stats'), seconds: 2.5 },
  { act: fault('camera-off'), seconds: 1 },
  { act: seen('card'), seconds: 2.5 },
  { act: fault('camera-off'), seconds: 0 },
  { act: playing(), seconds: 1.5 },
  { address: 'playback?theme=light&lang=en', act: playsRecording, seconds: 2 },
  { address: 'camera?theme=dark&lang=en', act: playing(seen('pad')), seconds: 2 },
  { address: 'live?theme=dark&lang=zh&landscape=true', act: playing(tap('full')), seconds: 2 },
];

/** Records the tour into `file` (WebP). @param open opens a story and resolves with the frame of the phone */
export async function recordTour(page, open, file) {
  await ensurePrograms({ ffmpeg: 'ffmpeg' });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-tour-'));
  try {
    await page.setViewportSize(SIZE);
    let count = 0;
    let phone;
    for (const { address, act, seconds } of SCENES) {
      if (address !== undefined) phone = await open(page, address);
      await act(phone, page);
      const startMs = performance.now();
      for (let i = 0; i < seconds * FRAMES_PER_SECOND; i += 1) {
        await page.waitForTimeout(Math.max(0, startMs + (i * 1000) / FRAMES_PER_SECOND - performance.now()));
        await page.screenshot({
          path: path.join(folder, `${String(count).padStart(4, '0')}.png`),
          scale: 'css',
        });
        count += 1;
      }
    }
    const { code } = await runChild(
      'ffmpeg',
      [
        ...['-y', '-loglevel', 'error', '-framerate', String(FRAMES_PER_SECOND)],
        ...['-i', path.join(folder, '%04d.png'), '-vf', `scale=${WIDTH_PX}:-1:flags=lanczos`],
        ...[
          '-c:v',
          'libwebp_anim',
          '-quality',
          String(QUALITY),
          '-compression_level',
          '6',
          '-loop',
          '0',
          file,
        ],
      ],
      { timeoutMs: ENCODE_TIMEOUT_MS },
    );
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
    return count;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
