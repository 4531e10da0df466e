import fs from 'node:fs';
import { renderUnicodeCompact } from 'uqr';
import { parseConfig } from '../camera/agent-config';
import type { AgentConfig, CameraConfig } from '../camera/agent-config';
import { startHealthServer } from '../camera/agent-health';
import type { HealthServer } from '../camera/agent-health';
import { OWNER } from '../camera/grants';
import { createAgentLog } from './agent-log';
import { CameraFleet } from './camera-fleet';
import { CAMERA_HELP } from './camera-help';
import { configFromOptions, parseArgsOptions, withOptions } from './camera-options';
import { loginFrom, stringOption, untilAborted, VERBOSE_OPTION } from './command';
import type { CliContext, Command, OptionValues } from './command';
import { RunningCamera } from './running-camera';
import { turnOf } from './turn-options';

const WATCH_EVERY_MS = 1000;

export const cameraCommand: Command = {
  name: 'camera',
  summary: 'make cameras viewable, real or simulated ones, and print their xp2pInfos',
  help: CAMERA_HELP,
  options: { ...parseArgsOptions(), config: { type: 'string' }, ...VERBOSE_OPTION },
  positionals: [],
  async run(values, _positionals, context) {
    const first = readConfig(values, context);
    const fleet = new CameraFleet(first, {
      open: (camera, config) => openCamera(camera, config, context),
      onInfos: (camera, config, names) => printXp2pInfos(camera, config, context, names),
      say: (text) => context.err(`iot-p2p camera: ${text}`),
    });
    const reload = (): void => {
      try {
        void fleet.change(readConfig(values, context));
      } catch (error) {
        context.err(`iot-p2p camera: ${(error as Error).message}\nThe configuration of before stays.`);
      }
    };
    let health: HealthServer | null = null;
    let unwatch = (): void => {};
    try {
      if (first.healthPort !== undefined) {
        health = await startHealthServer(first.healthPort, () =>
          fleet.cameras.map((camera) => camera.status()),
        );
      }
      await fleet.start();
      unwatch = watchConfig(values, context, reload);
      await untilAborted(context.signal);
    } finally {
      unwatch();
      await fleet.stop();
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

/** Nothing of it runs yet. @throws Error, with its name where there are several */
function openCamera(camera: CameraConfig, config: AgentConfig, context: CliContext): RunningCamera {
  const env = environmentOf(config, context);
  const login = loginFrom({ env });
  const isNamed = config.cameras.length > 1;
  const world = {
    ...{ signalingUrl: config.signaling, stunServers: config.stun, pathPolicy: config.path ?? 'all' },
    turn: turnOf(config.turn, { env }),
    ...(login ? { login } : {}),
  };
  const log = createAgentLog(context, {
    format: config.logFormat ?? 'text',
    isVerbose: config.verbose === true,
    camera: camera.name,
    isNamed,
    wallMs: () => Date.now(),
  });
  try {
    return new RunningCamera(camera, world, log);
  } catch (error) {
    if (isNamed) (error as Error).message = `${camera.name}: ${(error as Error).message}`;
    throw error;
  }
}

/** SIGHUP, and a file that was saved: looked at by its time, since editors put another file in its place. */
function watchConfig(values: OptionValues, context: CliContext, reload: () => void): () => void {
  const unlisten = context.onReload?.(reload);
  const file = stringOption(values, 'config');
  const onStat = (now: fs.Stats, before: fs.Stats): void => {
    // A moment without a file is one between two of them.
    if (now.mtimeMs !== 0 && now.mtimeMs !== before.mtimeMs) reload();
  };
  if (file !== undefined) fs.watchFile(file, { interval: WATCH_EVERY_MS, persistent: false }, onStat);
  return () => {
    unlisten?.();
    if (file !== undefined) fs.unwatchFile(file, onStat);
  };
}

/** The owner's of the only camera alone on its line; others behind their names. */
function printXp2pInfos(
  camera: RunningCamera,
  { cameras, qr }: AgentConfig,
  context: CliContext,
  only?: readonly string[],
): void {
  for (const [grant, xp2pInfo] of camera.xp2pInfos) {
    if (only !== undefined && !only.includes(grant)) continue;
    const names = [...(cameras.length > 1 ? [camera.name] : []), ...(grant === OWNER ? [] : [grant])];
    context.out(names.length === 0 ? xp2pInfo : `${names.join('/')} ${xp2pInfo}`);
    if (qr === true) context.out(renderUnicodeCompact(xp2pInfo));
  }
}
