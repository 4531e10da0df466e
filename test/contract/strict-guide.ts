import type { P2PModule } from '../../p2p-core/index';
import { ARGUMENTS, BEYOND, ENUMS } from './guide-shapes';
import type { Shape } from './guide-shapes';

/** Thrown at whoever uses what the guide does not have. */
export class GuideViolation extends Error {
  override readonly name = 'GuideViolation';
}

export interface StrictGuide {
  module: P2PModule;
  /** Calls, in order, by name. */
  readonly calls: string[];
  /** What was used although the guide does not have it; also kept where somebody caught the exception. */
  readonly violations: string[];
  /** Members beyond the guide that somebody asked for, and was told that they are not there. */
  readonly askedFor: Set<string>;
}

export type Violate = (what: string) => never;

/**
 * A plugin in which nothing can be used but what the guide has: any other member, argument or property of an argument
 * throws and is kept in `violations`. Only to ask for a member of our own core is allowed: it is not there.
 */
export function strictGuide(make: (violate: Violate) => object): StrictGuide {
  const calls: string[] = [];
  const violations: string[] = [];
  const askedFor = new Set<string>();
  const violate = (what: string): never => {
    violations.push(what);
    throw new GuideViolation(`the guide has no ${what}`);
  };
  const plugin = make(violate);
  const functions = new Map<string, unknown>();

  const checked = (name: keyof typeof ARGUMENTS): unknown => {
    const existing = functions.get(name);
    if (existing !== undefined) return existing;
    const shapes = ARGUMENTS[name];
    const call = (...args: unknown[]): unknown => {
      calls.push(name);
      if (args.length > shapes.length) violate(`argument ${shapes.length + 1} of ${name}`);
      args.forEach((arg, i) => checkShape(arg, shapes[i]!, `${name} argument ${i + 1}`, violate));
      return (plugin as Record<string, (...all: unknown[]) => unknown>)[name]!(...args);
    };
    functions.set(name, call);
    return call;
  };

  const module = new Proxy(plugin, {
    get(_target, member) {
      if (typeof member === 'symbol') return undefined;
      if (member in ARGUMENTS) return checked(member as keyof typeof ARGUMENTS);
      if (member in ENUMS) return onlyMembers(ENUMS[member as keyof typeof ENUMS], member, violate);
      if (member in BEYOND) {
        askedFor.add(member);
        return undefined;
      }
      return violate(`member ${member}`);
    },
    has: (_target, member) => member in ARGUMENTS || member in ENUMS,
    set: (_target, member) => violate(`member ${String(member)} to be set`),
  });
  return { module: module as P2PModule, calls, violations, askedFor };
}

function checkShape(value: unknown, shape: Shape | true, where: string, violate: Violate): void {
  if (shape === true || typeof value !== 'object' || value === null) return;
  for (const [property, inner] of Object.entries(value)) {
    const allowed = shape[property];
    if (allowed === undefined) return violate(`property ${property} in ${where}`);
    checkShape(inner, allowed, `${where}.${property}`, violate);
  }
}

/** `values`, whose other members cannot be read. */
export function onlyMembers<T extends object>(values: T, what: string, violate: Violate): T {
  return new Proxy(values, {
    get(target, member) {
      // The language itself asks for these: promises, JSON.
      if (typeof member === 'symbol' || member === 'toJSON' || member === 'then') return undefined;
      return member in target ? (target as Record<string, unknown>)[member] : violate(`${what}.${member}`);
    },
  });
}
