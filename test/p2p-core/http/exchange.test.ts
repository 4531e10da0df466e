import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openExchange } from '../../../p2p-core/http/client';
import { serveExchange } from '../../../p2p-core/http/server';
import { StreamPair, bytesOf, textOf } from './fake-stream';

describe('what is written beside a chunk', () => {
  const exchange = (pieceBytes: number, headers: Record<string, string>): string[] => {
    const pair = new StreamPair(pieceBytes, 100_000);
    const seen: string[] = [];
    pair.far.handler = serveExchange(pair.far, (_request, response) => {
      response.start(200, headers);
      response.write(bytesOf('one'), 'a=1;b="2"');
      response.write(bytesOf('two'));
      response.write(bytesOf('six'), 'c');
      response.end();
    });
    openExchange(
      (handler) => {
        pair.near.handler = handler;
        return pair.near;
      },
      { method: 'GET', target: '/' },
      {
        onHead: () => seen.push('head'),
        onBody: (bytes) => seen.push(textOf(bytes)),
        onChunkExtension: (text) => seen.push(`<${text}>`),
        onEnd: () => seen.push('end'),
        onError: (_, errmsg) => seen.push(errmsg),
      },
    );
    pair.settle();
    return seen;
  };

  test('comes out in front of its bytes, however the stream is cut', () => {
    assert.deepEqual(exchange(1000, {}), ['head', '<a=1;b="2">', 'one', 'two', '<c>', 'six', 'end']);
    const inBytes = exchange(1, {}).join(' ');
    assert.equal(inBytes, 'head <a=1;b="2"> o n e t w o <c> s i x end');
  });

  test('has no place in a body of known length', () => {
    assert.equal(exchange(1000, { 'content-length': '9' }).join(''), 'headonetwosixend');
  });
});

describe('both sides of an exchange over streams with little room', () => {
  for (const [pieceBytes, roomBytes] of [
    [1, 1],
    [3, 7],
    [1000, 5],
    [17, 64],
    [1200, 100_000],
  ] as const) {
    test(`carry bodies both ways unchanged in pieces of ${pieceBytes} with room for ${roomBytes}`, () => {
      const pair = new StreamPair(pieceBytes, roomBytes);
      const upload = Array.from({ length: 300 }, (_, i) => String.fromCharCode(i & 255)).join('');
      let received = '';
      let answer = '';
      let isEnded = false;
      pair.far.handler = serveExchange(pair.far, (request, response) => {
        response.start(200, {});
        request.onBody = (bytes) => {
          received += textOf(bytes);
          response.write(bytes);
        };
        request.onBodyEnd = () => response.end();
      });
      const exchange = openExchange(
        (handler) => {
          pair.near.handler = handler;
          return pair.near;
        },
        { method: 'POST', target: '/echo', hasBody: true },
        {
          onHead: (head) => assert.equal(head.status, 200),
          onBody: (bytes) => {
            answer += textOf(bytes);
          },
          onEnd: () => {
            isEnded = true;
          },
          onError: (_, errmsg) => assert.fail(errmsg),
        },
      );
      let sent = 0;
      for (let round = 0; sent < upload.length && round < 100_000; round++) {
        sent += exchange.writeBody(bytesOf(upload.slice(sent, sent + 50)));
        pair.step();
      }
      exchange.endBody();
      pair.settle();
      assert.equal(received, upload);
      assert.equal(answer, upload);
      assert.ok(isEnded);
      assert.ok(pair.near.isFinished && pair.far.isFinished);
    });
  }
});
