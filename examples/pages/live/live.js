const knobs = require('../../knobs.js');
const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { link: '连接', stream: '码流' },
  en: { link: 'Link', stream: 'Stream' },
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

    p2pState: '',
    streamState: '',
    text: TEXT.zh,
  },

  onLoad(query) {
    title('live');
    this.setData(Object.assign(knobs(this.data, query), { text: TEXT[language()] }));
  },

  onP2PState({ detail }) {
    this.setData({ p2pState: detail.p2pState });
  },

  onStreamState({ detail }) {
    this.setData({ streamState: detail.streamState });
  },
});
