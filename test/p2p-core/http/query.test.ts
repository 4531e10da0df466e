import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeQuery, encodeTarget, parseQuery } from '../../../p2p-core/http/query';

describe('query strings', () => {
  const TABLE: [raw: string, params: [string, string][]][] = [
    ['', []],
    ['&&', []],
    [
      'action=live&channel=0',
      [
        ['action', 'live'],
        ['channel', '0'],
      ],
    ],
    ['a=1&a=2', [['a', '1']]],
    [
      'a&b=',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['=x', [['', 'x']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a=%E4%BD%A0+1', [['a', '你+1']]],
    ['a=%zz%4', [['a', '%zz%4']]],
    ['a=%ff%41', [['a', '%ff%41']]],
    ['a=%41%', [['a', 'A%']]],
    ['__proto__=1', [['__proto__', '1']]],
  ];
  for (const [raw, params] of TABLE) {
    test(`parse ${JSON.stringify(raw)}`, () => assert.deepEqual([...parseQuery(raw)], params));
  }

  test('encode what parsing gives back, halves of surrogate pairs replaced', () => {
    const raw = encodeQuery({ 'a b': '你&=+%', n: 7, on: true, gone: undefined, bad: '\udc00\udc01x\ud800' });
    assert.deepEqual(
      [...parseQuery(raw)],
      [
        ['a b', '你&=+%'],
        ['n', '7'],
        ['on', 'true'],
        ['bad', '\ufffd\ufffdx\ufffd'],
      ],
    );
    assert.match(raw, /^[!-~]*$/);
  });

  test('make a target of what a user wrote without encoding twice', () => {
    assert.equal(encodeTarget('/ipc.flv?name=a b你%20c"#frag'), '/ipc.flv?name=a%20b%E4%BD%A0%20c"');
    assert.equal(encodeTarget('/x\r\nhost: evil'), '/x%0D%0Ahost:%20evil');
  });
});
