const language = require('../../language.js');

const TEXT = {
  zh: { hold: '按住', toggle: '点击' },
  en: { hold: 'Hold', toggle: 'Tap' },
};

Page({
  data: { xp2pInfo: '', trigger: 'hold', text: TEXT[language()] },

  onLoad({ xp2pInfo = '' }) {
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo) });
  },

  onTrigger({ currentTarget }) {
    this.setData({ trigger: currentTarget.dataset.trigger });
  },

  onVoiceState({ detail }) {
    // Some phones go on through the ear-piece when the microphone is closed.
    if (detail.voiceState === 'idle') this.selectComponent('#player').repairSound();
  },
});
