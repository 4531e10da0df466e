import type { PeerId } from '../../p2p-core/swarm/tracker-types';
import { depthOf, isAncestor, isUsable, quartersOf, sendsOn, spareOf } from './member';
import type { Link, Member } from './member';
import type { Trees } from './trees';

/** How many of a pool are looked at. */
const DRAWS = 10;
const MAX_STANDBYS = 2;
/** What a parent of the same region is worth: as much as a link less to the origin. */
const NEAR_BONUS = 1;

/** What each parent is to send. */
export type Plan = Map<Member, number>;

export interface ChoiceRules {
  nowMs: number;
  random: () => number;
  not: ReadonlySet<PeerId>;
}

/** The parts in which sub-streams are handed out: 1, 2 or 4 of them, cut to what is wanted. */
export function partsOf(parts: number, mask: number): number[] {
  const units = parts === 1 ? [0b1111] : parts === 2 ? [0b0011, 0b1100] : [1, 2, 4, 8];
  return units.map((unit) => unit & mask).filter((unit) => unit !== 0);
}

/**
 * Parents for everything that is wanted, or null: an origin that is all or nothing makes half a place worthless. Each part
 * goes to a member that sends that part by preference, then to one that the origin feeds, then to any, of a few that are
 * drawn at random, so that nobody can place himself above a viewer of his choice. Who will send the part on itself gets
 * the one that is nearest to the origin: each step takes time, and takes it from all below.
 */
export function chooseParents(
  trees: Trees,
  child: Member,
  parts: readonly number[],
  rules: ChoiceRules,
): Plan | null {
  const plan: Plan = new Map();
  for (const part of parts) {
    const parent = chooseParent(trees, child, part, plan, rules);
    if (parent === null) return null;
    plan.set(parent, (plan.get(parent) ?? 0) | part);
  }
  return plan;
}

function chooseParent(
  trees: Trees,
  child: Member,
  part: number,
  plan: Plan,
  rules: ChoiceRules,
): Member | null {
  const fits = (member: Member): boolean =>
    member !== child &&
    !rules.not.has(member.id) &&
    // One link between two members: what it carries is agreed once.
    !member.down.has(child.id) &&
    !child.down.has(member.id) &&
    spareOf(member) - quartersOf(plan.get(member) ?? 0) >= quartersOf(part) &&
    !isAncestor(child, member, part);
  const homes = trees.byHome.filter((_pool, home) => part & (1 << home));
  for (const pools of [homes, [trees.seeds], trees.byHome]) {
    const found = pools.flatMap((pool) => pool.drawSome(DRAWS, rules.random).filter(fits));
    if (found.length === 0) continue;
    const scores = found.map((each) => scoreOf(each, child, part, rules.random));
    return found[scores.indexOf(Math.min(...scores))]!;
  }
  return null;
}

/** Lower is better: links to the origin, or what is worth as much. */
function scoreOf(parent: Member, child: Member, part: number, random: () => number): number {
  // Who sends nothing on has time, and is spread.
  const place = sendsOn(child, part) ? depthOf(parent, part) + random() : 2 * random();
  const near = child.region !== '' && parent.region === child.region ? NEAR_BONUS : 0;
  return place - near + parent.faults + 0.03 * parent.lossPermille;
}

/**
 * The link to a leaf nearer to the origin than `belowDepth`, at whose place `member` would be of more use: from a few members
 * drawn at random and those above them. Its parent may have one child too many until the leaf has moved.
 */
export function chooseLeaf(
  trees: Trees,
  member: Member,
  part: number,
  belowDepth: number,
  { nowMs, random, not, mayMove }: ChoiceRules & { mayMove(leaf: Member): boolean },
): Link | null {
  const fits = (parent: Member): boolean =>
    parent !== member &&
    !not.has(parent.id) &&
    parent.used <= parent.capacity &&
    isUsable(parent, nowMs, trees.maxLagMs) &&
    // One link between two members: what it carries is agreed once.
    !parent.down.has(member.id) &&
    !member.down.has(parent.id) &&
    !isAncestor(member, parent, part);
  let best: Link | null = null;
  let bestDepth = belowDepth;
  const seen = new Set<Member>();
  for (const start of trees.helpers.drawSome(DRAWS, random)) {
    let parent: Member | undefined = start;
    while (parent && !seen.has(parent)) {
      seen.add(parent);
      const depth = depthOf(parent, part);
      if (depth < bestDepth && fits(parent)) {
        for (const link of parent.down.values()) {
          if (link.mask !== part || !link.isConfirmed || sendsOn(link.child, part)) continue;
          if (!mayMove(link.child)) continue;
          [best, bestDepth] = [link, depth];
          break;
        }
      }
      parent = depth === 0 ? undefined : parent.up.find(({ mask }) => mask & part)?.parent;
    }
  }
  return best;
}

/** Members that could repair what parents lose: they have the stream without the child's help. */
export function chooseStandbys(trees: Trees, child: Member, plan: Plan, rules: ChoiceRules): Member[] {
  const fits = (member: Member): boolean =>
    member !== child &&
    !plan.has(member) &&
    !rules.not.has(member.id) &&
    !member.down.has(child.id) &&
    !child.down.has(member.id) &&
    !isAncestor(child, member, 0b1111);
  return trees.helpers.drawSome(DRAWS, rules.random).filter(fits).slice(0, MAX_STANDBYS);
}
