const language = require('../../language.js');

const TEXT = {
  zh: { play: '播放', link: '连接', stream: '码流' },
  en: { play: 'Play', link: 'Link', stream: 'Stream' },
};

Page({
  data: { xp2pInfo: '', draft: '', p2pState: '', streamState: '', text: TEXT.zh },

  onLoad({ xp2pInfo = '' }) {
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo), text: TEXT[language()] });
  },

  onInput({ detail }) {
    this.setData({ draft: detail.value.trim() });
  },

  onPlay() {
    this.setData({ xp2pInfo: this.data.draft });
  },

  onP2PState({ detail }) {
    this.setData({ p2pState: detail.p2pState });
  },

  onStreamState({ detail }) {
    this.setData({ streamState: detail.streamState });
  },
});
