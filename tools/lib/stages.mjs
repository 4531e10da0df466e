// The stages of `npm test`, in the order in which they run. Each resolves with how many checks passed and failed. Neighbours
// with the same `together` run beside each other, after `prepare` of each; what they say is shown at the end of each.
import fs from 'node:fs';
import path from 'node:path';
import { BuildError, ensureBuilt } from './builds.mjs';
import { root, walkFiles } from './files.mjs';
import {
  canIsolateNetwork,
  ensureChromium,
  ensureConformanceTools,
  ensureFlvServer,
  ensureOldestNode,
  ensurePrograms,
  ensureRtspServer,
} from './install.mjs';
import { runChild } from './run-child.mjs';

const bin = (name) => path.join('node_modules', '.bin', name);
const MINUTE_MS = 60_000;

/** What it says is shown at its end, in one piece: others run beside it. */
async function runCheck(title, command, args) {
  const { code, isTimedOut, output } = await runChild(command, args, {
    timeoutMs: 5 * MINUTE_MS,
    isKept: true,
  });
  console.log(`\n— ${title}\n${output.trimEnd()}`);
  if (isTimedOut) console.error(`${title}: stopped after 5 minutes`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runBuild(name) {
  try {
    console.log(await ensureBuilt(name));
    return { passed: 1, failed: 0 };
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
}

/** Runs the tests of what was built; a failed build says more than the failures that would follow from it. */
async function buildThenTest(names, entries, options) {
  const builds = [];
  for (const name of names) builds.push(await runBuild(name));
  const built = add(...builds);
  if (built.failed > 0) return built;
  const tested = await runTests(entries, options);
  return { ...tested, ...add(built, tested) };
}

const readCount = (tap, name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);

/** Runs the test files under `entries` and counts from the runner's own TAP summary. */
async function runTests(
  entries,
  { timeoutMs, fileTimeoutMs, concurrency = 2, env, isOffline = false, isKept = false, options = [] },
) {
  const summary = path.join(root, '.build', `summary-${process.pid}-${path.basename(entries[0])}.tap`);
  fs.mkdirSync(path.dirname(summary), { recursive: true });
  fs.rmSync(summary, { force: true });
  const command = [
    process.execPath,
    path.join('tools', 'run-tests.mjs'),
    `--concurrency=${concurrency}`,
    `--timeout=${fileTimeoutMs}`,
    `--summary=${summary}`,
    ...options,
    ...entries,
  ];
  const [program, ...args] = isOffline ? ['unshare', '-rn', ...command] : command;
  const { code, isTimedOut, output } = await runChild(program, args, { timeoutMs, env, isKept });
  const tap = fs.existsSync(summary) ? fs.readFileSync(summary, 'utf8') : '';
  fs.rmSync(summary, { force: true });
  const passed = readCount(tap, 'pass');
  const skipped = readCount(tap, 'skipped') + readCount(tap, 'todo');
  let failed = readCount(tap, 'fail') + readCount(tap, 'cancelled');
  if (isTimedOut) {
    console.error(`the stage was stopped after ${timeoutMs / MINUTE_MS} minutes`);
    failed += 1;
  } else if ((code !== 0 && failed === 0) || passed + failed + skipped === 0) {
    failed += 1; // it broke before, or outside of, any test
  }
  return { passed, failed, skipped, ...(isKept && { output }) };
}

/** Every test folder that no other stage runs, so that a new one cannot be forgotten. */
function unitFolders() {
  const taken = new Set(STAGES.flatMap(({ name, folders = [] }) => [name, ...folders]));
  return fs
    .readdirSync(path.join(root, 'test'))
    .filter((name) => !taken.has(name))
    .map((name) => path.join('test', name))
    .filter((folder) => walkFiles(path.join(root, folder)).some((file) => file.endsWith('.test.ts')));
}

const add = (...results) =>
  results.reduce((sum, result) => ({
    passed: sum.passed + result.passed,
    failed: sum.failed + result.failed,
    skipped: (sum.skipped ?? 0) + (result.skipped ?? 0),
  }));

/** Tests of the sources that also run against the built core: every error code and every callback of the API. */
const ALSO_BUILT = [
  'test/integration/failures.test.ts',
  ...['services', 'stats', 'download', 'voice-data'].map((name) => `test/p2p-core/api/${name}.test.ts`),
];

/** They wait for real time most of theirs, each on sockets, servers and namespaces of its own. */
const SOCKETS = 'sockets';

export const STAGES = [
  {
    name: 'checks',
    title: 'Checks: build, lint, format, types, imports, size',
    async run() {
      const node = process.execPath;
      const built = (async () => {
        const library = await runBuild('library');
        return [library, await runBuild('devkit')];
      })();
      // None of them reads what is built, and each keeps one core busy.
      const [builds, ...checks] = await Promise.all([
        built,
        (async () => [
          await runCheck('lint', bin('eslint'), ['.', '--max-warnings=0']),
          await runCheck('import directions', node, ['tools/check-imports.mjs']),
        ])(),
        (async () => {
          await built;
          return [
            await runCheck('types of devkit and tests', bin('tsc'), ['-p', 'tsconfig.node.json']),
            await runCheck('types of shipped code', bin('tsc'), ['-p', 'tsconfig.json', '--noEmit']),
            await runCheck('format', bin('prettier'), ['--check', '--log-level=warn', '.']),
            await runCheck('package size', node, ['tools/check-size.mjs']),
          ];
        })(),
      ]);
      return add(...builds, ...checks.flat());
    },
  },
  {
    name: 'unit',
    // What fits in a minute: no build, no browser, no download.
    title: 'Unit: protocol, stores',
    run: () => runTests(unitFolders(), { timeoutMs: 6 * MINUTE_MS, fileTimeoutMs: 3 * MINUTE_MS }),
  },
  {
    name: 'devkit',
    title: 'Devkit: simulated camera, servers, command line, preview',
    folders: ['devkit-preview'],
    run: () =>
      runTests(['test/devkit', 'test/devkit-preview'], {
        timeoutMs: 5 * MINUTE_MS,
        fileTimeoutMs: 3 * MINUTE_MS,
      }),
  },
  {
    name: 'repository',
    title: 'The repository: public surface, contracts, lint rules, tools',
    folders: ['api', 'contract', 'tools'],
    run: () =>
      runTests(['test/api', 'test/contract', 'test/tools'], {
        timeoutMs: 3 * MINUTE_MS,
        fileTimeoutMs: MINUTE_MS,
      }),
  },
  {
    name: 'docs',
    title: 'The documents: links, code, every property, event and method, both READMEs, the site',
    run: () => runTests(['test/docs'], { timeoutMs: 3 * MINUTE_MS, fileTimeoutMs: MINUTE_MS }),
  },
  {
    name: 'release',
    title: 'The package as it is published: contents, types for TypeScript, licences',
    run: () =>
      buildThenTest(['library'], ['test/release'], { timeoutMs: 3 * MINUTE_MS, fileTimeoutMs: MINUTE_MS }),
  },
  {
    name: 'worlds',
    title: 'Simulated networks by seeds, and bent input for every decoder',
    folders: ['sim', 'fuzz'],
    run: () =>
      runTests(['test/sim', 'test/fuzz'], { timeoutMs: 6 * MINUTE_MS, fileTimeoutMs: 4 * MINUTE_MS }),
  },
  {
    name: 'components',
    title: 'Components in two engines',
    run: () =>
      buildThenTest(['library'], ['test/components'], {
        timeoutMs: 4 * MINUTE_MS,
        fileTimeoutMs: 3 * MINUTE_MS,
      }),
  },
  {
    name: 'core-realm',
    title: 'The built core in a realm with ECMAScript and wx only',
    async run() {
      const limits = { timeoutMs: 2 * MINUTE_MS, fileTimeoutMs: MINUTE_MS };
      const inRealm = await buildThenTest(['library'], ['test/core-realm'], limits);
      // What the names were shortened in has to behave as the sources do.
      const options = ['--built-core'];
      return add(inRealm, await runTests(ALSO_BUILT, { ...limits, options }));
    },
  },
  {
    name: 'integration',
    title: 'Integration over real sockets on loopback',
    together: SOCKETS,
    run: ({ isKept }) =>
      buildThenTest(['devkit'], ['test/integration'], {
        timeoutMs: 5 * MINUTE_MS,
        fileTimeoutMs: 3 * MINUTE_MS,
        concurrency: 1,
        isKept,
      }),
  },
  {
    name: 'deploy',
    title: 'The deployment of docs/deploy.md, and other brokers in place of ours',
    together: SOCKETS,
    prepare: () =>
      ensurePrograms({
        mosquitto: 'mosquitto',
        'nats-server': 'nats-server',
        nginx: 'nginx-light',
        turnserver: 'coturn',
        openssl: 'openssl',
      }),
    run: ({ isKept }) =>
      runTests(['test/deploy'], {
        timeoutMs: 5 * MINUTE_MS,
        fileTimeoutMs: 3 * MINUTE_MS,
        concurrency: 1,
        isKept,
      }),
  },
  {
    name: 'nat',
    title: 'Real NATs: network namespaces, nftables and coturn',
    together: SOCKETS,
    prepare: () => ensurePrograms({ ip: 'iproute2', nft: 'nftables', turnserver: 'coturn' }),
    run: ({ isKept }) =>
      runTests(['test/nat'], {
        timeoutMs: 6 * MINUTE_MS,
        fileTimeoutMs: 5.5 * MINUTE_MS,
        concurrency: 1,
        isKept,
      }),
  },
  {
    name: 'camera',
    title: 'Real cameras: an RTSP server that is not ours, read by ffmpeg, checked by ffprobe',
    async run() {
      await ensurePrograms({ ffmpeg: 'ffmpeg', ffprobe: 'ffmpeg' });
      await ensureRtspServer();
      await ensureOldestNode();
      // One file at a time: the cameras' own server drops what comes too late to it. The tests of a file wait side by side.
      return buildThenTest(['devkit'], ['test/camera'], {
        timeoutMs: 3 * MINUTE_MS,
        fileTimeoutMs: 2 * MINUTE_MS,
        concurrency: 1,
      });
    },
  },
  {
    name: 'swarm',
    title: 'A stream of many viewers: a server that is not ours, a tracker, viewers, and kill -9 of each',
    async run() {
      await ensurePrograms({ ffmpeg: 'ffmpeg' });
      await ensureFlvServer();
      const chromium = await ensureChromium();
      return buildThenTest(['library'], ['test/swarm'], {
        timeoutMs: 4 * MINUTE_MS,
        fileTimeoutMs: 3 * MINUTE_MS,
        concurrency: 1,
        env: { CHROMIUM: chromium },
      });
    },
  },
  {
    name: 'e2e',
    title: 'The preview in Chromium',
    async run() {
      const chromium = await ensureChromium();
      return buildThenTest(['library', 'devkit'], ['test/e2e'], {
        timeoutMs: 10 * MINUTE_MS,
        fileTimeoutMs: 6 * MINUTE_MS,
        concurrency: 2,
        env: { CHROMIUM: chromium },
      });
    },
  },
  {
    name: 'newcomer',
    title: 'Somebody new: an empty mini program, the packed package, the start page of the documents',
    async run() {
      await ensureConformanceTools();
      const chromium = await ensureChromium();
      return buildThenTest(['library'], ['test/newcomer'], {
        timeoutMs: 5 * MINUTE_MS,
        fileTimeoutMs: 4 * MINUTE_MS,
        env: { CHROMIUM: chromium },
      });
    },
  },
  {
    name: 'conformance',
    title: "WeChat's official packer and compiler",
    async run() {
      await ensureConformanceTools();
      const isOffline = canIsolateNetwork();
      console.log(
        isOffline ? 'without a network (unshare -rn)' : 'with a network: unshare -rn is refused here',
      );
      return buildThenTest(['library'], ['test/conformance'], {
        timeoutMs: 6 * MINUTE_MS,
        fileTimeoutMs: 5 * MINUTE_MS,
        isOffline,
      });
    },
  },
];

/** Named groups of stages. */
export const GROUPS = { all: STAGES.map((stage) => stage.name) };
