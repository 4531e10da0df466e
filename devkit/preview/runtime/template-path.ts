/** Where the compiled WXML of a built-in tag is found. */
export function builtinTemplatePath(name: string): string {
  return `builtin/${name}`;
}
