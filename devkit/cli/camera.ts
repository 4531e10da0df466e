import fs from 'node:fs';
import { renderUnicodeCompact } from 'uqr';
import { parseConfig } from '../camera/agent-config';
import type { AgentConfig } from '../camera/agent-config';
import { startHealthServer } from '../camera/agent-health';
import type { HealthServer } from '../camera/agent-health';
import { OWNER } from '../camera/grants';
import { createAgentLog } from './agent-log';
import { CAMERA_HELP } from './camera-help';
import { configFromOptions, parseArgsOptions, withOptions } from './camera-options';
import { loginFrom, stringOption, untilAborted, VERBOSE_OPTION } from './command';
import type { CliContext, Command, OptionValues } from './command';
import { RunningCamera } from './running-camera';
import { turnOf } from './turn-options';

export const cameraCommand: Command = {
  name: 'camera',
  summary: 'make cameras viewable, real or simulated ones, and print their xp2pInfos',
  help: CAMERA_HELP,
  options: { ...parseArgsOptions(), config: { type: 'string' }, ...VERBOSE_OPTION },
  positionals: [],
  async run(values, _positionals, context) {
    const config = readConfig(values, context);
    const env = environmentOf(config, context);
    const login = loginFrom({ env });
    const world = {
      ...{ signalingUrl: config.signaling, stunServers: config.stun, pathPolicy: config.path ?? 'all' },
      turn: turnOf(config.turn, { env }),
      ...(login ? { login } : {}),
    };
    const cameras = config.cameras.map((camera) => {
      const log = createAgentLog(context, {
        format: config.logFormat ?? 'text',
        isVerbose: config.verbose === true,
        camera: camera.name,
        isNamed: config.cameras.length > 1,
        wallMs: () => Date.now(),
      });
      try {
        return new RunningCamera(camera, world, log);
      } catch (error) {
        if (config.cameras.length > 1)
          (error as Error).message = `${camera.name}: ${(error as Error).message}`;
        throw error;
      }
    });
    let health: HealthServer | null = null;
    try {
      if (config.healthPort !== undefined) {
        health = await startHealthServer(config.healthPort, () => cameras.map((camera) => camera.status()));
      }
      for (const camera of cameras) {
        await camera.start();
        printXp2pInfos(camera, cameras.length > 1, config.qr === true, context);
      }
      await untilAborted(context.signal);
    } finally {
      await Promise.all(cameras.map((camera) => camera.stop()));
      await health?.close();
    }
    return 0;
  },
};

/** @throws UsageError, or Error with what is wrong in the file */
function readConfig(values: OptionValues, { env }: CliContext): AgentConfig {
  const file = stringOption(values, 'config');
  if (file === undefined) return configFromOptions(values);
  return withOptions(parseConfig(fs.readFileSync(file, 'utf8'), file, env), values);
}

/** Logins may be in the file or in the environment. */
function environmentOf(config: AgentConfig, { env }: CliContext): CliContext['env'] {
  const { login, turnSecret, turnLogin } = config;
  return {
    ...env,
    ...(login === undefined ? {} : { IOT_P2P_LOGIN: login }),
    ...(turnSecret === undefined ? {} : { IOT_P2P_TURN_SECRET: turnSecret }),
    ...(turnLogin === undefined ? {} : { IOT_P2P_TURN_LOGIN: turnLogin }),
  };
}

/** The owner's of the only camera alone on its line; others behind their names. */
function printXp2pInfos(camera: RunningCamera, isNamed: boolean, withQr: boolean, context: CliContext): void {
  for (const [grant, xp2pInfo] of camera.xp2pInfos) {
    const names = [...(isNamed ? [camera.name] : []), ...(grant === OWNER ? [] : [grant])];
    context.out(names.length === 0 ? xp2pInfo : `${names.join('/')} ${xp2pInfo}`);
    if (withQr) context.out(renderUnicodeCompact(xp2pInfo));
  }
}
