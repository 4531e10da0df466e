const REASON_PHRASES: { readonly [status: number]: string } = {
  200: 'OK',
  204: 'No Content',
  206: 'Partial Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** The reason phrase of a status (RFC 9110 §15); empty for one we do not use, which RFC 9112 §4 allows. */
export function reasonPhrase(status: number): string {
  return REASON_PHRASES[status] ?? '';
}

/** A response that never has a body, whatever its headers say (RFC 9112 §6.3, rule 1). */
export function isBodiless(status: number, requestMethod: string): boolean {
  return requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304;
}
