const GRACE_MS = 1_500;

/**
 * Ends this process when the one that started it is gone, kill -9 included: the channel between them closes
 * with it. It gets the usual SIGTERM first, and 1.5 s later it ends whatever it is doing. Does nothing unless
 * MUNIM_EXIT_WITH_PARENT=1 and a channel exists: in production a process manager owns the processes.
 */
export function exitWithParent(env: NodeJS.ProcessEnv = process.env): void {
  if (env.MUNIM_EXIT_WITH_PARENT !== '1' || process.channel === undefined) return;
  const leave = (): void => {
    setTimeout(() => {
      process.exit(1);
    }, GRACE_MS).unref();
    if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
    else process.exit(1);
  };
  if (process.connected) process.once('disconnect', leave);
  else leave();
  process.channel.unref?.(); // the channel alone must not keep a drained process alive
}
