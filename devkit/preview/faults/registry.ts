import type { Localized } from '../stories';

/** Where something breaks, in the order of the panel. */
export type FaultPlace = 'camera' | 'server' | 'network' | 'phone' | 'player';

/** Who can break it: the process that runs the camera, the UDP bridge, or the page inside the phone. */
export type FaultActor = 'world' | 'bridge' | 'phone';

export interface Fault {
  id: string;
  place: FaultPlace;
  actor: FaultActor;
  /** Paragraph of the guide's FAQ that it shows; '' where the guide has none. */
  faq: string;
  title: Localized;
  /** What a user sees. */
  expect: Localized;
  /** `toggle` lasts until it is undone; `moment` happens and is over. */
  kind: 'toggle' | 'moment';
  /** Tells only at a start: the phone is opened anew when it is switched. */
  needsRestart?: boolean;
  /** What the error card must show while it lasts, or right after it; none: the picture goes on or comes back by itself. */
  errorCodes?: readonly string[];
}

/** Everything that the preview can make fail; buttons, deep links, documents and tests are made from this list. */
export const FAULTS: readonly Fault[] = [
  {
    id: 'camera-off',
    place: 'camera',
    actor: 'world',
    faq: '3.3',
    title: { zh: '关机', en: 'Switched off' },
    expect: {
      zh: '“摄像机关闭了连接”，重试后“摄像机不在线”；开机后自动恢复。',
      en: '“The camera closed the connection”, then “The camera is offline”; comes back by itself.',
    },
    kind: 'toggle',
    errorCodes: ['-2807', '-2803'],
  },
  {
    id: 'camera-restart',
    place: 'camera',
    actor: 'world',
    faq: '3.3',
    title: { zh: '断电重启', en: 'Restarts without goodbye' },
    expect: {
      zh: '画面停住，连接断开后自动重连。',
      en: 'The picture halts, the lost link is told, and it reconnects by itself.',
    },
    kind: 'moment',
    errorCodes: ['-2806', '-2807', '-2803', '-2801'],
  },
  {
    id: 'camera-gone',
    place: 'camera',
    actor: 'world',
    faq: '3.2',
    title: { zh: '断网失联', en: 'Vanishes' },
    expect: {
      zh: '十几秒后“摄像机长时间没有数据”，重试后“摄像机没有响应”。',
      en: 'After some seconds “Nothing came from the camera”, then “The camera does not answer”.',
    },
    kind: 'toggle',
    errorCodes: ['-2806', '-2801', '-2803'],
  },
  {
    id: 'camera-silent',
    place: 'camera',
    actor: 'world',
    faq: '3.2',
    title: { zh: '停止推流', en: 'Stops sending' },
    expect: {
      zh: '连接还在，但没有数据：live-player 重连数次后“播放中断”。',
      en: 'The link stays, no data comes: live-player reconnects some times, then “Playback was interrupted”.',
    },
    kind: 'toggle',
    errorCodes: ['-2402', '-2809'],
  },
  {
    id: 'camera-404',
    place: 'camera',
    actor: 'world',
    faq: '3.2',
    title: { zh: '返回 404', en: 'Answers 404' },
    expect: { zh: '“摄像机没有该画面”。', en: '“The camera has no such picture”.' },
    kind: 'toggle',
    errorCodes: ['-2811'],
  },
  {
    id: 'camera-405',
    place: 'camera',
    actor: 'world',
    faq: '3.2',
    title: { zh: '返回 405（超过观看数）', en: 'Answers 405 (too many viewers)' },
    expect: { zh: '“观看人数已达上限”。', en: '“Too many people are watching”.' },
    kind: 'toggle',
    errorCodes: ['-2811'],
  },
  {
    id: 'camera-503',
    place: 'camera',
    actor: 'world',
    faq: '3.2',
    title: { zh: '返回 503', en: 'Answers 503' },
    expect: { zh: '“摄像机处于待机状态”。', en: '“The camera is in standby”.' },
    kind: 'toggle',
    errorCodes: ['-2811'],
  },
  {
    id: 'wrong-secret',
    place: 'camera',
    actor: 'world',
    faq: '3.2',
    title: { zh: 'xp2pInfo 密钥错误', en: 'Wrong secret in the xp2pInfo' },
    expect: {
      zh: '与失联相同：没有密钥的人看不出摄像机是否在线。',
      en: 'As if the camera were gone: without the secret nobody learns whether it is online.',
    },
    kind: 'toggle',
    needsRestart: true,
    errorCodes: ['-2801'],
  },
  {
    id: 'bad-ticket',
    place: 'camera',
    actor: 'world',
    faq: '1',
    title: { zh: 'xp2pInfo 损坏', en: 'Damaged xp2pInfo' },
    expect: {
      zh: '“xp2pInfo 无效”，没有重试按钮：重试也不会好。',
      en: '“The xp2pInfo is not valid” without a retry: it would fail again.',
    },
    kind: 'toggle',
    needsRestart: true,
    errorCodes: ['-2001'],
  },
  {
    id: 'server-down',
    place: 'server',
    actor: 'world',
    faq: '1',
    title: { zh: '信令服务器不可达', en: 'Signaling is unreachable' },
    expect: {
      zh: '正在看的不受影响；新的播放“无法连接服务器”。',
      en: 'Whoever watches goes on watching; a new start says “The server cannot be reached”.',
    },
    kind: 'toggle',
    needsRestart: true,
    errorCodes: ['-2802'],
  },
  {
    id: 'server-slow',
    place: 'server',
    actor: 'world',
    faq: '1',
    title: { zh: '信令服务器很慢', en: 'Signaling is slow' },
    expect: { zh: '启动变慢，显示正在进行的步骤。', en: 'A slow start that says which step it is at.' },
    kind: 'toggle',
    needsRestart: true,
  },
  {
    id: 'net-cut',
    place: 'network',
    actor: 'bridge',
    faq: '3.3',
    title: { zh: '断开', en: 'Cut' },
    expect: {
      zh: '画面停住，约 15 秒后说明没有数据；恢复后自动重连。',
      en: 'The picture halts; after some 15 s it says that nothing comes. Reconnects by itself.',
    },
    kind: 'toggle',
    errorCodes: ['-2806', '-2805', '-2801', '-2402', '-2202'],
  },
  {
    id: 'net-lossy',
    place: 'network',
    actor: 'bridge',
    faq: '',
    title: { zh: '丢包 8 %', en: '8 % loss' },
    expect: { zh: '画面继续，延迟略增。', en: 'The picture goes on, a little later.' },
    kind: 'toggle',
  },
  {
    id: 'net-slow',
    place: 'network',
    actor: 'bridge',
    faq: '',
    title: { zh: '限速 400 kbit/s', en: 'Slow: 400 kbit/s' },
    expect: {
      zh: '摄像机跳过来不及发的画面，延迟不会一直增长。',
      en: 'The camera leaves pictures out; the delay does not grow without end.',
    },
    kind: 'toggle',
  },
  {
    id: 'nat-rebind',
    place: 'network',
    actor: 'bridge',
    faq: '3.4',
    title: { zh: 'NAT 端口变化', en: 'NAT rebinding' },
    expect: {
      zh: '画面继续：会话跟随新地址。',
      en: 'The picture goes on: the session follows the new address.',
    },
    kind: 'moment',
  },
  {
    id: 'network-change',
    place: 'network',
    actor: 'phone',
    faq: '3.4',
    title: { zh: '网络类型变化', en: 'Network type changes' },
    expect: {
      zh: '通路还能用时画面继续，不会因为一个事件而中断。',
      en: 'While the path works the picture goes on; an event alone interrupts nothing.',
    },
    kind: 'moment',
  },
  {
    id: 'network-change-stall',
    place: 'network',
    actor: 'phone',
    faq: '3.4',
    title: { zh: '网络变化后 2103', en: 'Network changes, then 2103' },
    expect: {
      zh: '“手机网络已变化”，重置 p2p 模块后自动恢复。',
      en: '“The network of this phone changed”; the module is reset and the picture comes back.',
    },
    kind: 'moment',
  },
  {
    id: 'app-hidden',
    place: 'phone',
    actor: 'phone',
    faq: '3.5',
    title: { zh: '退后台，系统杀掉本地 server', en: 'In background the system kills the local server' },
    expect: {
      zh: '回到前台后重建播放器，自动恢复画面。',
      en: 'Back in the foreground the player is made anew and the picture comes back.',
    },
    kind: 'moment',
  },
  {
    id: 'local-server-error',
    place: 'phone',
    actor: 'phone',
    faq: '3.5',
    title: { zh: '本地 server 出错 WECHAT_SERVER_ERROR', en: 'Local server: WECHAT_SERVER_ERROR' },
    expect: {
      zh: '“播放服务被系统中断”，重置播放器插件后恢复。',
      en: '“The system interrupted playback”; the player plugin is reset and playing goes on.',
    },
    kind: 'moment',
    errorCodes: ['-2301'],
  },
  {
    id: 'local-server-refuses',
    place: 'phone',
    actor: 'phone',
    faq: '3.5',
    title: { zh: '本地 server 无法连接（2103 -1004）', en: 'Local server refuses (2103, -1004)' },
    expect: {
      zh: '旧插件没有单独的事件，从 2103 的详情识别，处理相同。',
      en: 'Old plugins have no event of their own: known by the text of 2103, handled the same.',
    },
    kind: 'moment',
    errorCodes: ['-2301'],
  },
  {
    id: 'leave-dirty',
    place: 'phone',
    actor: 'phone',
    faq: '5',
    title: { zh: '本地 server 出错后退出再进', en: 'Local server dies, page left and entered again' },
    expect: {
      zh: '退出时重置插件，再进入正常播放。',
      en: 'The plugins are reset on the way out; entering again plays.',
    },
    kind: 'moment',
  },
  {
    id: 'no-udp',
    place: 'phone',
    actor: 'phone',
    faq: '1',
    title: { zh: '无法创建 UDP（P2PInitError）', en: 'UDP refused (P2PInitError)' },
    expect: {
      zh: '说明当前环境不能播放，并给出建议。',
      en: 'Says that this environment cannot play, and what to do.',
    },
    kind: 'toggle',
    needsRestart: true,
    errorCodes: ['-2404', '-2202'],
  },
  {
    id: 'player-2103',
    place: 'player',
    actor: 'phone',
    faq: '3.4',
    title: { zh: 'live-player 2103', en: 'live-player 2103' },
    expect: { zh: 'live-player 自己重连，画面恢复。', en: 'live-player reconnects by itself.' },
    kind: 'moment',
  },
  {
    id: 'player-2301',
    place: 'player',
    actor: 'phone',
    faq: '3.4',
    title: { zh: 'live-player -2301', en: 'live-player -2301' },
    expect: {
      zh: '“播放中断”，重建播放器后恢复。',
      en: '“Playback was interrupted”; a new player takes over.',
    },
    kind: 'moment',
    errorCodes: ['-2402'],
  },
  {
    id: 'play-ignored',
    place: 'player',
    actor: 'phone',
    faq: '3.1',
    title: { zh: '下一次 play() 成功但没有播放', en: 'The next play() succeeds and nothing plays' },
    expect: {
      zh: '先点停止，再点播放：12 秒没有动静就说明“播放中断”，并换一个播放器。',
      en: 'Stop, then play: after 12 s of nothing it says “Playback was interrupted”, and a new player takes over.',
    },
    kind: 'moment',
    errorCodes: ['-2402'],
  },
  {
    id: 'player-error',
    place: 'player',
    actor: 'phone',
    faq: '2',
    title: { zh: '播放器插件出错（PlayerError）', en: 'Player plugin fails (PlayerError)' },
    expect: {
      zh: '说明播放器启动失败，可以重试。',
      en: 'Says that the player did not start; can be retried.',
    },
    kind: 'moment',
    errorCodes: ['-2402'],
  },
  {
    id: 'live-player-error',
    place: 'player',
    actor: 'phone',
    faq: '2',
    title: { zh: 'live-player 出错（LivePlayerError）', en: 'live-player fails (LivePlayerError)' },
    expect: { zh: '“播放器出错”，重建后恢复。', en: '“The player failed”; a new one takes over.' },
    kind: 'moment',
    errorCodes: ['-2402'],
  },
  {
    id: 'no-permission',
    place: 'player',
    actor: 'phone',
    faq: '2',
    title: { zh: '系统未授权', en: 'The system denies permission' },
    expect: {
      zh: '说明需要在系统设置中授权；不会自动重试。',
      en: 'Tells to allow it in the system settings; does not retry by itself.',
    },
    kind: 'moment',
    errorCodes: ['10001'],
  },
];

export function findFault(id: string): Fault | undefined {
  return FAULTS.find((fault) => fault.id === id);
}
