const knobs = require('../../knobs.js');
const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { hold: '按住', toggle: '点击' },
  en: { hold: 'Hold', toggle: 'Tap' },
};

Page({
  data: { xp2pInfo: '', mode: 'recorder', trigger: 'hold', text: TEXT[language()] },

  onLoad(query) {
    title('talk');
    this.setData(knobs(this.data, query));
  },

  onTrigger({ currentTarget }) {
    this.setData({ trigger: currentTarget.dataset.trigger });
  },

  onVoiceState({ detail }) {
    // Some phones go on through the ear-piece when the microphone is closed.
    if (detail.voiceState === 'idle') this.selectComponent('#player').repairSound();
  },
});
