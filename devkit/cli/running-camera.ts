import type { PathPolicy } from '../../p2p-core/path/types';
import type { Port } from '../../p2p-core/port/port';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import type { CameraConfig } from '../camera/agent-config';
import type { CameraStatus } from '../camera/agent-health';
import { createCameraAgent } from '../camera/camera-agent';
import type { CameraAgent, CameraEntrance } from '../camera/camera-agent';
import { OWNER, OWNER_GRANT } from '../camera/grants';
import type { Grant } from '../camera/grants';
import { loadOrCreateIdentities, newIdentity, ticketOf } from '../camera/identity';
import type { CameraIdentity } from '../camera/identity';
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
  private entrances: readonly CameraEntrance[];
  /** Without a state file, those of the grants so far. */
  private readonly madeIdentities = new Map<string, CameraIdentity>();
  private readonly port: Port;
  private readonly opened: OpenedCamera;
  private readonly agent: CameraAgent;
  private readonly online = new Map<string, boolean>();
  private stopWarming = (): void => {};

  /** Nothing runs yet. @throws Error that says what is wrong with the configuration, or the files that it names */
  constructor(
    config: CameraConfig,
    private readonly world: CameraWorld,
    private readonly log: AgentLog,
  ) {
    this.name = config.name;
    const port = (this.port = createNodePort({
      log: log.log,
      // A viewer elsewhere can do nothing with this host's own loopback address.
      includeLoopback: isLoopback(new URL(world.signalingUrl).hostname),
    }));
    this.opened = openCamera(config, port);
    const openTalkSink = talkSinkOf(config, this.opened, log);
    const entrances = (this.entrances = this.entrancesOf(config));
    this.agent = createCameraAgent({
      ...{ port, entrances, channels: this.opened.channels, openTalkSink },
      ...{ pathPolicy: world.pathPolicy, turnServers: world.turn.forCall },
      ...(world.login ? { login: world.login } : {}),
      ...(config.maxViewers === undefined ? {} : { maxViewers: config.maxViewers }),
      onStateChange: (grant, state, reason) => {
        this.online.set(grant, state === 'online');
        log.notice(`${state}${grant === OWNER ? '' : ` for ${grant}`}${reason ? ` (${reason})` : ''}`);
      },
      onViewersChange: (count) => log.notice(`${count} viewer${count === 1 ? '' : 's'}`),
    });
  }

  /** By the name of the grant, the owner's first. Secrets. */
  get xp2pInfos(): ReadonlyMap<string, string> {
    return new Map(this.entrances.map(({ grant, ticket }) => [grant.name, formatXp2pInfo(ticket)]));
  }

  /**
   * Takes the grants of another configuration, and the identities that are in the state file now. Who came by one that is gone
   * is cut off. Resolves with the names of those that have another xp2pInfo than before. @throws Error when the file cannot be read
   */
  async setGrants(config: CameraConfig): Promise<string[]> {
    const before = this.xp2pInfos;
    this.entrances = this.entrancesOf(config);
    const viewers = [...before.keys()].map((name) => [name, this.agent.viewersOf(name)] as const);
    const opening = this.agent.setEntrances(this.entrances);
    for (const [name, count] of viewers) {
      const cut = count - this.agent.viewersOf(name);
      const isGone = !this.xp2pInfos.has(name);
      if (isGone) this.online.delete(name);
      if (isGone || cut > 0) {
        this.log.notice(
          `${name}${isGone ? ' has no access any more' : ''}: ${cut} viewer${cut === 1 ? '' : 's'} cut off`,
        );
      }
    }
    await opening;
    return [...this.xp2pInfos].filter(([name, info]) => before.get(name) !== info).map(([name]) => name);
  }

  private entrancesOf(config: CameraConfig): CameraEntrance[] {
    const grants: Grant[] = [OWNER_GRANT];
    for (const [name, actions] of Object.entries(config.grants ?? {}))
      grants.push({ name, actions: new Set(actions) });
    const identities = this.identitiesOf(
      config,
      grants.map(({ name }) => name),
    );
    const { signalingUrl, stunServers, turn } = this.world;
    return grants.map((grant) => {
      const identity = identities.get(grant.name)!;
      const ticket = ticketOf(identity, { signalingUrl, stunServers, turnServers: turn.ticket });
      return { grant, ticket, staticKeyPair: identity.keyPair };
    });
  }

  private identitiesOf(
    { state }: CameraConfig,
    names: readonly string[],
  ): ReadonlyMap<string, CameraIdentity> {
    if (state !== undefined) return loadOrCreateIdentities(state, names);
    for (const name of names) {
      if (!this.madeIdentities.has(name)) this.madeIdentities.set(name, newIdentity());
    }
    return this.madeIdentities;
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
