import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';
import { startServers } from '../../devkit/servers/servers';
import type { Servers } from '../../devkit/servers/servers';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import { freePort } from '../contract/signaling.contract';
import { until } from '../devkit/until';

export type Sound = 'aac' | 'alaw' | 'none';
export type Picture = 'h264' | 'h265';

export interface Running {
  child: ChildProcess;
  out(): string;
  err(): string;
  /** Exit code and signal. */
  ended: Promise<unknown[]>;
  /** Rejects nothing; resolves when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * A camera on RTSP that nobody here wrote (GStreamer's server, fed with H.264 by ffmpeg), the agent and viewers as processes
 * of the command line, and rendezvous and STUN in this one.
 */
export class CameraRig {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-camera-'));
  private readonly running = new Set<Running>();
  private readonly cli: string;
  private servers: Servers | null = null;
  rtspPort = 0;
  private feedPort = 0;

  /** `installed`: where the command line was installed, instead of this repository's; `node`: what it runs on. */
  constructor(
    private readonly installed?: string,
    private readonly node = process.execPath,
  ) {
    this.cli = installed ?? path.join(process.cwd(), '.build', `camera-${process.pid}`, 'cli.mjs');
  }

  async start(): Promise<void> {
    if (this.installed === undefined) await this.build();
    this.servers = await startServers();
    this.rtspPort = await freePort();
    this.feedPort = await this.startFeed();
  }

  private async build(): Promise<void> {
    await esbuild.build({
      ...{ entryPoints: ['devkit/cli/main.ts'], outfile: this.cli, absWorkingDir: process.cwd() },
      ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
    });
  }

  private async startFeed(file = 'devkit/fixtures/high.flv'): Promise<number> {
    const port = await freePort();
    this.run('ffmpeg', [
      ...['-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', file],
      ...['-c', 'copy', '-f', 'mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`],
    ]);
    return port;
  }

  async close(): Promise<void> {
    for (const each of [...this.running]) await each.stop('SIGKILL');
    await this.servers?.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
    if (this.installed === undefined) fs.rmSync(path.dirname(this.cli), { recursive: true, force: true });
  }

  /** For the configuration of an agent. */
  get rendezvous(): { signaling: string; stun: string } {
    return { signaling: this.servers!.signalingUrl, stun: this.servers!.stunServer };
  }

  get sourceUrl(): string {
    return `rtsp://user:pass@127.0.0.1:${this.rtspPort}/cam`;
  }

  /** `feedFile`: what another picture than the usual one is read from. */
  async startRtspServer(
    sound: Sound,
    port = this.rtspPort,
    { picture = 'h264', feedFile }: { picture?: Picture; feedFile?: string } = {},
  ): Promise<Running> {
    // Each server takes the pictures that come to its own port.
    const feedPort = port === this.rtspPort ? this.feedPort : await this.startFeed(feedFile);
    return this.startPython('rtsp-server.py', [String(port), String(feedPort), sound, picture]);
  }

  /** A camera that gives FLV, by ffmpeg's own HTTP server: to one client, once. Resolves with its URL. */
  async startHttpFlv(): Promise<string> {
    const url = `http://127.0.0.1:${await freePort()}/live.flv`;
    this.run('ffmpeg', [
      ...['-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', 'devkit/fixtures/high.flv'],
      ...['-c', 'copy', '-f', 'flv', '-listen', '1', url],
    ]);
    return url;
  }

  /** A camera with a loudspeaker; `file`: where what it says is written, as PCM. */
  startBackchannelServer(port: number, law: 'PCMU' | 'PCMA', file: string): Promise<Running> {
    return this.startPython('backchannel-server.py', [String(port), law, file]);
  }

  private async startPython(script: string, args: readonly string[]): Promise<Running> {
    const server = this.run('/usr/bin/python3', [`test/camera/${script}`, ...args]);
    await until(
      () => server.out().includes('listening') || server.child.exitCode !== null,
      'the RTSP server',
    );
    if (server.child.exitCode !== null) throw new Error(server.err());
    return server;
  }

  /** An agent; resolves with its xp2pInfo when it has printed it. */
  async startCamera(args: readonly string[]): Promise<Running & { xp2pInfo: string }> {
    const { signalingUrl, stunServer } = this.servers!;
    const camera = this.command('camera', '-v', '--signaling', signalingUrl, '--stun', stunServer, ...args);
    await until(() => /^XP2P\S+\n/.test(camera.out()) || camera.child.exitCode !== null, 'the xp2pInfo');
    if (camera.child.exitCode !== null) throw new Error(camera.err());
    return { ...camera, xp2pInfo: camera.out().split('\n')[0]! };
  }

  view(xp2pInfo: string, file: string, seconds: number, ...args: string[]): Running {
    const output = path.join(this.folder, file);
    return this.command('view', xp2pInfo, '-o', output, '--seconds', String(seconds), ...args);
  }

  /** Any command of the command line. */
  command(...args: string[]): Running {
    return this.run(this.node, [this.cli, ...args]);
  }

  /** Views until there are so many pictures in `file`; the machine may be as slow as it likes. */
  async record(xp2pInfo: string, file: string, pictures: number, ...args: string[]): Promise<void> {
    const viewer = this.view(xp2pInfo, file, 120, ...args);
    await until(
      () => picturesIn(this.file(file)) >= pictures || viewer.child.exitCode !== null,
      `${pictures} pictures in ${file}`,
    );
    await viewer.stop();
    assert.deepEqual(await viewer.ended, [0, null], viewer.err());
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  private run(program: string, args: readonly string[]): Running {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = once(child, 'close');
    const killOnExit = (): void => void child.kill('SIGKILL');
    process.setMaxListeners(50);
    process.on('exit', killOnExit);
    const one: Running = {
      ...{ child, out: () => out, err: () => err, ended },
      stop: async (signal = 'SIGTERM') => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        await ended;
      },
    };
    this.running.add(one);
    void ended.then(() => {
      this.running.delete(one);
      process.off('exit', killOnExit);
    });
    return one;
  }
}

/** How many pictures there are in an FLV file that may still be written; 0 while there is none. */
export function picturesIn(file: string): number {
  let count = 0;
  const reader = createFlvReader({
    onTag: ({ type, isSequenceHeader }) => (count += type === FlvTagType.Video && !isSequenceHeader ? 1 : 0),
  });
  if (fs.existsSync(file)) reader.feed(fs.readFileSync(file));
  return count;
}

export interface Packet {
  codec: string;
  ptsMs: number;
  dtsMs: number;
  isKey: boolean;
}

/** What ffprobe reads of a file, packet by packet; throws what it has to complain of. */
export function probe(file: string): Packet[] {
  const { stdout, stderr, status } = spawnSync(
    'ffprobe',
    [
      ...['-v', 'error', '-of', 'json', '-show_streams'],
      ...['-show_entries', 'packet=stream_index,pts_time,dts_time,flags', file],
    ],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0 || stderr !== '') throw new Error(`ffprobe ${file}: ${stderr}`);
  const { streams, packets } = JSON.parse(stdout) as {
    streams: { index: number; codec_name: string }[];
    packets: { stream_index: number; pts_time: string; dts_time: string; flags: string }[];
  };
  const codecs = new Map(streams.map((stream) => [stream.index, stream.codec_name]));
  return packets.map((packet) => ({
    codec: codecs.get(packet.stream_index)!,
    ptsMs: Math.round(Number(packet.pts_time) * 1000),
    dtsMs: Math.round(Number(packet.dts_time) * 1000),
    isKey: packet.flags.startsWith('K'),
  }));
}
