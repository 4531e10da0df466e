// Runs the test stages and sums them up.
// usage: node tools/test.mjs [all | unit | <stage>...]      (stages: see tools/lib/stages.mjs)
// IOT_P2P_TEST_ALLOW_SKIP=e2e,conformance lets the named stages be skipped where what they need cannot be installed.
// Without it a missing tool fails the stage: a green run means that everything ran, but for what the summary says was SKIPPED:
// stages with servers of Debian, on machines that have no apt-get.
import { MissingToolError } from './lib/install.mjs';
import { GROUPS, STAGES } from './lib/stages.mjs';

const requested = process.argv.slice(2).length ? process.argv.slice(2) : ['all'];
const names = new Set(requested.flatMap((name) => GROUPS[name] ?? [name]));
const unknown = [...names].filter((name) => !STAGES.some((stage) => stage.name === name));
if (unknown.length) {
  console.error(
    `unknown stage: ${unknown.join(', ')}; there are ${STAGES.map((stage) => stage.name).join(', ')}`,
  );
  process.exit(2);
}
const skippable = new Set((process.env.IOT_P2P_TEST_ALLOW_SKIP ?? '').split(',').map((name) => name.trim()));

/** What came of `attempt`, or of what it lacks. */
async function outcomeOf(stage, attempt) {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof MissingToolError)) throw error;
    console.error(error.message);
    const isSkipped = error.mayBeSkipped || skippable.has(stage.name);
    if (!isSkipped) {
      console.error(`To go on without this stage: IOT_P2P_TEST_ALLOW_SKIP=${stage.name} npm test`);
    }
    return { passed: 0, failed: isSkipped ? 0 : 1, isSkipped };
  }
}

/** Neighbours that run beside each other. */
const groups = [];
for (const stage of STAGES.filter((candidate) => names.has(candidate.name))) {
  const last = groups.at(-1);
  if (stage.together && last?.[0].together === stage.together) last.push(stage);
  else groups.push([stage]);
}

const rows = [];
for (const group of groups) {
  console.log(group.map(({ name, title }) => `\n━━ ${name} · ${title}`).join('') + '\n');
  const isKept = group.length > 1;
  const missing = new Map();
  // One after the other, since they may install something.
  for (const stage of group) missing.set(stage, await outcomeOf(stage, async () => stage.prepare?.()));
  const finished = await Promise.all(
    group.map(async (stage) => {
      const startedAt = performance.now();
      const result = missing.get(stage) ?? (await outcomeOf(stage, () => stage.run({ isKept })));
      if (isKept) console.log(`\n━━ ${stage.name}\n\n${result.output ?? ''}`);
      return { stage: stage.name, ...result, seconds: (performance.now() - startedAt) / 1000 };
    }),
  );
  rows.push(...finished);
}

console.log('\n━━ summary\n');
for (const row of rows) {
  const verdict = row.isSkipped ? 'SKIPPED' : row.failed ? 'FAILED' : 'ok';
  const counts = `${row.passed} passed, ${row.failed} failed${row.skipped ? `, ${row.skipped} skipped` : ''}`;
  console.log(
    `${row.stage.padEnd(12)} ${verdict.padEnd(8)} ${counts.padEnd(36)} ${row.seconds.toFixed(1)} s`,
  );
}
const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
process.exit(total('failed') > 0 ? 1 : 0);
