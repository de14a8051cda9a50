import { z } from 'zod';
import { choice, listOf, text } from './fields.ts';
import { celMatches, rules } from './rules.ts';

// Kubernetes documentation, "Labels and Selectors": syntax and character set.
const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const LabelValue = text(
  {
    pattern: labelValue,
    says: 'must be the value of a label: letters, digits, -, _ and ., with a letter or digit first and last',
    min: 0,
    max: 63,
  },
  'Value of a label.',
);

const MatchExpression = z
  .object({
    key: text(
      { pattern: labelKey, says: 'must be the key of a label, such as team or example.com/team', max: 317 },
      'Key of the label.',
    ),
    operator: choice(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'How the label is compared.'),
    values: listOf(LabelValue, 0, 100, 'Values for In and NotIn. Default: none.').optional(),
  })
  .meta(
    rules({
      rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
      message: 'In and NotIn need values, Exists and DoesNotExist take none',
    }),
  );

/** metav1.LabelSelector. */
const LabelSelector = z.object({
  matchLabels: z
    .record(z.string().regex(labelKey).max(317), LabelValue)
    .meta({ maxProperties: 20 })
    .meta(
      rules({
        rule: `self.all(key, size(key) <= 317 && ${celMatches('key', labelKey)})`,
        message: 'must have keys of labels',
      }),
    )
    .describe('Labels that a namespace must have, with their values. Default: none.')
    .optional(),
  matchExpressions: listOf(
    MatchExpression,
    0,
    20,
    'What else must hold for the labels of a namespace. Default: nothing.',
  ).optional(),
});

/** Which namespaces may use an environment, as in the Gateway API. */
export const AllowedNamespaces = z
  .object({
    from: choice(
      ['Selector', 'All'],
      'Selector: the namespaces that selector picks. All: every namespace. Default: Selector.',
    ).optional(),
    selector: LabelSelector.describe(
      'Picks namespaces by their labels; an empty one picks all. Default: matchLabels opta.dev/environment with the ' +
        'name of the environment.',
    ).optional(),
  })
  .meta(
    rules({
      rule: "!has(self.selector) || !has(self.from) || self.from == 'Selector'",
      message: 'with from: All there is no selector: leave one of them out',
    }),
  );
export type AllowedNamespaces = z.infer<typeof AllowedNamespaces>;
