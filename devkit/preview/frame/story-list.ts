import { FAULTS } from '../faults/registry';
import type { Language, Story } from '../stories';
import { h } from './dom';

/** The stories by group; the chosen one is a deep link. */
export function storyList(stories: readonly Story[], language: Language, currentId: string): HTMLElement[] {
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
  return sections;
}

/** A story that shows a fault is another story with the fault in its link. */
export function faultList(available: readonly string[], title: string, language: Language): HTMLElement[] {
  const faults = FAULTS.filter(({ id }) => available.includes(id));
  if (faults.length === 0) return [];
  const links = faults.map((fault) =>
    h<HTMLAnchorElement>(
      'a.story',
      { href: `#/story/${fault.story ?? DEFAULT_STORY}?fault=${fault.id}`, title: fault.expect[language] },
      h('span.story-about', {}, fault.title[language]),
    ),
  );
  return [h('details.story-faults', {}, h('summary', {}, title), ...links)];
}

const DEFAULT_STORY = 'live';

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
