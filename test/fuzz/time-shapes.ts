import { createFlvReader } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import { parseQuery } from '../../p2p-core/http/query';
import { createRequestParser } from '../../p2p-core/http/request-parser';
import { utf8Decode } from '../../p2p-core/bytes/utf8';
import { MqttParser } from '../../p2p-core/signaling/mqtt-parser';
import { ascii, join } from './mutate';

/** Inputs made to find work that grows faster than the input. `run` takes an input of about `size` bytes. */
export interface TimeShape {
  readonly name: string;
  /** As large as the decoder's limits let twice of it be. */
  readonly size: number;
  make(size: number): Uint8Array;
  run(input: Uint8Array): void;
}

const feedRequest = (input: Uint8Array): void => {
  const ignore = (): void => {};
  createRequestParser({ onHead: ignore, onBody: ignore, onComplete: ignore, onProblem: ignore }).push(input);
};

const feedMqtt = (input: Uint8Array): void => {
  const ignore = (): void => {};
  const parser = new MqttParser({
    onConnAck: ignore,
    onPublish: ignore,
    onPubAck: ignore,
    onSubAck: ignore,
    onPingResp: ignore,
  });
  for (let at = 0; at < input.length; at++) parser.push(input.subarray(at, at + 1));
};

export const TIME_SHAPES: readonly TimeShape[] = [
  {
    name: 'HTTP field with white space inside',
    size: 8000,
    make: (size) => ascii(`GET / HTTP/1.1\r\nhost: \r\na: b${' '.repeat(size)}c\r\n\r\n`),
    run: feedRequest,
  },
  {
    name: 'HTTP request line of spaces',
    size: 8000,
    make: (size) => ascii(`GET${' '.repeat(size)}\r\n\r\n`),
    run: feedRequest,
  },
  {
    name: 'HTTP fields of one name',
    size: 8000,
    make: (size) => ascii(`GET / HTTP/1.1\r\n${`a: ${'b'.repeat(size / 50)}\r\n`.repeat(49)}\r\n`),
    run: feedRequest,
  },
  {
    name: 'HTTP chunks of one byte',
    size: 1_000_000,
    make: (size) =>
      ascii(
        `POST / HTTP/1.1\r\nhost: \r\ntransfer-encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(size / 6)}`,
      ),
    run: feedRequest,
  },
  {
    name: 'query of percent signs',
    size: 8000,
    make: (size) => ascii('%4'.repeat(size / 2)),
    run: (input) => void parseQuery(Buffer.from(input).toString('latin1')),
  },
  {
    name: 'query of broken UTF-8',
    size: 8000,
    make: (size) => ascii('%ff'.repeat(size / 3)),
    run: (input) => void parseQuery(Buffer.from(input).toString('latin1')),
  },
  {
    name: 'UTF-8 of lead bytes',
    size: 30_000,
    make: (size) => new Uint8Array(size).fill(0xf0),
    run: (input) => void utf8Decode(input),
  },
  {
    name: 'MQTT packet byte by byte',
    size: 30_000,
    make: (size) =>
      join(Uint8Array.of(0x30, (size & 127) | 128, size >> 7, 0, 1, 0x74), new Uint8Array(size - 3)),
    run: feedMqtt,
  },
  {
    name: 'FLV tag byte by byte',
    size: 1_000_000,
    make: (size) => join(flvHeader(true, true), flvTag(9, 0, new Uint8Array(size))),
    run(input) {
      const reader = createFlvReader({ onTag() {} });
      for (let at = 0; at < input.length; at++) reader.feed(input.subarray(at, at + 1));
    },
  },
];

const REPEATS = 7;

/** The best of several runs of each size, taken in turn: noise of the machine only ever adds. */
export function ratioOfTimes(shape: TimeShape): { ratio: number; timeMs: number } {
  const inputs = [shape.make(shape.size), shape.make(2 * shape.size)];
  const bestMs = [Infinity, Infinity];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    inputs.forEach((input, i) => {
      const startMs = performance.now();
      shape.run(input);
      bestMs[i] = Math.min(bestMs[i]!, performance.now() - startMs);
    });
  }
  return { ratio: bestMs[1]! / bestMs[0]!, timeMs: bestMs[0]! };
}
