/**
 * Loaded into the operator's process by who starts it for a while: it ends when its stdin does, so with that process, however
 * that ends. The emulators and the control plane are held the same way.
 */
process.stdin.once('close', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.on('error', () => {});
process.stdin.resume();
// A pipe, which is a socket; it must not keep the operator from ending by itself.
if ('unref' in process.stdin) process.stdin.unref();
