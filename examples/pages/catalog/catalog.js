const stories = require('../../stories.js');
const language = require('../../language.js');

Page({
  data: { stories: [] },

  onLoad() {
    const lang = language();
    this.setData({
      stories: stories
        .filter(({ id }) => id !== 'catalog')
        .map(({ id, page, title, about }) => ({ id, page, title: title[lang], about: about[lang] })),
    });
  },

  onOpen({ currentTarget }) {
    wx.navigateTo({ url: currentTarget.dataset.page });
  },
});
