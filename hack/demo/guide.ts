import { delimiter, dirname } from 'node:path';
import { styleText } from 'node:util';
import type { Bench } from '../bench/bench.ts';
import type { RunningOperator } from './operator.ts';

/** How to go on by hand. main.test.ts runs these commands. */
export function guideOf(bench: Bench, operator: RunningOperator): readonly string[] {
  const lines = ['', bold('Go on in another terminal:'), ''];
  for (const command of exportsOf(bench)) lines.push(`  ${command}`);
  for (const { title, commands } of stepsOf(operator)) {
    lines.push('', `  ${styleText('dim', `# ${title}`)}`);
    for (const command of commands) lines.push(`  ${command}`);
  }
  lines.push(
    '',
    `  The operator's log: ${operator.logPath}`,
    `  Its metrics:        ${operator.url}/metrics`,
  );
  return lines;
}

function exportsOf(bench: Pick<Bench, 'controlPlane' | 'environment'>): readonly string[] {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = bench.environment;
  const [kubectl = ''] = bench.controlPlane.kubectl;
  const onPath = (process.env.PATH ?? '').split(delimiter).includes(dirname(kubectl));
  return [
    ...(onPath ? [] : [`export PATH=$PATH:${dirname(kubectl)}   # kubectl`]),
    `export KUBECONFIG=${bench.controlPlane.kubeconfig}`,
    `export AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL} AWS_REGION=${AWS_REGION}`,
    `export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY}`,
  ];
}

const ORDERS = 'queue orders -n shop';

interface Step {
  readonly title: string;
  readonly commands: readonly string[];
}

function stepsOf({ pid }: RunningOperator): readonly Step[] {
  const kill = {
    title: 'kill it: the demo starts it again, as Kubernetes would, and it goes on where it was',
    commands: [`kill -9 ${pid}`],
  };
  return [...STEPS, kill];
}

const STEPS: readonly Step[] = [
  {
    title: 'look around',
    commands: ['kubectl get opta -A', `kubectl describe ${ORDERS}`, 'kubectl explain queue.spec'],
  },
  {
    title: 'change something: done in a moment',
    commands: [`kubectl patch ${ORDERS} --type merge -p '{"spec":{"visibilityTimeoutSeconds":90}}'`],
  },
  {
    title: 'pause, and go on',
    commands: [
      `kubectl annotate ${ORDERS} opta.dev/paused=true`,
      `kubectl annotate ${ORDERS} opta.dev/paused-`,
    ],
  },
  {
    title: 'see a plan first, then approve it',
    commands: [
      `kubectl patch ${ORDERS} --type merge -p '{"spec":{"managementPolicy":"ApproveAll","delaySeconds":5}}'`,
      `kubectl wait ${ORDERS} --for=jsonpath='{.status.plan.hash}' && kubectl get ${ORDERS} -o jsonpath='{.status.plan}'`,
      `kubectl annotate --overwrite ${ORDERS} opta.dev/approve=$(kubectl get ${ORDERS} -o jsonpath='{.status.plan.hash}')`,
    ],
  },
  {
    title: 'delete: the bucket holds an object, so it stays and says so, until you insist',
    commands: [
      'kubectl delete bucket uploads -n shop --wait=false; kubectl describe bucket uploads -n shop',
      `kubectl patch bucket uploads -n shop --type merge -p '{"spec":{"forceDestroy":true}}'`,
    ],
  },
];

function bold(text: string): string {
  return styleText('bold', text);
}
