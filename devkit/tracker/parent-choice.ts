import type { PeerId } from '../../p2p-core/swarm/tracker-types';
import { isAncestor, quartersOf, spareOf } from './member';
import type { Member } from './member';
import type { Trees } from './trees';

/** How many of a pool are looked at. */
const DRAWS = 10;
const MAX_STANDBYS = 2;
/** What a parent of the same region is worth: as much as a minute of age. */
const NEAR_BONUS = 1;

/** What each parent is to send. */
export type Plan = Map<Member, number>;

export interface ChoiceRules {
  nowMs: number;
  random: () => number;
  not: ReadonlySet<PeerId>;
  /** Only parents that lag less than this. */
  belowLagMs: number;
}

/** The parts in which sub-streams are handed out: 1, 2 or 4 of them, cut to what is wanted. */
export function partsOf(parts: number, mask: number): number[] {
  const units = parts === 1 ? [0b1111] : parts === 2 ? [0b0011, 0b1100] : [1, 2, 4, 8];
  return units.map((unit) => unit & mask).filter((unit) => unit !== 0);
}

/**
 * Parents for everything that is wanted, or null: an origin that is all or nothing makes half a place worthless. Each part
 * goes to a member that sends that part by preference, then to one that the origin feeds, then to any; from a few of them
 * drawn at random, half of the time the best and half of the time the first: a newcomer gets children too, and nobody can
 * place himself above a viewer of his choice.
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
    member.lagMs < rules.belowLagMs &&
    // One link between two members: what it carries is agreed once.
    !member.down.has(child.id) &&
    !child.down.has(member.id) &&
    spareOf(member) - quartersOf(plan.get(member) ?? 0) >= quartersOf(part) &&
    !isAncestor(child, member, part);
  const homes = trees.byHome.filter((_pool, home) => part & (1 << home));
  for (const pools of [homes, [trees.seeds], trees.byHome]) {
    const found = pools.flatMap((pool) => pool.drawSome(DRAWS, rules.random).filter(fits));
    if (found.length === 0) continue;
    if (rules.random() < 0.5) return found[Math.floor(rules.random() * found.length)]!;
    return found.reduce((best, each) =>
      scoreOf(each, child, rules.nowMs) < scoreOf(best, child, rules.nowMs) ? each : best,
    );
  }
  return null;
}

/** Lower is better: seconds of delay, or what is worth as much. */
function scoreOf(parent: Member, child: Member, nowMs: number): number {
  const ageS = Math.min(120, (nowMs - parent.joinedMs) / 1000);
  // Near the origin are those who pass on what they get.
  const lag = child.capacity > 0 ? parent.lagMs / 1000 : 0;
  const near = child.region !== '' && parent.region === child.region ? NEAR_BONUS : 0;
  return (
    lag - near + 0.03 * parent.lossPermille - ageS / 60 + parent.faults - 0.1 * Math.min(8, spareOf(parent))
  );
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
