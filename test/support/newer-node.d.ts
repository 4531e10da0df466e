// What tests use of a newer Node.js than the devkit must run on, of which @types/node tells. Nothing of it may be used in devkit/.
declare module 'node:zlib' {
  /** Node.js 20.15. */
  export function crc32(data: Uint8Array | string, value?: number): number;
}

declare module 'node:test' {
  namespace test {
    interface MockTimers {
      /** Node.js 20.11. */
      enable(options: { apis: readonly ('setInterval' | 'setTimeout')[] }): void;
    }
  }
}

export {};
