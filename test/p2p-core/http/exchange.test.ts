import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openExchange } from '../../../p2p-core/http/client';
import { serveExchange } from '../../../p2p-core/http/server';
import { StreamPair, bytesOf, textOf } from './fake-stream';

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
