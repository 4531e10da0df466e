import type { Language, Story } from '../stories';
import { h } from './dom';

/** The stories by group; the chosen one is a deep link. */
export function storyList(stories: readonly Story[], language: Language, currentId: string): HTMLElement {
  const groups = new Map<string, Story[]>();
  for (const story of stories) {
    const name = story.group[language];
    groups.set(name, [...(groups.get(name) ?? []), story]);
  }
  const sections = [...groups].map(([name, members]) =>
    h(
      'section',
      {},
      h('h2', {}, name),
      ...members.map((story) => link(story, language, story.id === currentId)),
    ),
  );
  return h('nav.stories', {}, ...sections);
}

function link(story: Story, language: Language, isCurrent: boolean): HTMLElement {
  const anchor = h<HTMLAnchorElement>(
    'a.story',
    { href: `#/story/${story.id}` },
    h('span.story-title', {}, story.title[language]),
    h('span.story-about', {}, story.about[language]),
  );
  if (isCurrent) anchor.setAttribute('aria-current', 'page');
  return anchor;
}
