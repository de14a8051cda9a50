/**
 * Published request rates per second, account and region. Where AWS publishes none, nothing stands here and the
 * limiter starts open. All are adjustable quotas: `--aws-limit kms:CreateKey=50` names what an account was granted.
 */
export type Limits = Readonly<Record<string, number>>;

// AWS KMS Developer Guide, "Request quotas".
// Resource Groups Tagging API Reference, "Service quotas": GetResources 15.
export const PUBLISHED_LIMITS: Limits = {
  'kms:CreateKey': 5,
  'kms:CreateAlias': 5,
  'kms:UpdateAlias': 5,
  'kms:DeleteAlias': 15,
  'kms:EnableKey': 5,
  'kms:EnableKeyRotation': 15,
  'kms:DisableKeyRotation': 5,
  'kms:PutKeyPolicy': 15,
  'kms:TagResource': 10,
  'kms:UntagResource': 5,
  'kms:ScheduleKeyDeletion': 15,
  'kms:CancelKeyDeletion': 5,
  'kms:UpdateKeyDescription': 5,
  'kms:ListAliases': 500,
  'kms:GetKeyPolicy': 1000,
  'kms:GetKeyRotationStatus': 1000,
  'kms:ListResourceTags': 2000,
  'kms:DescribeKey': 2000,
  'tagging:GetResources': 15,
};

/** How much of a published (or granted) rate one installation takes, so that people and other tools have the rest. */
export const SHARE = 0.8;
