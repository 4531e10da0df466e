const language = require('../../language.js');

const TEXT = { zh: { play: '播放' }, en: { play: 'Play' } };

Page({
  data: { xp2pInfo: '', draft: '', error: '', text: TEXT.zh },

  onLoad({ xp2pInfo = '' }) {
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo), text: TEXT[language()] });
  },

  onInput({ detail }) {
    this.setData({ draft: detail.value.trim() });
  },

  onPlay() {
    this.setData({ xp2pInfo: this.data.draft, error: '' });
  },

  onError({ detail }) {
    this.setData({ error: `${detail.errcode} ${detail.errmsg}` });
  },
});
