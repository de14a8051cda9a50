import type { Gateway } from '../../../hack/bench/aws/gateway.ts';
import { isMutating } from '../../../hack/bench/aws/operations.ts';
import { type Call, OBSERVER_HEADER, type Overlay } from '../../../hack/bench/aws/overlay.ts';
import { ACCOUNT } from '../manifests.ts';
import { type AccountView, accountView } from './account-view.ts';
import type { Question } from './question.ts';
import { JUDGED, questionsOf } from './questions.ts';

/** What IAM was asked for a life of an operator, each question once. */
export interface Recorder {
  readonly overlays: Overlay[];
  /** Begins, or begins anew; calls before are nobody's. */
  open(gateway: Gateway): void;
  readonly calls: number;
  /** With the tags that the resource had then. */
  readonly questions: readonly Question[];
  /** What went wrong with asking. */
  readonly problems: readonly string[];
  close(): void;
}

export function createRecorder(): Recorder {
  const asked = new Map<string, Question>();
  const views = new Map<string, AccountView>();
  const problems = new Set<string>();
  /** By service. */
  const heard = new Map<string, Set<string>>();
  let gateway: Gateway | undefined;
  let calls = 0;

  function viewOf(at: Gateway, region: string): AccountView {
    const view = views.get(region) ?? accountView(at, region);
    views.set(region, view);
    return view;
  }

  /** What was asked of the same before anything of its service was written is asked again, and changes nothing. */
  function isRepeated(call: Call): boolean {
    const { service, region, operation, path, query, body } = call;
    const before = heard.get(service) ?? new Set();
    if (isMutating(service, operation)) before.clear();
    const request = [region, operation, path, query, body.toString()].join(' ');
    const repeated = before.has(request);
    heard.set(service, before.add(request));
    return repeated;
  }

  async function record(call: Call, at: Gateway): Promise<void> {
    calls += 1;
    if (isRepeated(call)) return;
    const account = viewOf(at, call.region);
    const arn = (service: string, rest: string) => `arn:aws:${service}:${call.region}:${ACCOUNT}:${rest}`;
    for (const question of await questionsOf({ call, account, arn })) {
      const tags = Object.entries(await account.tagsOf(question.resource));
      const context = {
        ...question.context,
        ...Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
      };
      const whole = { ...question, context };
      asked.set(JSON.stringify(whole), whole);
    }
  }

  return {
    overlays: JUDGED.map(service => ({
      service,
      operation: /./,
      source: 'IAM User Guide, "Policy evaluation logic": a request is judged before it is carried out',
      async around(call, _, next) {
        if (call.headers[OBSERVER_HEADER] !== undefined) {
          if (isMutating(service, call.operation)) heard.delete(service);
        } else if (gateway !== undefined) {
          await record(call, gateway).catch(error => problems.add(`${service}:${call.operation}: ${error}`));
        }
        return next();
      },
    })),
    open(at) {
      gateway = at;
      calls = 0;
      for (const memory of [asked, problems, heard]) memory.clear();
    },
    get calls() {
      return calls;
    },
    get questions() {
      return [...asked.values()];
    },
    get problems() {
      return [...problems];
    },
    close() {
      for (const view of views.values()) view.close();
    },
  };
}
