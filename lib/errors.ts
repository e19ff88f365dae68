// The refusals of the door: one table of statuses, one error that carries them.

/** Every way to be refused, with the status and the title of its answer. */
export const refusals = {
  unreadable: { status: 400, title: 'The body cannot be read' },
  unauthorized: { status: 401, title: 'No valid token' },
  forbidden: { status: 403, title: 'Not from there' },
  unknown_path: { status: 404, title: 'No such path' },
  unknown_event: { status: 404, title: 'No such event' },
  wrong_method: { status: 405, title: 'Wrong method' },
  too_large: { status: 413, title: 'The body is too large' },
  invalid: { status: 422, title: 'The event is not valid' },
  closed: { status: 503, title: 'The door is closed' },
  unverified: { status: 503, title: 'The token cannot be checked' },
  unavailable: { status: 503, title: 'The queue cannot be reached' },
} as const;

export type Refusal = keyof typeof refusals;

/** One thing that is wrong: `path` names the field (`""` is the whole body), `message` the remedy. No values. */
export type Problem = { readonly path: string; readonly message: string };

/** Never acceptable as it stands, however often it is tried. Anything else that is thrown may be tried again. */
export class Rejected extends Error {
  readonly refusal: Refusal;
  readonly problems: readonly Problem[];

  constructor(refusal: Refusal, detail: string, problems: readonly Problem[] = [], options?: ErrorOptions) {
    super(detail, options);
    this.name = 'Rejected';
    this.refusal = refusal;
    this.problems = problems;
  }
}
