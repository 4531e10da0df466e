import type { GeneralComponent } from 'glass-easel';

interface TreeNode {
  parentNode: TreeNode | null;
  getHostNode?: () => TreeNode;
}

/**
 * glass-easel leaves the `ready` lifetime to its host. It runs after the update in which components were attached,
 * deepest first, as in WeChat.
 */
export class ReadyQueue {
  private pending: GeneralComponent[] = [];

  add(component: GeneralComponent): void {
    if (this.pending.length === 0) void Promise.resolve().then(() => this.flush());
    this.pending.push(component);
  }

  private flush(): void {
    const batch = this.pending.map((component, order) => ({ component, order, depth: depthOf(component) }));
    this.pending = [];
    batch.sort((a, b) => b.depth - a.depth || a.order - b.order);
    for (const { component } of batch) component.triggerLifetime('ready', []);
  }
}

function depthOf(component: GeneralComponent): number {
  let depth = 0;
  let node: TreeNode | null = component as unknown as TreeNode;
  while (node) {
    depth += 1;
    node = node.parentNode ?? node.getHostNode?.() ?? null;
  }
  return depth;
}
