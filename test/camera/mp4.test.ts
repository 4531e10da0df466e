import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remuxToMp4 } from '../../store/snapshot/mp4-remux';
import type { RemuxResult } from '../../store/snapshot/mp4-remux';
import { MemoryFiles } from '../store/snapshot/memory-files';

const hasFfmpeg = spawnSync('ffprobe', ['-version']).status === 0;

interface Packet {
  codec_type: 'video' | 'audio';
  pts_time: string;
  dts_time: string;
  size: string;
  flags: string;
}

/** What ffprobe, which shares no code with us, finds in a file. */
function packetsOf(file: string, type: Packet['codec_type']): Packet[] {
  const json = execFileSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_packets', file], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const { packets } = JSON.parse(String(json)) as { packets: Packet[] };
  return packets.filter((packet) => packet.codec_type === type);
}

/** Decodes all of it; what the decoders complained of. */
function decode(file: string): string {
  const { stderr, status } = spawnSync('ffmpeg', ['-v', 'warning', '-xerror', '-i', file, '-f', 'null', '-']);
  assert.equal(status, 0, String(stderr));
  return String(stderr);
}

describe('MP4 before ffmpeg', { skip: !hasFfmpeg && 'no ffmpeg' }, () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-mp4-'));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  async function remux(source: string): Promise<{ target: string; result: RemuxResult }> {
    const files = new MemoryFiles();
    files.files.set('in', fs.readFileSync(source));
    const result = await new Promise<RemuxResult>((resolve) =>
      remuxToMp4({ files, from: 'in', to: 'out', wallMs: Date.UTC(2026, 2, 9) }, resolve),
    );
    assert.equal(result.errmsg, '');
    const target = path.join(folder, `${path.basename(source)}.mp4`);
    fs.writeFileSync(target, files.files.get('out')!);
    return { target, result };
  }

  /** Times since the first picture, and sizes: of the same stream they are the same. */
  function assertSameStream(source: string, target: string): void {
    const startOf = (file: string): number => Number(packetsOf(file, 'video')[0]!.dts_time);
    const [from, to] = [startOf(source), startOf(target)];
    for (const type of ['video', 'audio'] as const) {
      const expected = packetsOf(source, type).filter(({ dts_time }) => Number(dts_time) >= from);
      const found = packetsOf(target, type);
      assert.deepEqual(
        found.map(({ size, flags }) => [size, flags[0]]),
        expected.map(({ size, flags }) => [size, flags[0]]),
        type,
      );
      found.forEach((packet, index) => {
        for (const time of ['pts_time', 'dts_time'] as const) {
          const offMs = (Number(packet[time]) - to - (Number(expected[index]![time]) - from)) * 1000;
          assert.ok(Math.abs(offMs) <= 1.5, `${type} ${index}: ${time} is off by ${offMs} ms`);
        }
      });
    }
  }

  test('the simulated camera’s picture and sound keep together, and decode without a word', async () => {
    const source = 'devkit/fixtures/super.flv';
    const { target } = await remux(source);
    assertSameStream(source, target);
    assert.equal(decode(target), '');
  });

  test('reordered pictures are shown when they were, with stereo sound of another rate', async () => {
    const source = path.join(folder, 'reordered.flv');
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=322x242:r=30:d=2'],
      ...['-f', 'lavfi', '-i', 'sine=r=48000:d=2', '-ac', '2'],
      ...['-c:v', 'libx264', '-bf', '2', '-g', '30', '-pix_fmt', 'yuv420p', '-c:a', 'aac', source],
    ]);
    const { target } = await remux(source);
    assertSameStream(source, target);
    assert.equal(decode(target), '');
    const shown = execFileSync('ffprobe', [
      ...['-v', 'error', '-of', 'csv=p=0', '-show_entries'],
      ...['stream=codec_name,width,height,sample_rate,channels:format_tags=creation_time', target],
    ]);
    assert.deepEqual(String(shown).trim().split('\n'), [
      'h264,322,242',
      'aac,48000,2',
      '2026-03-09T00:00:00.000000Z',
    ]);
    const atoms = spawnSync('ffmpeg', ['-v', 'trace', '-i', target]).stderr;
    assert.doesNotMatch(String(atoms), /invalid|overread|broken/i);
  });

  test('G.711 is left out, and the pictures are whole', async () => {
    const source = path.join(folder, 'g711.flv');
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-i', 'devkit/fixtures/standard.flv', '-t', '2', '-c:v', 'copy'],
      ...['-c:a', 'pcm_alaw', '-ar', '8000', '-ac', '1', source],
    ]);
    const { target, result } = await remux(source);
    assert.equal(result.isSoundLeftOut, true);
    assert.equal(packetsOf(target, 'audio').length, 0);
    assert.equal(packetsOf(target, 'video').length, packetsOf(source, 'video').length);
    assert.equal(decode(target), '');
  });
});
