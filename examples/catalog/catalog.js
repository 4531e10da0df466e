const stories = require('../stories.js');
const language = require('../language.js');

/** The ticket stays on this phone. */
const KEY = 'xp2pInfo';

const TEXT = {
  zh: { label: '摄像机的 xp2pInfo', hint: '还没有摄像机？粘贴 XP2P… 后示例才有画面。' },
  en: {
    label: 'xp2pInfo of your camera',
    hint: 'Paste XP2P… here, and every story below shows its picture.',
  },
};

/** The stories by their groups, in one language. */
function groupsIn(lang) {
  const groups = [];
  for (const { id, page, needs, group, title, about } of stories) {
    if (id === 'catalog') continue;
    const name = group[lang];
    let entry = groups.find((each) => each.name === name);
    if (!entry) groups.push((entry = { name, stories: [] }));
    const needsCamera = needs.indexOf('xp2pInfo') >= 0;
    entry.stories.push({ id, page, needsCamera, title: title[lang], about: about[lang] });
  }
  return groups;
}

Page({
  data: { xp2pInfo: '', groups: [], text: TEXT.zh },

  onLoad() {
    const lang = language();
    this.setData({ xp2pInfo: wx.getStorageSync(KEY) || '', groups: groupsIn(lang), text: TEXT[lang] });
  },

  onInput({ detail }) {
    const xp2pInfo = detail.value.trim();
    this.setData({ xp2pInfo });
    wx.setStorageSync(KEY, xp2pInfo);
  },

  onOpen({ currentTarget }) {
    const { page, needsCamera } = currentTarget.dataset;
    const query = needsCamera ? `?xp2pInfo=${encodeURIComponent(this.data.xp2pInfo)}` : '';
    wx.navigateTo({ url: page + query });
  },
});
