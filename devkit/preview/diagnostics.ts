/** One finding of the preview's compilers, in the words of the tool that found it. */
export interface Diagnostic {
  /** The build cannot be used. */
  isError: boolean;
  file: string;
  line?: number;
  column?: number;
  message: string;
}

export function formatDiagnostic({ isError, file, line, column, message }: Diagnostic): string {
  const at = line === undefined ? '' : `:${line}:${column ?? 0}`;
  return `${file}${at} ${isError ? 'error' : 'warning'}: ${message}`;
}
