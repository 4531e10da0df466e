import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { backchannelTrack, openBackchannel } from '../../devkit/camera/backchannel';
import { createDownmixer, encodeG711 } from '../../devkit/camera/g711';
import type { G711Law } from '../../devkit/camera/g711';
import { talkProgram } from '../../devkit/camera/talk-exec';
import { until } from './until';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-talk-out-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** The decoder's side of ITU-T G.711, written from its tables: value = ±((2 · mantissa + 33) · 2^segment − 33) and so on. */
function decode(byte: number, law: G711Law): number {
  if (law === 'ulaw') {
    const bits = ~byte & 0xff;
    const value = (((bits & 15) * 2 + 33) << ((bits >> 4) & 7)) - 33;
    return 4 * (bits & 0x80 ? -value : value);
  }
  const bits = byte ^ 0x55;
  const [segment, mantissa] = [(bits >> 4) & 7, bits & 15];
  const value = segment === 0 ? 2 * mantissa + 1 : (2 * mantissa + 33) << (segment - 1);
  return 8 * (bits & 0x80 ? value : -value);
}

describe('G.711', () => {
  test('is, of every sample, the nearest that there is, or next to it', () => {
    for (const law of ['ulaw', 'alaw'] as const) {
      const values = Array.from({ length: 256 }, (_, byte) => decode(byte, law)).sort((a, b) => a - b);
      let at = 0;
      for (let sample = -32_768; sample <= 32_767; sample++) {
        while (at < values.length - 1 && values[at + 1]! <= sample) at++;
        // The steps around the sample: a code may be rounded either way, and no further.
        const [low, high] = [values[Math.max(0, at - 1)]!, values[Math.min(values.length - 1, at + 2)]!];
        const made = decode(encodeG711(sample, law), law);
        assert.ok(made >= low && made <= high, `${law} of ${sample} is ${made}`);
      }
      assert.ok(Math.abs(decode(encodeG711(0, law), law)) <= 8);
    }
  });

  test('is made of any rate and of two channels', () => {
    for (const [sampleRateHz, channelCount] of [
      [8_000, 1],
      [16_000, 1],
      [44_100, 2],
      [48_000, 2],
    ] as const) {
      const made: number[] = [];
      const feed = createDownmixer({ sampleRateHz, channelCount }, (sample) => made.push(sample));
      const second = Buffer.alloc(2 * sampleRateHz * channelCount);
      for (let at = 0; at < second.length; at += 2 * channelCount) {
        for (let channel = 0; channel < channelCount; channel++)
          second.writeInt16LE(channel === 0 ? -1_000 : 3_000, at + 2 * channel);
      }
      // Cut anywhere, in the middle of a sample too.
      for (let at = 0; at < second.length; at += 777) feed(second.subarray(at, at + 777));
      assert.equal(made.length, 8_000);
      assert.ok(made.every((sample) => sample === (channelCount === 1 ? -1_000 : 1_000)));
    }
  });
});

describe('the loudspeaker of a camera', () => {
  const sdp = (...sections: string[]): string => ['v=0\r\ns=x\r\na=sendonly\r\n', ...sections].join('');
  const audio = (lines: string): string => `m=audio 0 RTP/AVP ${lines.replace(/;/g, '\r\n')}\r\n`;

  test('is the track that the client sends to, in a codec that it knows', () => {
    const rows: [string, object | null][] = [
      [audio('0;a=control:a;a=sendonly'), { control: 'a', law: 'ulaw', payloadType: 0 }],
      [audio('8;a=control:rtsp://h/b;a=sendonly'), { control: 'rtsp://h/b', law: 'alaw', payloadType: 8 }],
      [
        audio('97 8;a=rtpmap:97 MPEG4-GENERIC/16000;a=control:c;a=sendonly'),
        { control: 'c', law: 'alaw', payloadType: 8 },
      ],
      [
        audio('98;a=rtpmap:98 pcmu/8000/1;a=control:d;a=sendonly'),
        { control: 'd', law: 'ulaw', payloadType: 98 },
      ],
      [
        audio('0;a=control:a;a=recvonly') + audio('0;a=control:e;a=sendonly'),
        { control: 'e', law: 'ulaw', payloadType: 0 },
      ],
      [audio('0;a=control:a'), null],
      [audio('0;a=sendonly'), null],
      [audio('98;a=rtpmap:98 PCMU/16000;a=control:a;a=sendonly'), null],
      ['m=video 0 RTP/AVP 0\r\na=control:a\r\na=sendonly\r\n', null],
      ['', null],
    ];
    for (const [sections, track] of rows) assert.deepEqual(backchannelTrack(sdp(sections)), track, sections);
  });
});

describe('talk that a program takes', () => {
  const PCM = { kind: 'pcm', sampleRateHz: 16_000, channelCount: 1 } as const;
  const script = (text: string): string[] => [process.execPath, '-e', text];

  test('comes on its standard input, told in arguments and environment, with no shell and no secret', async () => {
    process.env['IOT_P2P_LOGIN'] = 'u:hunter2';
    const file = path.join(folder, 'said');
    const text = `const fs = require('fs'); const said = fs.readFileSync(0);
      fs.writeFileSync(process.argv[1] + '.tmp', JSON.stringify({ args: process.argv.slice(2), env: process.env, said: said.toString('hex') }));
      fs.renameSync(process.argv[1] + '.tmp', process.argv[1]);`;
    const sink = talkProgram([...script(text), file, '{format} {rate}', '$HOME; {channels}', '{other}'])(PCM);
    sink.write(Uint8Array.of(1, 2));
    sink.write(Uint8Array.of(3, 4));
    sink.close();
    delete process.env['IOT_P2P_LOGIN'];
    await until(() => fs.existsSync(file), 'the program has ended');
    const { args, env, said } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
      args: string[];
      env: Record<string, string>;
      said: string;
    };
    assert.deepEqual(args, ['s16le 16000', '$HOME; 1', '{other}']);
    assert.equal(said, '01020304');
    assert.deepEqual([env['TALK_FORMAT'], env['TALK_RATE'], env['TALK_CHANNELS']], ['s16le', '16000', '1']);
    assert.equal(env['IOT_P2P_LOGIN'], undefined);
  });

  test('is broken off when it is not installed, has ended, or does not read', async () => {
    const rows: [string[], RegExp][] = [
      [['no-such-program'], /is not installed/],
      [script('process.exit(3)'), /has ended with 3/],
    ];
    for (const [argv, reason] of rows) {
      const events: string[] = [];
      const sink = talkProgram(argv, (_level, text) => events.push(text))(PCM);
      await until(() => events.length > 0, 'it is told');
      assert.match(events[0]!, reason);
      assert.throws(() => sink.write(new Uint8Array(2)), reason);
      sink.close();
    }
    const deaf = talkProgram(script('setTimeout(() => {}, 60_000); process.stdin.pause()'))(PCM);
    assert.throws(() => {
      for (let i = 0; i < 100; i++) deaf.write(new Uint8Array(16_384));
    }, /does not read/);
    deaf.close();
  });
});

describe('a camera that takes the connection and says nothing', () => {
  test('is given up, and the talk with it', async () => {
    const server = net.createServer((socket) => socket.on('error', () => {}).resume());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const events: string[] = [];
    const format = { kind: 'pcm', sampleRateHz: 8_000, channelCount: 1 } as const;
    const sink = openBackchannel(`rtsp://127.0.0.1:${port}/`, format, (_level, text) => events.push(text));
    sink.write(new Uint8Array(320));
    await until(() => events.length > 0, 'it is told');
    assert.deepEqual(events, ['talk: the camera does not answer']);
    assert.throws(() => sink.write(new Uint8Array(320)), /does not answer/);
    sink.close();
    server.close();
    await once(server, 'close');
  });
});
