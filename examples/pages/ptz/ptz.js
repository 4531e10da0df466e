const language = require('../../language.js');
const title = require('../../title.js');

const PRESETS = {
  zh: [
    { index: 1, name: '门口' },
    { index: 2, name: '窗边' },
  ],
  en: [
    { index: 1, name: 'Door' },
    { index: 2, name: 'Window' },
  ],
};

Page({
  data: { xp2pInfo: '', position: null, presets: PRESETS[language()] },

  onLoad({ xp2pInfo = '' }) {
    title('ptz');
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo) });
  },

  onAnswer({ detail }) {
    if (detail.position) this.setData({ position: detail.position });
  },
});
