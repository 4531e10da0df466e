const knobs = require('../../knobs.js');
const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { picture: '画面', fps: '每秒张数', snapshot: '截图' },
  en: { picture: 'Picture', fps: 'Pictures a second', snapshot: 'Snapshot' },
};

Page({
  data: {
    xp2pInfo: '',
    maxFps: '25',
    objectFit: 'contain',
    orientation: 'vertical',
    showStats: false,
    theme: '',

    info: null,
    image: '',
    text: TEXT[language()],
  },

  onLoad(query) {
    title('mjpg');
    this.setData(knobs(this.data, query));
  },

  onNetStatus({ detail }) {
    this.setData({ info: detail.info });
  },

  onSnapshot({ detail }) {
    this.setData({ image: detail.tempImagePath });
  },
});
