import type { Column } from './define.ts';

export const environmentColumn: Column = {
  name: 'Environment',
  type: 'string',
  jsonPath: '.spec.environment',
  description: 'The OptaEnvironment that it belongs to.',
};

const arnColumn: Column = {
  name: 'ARN',
  type: 'string',
  jsonPath: '.status.arn',
  description: 'ARN in AWS.',
  priority: 1,
};

/** The last columns of every kind. */
export const stateColumns: readonly Column[] = [
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether it can be used.',
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: 'Why it is ready or not.',
  },
  {
    // What is paused, only watched, or waits for a person is ready as it was.
    name: 'Synced',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Synced")].reason',
    description: 'Whether AWS is as the spec says, or why not.',
  },
  {
    name: 'Age',
    type: 'date',
    jsonPath: '.metadata.creationTimestamp',
    description: 'Time since the object was made.',
  },
  {
    // Of what is ready it says what still differs, and of what is not mostly the same as Ready.
    name: 'Message',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Synced")].message',
    description: 'What AWS lacks to be as the spec says, and what helps.',
    priority: 1,
  },
];

export const standardColumns: readonly Column[] = [arnColumn, ...stateColumns];
