/** `emptyBucket` deletes by these. */
const EMPTYING = ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:AbortMultipartUpload'];

/** The first of these actions that emptying a bucket takes; undefined: none. */
export function emptyingAction(actions: readonly string[]): string | undefined {
  return actions.find(action => EMPTYING.some(one => patternOf(action).test(one)));
}

function patternOf(action: string): RegExp {
  const parts = action.split('*').map(part => part.replace(/[^\w:]/g, ''));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}
