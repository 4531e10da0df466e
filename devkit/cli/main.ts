import { runCli } from './run';

const abort = new AbortController();
const stop = (): void => {
  // Whoever asks twice does not want to wait.
  if (abort.signal.aborted) process.exit(130);
  abort.abort();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

const exitCode = await runCli(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  signal: abort.signal,
  env: process.env,
  onReload(read) {
    process.on('SIGHUP', read);
    return () => process.off('SIGHUP', read);
  },
});
process.exit(exitCode);
