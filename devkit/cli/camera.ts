import { renderUnicodeCompact } from 'uqr';
import { formatXp2pInfo } from '../../p2p-core/signaling/ticket';
import { loadOrCreateIdentity, newIdentity, ticketOf } from '../camera/identity';
import { createSimulatedCamera } from '../camera/simulated-camera';
import { startHealthServer } from '../camera/agent-health';
import type { AgentStatus, HealthServer } from '../camera/agent-health';
import { talkFolder } from '../camera/talk-sink';
import { createNodePort } from '../port/node-port';
import {
  loginFrom,
  logTo,
  numberOption,
  requiredOption,
  stringOption,
  untilAborted,
  UsageError,
} from './command';
import { VERBOSE_OPTION } from './command';
import { PATH_HELP, pathOption, TURN_HELP, turnOption } from './turn-options';
import type { Command } from './command';
import { channelsFrom, recordersFrom, warm } from './camera-sources';

export const cameraCommand: Command = {
  name: 'camera',
  summary: 'make a camera viewable, a real or a simulated one, and print its xp2pInfo',
  help: `usage: iot-p2p camera --signaling URL --stun HOST:PORT [options]

Runs a camera until stopped with Ctrl-C. The first line it prints is its xp2pInfo, which is all that a viewer needs and
a secret: whoever has it can view.

  --signaling URL    the rendezvous, such as ws://127.0.0.1:1883/mqtt (see: iot-p2p servers)
  --stun HOST:PORT   a STUN server; may be given several times
  --turn HOST:PORT   a relay (TURN) for viewers that no direct path reaches
${PATH_HELP}
  --source SOURCE    rtsp://…, rtsps://…: a camera, read by ffmpeg, which must be installed; nothing is decoded;
                     http(s)://…: a camera or server that gives FLV; /dev/videoN: a camera of this host, by ffmpeg;
                     given several times: several channels;
                     test: (default) shows a moving test picture with sound;
                     file:PATH loops an FLV file, or a folder with standard.flv, high.flv and super.flv
  --sub-source SOURCE  the same camera's small stream, for viewers who ask for the quality standard; once a channel
  --audio MODE       auto (default): AAC as it is, G.711 and others made AAC; copy, aac, none
  --video MODE       copy (default), or h264: decode and encode anew, for cameras that send H.265
  --rtsp-transport T tcp (default) or udp
  --linger SECONDS   how long a source goes on after its last viewer; default 10
  --channels N       default 1; how many cameras it stands for, as a recorder does
  --recordings DIR   FLV and MP4 files with an index.json: [{"file": "a.flv", "start": 1700000000, "channel": 0}, …],
                     start in unix seconds, "end" as well for MP4; default: the source, today and two days ago
  --record DIR       keep the main stream of real cameras there, in segments of a minute, to be played and downloaded
  --record-size GB   of all channels together, the oldest go; default 10 a channel
  --record-days N    default 7
  --talk-out DIR     keep what viewers say, as WAV or FLV; default: it is counted and forgotten
  --state FILE       keep the camera's identity in FILE, so that its xp2pInfo stays the same; default: a fresh one
  --max-viewers N    default 4
  --qr               show the xp2pInfo as a QR code as well
  --health-port PORT tell this host how the camera is: GET /healthz, and /metrics for Prometheus
  --name NAME        what this program calls the camera in its messages
  -v, --verbose      tell more

environment:
  IOT_P2P_LOGIN      user:password for the rendezvous
${TURN_HELP}`,
  options: {
    signaling: { type: 'string' },
    stun: { type: 'string', multiple: true },
    turn: { type: 'string' },
    path: { type: 'string' },
    source: { type: 'string', multiple: true },
    'sub-source': { type: 'string', multiple: true },
    audio: { type: 'string' },
    video: { type: 'string' },
    'rtsp-transport': { type: 'string' },
    linger: { type: 'string' },
    channels: { type: 'string' },
    recordings: { type: 'string' },
    record: { type: 'string' },
    'record-size': { type: 'string' },
    'record-days': { type: 'string' },
    qr: { type: 'boolean' },
    'health-port': { type: 'string' },
    'talk-out': { type: 'string' },
    state: { type: 'string' },
    'max-viewers': { type: 'string' },
    name: { type: 'string' },
    ...VERBOSE_OPTION,
  },
  positionals: [],
  async run(values, _positionals, context) {
    const signalingUrl = signalingOption(requiredOption(values, 'signaling'));
    const stunServers = stunOption(values['stun']);
    const turn = turnOption(values, context);
    const pathPolicy = pathOption(values);
    const maxViewers = numberOption(values, 'max-viewers', 1, 1000);
    const login = loginFrom(context);
    const name = stringOption(values, 'name') ?? 'camera';
    const stateFile = stringOption(values, 'state');
    const port = createNodePort({
      log: logTo(context, values),
      // A viewer elsewhere can do nothing with this host's own loopback address.
      includeLoopback: isLoopback(new URL(signalingUrl).hostname),
    });
    const talkOut = stringOption(values, 'talk-out');
    const { channels, remote } = channelsFrom(values, port);
    const recorders = recordersFrom(values, port, remote);
    const healthPort = numberOption(values, 'health-port', 1, 65535);
    const identity = stateFile === undefined ? newIdentity() : loadOrCreateIdentity(stateFile);
    const ticket = ticketOf(identity, { signalingUrl, stunServers, turnServers: turn.ticket });
    let isOnline = false;
    const camera = createSimulatedCamera({
      ...{ port, ticket, staticKeyPair: identity.keyPair, channels, pathPolicy, turnServers: turn.forCall },
      ...(talkOut === undefined ? {} : { openTalkSink: talkFolder(talkOut) }),
      onStateChange: (state, reason) => {
        isOnline = state === 'online';
        context.err(`${name}: ${state}${reason ? ` (${reason})` : ''}`);
      },
      onViewersChange: (count) => context.err(`${name}: ${count} viewer${count === 1 ? '' : 's'}`),
      ...(login ? { login } : {}),
      ...(maxViewers === undefined ? {} : { maxViewers }),
    });
    const status = (): AgentStatus => ({
      ...{ isOnline, viewers: camera.viewerCount },
      sources: remote.flatMap((channel) =>
        channel.streams.map(({ name: source, isRunning, viewerCount, counters }) => ({
          ...{ channel: channel.name, source, isRunning, viewers: viewerCount, ...counters },
        })),
      ),
    });
    let stopWarming = (): void => {};
    let health: HealthServer | null = null;
    try {
      if (healthPort !== undefined) health = await startHealthServer(healthPort, status);
      await camera.start();
      const xp2pInfo = formatXp2pInfo(ticket);
      context.out(xp2pInfo);
      if (values['qr'] === true) context.out(renderUnicodeCompact(xp2pInfo));
      for (const recorder of recorders) recorder.start();
      stopWarming = warm(remote, port.clock);
      await untilAborted(context.signal);
    } finally {
      stopWarming();
      camera.stop();
      await Promise.all(recorders.map((recorder) => recorder.stop()));
      for (const { streams } of remote) for (const stream of streams) stream.close();
      await health?.close();
    }
    return 0;
  },
};

function signalingOption(url: string): string {
  const isValid = URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol);
  if (!isValid) throw new UsageError('--signaling must be a ws:// or wss:// URL');
  return url;
}

function stunOption(given: unknown): string[] {
  const servers = Array.isArray(given) ? given.map(String) : [];
  if (servers.length === 0) throw new UsageError('--stun is missing');
  for (const server of servers) {
    const port = /^[^\s:/]+:(\d{1,5})$/.exec(server)?.[1];
    if (port === undefined || Number(port) < 1 || Number(port) > 65535) {
      throw new UsageError(`--stun must be host:port, not ${server}`);
    }
  }
  return servers;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.');
}
