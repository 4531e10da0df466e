import type { PathPolicy } from '../../p2p-core/path/types';
import type { Port } from '../../p2p-core/port/port';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import type { CameraConfig } from '../camera/agent-config';
import type { CameraStatus } from '../camera/agent-health';
import { createCameraAgent } from '../camera/camera-agent';
import type { CameraAgent } from '../camera/camera-agent';
import { OWNER, OWNER_GRANT } from '../camera/grants';
import type { Grant } from '../camera/grants';
import { loadOrCreateIdentities, newIdentity, ticketOf } from '../camera/identity';
import { talkProgram } from '../camera/talk-exec';
import { talkToCamera } from '../camera/talk-rtsp';
import { discardTalk, talkFolder } from '../camera/talk-sink';
import type { OpenTalkSink } from '../camera/talk-sink';
import { createNodePort } from '../port/node-port';
import type { AgentLog } from './agent-log';
import { openCamera, warm } from './camera-sources';
import type { OpenedCamera } from './camera-sources';
import { UsageError } from './command';
import type { CameraTurn } from './turn-options';

/** What all cameras of one process share. */
export interface CameraWorld {
  signalingUrl: string;
  stunServers: string[];
  turn: CameraTurn;
  pathPolicy: PathPolicy;
  login?: { user: string; password: string };
}

/** One camera of the agent, from its configuration to its end. */
export class RunningCamera {
  readonly name: string;
  /** By the name of the grant, the owner's first. Secrets. */
  readonly xp2pInfos: ReadonlyMap<string, string>;
  private readonly port: Port;
  private readonly opened: OpenedCamera;
  private readonly agent: CameraAgent;
  private readonly online = new Map<string, boolean>();
  private stopWarming = (): void => {};

  /** Nothing runs yet. @throws Error that says what is wrong with the configuration, or the files that it names */
  constructor(config: CameraConfig, world: CameraWorld, log: AgentLog) {
    this.name = config.name;
    const port = (this.port = createNodePort({
      log: log.log,
      // A viewer elsewhere can do nothing with this host's own loopback address.
      includeLoopback: isLoopback(new URL(world.signalingUrl).hostname),
    }));
    this.opened = openCamera(config, port);
    const openTalkSink = talkSinkOf(config, this.opened, log);
    const grants: Grant[] = [OWNER_GRANT];
    for (const [name, actions] of Object.entries(config.grants ?? {}))
      grants.push({ name, actions: new Set(actions) });
    const names = grants.map(({ name }) => name);
    const identities =
      config.state === undefined
        ? new Map(names.map((name) => [name, newIdentity()]))
        : loadOrCreateIdentities(config.state, names);
    const { signalingUrl, stunServers, turn } = world;
    const entrances = grants.map((grant) => {
      const identity = identities.get(grant.name)!;
      const ticket = ticketOf(identity, { signalingUrl, stunServers, turnServers: turn.ticket });
      return { grant, ticket, staticKeyPair: identity.keyPair };
    });
    this.xp2pInfos = new Map(entrances.map(({ grant, ticket }) => [grant.name, formatXp2pInfo(ticket)]));
    this.agent = createCameraAgent({
      ...{ port, entrances, channels: this.opened.channels, openTalkSink },
      ...{ pathPolicy: world.pathPolicy, turnServers: turn.forCall },
      ...(world.login ? { login: world.login } : {}),
      ...(config.maxViewers === undefined ? {} : { maxViewers: config.maxViewers }),
      onStateChange: (grant, state, reason) => {
        this.online.set(grant, state === 'online');
        log.notice(`${state}${grant === OWNER ? '' : ` for ${grant}`}${reason ? ` (${reason})` : ''}`);
      },
      onViewersChange: (count) => log.notice(`${count} viewer${count === 1 ? '' : 's'}`),
    });
  }

  async start(): Promise<void> {
    await this.agent.start();
    for (const recorder of this.opened.recorders) recorder.start();
    this.stopWarming = warm(this.opened.remote, this.port.clock);
  }

  /** Viewers are told, the camera stands still, segments are completed. */
  async stop(): Promise<void> {
    const { recorders, desks, remote } = this.opened;
    this.stopWarming();
    this.agent.stop();
    await Promise.all([
      ...recorders.map((recorder) => recorder.stop()),
      ...desks.map((desk) => desk.close()),
    ]);
    for (const { streams } of remote) for (const stream of streams) stream.close();
  }

  status(): CameraStatus {
    return {
      name: this.name,
      isOnline: this.online.get(OWNER) === true,
      viewers: this.agent.viewerCount,
      grants: [...this.xp2pInfos.keys()].map((name) => ({
        ...{ name, isOnline: this.online.get(name) === true, viewers: this.agent.viewersOf(name) },
      })),
      sources: this.opened.remote.flatMap((channel) =>
        channel.streams.map(({ name: source, isRunning, viewerCount, counters }) => ({
          ...{ channel: channel.name, source, isRunning, viewers: viewerCount, ...counters },
        })),
      ),
    };
  }
}

function talkSinkOf(config: CameraConfig, { remote }: OpenedCamera, { log }: AgentLog): OpenTalkSink | null {
  const { talkOut, talkExec, talkRtsp } = config;
  const given = [talkOut, talkExec, talkRtsp].filter((value) => value !== undefined);
  if (given.length > 1) throw new UsageError('one of --talk-out, --talk-exec and --talk-rtsp is enough');
  if (talkOut !== undefined) return talkFolder(talkOut);
  if (talkExec !== undefined) return talkProgram(talkExec, log);
  if (talkRtsp !== undefined) return talkToCamera(talkRtsp, log);
  // A real camera that nothing was said about cannot talk: to take a voice and throw it away would be a lie.
  return remote.length > 0 ? null : discardTalk;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.');
}
