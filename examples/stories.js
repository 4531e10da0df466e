/**
 * Every story of the examples, as data: the catalog page lists them, and so does the desktop preview.
 *
 * - `page`: where it is; it stands in app.json too.
 * - `component`: the one that it shows. The preview offers its properties to play with, and shows its events.
 * - `needs`: what the page takes from its query.
 * - `knobs`: data of the page that the preview can change while it is shown, and that the page takes from its query.
 * - `faults`: what is wrong from the start (docs/preview.md lists them); only the preview can make them.
 */
module.exports = [
  {
    id: 'live',
    page: '/pages/live/live',
    component: 'iot-p2p-player-ipc',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '实时画面', en: 'Live view' },
    about: {
      zh: '一个标签播放一台摄像机：端到端加密，点对点传输。',
      en: 'One tag plays one camera: end-to-end encrypted, peer to peer.',
    },
    knobs: [
      { name: 'autoReplay', value: 'true' },
      { name: 'muted', value: 'false' },
      { name: 'objectFit', values: ['contain', 'fillCrop'], value: 'contain' },
      { name: 'theme', values: ['', 'light', 'dark'], value: '' },
    ],
  },
  {
    id: 'common',
    page: '/pages/common/common',
    component: 'iot-p2p-common-player',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '不带控件的播放器', en: 'The player without controls' },
    about: {
      zh: '只有画面和状态；按钮由页面自己做，跟随 viewChange。',
      en: 'Picture and states only; the page has buttons of its own, which follow viewChange.',
    },
  },
  {
    id: 'list',
    page: '/pages/list/list',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '列表预连接', en: 'Start from a list' },
    about: {
      zh: '列表页用 prestart 提前建立链路，点开后首帧更快。',
      en: 'A page with a list opens the link ahead by prestart: the first picture comes faster.',
    },
  },
  {
    id: 'pair',
    page: '/pages/pair/pair',
    component: 'iot-p2p-player-ipc',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '一台摄像机两个画面', en: 'Two pictures of one camera' },
    about: {
      zh: '两个播放器用同一个 targetId，共用一条链路，互不影响。',
      en: 'Two players with the same targetId share one link, and neither disturbs the other.',
    },
  },
  {
    id: 'playback',
    page: '/pages/playback/playback',
    component: 'iot-p2p-playback',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '录像回放', en: 'Recordings' },
    about: {
      zh: '日历、可拖动缩放的时间轴、暂停、定位、倍速，逐段连续播放。',
      en: 'A calendar, a timeline to drag and zoom, pause, seek, speed, one recording after the other.',
    },
    knobs: [
      { name: 'muted', value: 'false' },
      { name: 'theme', values: ['', 'light', 'dark'], value: '' },
    ],
  },
  {
    id: 'download',
    page: '/pages/download/download',
    component: 'iot-p2p-download',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '文件下载', en: 'Downloads' },
    about: {
      zh: '逐个下载，可暂停、继续；字节不缺才算成功。',
      en: 'One file after the other, with pause; done only when every byte is there.',
    },
  },
  {
    id: 'camera',
    page: '/pages/camera/camera',
    component: 'iot-p2p-player-ipc',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '摄像机页面', en: 'A camera’s page' },
    about: {
      zh: '画面、对讲、云台、录像，截图存入相册，一个标签。',
      en: 'Picture, talk, PTZ, recordings, snapshots into the album: one tag.',
    },
  },
  {
    id: 'nvr',
    page: '/pages/nvr/nvr',
    component: 'iot-p2p-player-ipc',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '录像机多通道', en: 'A recorder with channels' },
    about: {
      zh: '向设备查询通道列表；切换通道不重新建立链路，对讲、云台、回放、下载都跟着通道走。',
      en: 'Asks for its channels; another one comes over the same link, and talk, PTZ, recordings and downloads follow.',
    },
  },
  {
    id: 'multi',
    page: '/pages/multi/multi',
    component: 'iot-p2p-multi-view',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '四画面', en: 'Multi view' },
    about: {
      zh: '一到四个画面，声音跟随选中的画面；放大时其他画面不拉流。',
      en: 'One to four pictures. The chosen one is heard; while it is enlarged, the others pull nothing.',
    },
  },
  {
    id: 'mjpg',
    page: '/pages/mjpg/mjpg',
    component: 'iot-p2p-mjpg-player',
    needs: ['xp2pInfo'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: 'MJPEG 画面', en: 'Motion JPEG' },
    about: {
      zh: '逐张 JPEG 画在 canvas 上，不需要 live-player 权限。',
      en: 'One JPEG after the other on a canvas: no permission for live-player needed.',
    },
    knobs: [
      { name: 'maxFps', values: ['25', '10', '2'], value: '25' },
      { name: 'objectFit', values: ['contain', 'fillCrop'], value: 'contain' },
      { name: 'orientation', values: ['vertical', 'horizontal'], value: 'vertical' },
      { name: 'showStats', value: 'false' },
      { name: 'theme', values: ['', 'light', 'dark'], value: '' },
    ],
  },
  {
    id: 'talk',
    page: '/pages/talk/talk',
    component: 'iot-p2p-voice',
    needs: ['xp2pInfo'],
    group: { zh: '控制', en: 'Control' },
    title: { zh: '对讲', en: 'Talk' },
    about: {
      zh: '按住说话，声音实时到达摄像机；录音权限、设备占用都有说明。',
      en: 'Hold to talk: the voice reaches the camera at once. Says what to do about permissions and a busy camera.',
    },
    knobs: [
      { name: 'mode', values: ['recorder', 'pusher', 'duplexAudio', 'duplexVideo'], value: 'recorder' },
      { name: 'trigger', values: ['hold', 'toggle'], value: 'hold' },
    ],
  },
  {
    id: 'ptz',
    page: '/pages/ptz/ptz',
    component: 'iot-p2p-ptz',
    needs: ['xp2pInfo'],
    group: { zh: '控制', en: 'Control' },
    title: { zh: '云台', en: 'Pan, tilt, zoom' },
    about: {
      zh: '按住转动，松开即停；方向键也可以。',
      en: 'Hold to turn, let go to stop; arrow keys work too.',
    },
  },
  {
    id: 'catalog',
    page: '/catalog/catalog',
    needs: [],
    group: { zh: '示例', en: 'Examples' },
    title: { zh: '目录', en: 'Catalog' },
    about: { zh: '在手机上看到的示例列表。', en: 'The list of examples as a phone shows it.' },
  },
  {
    id: 'room',
    page: '/pages/room/room',
    component: 'iot-p2p-player-server',
    needs: ['flvUrl'],
    group: { zh: '播放', en: 'Playback' },
    title: { zh: '多人观看', en: 'Watched by many' },
    about: {
      zh: '直播服务器的画面在观看者之间传递：来源、占比、路径一目了然。',
      en: 'A stream of a server, which its viewers bring to each other: how much of it, and by which way.',
    },
    knobs: [
      { name: 'upload', value: 'true' },
      { name: 'theme', values: ['', 'light', 'dark'], value: '' },
    ],
  },
];
