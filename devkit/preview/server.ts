import { randomBytes, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { escapeHtml } from '../docs/html';
import { answerDocs, IMAGE_TYPES } from '../docs/serve';
import { type Bundle, buildBundle, type BundleOptions } from './bundle';
import { readProperties } from './component-properties';
import { FaultControl } from './faults/control';
import type { World } from './faults/world';
import { ERROR_STYLE, errorPage, FRAME_PAGE, PHONE_PAGE } from './pages';
import { findRepositoryRoot } from './repository';
import type { PreviewConfig, Property, Room, Story } from './stories';
import { readSource } from './story-source';
import { createUdpBridge } from './udp-bridge';

export interface PreviewOptions {
  /** What the stories play. A secret: it is given to the preview's own pages only. */
  xp2pInfo?: string;
  /** What stories of a shared stream play. */
  room?: Room;
  /** The camera that the stories play instead, with faults that the frame offers. */
  world?: World;
  /** 0: any free port. */
  port?: number;
  /** Default: found from the working directory upwards. */
  repository?: string;
  /** Folder of the mini program. Default: the repository's examples. */
  project?: string;
  /** Folder of the built package. Default: the repository's miniprogram_dist. */
  packageFolder?: string;
}

export interface Preview {
  url: string;
  /** Ends the server and every socket it opened. */
  close(): Promise<void>;
}

const CONTENT_TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  ...IMAGE_TYPES,
};

const DOCS = '/docs/';

/** Scripts only from here; the mini program may call any rendezvous server, and media comes from buffers. */
const CONTENT_POLICY =
  "default-src 'self'; connect-src 'self' ws: wss: http: https:; img-src 'self' data: blob: http: https:; " +
  "media-src blob:; style-src 'self' 'unsafe-inline'; worker-src blob:; frame-ancestors 'self'";

/**
 * Serves the examples in a browser: the mini program's own code on a phone-like page, with UDP through a bridge. Listens on
 * the loopback address only. A source file that changed is built anew at the next load of the page.
 */
export async function startPreview(options: PreviewOptions): Promise<Preview> {
  const repository = options.repository ?? findRepositoryRoot();
  const project = path.resolve(options.project ?? path.join(repository, 'examples'));
  const packageFolder = path.resolve(options.packageFolder ?? path.join(repository, 'miniprogram_dist'));
  const builds = new Builds({ repository, root: project, packages: { 'iot-p2p-player': packageFolder } });
  await builds.current();

  const token = randomBytes(24).toString('base64url');
  const server = http.createServer();
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const bridge = createUdpBridge({
    token,
    allowsOrigin: (origin) => origin.startsWith('http://') && hosts.has(origin.slice('http://'.length)),
  });

  const control = new FaultControl(bridge, options.world ?? null);

  server.on('upgrade', (request, stream, head) => {
    const isBridge = new URL(request.url ?? '/', 'http://preview').pathname === '/udp';
    if (!isBridge || !hosts.has(request.headers.host ?? '')) return stream.destroy();
    bridge.handleUpgrade(request, stream, head);
  });
  server.on('request', (request, response) => {
    // A foreign name that resolves to this address would make the page same-origin with its attacker.
    if (!hosts.has(request.headers.host ?? '')) return send(response, 403, 'html', 'wrong host');
    const { pathname } = new URL(request.url ?? '/', 'http://preview');
    if (pathname === '/control') {
      if (!mayControl(request, token, hosts)) return send(response, 403, 'html', 'the frame only');
      control.answer(request).then(
        (status) => send(response, status, 'html', ''),
        (error: Error) => send(response, 500, 'html', escapeHtml(error.message)),
      );
      return;
    }
    if (request.method !== 'GET') return send(response, 405, 'html', 'GET only');
    if (pathname === '/docs') return redirect(response, '/docs/');
    if (pathname.startsWith(DOCS)) {
      const page = answerDocs(repository, pathname.slice(DOCS.length));
      if (!page) return send(response, 404, 'html', 'not found');
      return send(response, 200, page.type, page.content);
    }
    const [, storyId] = /^\/source\/([\w-]+)\.json$/.exec(pathname) ?? [];
    if (storyId !== undefined) {
      const story = readStories(project).find(({ id }) => id === storyId);
      if (!story) return send(response, 404, 'html', 'not found');
      return send(response, 200, 'json', JSON.stringify(readSource(project, story)));
    }
    const config = (): PreviewConfig => {
      const stories = readStories(project);
      return {
        stories,
        properties: propertiesOf(stories, packageFolder),
        xp2pInfo: options.world?.xp2pInfo ?? options.xp2pInfo ?? '',
        room: options.world?.room ?? options.room ?? null,
        token,
        faults: control.available.map(({ id }) => id),
      };
    };
    answer(pathname, response, builds, config).catch((error: Error) => {
      send(response, 500, 'html', errorPage([{ isError: true, file: '', message: error.message }]));
    });
  });

  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      bridge.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  pathname: string,
  response: http.ServerResponse,
  builds: Builds,
  config: () => PreviewConfig,
): Promise<void> {
  if (pathname === '/error.css') return send(response, 200, 'css', ERROR_STYLE);
  if (pathname === '/config.json') return send(response, 200, 'json', JSON.stringify(config()));
  const isPage = pathname === '/' || pathname === '/phone.html';
  const { files, diagnostics } = isPage ? await builds.current() : await builds.last();
  if (isPage) {
    if (files.size === 0) return send(response, 500, 'html', errorPage(diagnostics));
    return send(response, 200, 'html', pathname === '/' ? FRAME_PAGE : PHONE_PAGE);
  }
  const name = pathname.slice(1);
  const content = files.get(name);
  if (content === undefined) return send(response, 404, 'html', 'not found');
  send(response, 200, path.extname(name).slice(1), content);
}

/** Another page of this browser knows neither the token nor may send from this origin. */
function mayControl(request: http.IncomingMessage, token: string, hosts: ReadonlySet<string>): boolean {
  const { origin = '' } = request.headers;
  if (request.method !== 'POST' || !hosts.has(origin.replace(/^http:\/\//, ''))) return false;
  const given = Buffer.from(String(request.headers['x-preview-token'] ?? ''));
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function send(response: http.ServerResponse, status: number, type: string, content: string | Buffer): void {
  response.writeHead(status, {
    'content-type': CONTENT_TYPES[type] ?? 'text/plain; charset=utf-8',
    'content-security-policy': CONTENT_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  response.end(content);
}

function redirect(response: http.ServerResponse, location: string): void {
  response.writeHead(301, { location });
  response.end();
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** The stories of a project, read anew each time; a project without them has its first page only. */
function readStories(project: string): Story[] {
  const file = path.join(project, 'stories.js');
  if (!fs.existsSync(file)) return [];
  const load = createRequire(file);
  delete load.cache[file];
  return load(file) as Story[];
}

/** Of every component that a story shows. */
function propertiesOf(stories: readonly Story[], packageFolder: string): Record<string, Property[]> {
  const names = new Set(stories.flatMap(({ component }) => component ?? []));
  return Object.fromEntries([...names].map((name) => [name, readProperties(packageFolder, name)]));
}

/** Builds when asked, and again when a source changed since; concurrent requests share one build. */
class Builds {
  private running: Promise<Bundle> | null = null;
  private stamp = '';

  constructor(private readonly options: BundleOptions) {}

  /** The bundle as the sources are now. */
  async current(): Promise<Bundle> {
    if (!this.running) return this.build();
    const bundle = await this.running;
    const isStale = bundle.files.size === 0 || stampOf(bundle.inputs) !== this.stamp;
    return isStale ? this.build() : bundle;
  }

  /** The bundle of the page that is loading its parts. */
  last(): Promise<Bundle> {
    return this.running ?? this.build();
  }

  private build(): Promise<Bundle> {
    this.running = buildBundle(this.options).then((bundle) => {
      this.stamp = stampOf(bundle.inputs);
      return bundle;
    });
    return this.running;
  }
}

function stampOf(files: readonly string[]): string {
  return files.map((file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join();
}
