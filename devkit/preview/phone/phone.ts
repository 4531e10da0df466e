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
import { Files } from '../runtime/wx/files';
import { keyboardApi, vibrateApi } from '../runtime/wx/keyboard';
import { getRandomValues } from '../runtime/wx/random';
import { RecorderManager } from '../runtime/wx/recorder-manager';
import { request } from '../runtime/wx/request';
import { connectSocket } from '../runtime/wx/socket-task';
import { UdpSockets } from '../runtime/wx/udp-socket';
import { parseAddress } from '../address';
import type { FrameCommand, PreviewConfig, Story } from '../stories';
import { ComponentKnobs } from './component-knobs';
import { createPermissions } from './permission-dialogs';
import { PhoneFaults } from './phone-faults';
import { reportToFrame, tell } from './report';
import { buildShell } from './shell';
import { createUiApi } from './ui-api';

/** Faults that are an answer which was given before. */
const REFUSALS: Readonly<Record<string, string>> = {
  'mic-refused': 'scope.record',
  'album-refused': 'scope.writePhotosAlbum',
};

/** The page inside the phone: boots the mini program and opens the story that the address names. */
async function boot(): Promise<void> {
  reportToFrame();
  const settings = new URLSearchParams(location.search);
  const theme = settings.get('theme') === 'dark' ? 'dark' : 'light';
  document.documentElement.dataset['theme'] = theme;
  const shell = buildShell(document.getElementById('phone') as HTMLElement);
  const config = (await (await fetch('/config.json')).json()) as PreviewConfig;

  const network = new NetworkStatus();
  const udp = new UdpSockets(`ws://${location.host}/udp?token=${config.token}`, () => network.isConnected);
  await udp.ready();
  setFlvEngine(mpegtsEngine);

  const faults = settings.get('faults')?.split(',') ?? [];
  const refused = Object.keys(REFUSALS).filter((id) => faults.includes(id));
  const recorder = new RecorderManager();
  const host = createHost({ builtins, builtinTemplates: project.builtinTemplates });
  const visibility = new AppVisibility(host);
  const createUDPSocket = (type = 'udp4') => {
    if (type !== 'udp4') throw new Error('createUDPSocket:fail the bridge of the preview speaks IPv4');
    if (faults.includes('no-udp')) throw new Error('createUDPSocket:fail denied');
    return udp.createUDPSocket();
  };
  Object.assign(globalThis, {
    wx: {
      ...createBaseWx(host, { language: settings.get('lang') === 'en' ? 'en' : 'zh_CN', theme }),
      ...createUiApi(shell),
      ...network.api(),
      ...visibility.api(),
      ...keyboardApi(),
      ...vibrateApi(),
      ...createPermissions(
        shell.overlay,
        settings.get('lang') === 'en',
        refused.map((id) => REFUSALS[id]!),
      ).api(),
      getRecorderManager: () => recorder.api,
      ...new Files(faults.includes('disk-full')).api(),
      createUDPSocket,
      connectSocket,
      request,
      getRandomValues,
    },
  });
  host.addPlugin(PLAYER_PLUGIN_ALIAS, makePlugin(playerPlugin, project.pluginTemplates));
  shell.follow(host, project.appJson.window ?? {});
  host.launch(shell.pages, project.runApp);
  host.addMain(project.main, project.appCss);

  const setForeground = (isForeground: boolean) => {
    visibility.change(isForeground);
    shell.setForeground(isForeground);
  };
  const url = startUrl(config);
  const component = storyOf(config)?.component ?? '';
  const knobs = new ComponentKnobs(host, component, config.properties[component] ?? []);
  const phoneFaults = new PhoneFaults({
    network,
    setForeground,
    reopen: () => host.router.api().reLaunch({ url }),
  });
  addEventListener('message', ({ data, origin, source }: MessageEvent<FrameCommand>) => {
    if (origin !== location.origin || source !== parent) return;
    if (data.kind === 'network') network.change(data.networkType);
    else if (data.kind === 'foreground') setForeground(data.isForeground);
    else if (data.kind === 'fault') phoneFaults.run(data.id);
    else if (data.kind === 'knob') knobs.turn(data.name, data.value);
  });
  // Players say goodbye to their cameras; a reload must not count as one viewer more.
  addEventListener('pagehide', () => host.dispose());
  host.router.open(url);
  knobs.start(parseAddress(location.hash).knobs, (values) => tell({ kind: 'properties', values }));
  tell({ kind: 'ready' });
}

function storyOf({ stories }: PreviewConfig): Story | undefined {
  const { story: id } = parseAddress(location.hash);
  return stories.find((each) => each.id === id) ?? stories[0];
}

/** The page of the story, with what it needs and the values of its knobs. */
function startUrl(config: PreviewConfig): string {
  const { knobs } = parseAddress(location.hash);
  const { xp2pInfo, room } = config;
  const story = storyOf(config);
  if (!story) return `/${project.appJson.pages[0] ?? ''}`;
  const values = (story.knobs ?? []).map(({ name, value }) => [name, knobs[name] ?? value] as const);
  if (story.needs.includes('xp2pInfo')) values.unshift(['xp2pInfo', xp2pInfo]);
  if (story.needs.includes('flvUrl') && room) values.unshift(...Object.entries(room));
  const query = values.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return query === '' ? story.page : `${story.page}?${query}`;
}

boot().catch((error: Error) => {
  console.error(error);
  document.body.append(
    Object.assign(document.createElement('pre'), { textContent: error.stack ?? error.message }),
  );
});
