const { configureP2P } = require('iot-p2p-player');
const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: {
    none: '页面参数 flvUrl 是直播服务器的 http-flv 地址。',
    hint: '同一直播的观看者互相传递画面，减轻服务器负担。',
  },
  en: {
    none: 'The page’s parameter flvUrl is the http-flv of a server.',
    hint: 'Viewers of one stream bring it to each other, and the server pays little.',
  },
};

Page({
  data: { flvUrl: '', swarmToken: '', upload: true, theme: '', text: TEXT[language()] },

  onLoad({ flvUrl = '', swarmToken = '', signalingUrl = '', upload = 'true', theme = '' }) {
    title('room');
    // Where viewers of one stream meet; an app says it once, in app.js.
    if (signalingUrl !== '') configureP2P({ servers: { signalingUrl: decodeURIComponent(signalingUrl) } });
    this.setData({
      flvUrl: decodeURIComponent(flvUrl),
      swarmToken: decodeURIComponent(swarmToken),
      upload: upload === 'true',
      theme,
    });
  },

  onExit() {
    wx.navigateBack();
  },
});
