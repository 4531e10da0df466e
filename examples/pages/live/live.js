const knobs = require('../../knobs.js');
const language = require('../../language.js');

const TEXT = {
  zh: { play: '播放', link: '连接', stream: '码流' },
  en: { play: 'Play', link: 'Link', stream: 'Stream' },
};

Page({
  data: {
    // Properties of the player: what the query says, and what the preview changes while it plays.
    xp2pInfo: '',
    flvUrl: '',
    autoReplay: true,
    muted: false,
    objectFit: 'contain',
    theme: '',

    draft: '',
    p2pState: '',
    streamState: '',
    text: TEXT.zh,
  },

  onLoad(query) {
    this.setData(Object.assign(knobs(this.data, query), { text: TEXT[language()] }));
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
