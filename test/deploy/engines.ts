import fs from 'node:fs';
import path from 'node:path';
import type { Engine, Login, RunningBroker } from '../contract/signaling.contract';
import { freePort } from '../support/free-port';
import { runScript, startDaemon, temporaryFolder } from './daemon';
import { docFile } from './doc-files';

const url = (port: number): string => `ws://127.0.0.1:${port}/mqtt`;

/** Mosquitto with the files and commands of docs/deploy.md. */
export const mosquitto: Engine = {
  name: 'Mosquitto',
  async start({ port, login }) {
    const folder = temporaryFolder();
    const users = path.join(folder, 'dynamic-security.json');
    const adminPort = await freePort();
    const configFile = path.join(folder, 'mosquitto.conf');
    const config = docFile('mosquitto.conf', [
      ['listener 9001', `listener ${port}`],
      ['listener 1883', `listener ${adminPort}`],
      ['/var/lib/mosquitto/dynamic-security.json', users],
    ]);
    // Otherwise it gives up root for a user who may not read the folder.
    fs.writeFileSync(configFile, `${config}user root\n`);
    const script = docFile('mosquitto-users.sh', [
      ['/var/lib/mosquitto/dynamic-security.json', users],
      ['-p 1883', `-p ${adminPort}`],
      ['createClient app', `createClient ${login.user}`],
      ['addClientRole app', `addClientRole ${login.user}`],
    ]);
    const [before, after] = split(script, 'systemctl restart mosquitto\n');
    const env = { ADMIN_PASSWORD: 'for the test', APP_PASSWORD: login.password };
    runScript(before.replace(/^chown .*$/m, ''), { env });
    const daemon = await startDaemon('mosquitto', ['-c', configFile], port);
    try {
      runScript(`set -e\n${after}`, { env });
    } catch (error) {
      await daemon.kill();
      throw error;
    }
    return { url: url(port), kill: () => daemon.kill() };
  },
};

/** One NATS server with the file of docs/deploy.md. Its folder outlives a kill, as it does in the field. */
export function natsServer(): Engine {
  const folder = temporaryFolder();
  return {
    name: 'NATS',
    async start({ port, login }): Promise<RunningBroker> {
      const configFile = path.join(folder, 'nats.conf');
      const quoted = (text: string): string => JSON.stringify(text);
      const config = docFile('nats.conf', [
        ['127.0.0.1:4222', `127.0.0.1:${await freePort()}`],
        ['127.0.0.1:1883', `127.0.0.1:${await freePort()}`],
        ['127.0.0.1:9001', `127.0.0.1:${port}`],
        ['/var/lib/nats', path.join(folder, 'store')],
        ['user: app', `user: ${quoted(login.user)}`],
        ['"choose-one"', quoted(login.password)],
      ]);
      fs.writeFileSync(configFile, config);
      const daemon = await startDaemon('nats-server', ['-c', configFile], port);
      return { url: url(port), kill: () => daemon.kill() };
    },
  };
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  if (at < 0) throw new Error(`docs/deploy.md does not say ${separator}`);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

export type { Login };
