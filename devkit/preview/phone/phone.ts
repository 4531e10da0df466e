import * as project from 'preview:project';
import { setFlvEngine } from '../player/engine';
import { mpegtsEngine } from '../player/mpegts-engine';
import { PLAYER_PLUGIN_ALIAS, playerPlugin } from '../player/p2p-player';
import { builtins } from '../runtime/builtins';
import { createHost } from '../runtime/host';
import { makePlugin } from '../runtime/plugin';
import { AppVisibility } from '../runtime/wx/app-visibility';
import { createBaseWx } from '../runtime/wx/base';
import { NetworkStatus } from '../runtime/wx/network-status';
import { getRandomValues } from '../runtime/wx/random';
import { connectSocket } from '../runtime/wx/socket-task';
import { UdpSockets } from '../runtime/wx/udp-socket';
import type { FrameCommand, PreviewConfig } from '../stories';
import { reportToFrame, tell } from './report';
import { buildShell } from './shell';
import { createUiApi } from './ui-api';

/** The page inside the phone: boots the mini program and opens the story that the address names. */
async function boot(): Promise<void> {
  reportToFrame();
  const settings = new URLSearchParams(location.search);
  const theme = settings.get('theme') === 'dark' ? 'dark' : 'light';
  document.documentElement.dataset['theme'] = theme;
  const shell = buildShell(document.getElementById('phone') as HTMLElement);
  const config = (await (await fetch('/config.json')).json()) as PreviewConfig;

  const network = new NetworkStatus();
  const udp = new UdpSockets(`ws://${location.host}/udp?token=${config.udpToken}`, () => network.isConnected);
  await udp.ready();
  setFlvEngine(mpegtsEngine);

  const host = createHost({ builtins, builtinTemplates: project.builtinTemplates });
  const visibility = new AppVisibility(host);
  Object.assign(globalThis, {
    wx: {
      ...createBaseWx(host, { language: settings.get('lang') === 'en' ? 'en' : 'zh_CN', theme }),
      ...createUiApi(shell),
      ...network.api(),
      ...visibility.api(),
      createUDPSocket: udp.createUDPSocket,
      connectSocket,
      getRandomValues,
    },
  });
  host.addPlugin(PLAYER_PLUGIN_ALIAS, makePlugin(playerPlugin, project.pluginTemplates));
  shell.follow(host, project.appJson.window ?? {});
  host.launch(shell.pages, project.runApp);
  host.addMain(project.main, project.appCss);

  addEventListener('message', ({ data, origin, source }: MessageEvent<FrameCommand>) => {
    if (origin !== location.origin || source !== parent) return;
    if (data.kind === 'network') network.change(data.networkType);
    else if (data.kind === 'foreground') {
      visibility.change(data.isForeground);
      shell.setForeground(data.isForeground);
    }
  });
  // Players say goodbye to their cameras; a reload must not count as one viewer more.
  addEventListener('pagehide', () => host.dispose());
  host.router.open(startUrl(config));
  tell({ kind: 'ready' });
}

function startUrl({ stories, xp2pInfo }: PreviewConfig): string {
  const story = stories.find(({ id }) => id === location.hash.slice(1)) ?? stories[0];
  if (!story) return `/${project.appJson.pages[0] ?? ''}`;
  const query = story.needs.includes('xp2pInfo') ? `?xp2pInfo=${encodeURIComponent(xp2pInfo)}` : '';
  return story.page + query;
}

boot().catch((error: Error) => {
  console.error(error);
  document.body.append(
    Object.assign(document.createElement('pre'), { textContent: error.stack ?? error.message }),
  );
});
