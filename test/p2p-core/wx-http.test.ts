import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { createWxPort } from '../../p2p-core/port/wx-port';

interface Options {
  url: string;
  enableChunked: boolean;
  success(result: { statusCode: number; header: object; data: ArrayBuffer }): void;
  fail(result: { errMsg: string }): void;
}

/** A RequestTask of WeChat in the test's hands. */
class FakeTask {
  isAborted = false;
  tellHead: (result: { statusCode?: number; header: object }) => void = () => {};
  tellChunk: (result: { data: ArrayBuffer }) => void = () => {};
  onHeadersReceived = (listener: FakeTask['tellHead']): void => void (this.tellHead = listener);
  onChunkReceived: unknown = (listener: FakeTask['tellChunk']): void => void (this.tellChunk = listener);
  abort = (): void => void (this.isAborted = true);
}

const globals = globalThis as { wx?: unknown };
afterEach(() => delete globals.wx);

function open() {
  const task = new FakeTask();
  let options!: Options;
  globals.wx = { request: (given: Options) => ((options = given), task) };
  const seen: string[] = [];
  const fetch = createWxPort().openHttp!('https://a.example/b.flv', {
    onHead: (status, headers) => seen.push(`${status} ${JSON.stringify(headers)}`),
    onChunk: (bytes) => seen.push(`${bytes}`),
    onEnd: (errmsg) => seen.push(`end ${errmsg}`),
  });
  return { task, options, seen, fetch };
}

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;

describe('a request of the WeChat port', () => {
  test('is chunked, and its head is that behind redirects', () => {
    const { task, options, seen } = open();
    assert.equal(options.enableChunked, true);
    task.tellHead({ statusCode: 302, header: { Location: 'x' } });
    task.tellHead({ statusCode: 200, header: { A: 'b' } });
    task.tellChunk({ data: bytes(1, 2) });
    options.success({ statusCode: 200, header: {}, data: bytes() });
    options.fail({ errMsg: 'late' });
    assert.deepEqual(seen, ['200 {"A":"b"}', '1,2', 'end ']);
  });

  test('takes a short answer whole, and a version that tells no status at its word', () => {
    const whole = open();
    whole.options.success({ statusCode: 403, header: {}, data: bytes(7) });
    assert.deepEqual(whole.seen, ['403 {}', '7', 'end ']);
    const old = open();
    old.task.tellChunk({ data: bytes(5) });
    assert.deepEqual(old.seen, ['200 {}', '5']);
  });

  test('says nothing any more when it was aborted', () => {
    const { task, options, seen, fetch } = open();
    fetch!.abort();
    task.tellHead({ statusCode: 200, header: {} });
    task.tellChunk({ data: bytes(1) });
    options.fail({ errMsg: 'request:fail abort' });
    assert.deepEqual([seen, task.isAborted], [[], true]);
  });

  test('is not there before base library 2.20.2', () => {
    const task = Object.assign(new FakeTask(), { onChunkReceived: undefined });
    globals.wx = { request: () => task };
    const handlers = { onHead: assert.fail, onChunk: () => assert.fail(), onEnd: assert.fail };
    assert.equal(createWxPort().openHttp!('https://a.example/', handlers), null);
    assert.equal(task.isAborted, true);
  });
});
